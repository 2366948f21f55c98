"""Whoever changes roster, hours, rooms or declared numbers first sees whom it strands; then it is refused or they are moved."""
from datetime import date, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.models import Appointment, CallTask, Hold, Relocation, Session, SessionEvent, Slot
from bookings.services import appointments, holds, limits, relocation, sessions, strands
from bookings.services.audit import audit_capacity
from bookings.services.limits import Consent
from bookings.services.strands import Strands, pick
from bookings.states import HoldState, Purpose
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import DeclaredDay, DutyShift, OpeningHours
from onestop.offices.services import DeclaredRow, DutyEntry, HoursRow, RoomRow, WeeklyRow
from onestop.offices.states import Part, Place
from onestop.transitions import Refused
from tests.bookings.conftest import DAY

MOVE = Consent(rebook=True, reason="Cán bộ phải cách ly")


def put_on_duty(cast, *users, consent=limits.REFUSE, day=DAY, part=Part.MORNING):
    entries = [DutyEntry(user.pk, day, part, Place.COUNTER) for user in users]
    return limits.change_duty(actor=cast.leader, office=cast.office, entries=entries, consent=consent)


def fill(book, slot, people):
    return [book(number, at=slot).appointment for number in range(1, people + 1)]


@given(sizes=st.lists(st.integers(1, 9), max_size=12), excess=st.integers(-3, 60))
def test_as_few_as_needed_are_picked_from_the_front(sizes, excess):
    chosen = pick(sizes, excess)
    assert chosen == sorted(set(chosen))
    total = sum(sizes[index] for index in chosen)
    assert total >= min(excess, sum(sizes))
    assert all(total - sizes[index] < excess for index in chosen)  # nobody who could stay
    if excess <= 0:
        assert chosen == []


def test_a_fuller_roster_is_refused_with_the_list_and_nothing_is_saved(open_office, book, slot):
    rows = fill(book, slot, 9)
    with pytest.raises(Strands) as refused:
        put_on_duty(open_office, open_office.desk, open_office.specialist, open_office.leader)
    assert (refused.value.code, refused.value.status) == ("strands", 409)
    assert list(refused.value.stranded.appointments) == rows[-2:]  # the latest booked
    assert not DutyShift.objects.exists()
    slot.refresh_from_db()
    assert (slot.capacity, slot.extra) == (10, 0)
    assert put_on_duty(open_office, open_office.desk).changed == 1
    slot.refresh_from_db()
    assert (slot.capacity, slot.booked) == (9, 9)


def test_with_consent_a_run_moves_them_and_nobody_new_comes_in(open_office, book, slot):
    rows = fill(book, slot, 9)
    with pytest.raises(Refused, match="lý do"):
        put_on_duty(open_office, open_office.desk, open_office.specialist, consent=Consent(rebook=True, reason=" "))
    saved = put_on_duty(open_office, open_office.desk, open_office.specialist, consent=MOVE)
    assert saved.run is not None and saved.changed == 2
    assert list(Relocation.objects.get().items.values_list("appointment", flat=True)) == [rows[-1].pk]
    slot.refresh_from_db()
    assert (slot.capacity, slot.booked, slot.extra) == (8, 9, 1)
    with pytest.raises(Refused):
        book(20)
    appointments.cancel(appointment=rows[0], by_label="thử")
    with pytest.raises(Refused):
        book(20)  # the place that came free was above the limit
    slot.refresh_from_db()
    assert (slot.capacity, slot.booked, slot.extra) == (8, 8, 0) and audit_capacity() == []


def test_urgent_procedures_go_last(open_office, book, slot):
    urgent = open_office.field_procedure
    type(urgent).objects.filter(pk=urgent.pk).update(urgent=True)
    ordinary = [book(number) for number in range(1, 9)]
    last = book(9, procedure=urgent).appointment
    with pytest.raises(Strands) as refused:
        put_on_duty(open_office, open_office.desk, open_office.specialist)
    assert list(refused.value.stranded.appointments) == [ordinary[-1].appointment]
    assert last not in refused.value.stranded.appointments


def test_places_held_count_and_end_only_with_consent(open_office, book, slot):
    fill(book, slot, 9)
    hold, token = holds.place_hold(slot_id=slot.pk, procedure=open_office.procedure, purpose="submit")
    with pytest.raises(Strands) as refused:
        put_on_duty(open_office, open_office.desk)
    assert refused.value.stranded.holds == (hold,) and not refused.value.stranded.appointments
    saved = put_on_duty(open_office, open_office.desk, consent=MOVE)
    assert saved.run is None and Hold.objects.get().state == HoldState.RELEASED
    with pytest.raises(Refused, match="giữ chỗ"):
        book(30, hold_token=token)
    assert audit_capacity() == []


