"""Several gateways: the next one only where nothing was taken; quiet hours, the day's cap, other ways, a gateway's own limit."""
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from deploy.servers import free_port
from onestop import clock
from onestop.notify import services
from onestop.notify.channels import Permanent, Sent, Temporary, email
from onestop.notify.channels.answers import Answer
from onestop.notify.channels.dialect import Dialect
from onestop.notify.models import Message, Preference, Provider, Spending
from onestop.notify.services.providers import pace
from onestop.notify.states import State, Urgency, Via
from onestop.transitions import Refused
from tests.sinks import simulator

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 25, 22, 30, tzinfo=clock.TZ)


@pytest.fixture
def outside(settings: Any):
    """The simulator's doors /sms, /sms2 and /zalo."""
    settings.NOTIFY_CHANNELS = ["sms"]
    settings.SEND_TIMEOUT_SECONDS = 1
    with simulator() as server:
        yield server


@pytest.fixture
def one(outside) -> Provider:
    return Provider.objects.create(code="mot", name="Cổng một", channel=Via.SMS, rank=1, url=f"{outside.url}/sms", price=100)


@pytest.fixture
def two(outside) -> Provider:
    return Provider.objects.create(code="hai", name="Cổng hai", channel=Via.SMS, rank=2, url=f"{outside.url}/sms2", price=300, plain=True)


def dead(provider: Provider) -> None:
    """Nobody listens at its address."""
    Provider.objects.filter(pk=provider.pk).update(url=f"http://127.0.0.1:{free_port()}/sms")


def seen(message: Message) -> Message:
    message.refresh_from_db()
    return message


def counts(outside, door: str) -> dict[str, int]:
    return {"ids": len(outside.book.shelves[door]), "attempts": sum(entry["attempts"] for entry in outside.book.shelves[door].values())}


def test_the_first_in_rank_carries_and_the_price_is_kept(tell, outside, one, two):
    message = tell()
    assert isinstance(services.send(message.pk), Sent)
    seen(message)
    assert (message.gateway, message.cost) == (one, 100 * message.segments)
    assert message.segments >= 2, "with tone marks a part holds 67 letters"
    assert Spending.objects.get().spent == message.cost
    assert counts(outside, "sms2")["ids"] == 0


def test_nobody_listens_so_the_next_carries_and_only_its_price_counts(tell, outside, one, two):
    dead(one)
    messages = [tell(f"e:{number}") for number in range(6)]
    assert services.send_all([message.pk for message in messages]) == 6
    assert {seen(message).gateway for message in messages} == {two}
    assert counts(outside, "sms2") == {"ids": 6, "attempts": 6}
    assert Spending.objects.get().spent == sum(message.cost for message in messages) == 300 * sum(row.segments for row in messages)
    one.refresh_from_db()
    assert one.failures >= 1
    text = outside.book.shelves["sms2"][str(messages[0].key)]["text"]
    assert text.startswith("Buu dien <thu> se den lay"), "this one takes no tone marks"


def test_after_an_answer_that_was_lost_no_other_gateway_is_asked(tell, outside, one, two):
    outside.faults.set({"sms": {"lose": 1}})
    message = tell()
    assert isinstance(services.send(message.pk), Temporary)
    assert (seen(message).gateway, message.state) == (one, State.TEMPORARY)
    dead(one)
    Message.objects.update(next_attempt_at=clock.now())
    outcome = services.send(message.pk)
    assert isinstance(outcome, Temporary) and outcome.untaken
    assert (seen(message).gateway, message.state) == (one, State.TEMPORARY), "the first one may have it"
    assert counts(outside, "sms2")["ids"] == 0
    Provider.objects.filter(pk=one.pk).update(url=f"{outside.url}/sms")
    Message.objects.update(next_attempt_at=clock.now())
    assert isinstance(services.send(message.pk), Sent)
    assert counts(outside, "sms") == {"ids": 1, "attempts": 2}
    assert Spending.objects.get().spent == seen(message).cost, "paid once"


