"""The waiting area has places of its own: counted, given back, never oversold; who finds none keeps the turn outside."""
from datetime import timedelta
from decimal import Decimal

import pytest

from bookings import doorway, queries
from bookings.models import AppointmentEvent, RoomCount, Ticket
from bookings.services import visits
from bookings.services.audit import audit_capacity
from bookings.waiting_room import waiting_places
from onestop import clock
from onestop.offices.models import DutyShift, Room
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, who_next


@pytest.fixture
def at_the_door(slot):
    with clock.frozen(slot.starts_at):
        yield


@pytest.fixture
def distance(letter):
    """A letter by which people wait 2 m apart, at most ten."""
    return letter("332/TH", waiting_cap={"people": 10, "distance_m": 2})


def in_waiting(cast):
    return RoomCount.objects.filter(room=cast.waiting).values_list("people", flat=True).first() or 0


def refused(code, call, **kwargs):
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize(("cap", "area", "distance", "places"), [
    (10, Decimal(40), 2, 10), (10, Decimal(39), 2, 9), (10, Decimal("39.9"), 2.0, 9), (10, Decimal(200), 2, 10), (10, Decimal(7), 2, 1),
    (10, Decimal(1), 2, 1), (0, Decimal(40), 2, 0), (10, None, 2, 10), (10, Decimal(12), None, 10), (10, Decimal(12), 0, 10),
    (6, Decimal(40), 2, 6), (10, Decimal(25), 1.5, 10), (10, Decimal(20), 1.5, 8)])
def test_places_are_the_smaller_of_cap_and_what_fits(cap, area, distance, places):
    assert waiting_places(cap=cap, area_m2=area, distance_m=distance).places == places


def test_waiting_takes_a_place_and_entering_gives_it_back(book, open_office, request):
    row = book(1, people=3).appointment
    request.getfixturevalue("at_the_door")
    visits.check_in(actor=open_office.guard, appointment=row)
    row.refresh_from_db()
    assert row.room == open_office.waiting and in_waiting(open_office) == 3
    state = queries.room_state(open_office.room)
    assert (state.waiting, state.waiting_cap, state.outside) == (3, 10, 0)
    visits.enter(actor=open_office.guard, appointment=row)
    assert in_waiting(open_office) == 0 and RoomCount.objects.get(room=open_office.room).people == 3
    assert audit_capacity() == []


def test_when_it_is_full_one_waits_outside_and_keeps_the_turn(book, open_office, session, distance, request):
    Room.objects.filter(pk=open_office.waiting.pk).update(area_m2=Decimal(12))  # 12 ÷ (2 × 2) = 3 places
    slots = list(session.slots.order_by("starts_at")[:2])
    later, group, alone = book(1, at=slots[1], people=2).appointment, book(2, people=2).appointment, book(3).appointment
    request.getfixturevalue("at_the_door")
    for row in (later, group, alone):
        visits.check_in(actor=open_office.guard, appointment=row)
        row.refresh_from_db()
    assert (later.room, group.room, alone.room) == (open_office.waiting, None, open_office.waiting)
    assert in_waiting(open_office) == 3
    assert who_next(open_office.office, DAY) == [group, alone, later]  # the turn is that of the appointment
    assert Ticket.objects.get(appointment=group).state == "waiting"
    refused("waiting_full", visits.seat, actor=open_office.guard, appointment=group)
    visits.enter(actor=open_office.guard, appointment=later)
    for _twice in range(2):
        assert visits.seat(actor=open_office.guard, appointment=group).room == open_office.waiting
    assert in_waiting(open_office) == 3 and audit_capacity() == []
    visits.enter(actor=open_office.guard, appointment=group)
    assert in_waiting(open_office) == 1 and audit_capacity() == []


def test_from_outside_into_the_room_takes_no_place_of_the_waiting_area(book, open_office, request):
    Room.objects.filter(pk=open_office.waiting.pk).update(cap=0)
    row = book(1).appointment
    request.getfixturevalue("at_the_door")
    assert visits.check_in(actor=open_office.guard, appointment=row).room is None
    assert visits.enter(actor=open_office.guard, appointment=row).room == open_office.room
    assert in_waiting(open_office) == 0 and audit_capacity() == []


def test_an_office_without_a_waiting_area_sends_nobody_away(book, open_office, request):
    Room.objects.filter(pk=open_office.waiting.pk).delete()
    row = book(1).appointment
    request.getfixturevalue("at_the_door")
    assert visits.check_in(actor=open_office.guard, appointment=row).state == "checked_in"
    state = queries.room_state(open_office.room)
    assert (state.waiting, state.waiting_cap, state.outside) == (0, 0, 1) and audit_capacity() == []