def test_declared_numbers_weekly_and_for_a_day_reach_sessions_at_once(open_office, session, slot, book):
    declare = {"actor": open_office.leader, "office": open_office.office, "reason": "Tập huấn"}
    assert limits.declare(**declare, days=[DeclaredRow(DAY, "morning", 12)]).changed == 1
    session.refresh_from_db()
    assert session.capacity == 12
    assert limits.declare(**declare, weekly=[WeeklyRow(DAY.weekday(), "morning", 7)]).changed == 1
    session.refresh_from_db()
    assert session.capacity == 12  # the day's own number goes before the weekly one
    following = Session.objects.get(office=open_office.office, date=date(2026, 12, 3), part="morning")
    assert following.capacity == 7
    limits.declare(**declare, days=[DeclaredRow(DAY, "morning", None)])
    session.refresh_from_db()
    assert session.capacity == 7 and not DeclaredDay.objects.exists()
    book(1, dossiers=5)
    with pytest.raises(Strands) as refused:
        limits.declare(**declare, days=[DeclaredRow(DAY, "morning", 4)])
    assert len(refused.value.stranded.appointments) == 1 and not DeclaredDay.objects.exists()
    limits.declare(**declare, days=[DeclaredRow(DAY, "morning", 4)], consent=MOVE)
    session.refresh_from_db()
    assert (session.capacity, session.booked, session.extra) == (4, 5, 1)
    assert sessions.generate(office=open_office.office, first=clock.today(), days=10) == sessions.Generated(0, 0, 0)


def test_only_what_this_change_does_counts(open_office, book, slot, letter):
    fill(book, slot, 9)
    letter("8/TH", room_cap={"people": 8})  # nobody's fault at the office: one too many
    sessions.generate(office=open_office.office, first=DAY, days=1)
    assert [item.pk for item in strands.over(office=open_office.office, first=DAY, last=DAY)] == [Appointment.objects.latest("pk").pk]
    assert put_on_duty(open_office, open_office.desk, part=Part.AFTERNOON).changed == 1
    with pytest.raises(Strands) as refused:
        put_on_duty(open_office, open_office.desk)
    assert len(refused.value.stranded.appointments) == 1  # the second one: the first was there before
    run = strands.move_over(actor=open_office.leader, office=open_office.office, first=DAY, last=DAY, reason="Văn bản mới")
    assert run is not None and run.items.count() == 1
    for actor, reason, match in ((open_office.desk, "x", "quyền"), (open_office.leader, "", "lý do")):
        with pytest.raises(Refused, match=match):
            strands.move_over(actor=actor, office=open_office.office, first=DAY, last=DAY, reason=reason)


def test_what_was_granted_above_the_limit_is_not_stranded(open_office, book, session):
    sessions.set_capacity(actor=open_office.leader, session=session, capacity=1, reason="Thử")
    book(1)
    book(2, actor=open_office.leader, overbook_reason="Khẩn cấp", channel="counter")
    assert strands.over(office=open_office.office, first=DAY, last=DAY) == []


def test_hours_that_shrink_strand_whoever_falls_outside(open_office, book, session):
    slots = list(session.slots.order_by("starts_at"))
    early, late = book(1, at=slots[0]).appointment, book(2, at=slots[-1]).appointment
    rows = [HoursRow(DAY.weekday(), Part.MORNING, time(8), time(11, 30))]
    with pytest.raises(Strands) as refused:
        limits.change_hours(actor=open_office.leader, office=open_office.office, rows=rows)
    assert list(refused.value.stranded.appointments) == [early]
    limits.change_hours(actor=open_office.leader, office=open_office.office, rows=rows, consent=MOVE)
    slots[0].refresh_from_db()
    session.refresh_from_db()
    assert (slots[0].capacity, slots[0].extra) == (0, 1) and f"{clock.local(session.starts_at):%H:%M}" == "08:00"
    assert late.slot.capacity == 10
    with pytest.raises(Strands):
        limits.change_hours(actor=open_office.leader, office=open_office.office, rows=[HoursRow(DAY.weekday(), Part.MORNING)])
    assert OpeningHours.objects.filter(office=open_office.office, weekday=DAY.weekday(), part=Part.MORNING).exists()


def test_another_grid_moves_nobody_and_never_overlaps(open_office, book, session):
    booked = book(1, at=session.slots.get(starts_at=clock.at(DAY, 9))).appointment
    rows = [HoursRow(DAY.weekday(), Part.MORNING, time(7, 30), time(12), slot_minutes=60)]
    limits.change_hours(actor=open_office.leader, office=open_office.office, rows=rows)
    booked.refresh_from_db()
    assert booked.slot.starts_at == clock.at(DAY, 9)
    alive = list(Slot.objects.filter(session=session, capacity__gt=0).order_by("starts_at"))
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(alive))
    other = Session.objects.get(office=open_office.office, date=date(2026, 12, 3), part="morning")  # nobody booked: the new grid
    assert [f"{clock.local(slot.starts_at):%H:%M}–{clock.local(slot.ends_at):%H:%M}" for slot in other.slots.filter(capacity__gt=0)] == [
        "07:30–08:30", "08:30–09:30", "09:30–10:30", "10:30–11:30"]
    assert sessions.generate(office=open_office.office, first=clock.today(), days=10) == sessions.Generated(0, 0, 0)


