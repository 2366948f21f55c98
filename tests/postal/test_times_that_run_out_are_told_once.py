"""Warnings before, escalation after, each once and to the right people; times given are kept unless an administrator counts again;
what stands still finds its owner."""
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused
from postal.models import Carrier, CarrierClerk, Shipment
from postal.services import dispatch, escalating, handling, pulling, stuck, timing
from postal.states import Attention, State
from tests import cast as casting

pytestmark = pytest.mark.django_db
NINE, THREE = clock.at(date(2026, 11, 25), 9), clock.at(date(2026, 11, 25), 15)
TICK = timedelta(microseconds=1)


@pytest.fixture
def reachable(cast: Any) -> None:
    """Everybody has a telephone."""
    for number, user in enumerate(User.objects.order_by("pk")):
        User.objects.filter(pk=user.pk).update(phone=f"09000000{number:02d}")


@pytest.fixture
def waiting(reachable: None, decided: Any, carrier: Carrier) -> Shipment:
    """A result that the carrier was told of at 9:00: four working hours end at 15:00."""
    with clock.frozen(NINE):
        decided()
        pulling.pull_decided()
        dispatch.dispatch(Shipment.objects.get().pk)
    shipment = Shipment.objects.get()
    assert (shipment.timer_from, shipment.collect_due_at, shipment.wall_due_at) == (NINE, THREE, NINE + timedelta(hours=4))
    return shipment


def told(template: str) -> list[str]:
    return sorted(Message.objects.filter(template_key=template).values_list("recipient_name", flat=True))


def test_the_clerk_is_warned_once_in_the_last_hour(waiting, cast):
    for moment, expected in ((THREE - timedelta(hours=1) - TICK, []), (THREE - timedelta(hours=1), [cast.carrier.full_name]),
                             (THREE, [cast.carrier.full_name])):
        with clock.frozen(moment):
            stuck.sweep()
            assert told("collection_due_soon") == expected
    assert told("collection_late") == []
    assert waiting.events.filter(verb="warn").count() == 1
    body = Message.objects.get(template_key="collection_due_soon").body
    assert "1 bưu gửi" in body and "15:00 ngày 25/11/2026" in body


def test_leader_and_administrator_hear_once_that_it_is_late(waiting, cast):
    with clock.frozen(THREE):
        assert stuck.sweep()["escalated"] == 0, "exactly at the due moment is in time"
    for later in (TICK, timedelta(hours=1), timedelta(days=1)):
        with clock.frozen(THREE + later):
            stuck.sweep()
    assert told("collection_late") == sorted([cast.leader.full_name, cast.administrator.full_name])
    waiting.refresh_from_db()
    assert (waiting.attention, waiting.escalated_at) == (Attention.LATE, THREE + TICK)
    with clock.frozen(THREE + timedelta(days=1)):
        handling.collect(shipment=waiting, actor=cast.carrier)
    waiting.refresh_from_db()
    assert (waiting.attention, waiting.attention_since) == ("", None)


def test_what_is_fetched_exactly_at_the_end_is_told_to_nobody(waiting, cast):
    with clock.frozen(THREE):
        handling.collect(shipment=waiting, actor=cast.carrier)
    with clock.frozen(THREE + timedelta(hours=5)):
        stuck.sweep()
    assert told("collection_late") == []


def test_one_message_for_all_of_an_office(reachable, cast, decided, carrier):
    with clock.frozen(NINE):
        for number in range(1, 6):
            decided(number)
        pulling.pull_decided()
        for pk in Shipment.objects.values_list("pk", flat=True):
            dispatch.dispatch(pk)
    with clock.frozen(THREE + TICK):
        assert stuck.sweep()["escalated"] == 5
    assert ["5 bưu gửi" in message.body for message in Message.objects.filter(template_key="collection_late")] == [True, True]