def test_straight_in_where_the_room_is_free_and_nobody_is_before(book, open_office, session, request):
    second = session.slots.order_by("starts_at")[1]
    first, follower, early = book(1).appointment, book(2).appointment, book(3, at=second).appointment
    request.getfixturevalue("at_the_door")
    entered = visits.check_in(actor=open_office.guard, appointment=first, straight=True)
    assert (entered.state, entered.room) == ("inside", open_office.room) and in_waiting(open_office) == 0
    assert list(AppointmentEvent.objects.filter(subject=first).order_by("pk").values_list("verb", flat=True)) == [
        "book", "check_in", "enter"]
    visits.check_in(actor=open_office.guard, appointment=follower)
    assert visits.check_in(actor=open_office.guard, appointment=early, straight=True).state == "checked_in"  # the follower is before
    assert in_waiting(open_office) == 2 and audit_capacity() == []


def test_straight_in_waits_where_the_room_is_full(book, open_office, session, request):
    rows = [book(number, at=session.slots.order_by("starts_at")[number % 2], people=5).appointment for number in (1, 2, 3)]
    request.getfixturevalue("at_the_door")
    states = [visits.check_in(actor=open_office.guard, appointment=row, straight=True).state for row in rows]
    assert states == ["inside", "inside", "checked_in"] and in_waiting(open_office) == 5 and audit_capacity() == []


def test_too_early_is_noted_and_told_when(book, open_office, session, settings, request):
    settings.EARLY_MINUTES = 30
    third = session.slots.order_by("starts_at")[2]
    row = book(1, at=third).appointment
    request.getfixturevalue("at_the_door")
    arrived = visits.check_in(actor=open_office.guard, appointment=row, straight=True)
    assert (arrived.state, arrived.room) == ("checked_in", None)
    assert doorway.expected_from(arrived) == third.starts_at - timedelta(minutes=30)
    with clock.frozen(third.starts_at - timedelta(minutes=30)):
        assert visits.seat(actor=open_office.guard, appointment=row).room == open_office.waiting
    assert audit_capacity() == []


def test_late_ones_come_after_those_on_time(book, open_office, session, settings):
    first, second = session.slots.order_by("starts_at")[:2]
    late, on_time = book(1, at=first).appointment, book(2, at=second).appointment
    with clock.frozen(second.starts_at + timedelta(minutes=1)):
        assert doorway.is_late(late) and not doorway.is_late(on_time)
        for row in (late, on_time):
            visits.check_in(actor=open_office.guard, appointment=row)
        assert who_next(open_office.office, DAY) == [on_time, late]
        settings.LATE_MINUTES = 10  # so long after their slot's end they still count as on time
        assert not doorway.is_late(late) and who_next(open_office.office, DAY) == [late, on_time]


def test_the_priority_group_is_checked_at_the_door(book, open_office, request):
    told, plain = book(1, priority="elderly").appointment, book(2).appointment
    request.getfixturevalue("at_the_door")
    assert visits.check_in(actor=open_office.guard, appointment=plain, priority="disabled").priority == "disabled"
    assert visits.check_in(actor=open_office.guard, appointment=told, priority="").priority == ""
    assert AppointmentEvent.objects.get(subject=told, verb="check_in").data == {"priority": "", "priority_before": "elderly"}
    assert who_next(open_office.office, DAY) == [plain, told]


def test_an_unknown_priority_group_is_refused(book, open_office, request):
    row = book(1).appointment
    request.getfixturevalue("at_the_door")
    refused("unknown_priority", visits.check_in, actor=open_office.guard, appointment=row, priority="vip")


def test_a_refused_person_leaves_the_waiting_area_and_the_line(book, open_office, session, request):
    row = book(1, people=2).appointment
    request.getfixturevalue("at_the_door")
    visits.check_in(actor=open_office.guard, appointment=row)
    assert visits.refuse_entry(actor=open_office.guard, appointment=row, reason="Sốt").room is None
    assert in_waiting(open_office) == 0 and Ticket.objects.get(appointment=row).state == "left" and audit_capacity() == []


def test_refused_and_rebooked_in_one_step(book, open_office, session, letter, request):
    row, last = book(1).appointment, session.slots.order_by("starts_at").last()
    letter("4708/TH", health_check={})
    request.getfixturevalue("at_the_door")
    moved = visits.refuse_entry(actor=open_office.guard, appointment=row, reason="Sốt", slot_id=last.pk)
    assert (moved.state, moved.slot, moved.code) == ("booked", last, row.code)
    event = AppointmentEvent.objects.get(subject=row, verb="refuse_entry")
    assert (event.reason, event.legal_basis) == ("Sốt", "4708/TH, khoản 3")
    assert audit_capacity() == []


def test_a_slot_that_filled_up_meanwhile_records_nothing(book, open_office, session, request):
    last = session.slots.order_by("starts_at").last()
    row = book(1).appointment
    for number in range(2, 2 + last.capacity):
        book(number, at=last)
    request.getfixturevalue("at_the_door")
    visits.check_in(actor=open_office.guard, appointment=row)
    refused("slot_full", visits.refuse_entry, actor=open_office.guard, appointment=row, reason="Sốt", slot_id=last.pk)
    row.refresh_from_db()
    assert row.state == "checked_in" and in_waiting(open_office) == 1 and audit_capacity() == []


