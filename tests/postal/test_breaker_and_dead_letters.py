"""The breaker of each carrier, and what becomes of orders that could not be told: one, some or all are told again, or given up."""
from datetime import timedelta

import pytest
from django.urls import reverse

from onestop import clock
from onestop.notify.channels import Temporary
from onestop.transitions import Refused
from postal import dead_letters
from postal.carriers import Ordered
from postal.models import Carrier, CarrierChange, Shipment
from postal.services import breakers, dead, dispatch, pulling
from postal.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(decided, carrier):
    """Eight shipments that wait."""
    for number in range(8):
        decided(number)
    pulling.pull_decided()
    return list(Shipment.objects.order_by("pk"))


@pytest.fixture
def letters(many):
    """Six dead letters of two reasons."""
    Shipment.objects.filter(pk__in=[one.pk for one in many[:4]]).update(state=State.FAILED, attempts=10, last_error="HTTP 500: kaputt")
    Shipment.objects.filter(pk__in=[one.pk for one in many[4:6]]).update(state=State.REFUSED, attempts=1, last_error="HTTP 422: địa chỉ")
    return many[:6]


@pytest.fixture
def enter(client):
    def enter(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def test_too_many_failures_in_a_row_and_nothing_is_sent_for_a_while(many, carrier, simulated, settings):
    settings.CARRIER_BREAKER_FAILURES = 3
    simulated.faults.set({"orders": {"fail": 3}})
    assert dispatch.dispatch_all([one.pk for one in many]) == 0
    carrier.refresh_from_db()
    assert (carrier.failures, breakers.resting(carrier), simulated.faults.of["orders"].left["fail"]) == (3, True, 0)
    assert Shipment.objects.filter(attempts__gt=0).count() == 3, "the others lose no attempt"
    assert dispatch.reserve_due(limit=10) == []
    with clock.frozen(carrier.rest_until + timedelta(seconds=1)):
        assert dispatch.dispatch_all([one.pk for one in many[3:]]) == 5
    carrier.refresh_from_db()
    assert (carrier.failures, carrier.rest_until) == (0, None)


def test_the_rest_gets_longer_up_to_its_longest(carrier, settings):
    settings.CARRIER_BREAKER_FAILURES, settings.CARRIER_BREAKER_LONGEST = 1, 100
    rests = []
    for _unused in range(5):
        breakers.failed(carrier)
        carrier.refresh_from_db()
        rests.append((carrier.rest_until - clock.now()).total_seconds())
    assert rests[0] < rests[1] < 61 and max(rests) <= 100


def test_one_carrier_s_rest_stops_no_other(many, carrier, simulated, cast):
    other = Carrier.objects.create(code="khac", name="Khác", order_url=f"{simulated.url}/orders", key=carrier.key)
    Shipment.objects.filter(pk=many[0].pk).update(carrier=other)
    Carrier.objects.filter(pk=carrier.pk).update(failures=9, rest_until=clock.now() + timedelta(minutes=5))
    assert dispatch.dispatch_all([one.pk for one in many]) == 1
    breakers.reset(actor=cast.administrator, carrier=carrier)
    breakers.reset(actor=cast.administrator, carrier=carrier)
    assert CarrierChange.objects.get(verb="reset_breaker").actor == cast.administrator
    assert dispatch.dispatch_all([one.pk for one in many]) == 7
    with pytest.raises(Refused) as refusal:
        breakers.reset(actor=cast.desk, carrier=carrier)
    assert refusal.value.status == 403


def test_a_carrier_that_asks_for_patience_is_left_alone_and_not_counted_as_broken(many, carrier, simulated):
    simulated.faults.set({"orders": {"rate": 1}})
    outcomes = [dispatch.dispatch(one.pk) for one in many[:4]]
    carrier.refresh_from_db()
    waiting = [outcome for outcome in outcomes if isinstance(outcome, Temporary)]
    assert waiting and all(outcome.pause >= 1 for outcome in waiting)
    assert (carrier.failures, any(isinstance(outcome, Ordered) for outcome in outcomes)) == (0, True)


def test_what_waits_for_a_carrier_that_is_no_longer_used_becomes_a_dead_letter(many):
    Carrier.objects.update(active=False)
    dispatch.sweep()
    assert set(Shipment.objects.values_list("state", "attention")) == {(State.FAILED, "dead")}


def test_the_screen_filters_by_carrier_and_reason(enter, cast, letters, carrier, django_assert_max_num_queries):
    client = enter(cast.administrator)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("postal:dead_letters")).content.decode()
    assert page.count('name="buu_gui"') == 6
    assert "HTTP 500 (4)" in page and "HTTP 422 (2)" in page
    narrowed = client.get(reverse("postal:dead_letters"), {"buu_chinh": carrier.pk, "ly_do": "HTTP 422"}).content.decode()
    assert narrowed.count('name="buu_gui"') == 2
    assert client.get(reverse("postal:dead_letters"), {"buu_chinh": "x", "ly_do": "\x00", "page": "-1"}).status_code == 200
    assert dead_letters.kind("Tiến trình đã dừng.") == "Tiến trình đã dừng."