def test_a_worker_that_died_leaves_the_message_with_its_gateway(tell, outside, one, two, settings):
    message = tell()
    assert services.claim(message.pk) is not None
    dead(one)
    with clock.frozen(clock.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)):
        services.release_stuck()
        services.send(message.pk)
    assert (seen(message).gateway, counts(outside, "sms2")["ids"]) == (one, 0)


def test_a_gateway_switched_off_meanwhile_ends_it_for_somebody_to_call(tell, outside, one, two):
    outside.faults.set({"sms": {"lose": 1}})
    message = tell()
    services.send(message.pk)
    Provider.objects.filter(pk=one.pk).update(active=False)
    Message.objects.update(next_attempt_at=clock.now())
    assert services.send(message.pk) is None
    assert seen(message).state == State.TECHNICAL


def test_the_breaker_opens_and_closes(tell, outside, one, settings):
    settings.MESSAGE_BREAKER_FAILURES, settings.RETRY_FIRST_SECONDS = 3, 30
    dead(one)
    messages = [tell(f"e:{number}") for number in range(5)]
    assert services.send_all([message.pk for message in messages]) == 0
    one.refresh_from_db()
    assert one.failures == 3 and one.rest_until > clock.now()
    assert services.send(messages[4].pk) is None
    assert (seen(messages[4]).attempts, messages[4].next_attempt_at) == (0, one.rest_until), "it waits without being tried"
    Provider.objects.filter(pk=one.pk).update(url=f"{outside.url}/sms")
    with clock.frozen(one.rest_until + timedelta(minutes=5)):
        assert services.send_all([message.pk for message in messages]) == 5
    one.refresh_from_db()
    assert (one.failures, one.rest_until) == (0, None)


def test_an_error_in_the_body_of_a_good_answer_is_understood(tell, outside, settings):
    settings.NOTIFY_CHANNELS = ["zalo", "sms"]
    settings.SMS_GATEWAY_URL = f"{outside.url}/sms"
    Provider.objects.create(code="zalo", name="Zalo OA", channel=Via.ZALO, url=f"{outside.url}/zalo", key="khoa")
    Preference.objects.create(contact="0912345678", order=["zalo", "sms"], zalo_id="z1")
    Preference.objects.create(contact="0987654321", order=["zalo", "sms"], zalo_id="khong-quan-tam")
    good, bad = tell(), tell(phone="0987654321")
    services.send_all([good.pk, bad.pk])
    assert (seen(good).state, good.channel, good.provider_id) == (State.SENT, Via.ZALO, f"z-{good.key}")
    assert (seen(bad).state, bad.channel, bad.ways) == (State.TEMPORARY, Via.SMS, [])
    assert [event.verb for event in bad.events.all()] == ["create", "other_way"]
    services.send(bad.pk)
    assert (seen(bad).state, bad.gateway.code) == (State.SENT, "cau-hinh")


def test_a_wish_noted_after_a_quick_booking_is_followed_too(settings, outside, one, cast):
    settings.NOTIFY_CHANNELS = ["sms", "file"]
    Preference.objects.create(contact="0912345678", order=["call"])
    message = services.draft(event_key="a", template="appointment_booked", office=cast.office,
                             recipient=services.Recipient("A", phone="0912345678"))
    message.subject, message.body = "x", "y"
    message.save()
    assert services.send(message.pk) is None
    assert (seen(message).channel, message.ways, message.state) == (Via.CALL, [], State.CREATED)


def test_what_nobody_would_read_out_is_not_left_for_a_call(settings, cast):
    settings.NOTIFY_CHANNELS = ["email"]
    only_phone = services.Recipient("A", phone="0912345678")
    code = {"template": "phone_code", "context": {"code": "1", "minutes": "5"}, "recipient": only_phone}
    assert services.tell(event_key="a", office=cast.office, **code) is None
    assert services.tell(event_key="b", template="dossier_returned", context={"number": "1", "at": "9"}, recipient=only_phone) is None