def test_officers_who_serve_in_the_waiting_area_count_there_too(book, open_office, request):
    Room.objects.filter(pk=open_office.waiting.pk).update(cap=2)
    DutyShift.objects.create(office=open_office.office, user=open_office.desk, date=DAY, part="morning", place="counter",
                             room=open_office.waiting)
    rows = [book(number).appointment for number in (1, 2)]
    request.getfixturevalue("at_the_door")
    places = [visits.check_in(actor=open_office.guard, appointment=row).room for row in rows]
    assert places == [open_office.waiting, None] and audit_capacity() == []


def test_the_audit_recomputes_waiting_areas(book, open_office, request):
    row = book(1).appointment
    request.getfixturevalue("at_the_door")
    visits.check_in(actor=open_office.guard, appointment=row)
    RoomCount.objects.filter(room=open_office.waiting).update(people=4)
    assert [(item.what, item.stored, item.counted) for item in audit_capacity()] == [("room", 4, 1)]


def test_the_night_empties_the_waiting_area(book, open_office, slot, request):
    row = book(1).appointment
    with clock.frozen(slot.starts_at):
        visits.check_in(actor=open_office.guard, appointment=row)
    with clock.frozen(clock.at(DAY + timedelta(days=1), 1)):
        assert visits.close_past_days() == 1
    row.refresh_from_db()
    assert (row.state, row.room) == ("done", None) and in_waiting(open_office) == 0 and audit_capacity() == []


def test_another_room_takes_over_under_its_own_guard(book, open_office, request):
    small = Room.objects.create(office=open_office.office, code="thu-p2", name="Phòng hai", cap=1)
    rows = [book(number).appointment for number in (1, 2)]
    request.getfixturevalue("at_the_door")
    for row in rows:
        visits.check_in(actor=open_office.guard, appointment=row)
        visits.enter(actor=open_office.guard, appointment=row)
    assert visits.change_room(actor=open_office.guard, appointment=rows[0], room=small).room == small
    refused("room_full", visits.change_room, actor=open_office.guard, appointment=rows[1], room=small)
    refused("other_office_room", visits.change_room, actor=open_office.guard, appointment=rows[1],
            room=open_office.other_office.rooms.first())
    assert RoomCount.objects.get(room=open_office.room).people == 1 and audit_capacity() == []


# --- what was written down while the line was down ----------------------------------------------------------------------

def test_a_visit_of_this_morning_told_later_asks_no_room(book, open_office, slot):
    row = book(1).appointment
    RoomCount.objects.create(room=open_office.room, cap=0)
    Room.objects.filter(pk__in=[open_office.room.pk, open_office.waiting.pk]).update(cap=0)
    with clock.frozen(slot.ends_at):
        came, entered = slot.starts_at, slot.starts_at + timedelta(minutes=5)
        for _twice in range(2):
            done = visits.told_later(actor=open_office.guard, appointment=row, arrived_at=came, entered_at=entered, left_at=slot.ends_at)
    assert (done.state, done.checked_in_at, done.entered_at, done.left_at) == ("done", came, entered, slot.ends_at)
    events = AppointmentEvent.objects.filter(subject=row).exclude(verb="book").order_by("pk")
    assert [(event.verb, event.at, event.data["offline"]) for event in events] == [
        ("check_in", came, True), ("enter", entered, True), ("leave", slot.ends_at, True)]
    assert audit_capacity() == [] and not Ticket.objects.filter(appointment=row, state="waiting").exists()


def test_whoever_is_still_here_takes_a_place_also_when_told_later(book, open_office, slot):
    row = book(1).appointment
    with clock.frozen(slot.ends_at):
        visits.check_in(actor=open_office.guard, appointment=row, at=slot.starts_at)
        assert in_waiting(open_office) == 1
        visits.enter(actor=open_office.guard, appointment=row, at=slot.starts_at + timedelta(minutes=2))
        assert RoomCount.objects.get(room=open_office.room).people == 1 and audit_capacity() == []
        refused("not_yet", visits.leave, actor=open_office.guard, appointment=row, at=slot.ends_at + timedelta(minutes=1))


def test_a_visit_of_yesterday_told_today_touches_no_room(book, open_office, slot):
    row = book(1).appointment
    with clock.frozen(slot.ends_at + timedelta(days=1)):
        refused("wrong_day", visits.check_in, actor=open_office.guard, appointment=row)
        visits.check_in(actor=open_office.guard, appointment=row, at=slot.starts_at)
        visits.enter(actor=open_office.guard, appointment=row, at=slot.starts_at)
        assert in_waiting(open_office) == 0 and audit_capacity() == []
        assert visits.leave(actor=open_office.guard, appointment=row, at=slot.ends_at).state == "done"
    assert audit_capacity() == []


def test_times_that_contradict_each_other_are_refused(book, open_office, slot):
    row = book(1).appointment
    with clock.frozen(slot.ends_at):
        refused("wrong_order", visits.told_later, actor=open_office.guard, appointment=row, arrived_at=slot.ends_at,
                entered_at=slot.starts_at)
        refused("wrong_order", visits.told_later, actor=open_office.guard, appointment=row, arrived_at=slot.starts_at,
                left_at=slot.ends_at)