def test_room_cap_and_kept_places(open_office, book, slot):
    fill(book, slot, 8)
    rooms = {"actor": open_office.leader, "office": open_office.office}
    with pytest.raises(Strands):
        limits.change_rooms(**rooms, rows=[RoomRow(open_office.room.pk, 9, walk_in_places=2, urgent_places=2)])
    assert limits.change_rooms(**rooms, rows=[RoomRow(open_office.room.pk, 10, walk_in_places=1, urgent_places=1)]).changed == 1
    slot.refresh_from_db()
    assert (slot.capacity, slot.urgent_only) == (9, 1) and slot.session.__class__.objects.get(pk=slot.session_id).urgent_only == 1
    with pytest.raises(Refused) as refused:
        book(20)  # the ninth place is for urgent procedures
    assert refused.value.code == "slot_full"
    urgent = open_office.field_procedure
    type(urgent).objects.filter(pk=urgent.pk).update(urgent=True)
    urgent.refresh_from_db()
    assert book(21, procedure=urgent).appointment.pk
    with pytest.raises(Refused):
        book(22, procedure=urgent)  # the tenth is for people who walk in
    for actor in (open_office.desk, open_office.outsider):
        with pytest.raises(Refused) as refused:
            limits.change_rooms(actor=actor, office=open_office.office, rows=[RoomRow(open_office.room.pk, 5)])
        assert refused.value.status == 403
    for row, code in ((RoomRow(open_office.room.pk, 11), "bad_cap"), (RoomRow(open_office.room.pk, 3, 2, 2), "bad_places"),
                      (RoomRow(open_office.other_office.rooms.all()[0].pk, 5), "foreign_room")):
        with pytest.raises(Refused) as refused:
            limits.change_rooms(**rooms, rows=[row])
        assert refused.value.code == code


def test_an_extra_session_is_left_alone_but_follows_the_roster(open_office):
    saturday = date(2026, 11, 28)
    wanted = {"actor": open_office.leader, "office": open_office.office, "day": saturday, "part": "morning", "opens": time(8),
              "closes": time(10), "dossiers": 15, "reason": "Giảm tải"}
    made = sessions.add_special(**wanted)
    assert made.special and made.capacity == 15
    assert [slot.capacity for slot in made.slots.all()] == [10, 10, 10, 10]
    assert sessions.add_special(**wanted).pk == made.pk and SessionEvent.objects.filter(subject=made).count() == 1
    put_on_duty(open_office, open_office.desk, day=saturday)
    limits.declare(actor=open_office.leader, office=open_office.office, days=[DeclaredRow(saturday, "morning", 9)], reason="Thử")
    for _run in range(2):
        sessions.generate(office=open_office.office, first=clock.today(), days=10)
    made.refresh_from_db()
    assert made.capacity == 9 and not DeclaredDay.objects.exists()
    assert [slot.capacity for slot in made.slots.all()] == [9, 9, 9, 9]
    wrong = [
        ({"opens": time(8, 30)}, "session_exists"), ({"part": "afternoon", "opens": time(9), "closes": time(12)}, "overlaps"),
        ({"dossiers": 0}, "invalid_special"), ({"reason": " "}, "invalid_special"), ({"day": date(2026, 11, 24)}, "past_day"),
        ({"actor": open_office.desk}, "not_allowed"),
        ({"day": date(2026, 12, 5), "room": open_office.other_office.rooms.all()[0]}, "invalid_special")]
    for more, code in wrong:
        with pytest.raises(Refused) as refused:
            sessions.add_special(**{**wanted, **more})
        assert refused.value.code == code


def test_a_second_press_opens_no_second_run_and_texts_nobody_twice(open_office, book, slot):
    """People left above a limit by a letter or a day off: pressed twice at once, or again when there still is no place."""
    rows = [book(number, purpose=Purpose.COLLECT).appointment for number in (1, 2, 3)]
    Slot.objects.exclude(pk=slot.pk).update(state="closed")
    Slot.objects.filter(pk=slot.pk).update(capacity=1, extra=2)

    def press():
        return strands.move_over(actor=open_office.leader, office=open_office.office, first=DAY, last=DAY, reason="Phòng nhỏ hơn")

    first = press()
    assert first.items.count() == 2 and press() is None  # under way already
    work_off(first)
    assert list(first.items.values_list("outcome", flat=True)) == ["unplaced"] * 2
    second = press()  # asked for once more: perhaps there is a place by now
    work_off(second)
    texts = Message.objects.filter(template_key="relocation_unplaced")
    assert sorted(text.phone for text in texts) == sorted(row.phone for row in rows[1:]) and audit_capacity() == []
    assert CallTask.objects.count() == 2
    Slot.objects.filter(session=slot.session).update(state="open")
    work_off(press())
    assert Message.objects.filter(template_key="relocation_moved").count() == 2 and audit_capacity() == []


def work_off(run):
    while relocation.work(relocation_id=run.pk):
        pass