def test_the_roles_are_the_carrier_s_setting_and_other_carriers_clerks_hear_nothing(waiting, cast, carrier):
    other = Carrier.objects.create(code="khac", name="Khác", key="k")
    colleague = casting.person("t-buuta2", "Bưu tá khác (thử)", cast.centre, Role.CARRIER)
    CarrierClerk.objects.create(user=colleague, carrier=other)
    clerk = CarrierClerk.objects.get(user=cast.carrier)
    found = escalating.people(carrier=carrier, office=cast.office, roles=[Role.CARRIER, Role.DESK])
    assert found == sorted([cast.carrier, cast.desk], key=lambda user: user.pk)
    clerk.areas.add(cast.other_office.area)
    assert escalating.people(carrier=carrier, office=cast.office, roles=[Role.CARRIER]) == []
    assert escalating.people(carrier=carrier, office=cast.office, roles=[Role.CARRIER], areas=[cast.other_office.area_id]) == [cast.carrier]


def test_a_changed_setting_changes_no_time_until_an_administrator_counts_again(client, waiting, cast, carrier):
    Carrier.objects.update(working_hours_only=False, collect_hours=2)
    carrier.refresh_from_db()
    with clock.frozen(NINE + timedelta(minutes=30)):
        stuck.sweep()
        waiting.refresh_from_db()
        assert waiting.collect_due_at == THREE
        with pytest.raises(Refused):
            timing.recalculate(actor=cast.leader, carrier=carrier)
        client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
        page = reverse("postal:recalculate", args=[carrier.pk])
        assert "1 bưu gửi chưa lấy" in client.get(page).content.decode()
        assert "của 1 bưu gửi" in client.post(page, follow=True).content.decode()
        assert client.post(page).status_code == 302
    assert Shipment.objects.get().events.filter(verb="recalculate").count() == 1, "what is right already stays"
    waiting.refresh_from_db()
    assert waiting.collect_due_at == NINE + timedelta(hours=2)
    event = waiting.events.get(verb="recalculate")
    assert (event.actor, event.data["was"]) == (cast.administrator, THREE.isoformat())


def test_a_technical_retry_gives_no_more_time_a_new_message_after_a_dead_letter_does(waiting, cast):
    Shipment.objects.update(state=State.READY, next_attempt_at=NINE)
    with clock.frozen(NINE + timedelta(hours=1)):
        dispatch.claim(waiting.pk)
    assert Shipment.objects.get().collect_due_at == THREE
    Shipment.objects.update(state=State.FAILED, claimed_at=None)
    with clock.frozen(NINE + timedelta(hours=2)):
        handling.retry(actor=cast.administrator, shipment=waiting)
        assert Shipment.objects.get().timer_from is None
        dispatch.claim(waiting.pk)
    shipment = Shipment.objects.get()
    assert (shipment.timer_from, shipment.wall_due_at) == (NINE + timedelta(hours=2), NINE + timedelta(hours=6))


def test_a_carrier_s_own_week_counts_its_hours(waiting, carrier, decided):
    Carrier.objects.update(hours={str(day): [["06:00", "20:00"]] for day in range(7)})
    carrier.refresh_from_db()
    saturday = clock.at(date(2026, 11, 28), 18)
    assert timing.collection_for(carrier=carrier, office=waiting.office, start=saturday).due_at == clock.at(date(2026, 11, 29), 8)
    new_year = clock.at(date(2026, 12, 31), 18)
    assert timing.collection_for(carrier=carrier, office=waiting.office, start=new_year).due_at == clock.at(date(2027, 1, 2), 8)


def test_what_is_silent_too_long_and_what_ended_badly_is_found_and_let_go(waiting, cast, carrier):
    days = timedelta(days=carrier.silent_days)
    Shipment.objects.update(state=State.IN_TRANSIT, moved_at=NINE, collected_at=NINE)
    for moment, attention in ((NINE + days, ""), (NINE + days + TICK, Attention.SILENT)):
        with clock.frozen(moment):
            stuck.watch()
        waiting.refresh_from_db()
        assert waiting.attention == attention
    with clock.frozen(NINE + days * 2):
        handling.remark(actor=cast.desk, shipment=waiting, text="Bưu chính hẹn mai phát")
        stuck.watch()
    waiting.refresh_from_db()
    assert waiting.attention == ""
    Shipment.objects.update(state=State.RETURNED)
    assert [stuck.watch(), stuck.watch()] == [1, 0]
    waiting.dossier.return_method = "counter"
    waiting.dossier.save(update_fields=["return_method"])
    assert [stuck.watch(), stuck.watch()] == [1, 0]
    assert [event.verb for event in waiting.events.order_by("pk")][-2:] == ["attend", "settled"]


