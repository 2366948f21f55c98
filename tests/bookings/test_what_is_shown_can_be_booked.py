"""The list and the confirmation use one rule; the list costs the same few queries whatever the span."""
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from bookings import availability, demo, queries
from bookings.models import QueueCounter, Session, Slot
from bookings.services import holds, sessions
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.offices.models import Closure
from onestop.transitions import Refused
from tests.bookings.conftest import DAY


def days(cast, first=DAY, last=DAY, purpose="submit"):
    return availability.period(cast.office, cast.procedure, purpose, first, last)


def test_every_free_slot_can_be_held_and_no_other(open_office, book, session):
    slots = list(session.slots.order_by("starts_at"))
    book(1, at=slots[0], people=10)
    sessions.set_state(actor=open_office.leader, session=session, state="closed", reason="Thử", slot=slots[1])
    sessions.set_state(actor=open_office.leader, session=Session.objects.get(office=open_office.office, date=DAY, part="afternoon"),
                       state="closed", reason="Thử")
    Closure.objects.create(office=open_office.office, starts_on=DAY + timedelta(days=1), reason="Phong tỏa")
    shown = {slot.id for day in days(open_office, clock.today(), clock.today() + timedelta(days=9))
             for part in day.sessions for slot in part.free_slots}
    for slot in Slot.objects.filter(session__office=open_office.office):
        try:
            _hold, token = holds.place_hold(slot_id=slot.pk, procedure=open_office.procedure, purpose="submit")
            holds.release_hold(token=token)
            assert slot.pk in shown
        except Refused:
            assert slot.pk not in shown
    assert len(shown) == 4 + 7 + 6  # today after 09:00 and the afternoon; tomorrow without the full and the closed slot


def test_a_full_session_shows_no_free_slot(open_office, book):
    book(1, dossiers=20)
    morning = days(open_office)[0].sessions[0]
    assert morning.dossiers_left == 0 and morning.free_slots == () and days(open_office)[0].free == 7


def test_reasons(open_office, counter_last):
    day = days(open_office)[0]
    assert day.sessions == () and day.closed and day.directive == {"number": "332/TH", "clause": "khoản 3"}
    assert days(open_office, purpose="collect")[0].sessions
    Closure.objects.create(office=open_office.office, starts_on=DAY, reason="Mất điện")
    assert "Mất điện" in days(open_office, purpose="collect")[0].closed
    assert days(open_office, clock.today() - timedelta(days=3), clock.today() - timedelta(days=1))[0].sessions == ()


def test_the_same_queries_whatever_the_span(open_office, django_assert_num_queries):
    sessions.generate(office=open_office.office, first=clock.today(), days=31)
    cost = 6
    for length in (1, 30, 61):
        office, procedure = type(open_office.office).objects.get(pk=open_office.office.pk), open_office.procedure
        procedure.refresh_from_db()
        with django_assert_num_queries(cost):
            found = availability.period(office, procedure, "submit", clock.today(), clock.today() + timedelta(days=length))
        assert len(found) == length + 1


def test_offices_earliest_first_and_nearest_first(open_office, book, django_assert_num_queries):
    for slot in Slot.objects.filter(session__office=open_office.office, session__date=clock.today()):
        Slot.objects.filter(pk=slot.pk).update(capacity=0)
    with django_assert_num_queries(2):
        found = queries.offices_for(open_office.procedure)
    assert [item.office.code for item in found] == ["thu-cai-rang", "thu-ninh-kieu"]
    assert clock.local(found[1].next_free).date() == DAY
    type(open_office.office).objects.filter(pk=open_office.office.pk).update(latitude=10.03, longitude=105.78)
    assert queries.offices_for(open_office.procedure, near=(10.0, 105.7))[0].office == open_office.office


def test_audit_finds_what_was_tampered_with(open_office, book, slot, session, capsys):
    book(1)
    call_command("audit_capacity")
    Slot.objects.filter(pk=slot.pk).update(booked=2)
    Session.objects.filter(pk=session.pk).update(held=1)
    QueueCounter.objects.filter(office=session.office, date=session.date).update(last=0)
    assert {(item.what, item.column) for item in audit_capacity()} == {("slot", "booked"), ("session", "held"), ("queue", "last")}
    with pytest.raises(CommandError):
        call_command("audit_capacity")
    assert "slot" in capsys.readouterr().out


def test_demo_twice_adds_nothing(cast, morning):
    said = []
    demo.load(password="x", say=said.append)
    count = Slot.objects.count()
    demo.load(password="x", say=said.append)
    assert Slot.objects.count() == count > 0