def test_at_night_only_answers_go_out(tell, outside, one, settings):
    settings.MESSAGE_HOURS = [7, 20]
    with clock.frozen(NIGHT):
        day, now = tell("day"), tell("now")
        Message.objects.filter(pk=now.pk).update(urgency=Urgency.NOW)
        assert services.send_all([day.pk, now.pk]) == 1
        assert (seen(now).state, seen(day).state, day.attempts) == (State.SENT, State.CREATED, 0)
        assert day.next_attempt_at == NIGHT.replace(day=26, hour=7, minute=0)
        assert services.sweep() == 0
    with clock.frozen(day.next_attempt_at):
        assert services.send_all([day.pk]) == 1


def test_a_reminder_of_what_has_passed_is_not_sent_late(tell, outside, one):
    message = tell()
    Message.objects.update(useless_at=clock.now())
    assert services.send(message.pk) is None
    assert (seen(message).state, counts(outside, "sms")["ids"]) == (State.OBSOLETE, 0)


def test_what_does_not_fit_below_the_cap_waits_for_the_morning_and_answers_do_not(tell, outside, one, settings, cast):
    messages = [tell(f"e:{number}") for number in range(5)]
    urgent = tell("now")
    Message.objects.filter(pk=urgent.pk).update(urgency=Urgency.NOW)
    services.send(messages[0].pk)
    price = seen(messages[0]).cost
    settings.SMS_DAILY_CAP = price * 3 + price // 2
    assert services.send_all([message.pk for message in messages[1:]]) == 2
    assert services.send(urgent.pk) is not None, "an answer goes out all the same, and counts"
    assert Spending.objects.get().spent == 4 * price
    waiting = [seen(message) for message in messages if seen(message).state == State.CREATED]
    assert len(waiting) == 2
    assert {message.last_error for message in waiting} == {services.CAP_REACHED}
    assert all(clock.local(message.next_attempt_at).date() == clock.today() + timedelta(days=1) for message in waiting)


@pytest.mark.django_db(transaction=True)
def test_parallel_workers_never_pass_the_cap_and_send_nothing_twice(tell, outside, one, settings):
    first = tell("first")
    services.send(first.pk)
    price = seen(first).cost
    settings.SMS_DAILY_CAP = price * 31
    pks = [tell(f"e:{number}").pk for number in range(60)]

    def work(offset: int) -> None:
        try:
            services.send_all(pks[offset:] + pks[:offset])
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number * 10,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts(outside, "sms") == {"ids": 31, "attempts": 31}
    assert Spending.objects.get().spent == 31 * price
    assert Message.objects.filter(state=State.SENT).count() == 31
    assert Message.objects.filter(state=State.CREATED, last_error=services.CAP_REACHED).count() == 30


def test_a_gateway_that_asks_for_patience_gets_it(tell, outside, one):
    outside.faults.set({"sms": {"rate": 2}})
    messages = [tell(f"e:{number}") for number in range(8)]
    sent = services.send_all([message.pk for message in messages])
    assert 2 <= sent < 8
    later = [seen(message) for message in messages if seen(message).state != State.SENT]
    assert {message.attempts for message in later} == {0}, "asking for patience is no failed try"
    assert all(message.next_attempt_at > clock.now() - timedelta(seconds=1) for message in later)
    one.refresh_from_db()
    assert one.failures == 0


def test_one_process_keeps_to_its_share_of_the_gateways_limit(settings):
    settings.SEND_PROCESSES = 2
    row = Provider(pk=10**6, per_second=40)
    started = time.monotonic()
    for _request in range(5):
        pace.wait(row)
    assert 4 / 20 <= time.monotonic() - started < 2


def test_fifty_messages_take_few_statements(tell, outside, one, django_assert_max_num_queries):
    pks = [tell(f"e:{number}").pk for number in range(50)]
    with django_assert_max_num_queries(16):
        assert services.send_all(pks) == 50
    assert Message.objects.filter(state=State.SENT).count() == 50
    assert counts(outside, "sms") == {"ids": 50, "attempts": 50}