def test_the_working_list_says_who_does_what(client, waiting, cast):
    with clock.frozen(THREE + TICK):
        stuck.sweep()
        client.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("postal:shipments"), {"nhom": "can-xu-ly"}).content.decode()
        assert "Quá hạn đến lấy" in page and "Nhân viên bưu chính" in page and "Liên hệ bưu chính đến lấy ngay" in page
        assert waiting.waybill not in client.get(reverse("postal:shipments"), {"nhom": "can-xu-ly", "cua_toi": "on"}).content.decode()
        client.force_login(cast.carrier, backend="django.contrib.auth.backends.ModelBackend")
        assert waiting.waybill in client.get(reverse("postal:shipments"), {"nhom": "can-xu-ly", "cua_toi": "on"}).content.decode()


def nobody_is(*roles: str) -> None:
    Assignment.objects.filter(role__in=roles).delete()


def test_where_nobody_has_the_role_the_leaders_hear_else_the_administrators(waiting, cast, carrier):
    Carrier.objects.update(late_roles=[Role.HOTLINE], warn_roles=[Role.GUARD])
    nobody_is(Role.HOTLINE, Role.GUARD)
    with clock.frozen(THREE):
        stuck.sweep()
    assert told("collection_due_soon") == [cast.leader.full_name]
    nobody_is(Role.LEADER)
    with clock.frozen(THREE + TICK):
        assert stuck.sweep()["escalated"] == 1
    assert told("collection_late") == [cast.administrator.full_name]


def test_whom_no_message_reaches_is_nobody(waiting, cast, settings):
    """An account without telephone and address hears nothing: the next ones are told, and where there are none nothing is marked."""
    settings.NOTIFY_CHANNELS = ["sms"]
    User.objects.exclude(pk=cast.administrator.pk).update(phone="", email="")
    with clock.frozen(THREE + TICK):
        Assignment.objects.filter(role=Role.ADMINISTRATOR).update(ends_on=clock.today() - timedelta(days=1))
        assert escalating.escalate() == 0
        waiting.refresh_from_db()
        assert (waiting.escalated_at, waiting.events.filter(verb="escalate").count()) == (None, 0)
        Assignment.objects.filter(role=Role.ADMINISTRATOR).update(ends_on=None)
        assert [escalating.escalate(), escalating.escalate()] == [1, 0]
    assert told("collection_late") == [cast.administrator.full_name]


def test_where_there_is_nobody_at_all_it_stands_there_as_unowned_until_somebody_comes(client, waiting, cast, decided):
    nobody_is(Role.LEADER, Role.ADMINISTRATOR, Role.CARRIER)
    with clock.frozen(THREE + timedelta(minutes=5)):
        assert stuck.sweep()["escalated"] == 0
        assert client.get("/readyz").json()["shipments_unowned"] == 0, "the next sweep may still find somebody"
    with clock.frozen(THREE + timedelta(minutes=5) + TICK):
        assert stuck.sweep()["escalated"] == 0
        assert client.get("/readyz").json()["shipments_unowned"] == 1
        assert b"onestop_shipments_unowned 1" in client.get("/metrics").content
        client.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
        for page in (reverse("postal:shipments") + "?nhom=can-xu-ly", reverse("postal:shipment", args=[waiting.pk])):
            shown = client.get(page).content.decode()
            assert "Chưa có ai nhận việc" in shown and "cần phân công" in shown
    assert told("collection_late") == []
    Assignment.objects.create(user=cast.leader, office=cast.office, role=Role.LEADER, starts_on=NINE.date())
    with clock.frozen(THREE + timedelta(hours=1)):
        assert stuck.sweep()["escalated"] == 1
        assert client.get("/readyz").json()["shipments_unowned"] == 0
    assert told("collection_late") == [cast.leader.full_name]
