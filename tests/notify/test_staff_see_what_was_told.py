"""The page of messages: who sees which, and what an administrator may do."""
import pytest
from django.urls import reverse

from onestop.notify.models import Message, MessageEvent
from onestop.notify.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def enter(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.fixture
def message(tell, cast):
    return tell(office=cast.office)


def page_of(message):
    return reverse("notify:message", args=[message.pk])


@pytest.mark.parametrize("who", ["desk", "specialist", "leader", "hotline", "administrator"])
def test_those_who_serve_citizens_read_it(sign_in, cast, message, who):
    client = sign_in(getattr(cast, who))
    assert "0912345678" in client.get(reverse("notify:messages")).content.decode()
    assert "mã bưu gửi VN123" in client.get(page_of(message)).content.decode()


def test_the_monitor_sees_that_it_was_sent_but_neither_text_nor_person(sign_in, cast, message):
    client = sign_in(cast.monitor)
    for page in (reverse("notify:messages"), page_of(message)):
        text = client.get(page).content.decode()
        assert message.subject in text
        assert not any(secret in text for secret in ("0912345678", "Nguyễn Thị Mẫu", "VN123"))


def test_others_see_nothing(sign_in, cast, message):
    assert sign_in(cast.outsider).get(page_of(message)).status_code == 404
    assert message.subject not in sign_in(cast.outsider).get(reverse("notify:messages")).content.decode()
    for who in (cast.guard, cast.carrier, cast.citizen):
        assert sign_in(who).get(reverse("notify:messages")).status_code == 403


def test_the_list_is_filtered_and_paginated(sign_in, cast, tell, django_assert_max_num_queries):
    for number in range(60):
        tell(f"e:{number}", phone=f"09123456{number:02d}", office=cast.office)
    Message.objects.filter(event_key="e:7").update(state=State.TECHNICAL)
    client = sign_in(cast.desk)
    with django_assert_max_num_queries(7):
        assert client.get(reverse("notify:messages")).status_code == 200

    def count(**asked: object) -> int:
        return client.get(reverse("notify:messages"), asked).content.decode().count('data-label="Người nhận"')

    assert [count(), count(page=2), count(page="x")] == [50, 10, 50]
    assert [count(state="technical"), count(channel="sms"), count(phone="0912 345 607"), count(phone="+84 912345607")] == [1, 0, 1, 1]


@pytest.mark.parametrize("asked", [{"state": "x"}, {"channel": "\x00"}, {"phone": "1"}, {"phone": "abc"}, {"phone": "9" * 50}])
def test_a_wrong_filter_is_told_and_narrows_nothing(sign_in, cast, message, asked):
    page = sign_in(cast.desk).get(reverse("notify:messages"), asked).content.decode()
    assert message.subject in page
    assert "error" in page


def test_an_administrator_lets_a_failed_message_be_sent_again(sign_in, cast, message):
    Message.objects.update(state=State.TECHNICAL, attempts=10, last_error="HTTP 500")
    assert "Gửi lại" not in sign_in(cast.desk).get(page_of(message)).content.decode()
    client = sign_in(cast.administrator)
    assert "Gửi lại" in client.get(page_of(message)).content.decode()
    for _unused in range(2):
        client.post(reverse("notify:retry", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == (State.TEMPORARY, 0, "")
    assert message.events.filter(verb="retry", actor=cast.administrator).count() == 1


def test_an_administrator_takes_back_what_was_not_sent(sign_in, cast, message):
    client = sign_in(cast.administrator)
    for _unused in range(2):
        client.post(reverse("notify:discard", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == State.OBSOLETE
    assert message.events.filter(verb="obsolete").count() == 1


def test_only_the_administrator_and_only_what_makes_sense(sign_in, cast, message):
    page = sign_in(cast.desk).post(reverse("notify:discard", args=[message.pk]), follow=True).content.decode()
    assert "Chỉ quản trị hệ thống của tỉnh" in page
    Message.objects.update(state=State.SENT)
    page = sign_in(cast.administrator).post(reverse("notify:discard", args=[message.pk]), follow=True).content.decode()
    assert "không còn ở trạng thái" in page
    message.refresh_from_db()
    assert message.state == State.SENT


def test_a_gateways_words_are_not_for_those_who_only_count(sign_in, cast, message):
    Message.objects.update(state=State.TEMPORARY, last_error="HTTP 500: to 0912345678")
    MessageEvent.objects.create(subject=message, actor_label="máy", verb="try_later", reason="HTTP 500: to 0912345678")
    assert "HTTP 500" in sign_in(cast.desk).get(page_of(message)).content.decode()
    assert "HTTP 500" not in sign_in(cast.monitor).get(page_of(message)).content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x", "\x00"])
def test_a_day_that_never_was_breaks_no_page(sign_in, cast, message, day):
    client = sign_in(cast.administrator)
    for page in ("notify:messages", "notify:day"):
        assert client.get(reverse(page), {"day": day}).status_code == 200