def test_one_or_the_chosen_are_told_again_and_history_says_who(enter, cast, letters):
    client = enter(cast.administrator)
    client.post(reverse("postal:dead_act"), {"mot": letters[0].pk, "buu_gui": [letters[1].pk]})
    assert Shipment.objects.filter(state=State.READY, attempts=0, pk=letters[0].pk).exists()
    assert Shipment.objects.get(pk=letters[1].pk).state == State.FAILED
    client.post(reverse("postal:dead_act"), {"viec": "bao-lai", "buu_gui": [one.pk for one in letters[1:3]] + ["x", "999999"]})
    assert [one.events.get(verb="retry").actor for one in letters[:3]] == [cast.administrator] * 3
    assert dispatch.dispatch_all([one.pk for one in letters]) == 3


def test_all_of_a_carrier_are_told_again_in_parts_and_its_breaker_is_reset(enter, cast, letters, carrier, monkeypatch,
                                                                            django_capture_on_commit_callbacks):
    monkeypatch.setattr(dead, "PER_JOB", 4)
    Carrier.objects.update(failures=9, rest_until=clock.now() + timedelta(minutes=5))
    with django_capture_on_commit_callbacks() as jobs:
        enter(cast.administrator).post(reverse("postal:dead_retry_carrier", args=[carrier.pk]))
    assert Shipment.objects.filter(state=State.READY).count() == 6  # four, and two that were never dead
    assert len(jobs) == 5, "a dispatch each, and the rest in the background"
    dead.go_on(carrier.pk, cast.administrator.pk, int(clock.now().timestamp()) + 1)
    assert Shipment.objects.filter(state=State.READY).count() == 8
    carrier.refresh_from_db()
    assert carrier.failures == 0
    assert set(CarrierChange.objects.values_list("verb", "actor")) == {("reset_breaker", cast.administrator.pk),
                                                                      ("retry_all", cast.administrator.pk)}


def test_the_chosen_are_given_up_with_a_reason(enter, cast, letters):
    client, chosen = enter(cast.administrator), {"viec": "huy", "buu_gui": [letters[0].pk]}
    assert "ghi lý do" in client.post(reverse("postal:dead_act"), chosen, follow=True).content.decode()
    client.post(reverse("postal:dead_act"), chosen | {"ly_do_huy": "Công dân đến nhận"})
    event = letters[0].events.get(verb="cancel")
    assert (event.actor, event.reason) == (cast.administrator, "Công dân đến nhận")


def test_only_the_administrator_opens_it(enter, cast, letters, carrier):
    for who in (cast.desk, cast.carrier, cast.monitor, cast.leader):
        client = enter(who)
        assert client.get(reverse("postal:dead_letters")).status_code == 403
        assert client.post(reverse("postal:dead_retry_carrier", args=[carrier.pk])).status_code == 403