def test_a_gateway_that_is_off_is_not_tried_and_holds_nothing(outside, one, cast):
    settled = services.try_gateway(actor=cast.administrator, provider=one, to="0912345678", office=cast.office)
    Provider.objects.update(active=False)
    assert services.send(settled.pk) is None
    assert seen(settled).state == State.TECHNICAL
    with pytest.raises(Refused) as refusal:
        services.try_gateway(actor=cast.administrator, provider=seen_provider(one), to="0912345679", office=cast.office)
    assert refusal.value.code == "gateway_off"


def seen_provider(provider: Provider) -> Provider:
    provider.refresh_from_db()
    return provider


def test_one_message_that_breaks_its_channel_keeps_no_other_waiting(tell, settings, monkeypatch):
    settings.NOTIFY_CHANNELS = ["email"]
    first, second = tell("a:1", email="a@vi.du.vn"), tell("a:2", email="b@vi.du.vn")
    carry = email.send

    def broken(message: Message) -> Any:
        if message.pk == first.pk:
            raise RuntimeError("không ngờ tới")
        return carry(message)

    monkeypatch.setattr(email, "send", broken)
    assert services.send_all([first.pk, second.pk]) == 1
    assert (seen(first).state, seen(second).state) == (State.TEMPORARY, State.SENT)


@pytest.mark.parametrize("address", ["a b@vi.du.vn", "a@", "a@b@c.vn", "tên@ví.dụ", "a@" + "x" * 300 + ".vn", "<>@x.vn"])
def test_an_address_that_is_none_ends_the_message(tell, settings, address):
    settings.NOTIFY_CHANNELS = ["email"]
    message = tell(email="a@vi.du.vn")
    message.email = address
    assert isinstance(email.send(message), (Permanent, Sent))


def test_whom_nobody_answers_by_telephone_gets_the_next_way(tell, settings, cast):
    settings.NOTIFY_CHANNELS = ["file"]
    Preference.objects.create(contact="0912345678", order=["call", "sms"])
    settings.NOTIFY_CHANNELS = ["sms"]
    message = tell(office=cast.office)
    assert (message.channel, message.ways) == (Via.CALL, ["sms"])
    assert services.call_given_up(message=message, actor=cast.administrator)
    assert (seen(message).state, message.channel, message.ways) == (State.TEMPORARY, Via.SMS, [])


def test_whom_nobody_calls_any_more_is_not_reached(tell, settings, cast):
    settings.NOTIFY_CHANNELS = ["sms"]
    Preference.objects.create(contact="0912345678", order=["call"])
    message = tell(office=cast.office)
    services.sweep()
    assert seen(message).state == State.CREATED
    with clock.frozen(clock.now() + timedelta(days=settings.MESSAGE_CALL_DAYS, seconds=1)):
        services.sweep()
    assert seen(message).state == State.PERMANENT
    with pytest.raises(Refused):
        services.retry(actor=cast.administrator, message=message)


def test_what_is_taken_back_is_neither_tried_again_nor_called_about(tell, cast):
    under_way, failed, gone = tell("a:1:x", office=cast.office), tell("a:1:y", office=cast.office), tell("a:1", office=cast.office)
    Message.objects.filter(pk=failed.pk).update(state=State.PERMANENT)
    Message.objects.filter(pk=gone.pk).update(state=State.DELIVERED)
    held = services.claim(under_way.pk)
    assert services.obsolete(event_key_prefix="a:1") == 0
    services.settle(held, Temporary("HTTP 503"))
    assert not Message.objects.not_reached().exists()
    services.sweep()
    assert (seen(under_way).state, seen(failed).state, seen(gone).state) == (State.OBSOLETE, State.PERMANENT, State.DELIVERED)
    assert gone.useless_at is None


def test_an_answer_with_control_characters_is_kept_without_them(tell, settings):
    answer = Answer(400, "bad\x00\x1b[31m text")
    assert answer.reason == "HTTP 400: bad[31m text"
    message = tell()
    held = services.claim(message.pk)
    assert services.settle(held, Dialect("http://x").understood(Answer(200, '{"id": "a\\u0000b"}')))
    assert seen(message).provider_id == "ab"
