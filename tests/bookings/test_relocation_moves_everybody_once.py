"""Closing an office, a room or an area: everybody concerned gets a place, guidance or a call, and is told exactly once."""
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest

from bookings import relocations
from bookings.closable import Target
from bookings.models import Appointment, CallTask, Relocation, RelocationEvent, Session, Slot
from bookings.services import appointments, moving, receiving, relocation, sessions, visits
from bookings.services.audit import audit_capacity
from bookings.states import AppointmentState, BookedBy, CallKind, MoveOutcome, OpenState, Purpose, RelocationState
from dossiers.services import intake
from onestop import clock
from onestop.catalogue.models import ChannelTerm, Procedure
from onestop.catalogue.states import Channel
from onestop.directives.models import Directive
from onestop.notify.models import Message
from onestop.offices.models import Area, Closure, Room
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person
from tests.cast import Cast
from tests.cast import office as make_office

Book = Callable[..., appointments.Booked]


def draft(cast: Cast, *, until: datetime | None = None, begin: datetime | None = None, **target: object) -> Relocation:
    """The administrator's draft: the cast's office from now on, unless told otherwise."""
    chosen = Target(**(target or {"office": cast.office}))  # type: ignore[arg-type]
    return relocation.draft(actor=cast.administrator, target=chosen, from_at=begin or clock.now(), until_at=until, reason="Phong tỏa")


def run(cast: Cast, **options: object) -> Relocation:
    """Draft, start, and what the worker does."""
    made = draft(cast, **options)  # type: ignore[arg-type]
    relocation.start(actor=cast.administrator, relocation=made)
    return finish(made)


def finish(made: Relocation) -> Relocation:
    """The worker's jobs until the run is done."""
    for _round in range(50):
        relocation.work(relocation_id=made.pk)
        made.refresh_from_db()
        if made.state == RelocationState.DONE:
            return made
    raise AssertionError("the run does not end")


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Something is refused with this code, and a sentence."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code and str(caught.value.sentence)


def told(made: Relocation) -> list[Message]:
    return list(Message.objects.filter(event_key__startswith=f"relocation:{made.pk}:"))


def test_everybody_goes_to_the_nearest_open_office_near_the_same_time(open_office: Cast, book: Book, slot: Slot) -> None:
    booked = [book(number).appointment for number in (1, 2, 3)]
    made = run(open_office, until=clock.at(DAY) + timedelta(days=60))
    for row in booked:
        row.refresh_from_db()
        assert row.office == open_office.other_office and row.queue_date == DAY and row.state == AppointmentState.BOOKED
    assert {item.outcome for item in made.items.all()} == {MoveOutcome.OTHER_OFFICE}
    assert len(told(made)) == 3 and len({message.phone for message in told(made)}) == 3
    assert not Message.objects.filter(template_key="appointment_moved").exists()
    assert Closure.objects.get(office=open_office.office).starts_on == clock.today()
    assert audit_capacity() == []
    slot.refresh_from_db()
    assert slot.booked == 0
    body = told(made)[0].body
    assert "Bộ phận Một cửa phường Cái Răng" in body and "/lich/" in body and "07:30 ngày 26/11/2026" in body


def test_a_closed_room_s_people_go_to_the_other_room_at_the_same_time(open_office: Cast, book: Book, slot: Slot) -> None:
    other = Room.objects.create(office=open_office.office, code="thu-nk-p2", name="Phòng số 2")
    sessions.generate(office=open_office.office, first=clock.today(), days=10)
    row = book(1).appointment
    made = run(open_office, office=open_office.office, room=slot.room)
    row.refresh_from_db()
    assert (row.slot.room, row.slot.starts_at, row.office) == (other, slot.starts_at, open_office.office)
    assert made.items.get().outcome == MoveOutcome.LATER
    slot.refresh_from_db()
    assert slot.state == OpenState.CLOSED and slot.session.state == OpenState.OPEN
    assert audit_capacity() == []


def test_an_area_closes_every_office_in_it_and_sends_nobody_from_one_closed_office_to_another(open_office: Cast, book: Book) -> None:
    other = Slot.objects.filter(session__office=open_office.other_office, session__date=DAY).first()
    rows = [book(1).appointment, book(2, at=other).appointment]
    made = run(open_office, area=open_office.province, until=clock.at(DAY + timedelta(days=1)))
    assert Closure.objects.count() == 3 and made.closures.count() == 3
    for row in rows:
        row.refresh_from_db()
        assert row.queue_date > DAY and row.slot.starts_at >= made.until_at
    assert {item.outcome for item in made.items.all()} == {MoveOutcome.LATER}


def test_from_noon_on_the_morning_is_left_alone(open_office: Cast, book: Book) -> None:
    noon = clock.at(DAY, 12)
    morning, afternoon = (book(number, at=Slot.objects.filter(session__office=open_office.office, session__date=DAY,
                               session__part=part).earliest("starts_at")).appointment
                          for number, part in ((1, "morning"), (2, "afternoon")))
    made = run(open_office, begin=noon, until=clock.at(DAY + timedelta(days=1)))
    morning.refresh_from_db(), afternoon.refresh_from_db()
    assert morning.slot.starts_at == clock.at(DAY, 7, 30) and afternoon.office == open_office.other_office
    assert list(made.sessions.values_list("part", "state")) == [("afternoon", OpenState.CLOSED)]
    assert not Closure.objects.exists()  # the day is closed in part: its places are closed, the morning goes on
    book(3, at=morning.slot)
    with refused("closed"):
        book(4, at=Slot.objects.filter(session=made.sessions.get()).latest("starts_at"))


def test_at_noon_of_the_day_itself_those_who_checked_in_or_are_past_stay(open_office: Cast, book: Book, slot: Slot) -> None:
    rows = [book(number, at=at).appointment for number, at in enumerate(
        [slot, *Slot.objects.filter(session__office=open_office.office, session__date=DAY, session__part="afternoon")[:2]], 1)]
    with clock.frozen(clock.at(DAY, 12)):
        visits.check_in(actor=open_office.guard, appointment=rows[1])
        made = run(open_office, until=clock.at(DAY + timedelta(days=1)))
        assert Closure.objects.get().starts_on == DAY == Closure.objects.get().ends_on
    for row in rows:
        row.refresh_from_db()
    assert [row.office_id for row in rows] == [open_office.office.pk] * 2 + [open_office.other_office.pk]
    assert [item.appointment_id for item in made.items.all()] == [rows[2].pk]
    assert len(told(made)) == 1


def test_urgent_procedures_are_served_first(open_office: Cast, book: Book) -> None:
    Procedure.objects.filter(pk=open_office.field_procedure.pk).update(urgent=True)
    open_office.field_procedure.refresh_from_db()
    book(1)
    late = Slot.objects.filter(session__office=open_office.office).latest("starts_at")
    urgent = book(2, at=late, procedure=open_office.field_procedure).appointment
    made = run(open_office)
    assert made.items.earliest("rank").appointment_id == urgent.pk


def test_where_a_letter_serves_urgent_procedures_they_stay_and_the_places_stay_open_for_them(
        open_office: Cast, book: Book, letter: Callable[..., Directive]) -> None:
    """Vĩnh Phúc, 2."""
    Procedure.objects.filter(pk=open_office.procedure.pk).update(urgent=True)
    open_office.procedure.refresh_from_db()
    letter("2/VP", urgent_served={})
    urgent = book(1).appointment
    other = book(2, procedure=open_office.field_procedure).appointment
    found = relocations.preview(relocations.scope_of(draft(open_office)))
    assert (found.appointments, [row.pk for row, _rule in found.staying]) == (1, [urgent.pk])
    made = run(open_office)
    urgent.refresh_from_db(), other.refresh_from_db()
    assert urgent.office == open_office.office and other.office == open_office.other_office
    stays = made.items.get(appointment=urgent)
    assert stays.outcome == MoveOutcome.SKIPPED and "2/VP" in stays.note and stays.told_at is None
    book(3)  # another urgent one still finds its place
    with refused("office_closed"):
        book(4, procedure=open_office.field_procedure)


@pytest.fixture
def alone(open_office: Cast) -> Cast:
    """The other office has no place: everybody else's way is closed."""
    Session.objects.filter(office=open_office.other_office).update(state=OpenState.CLOSED)
    return open_office


def test_without_any_place_people_are_guided_to_online_and_post(alone: Cast, book: Book) -> None:
    row = book(1).appointment
    made = run(alone)
    row.refresh_from_db()
    assert row.state == AppointmentState.CANCELLED and made.items.get().outcome == MoveOutcome.GUIDED
    message = told(made)[0]
    assert message.template_key == "relocation_guided" and "nộp trực tuyến hoặc gửi qua bưu chính" in message.body
    assert f"/{alone.procedure.code}/" in message.body
    assert not Message.objects.filter(template_key="appointment_cancelled").exists()
    assert audit_capacity() == []


def test_without_place_or_channel_somebody_calls_and_no_reminder_goes_out(alone: Cast, book: Book) -> None:
    ChannelTerm.objects.exclude(channel=Channel.IN_PERSON).delete()
    row = book(1).appointment
    made = run(alone)
    row.refresh_from_db()
    assert made.items.get().outcome == MoveOutcome.UNPLACED and row.state == AppointmentState.BOOKED and row.reminded_hours == 0
    task = CallTask.objects.get(relocation_item=made.items.get())
    assert (task.kind, task.phone, task.office) == (CallKind.MOVED, row.phone, alone.office)
    assert "Xin đừng đến vào giờ đó" in told(made)[0].body
    with clock.frozen(clock.at(DAY, 8)):
        relocation.chase()
        row.refresh_from_db()
        assert row.state == AppointmentState.CANCELLED  # never a no-show
    assert audit_capacity() == []


def test_a_result_is_collected_where_it_lies(open_office: Cast, book: Book) -> None:
    row = book(1, purpose=Purpose.COLLECT).appointment
    run(open_office, until=clock.at(DAY + timedelta(days=1)))
    row.refresh_from_db()
    assert row.office == open_office.office and row.queue_date > DAY


def test_full_places_are_passed_over_and_nothing_is_oversold(open_office: Cast, book: Book) -> None:
    Slot.objects.filter(session__office=open_office.other_office).update(capacity=1)
    rows = [book(number).appointment for number in range(1, 9)]
    made = run(open_office)
    assert {item.outcome for item in made.items.all()} == {MoveOutcome.OTHER_OFFICE}
    slots = list(Appointment.objects.filter(pk__in=[row.pk for row in rows]).values_list("slot_id", flat=True))
    assert len(set(slots)) == 8 and audit_capacity() == []


def test_starting_and_working_twice_changes_nothing(open_office: Cast, book: Book) -> None:
    book(1)
    made = run(open_office)
    before = list(Appointment.objects.values_list("slot_id", "queue_number"))
    relocation.start(actor=open_office.administrator, relocation=made)
    assert relocation.work(relocation_id=made.pk) == 0
    assert list(Appointment.objects.values_list("slot_id", "queue_number")) == before and len(told(made)) == 1


def test_whoever_moved_or_cancelled_in_the_meantime_is_left_alone(open_office: Cast, book: Book) -> None:
    moved, gone, stays = (book(number) for number in (1, 2, 3))
    made = draft(open_office)
    relocation.start(actor=open_office.administrator, relocation=made)
    elsewhere = Slot.objects.filter(session__office=open_office.other_office, session__date=DAY).latest("starts_at")
    moving.reschedule(appointment=moved.appointment, slot_id=elsewhere.pk)
    moving.cancel(appointment=gone.appointment, by_label="citizen")
    finish(made)
    outcomes = {item.appointment_id: item.outcome for item in made.items.all()}
    assert outcomes == {moved.appointment.pk: MoveOutcome.SKIPPED, gone.appointment.pk: MoveOutcome.SKIPPED,
                        stays.appointment.pk: MoveOutcome.OTHER_OFFICE}
    assert len(told(made)) == 1


def test_who_is_booked_while_the_run_begins_is_found_at_its_end(open_office: Cast, book: Book) -> None:
    book(1)
    late = book(2).appointment
    made = draft(open_office)
    relocation.start(actor=open_office.administrator, relocation=made)
    made.items.filter(appointment=late).delete()  # as if committed after the list was made
    finish(made)
    assert made.items.count() == 2 and not made.items.filter(outcome=MoveOutcome.PENDING).exists()


def test_a_run_that_stands_still_is_resumed(open_office: Cast, book: Book, settings: object) -> None:
    book(1)
    made = draft(open_office)
    relocation.start(actor=open_office.administrator, relocation=made)
    assert relocation.resume() == 0
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert relocation.resume() == 1
        assert relocation.resume() == 0  # woken a moment ago
    assert RelocationEvent.objects.filter(verb="resume").count() == 1


def test_early_reopening_opens_exactly_what_was_closed_and_moves_nobody_back(open_office: Cast, book: Book, slot: Slot) -> None:
    row = book(1).appointment
    kept_closed = Session.objects.filter(office=open_office.office).latest("starts_at")
    Session.objects.filter(pk=kept_closed.pk).update(state=OpenState.CLOSED)  # closed by hand before
    made = run(open_office)
    messages = Message.objects.count()
    here = Slot.objects.filter(session__office=open_office.office, starts_at__gt=clock.now(), state=OpenState.OPEN)
    assert not here.filter(session__state=OpenState.OPEN).exists()
    relocation.reopen(actor=open_office.administrator, relocation=made, reason="Hết phong tỏa")
    relocation.reopen(actor=open_office.administrator, relocation=made, reason="Hết phong tỏa")
    row.refresh_from_db(), kept_closed.refresh_from_db(), slot.refresh_from_db()
    assert row.office == open_office.other_office and kept_closed.state == OpenState.CLOSED
    assert not Closure.objects.exists() and Message.objects.count() == messages
    assert slot.session.state == OpenState.OPEN and slot.capacity > 0
    item = relocations.open_item(row)
    assert item is not None
    relocation.answer(item=item, answer="moved", slot_id=slot.pk)
    row.refresh_from_db()
    assert row.office == open_office.office and audit_capacity() == []


def test_reopened_in_the_middle_the_rest_keeps_what_it_has(open_office: Cast, book: Book) -> None:
    row = book(1).appointment
    made = draft(open_office)
    relocation.start(actor=open_office.administrator, relocation=made)
    relocation.reopen(actor=open_office.administrator, relocation=made, reason="Nhầm")
    finish(made)
    row.refresh_from_db()
    assert row.office == open_office.office and made.items.get().outcome == MoveOutcome.SKIPPED and told(made) == []


def test_reopened_people_without_a_place_are_told_that_theirs_stands(alone: Cast, book: Book) -> None:
    ChannelTerm.objects.exclude(channel=Channel.IN_PERSON).delete()
    row = book(1).appointment
    made = run(alone)
    relocation.reopen(actor=alone.administrator, relocation=made, reason="Hết phong tỏa")
    row.refresh_from_db()
    assert row.reminded_hours != 0 and [message.template_key for message in told(made)] == ["relocation_stands", "relocation_unplaced"]


def test_a_run_for_lowered_limits_moves_only_the_named_ones_in_the_given_order(open_office: Cast, book: Book, slot: Slot) -> None:
    rows = [book(number).appointment for number in (1, 2, 3)]
    Slot.objects.filter(pk=slot.pk).update(capacity=1, extra=2)
    made = relocation.open_limits_run(actor=open_office.leader, office=open_office.office, appointments=[rows[2], rows[1]],
                                      reason="Bớt chỗ")
    assert [item.appointment_id for item in made.items.all()] == [rows[2].pk, rows[1].pk]
    finish(made)
    for row in rows:
        row.refresh_from_db()
    assert rows[0].slot == slot and {row.office for row in rows} == {open_office.office}
    assert {row.slot.starts_at for row in rows[1:]} == {clock.at(DAY, 8)}
    assert not Closure.objects.exists() and audit_capacity() == []
    slot.refresh_from_db()
    assert (slot.booked, slot.extra) == (1, 0)


def test_areas_of_before_and_after_2025_stand_for_each_other(cast: Cast) -> None:
    district = Area.objects.create(code="H999", name="Quận thử", level="district", parent=cast.province, successor=cast.commune,
                                   valid_to=date(2025, 6, 30))
    part = Area.objects.create(code="T99901", name="Phường một phần", level="commune", parent=cast.province)
    district.became.add(cast.commune, part)
    assert relocations.areas_within(district) == {district.pk, cast.commune.pk, part.pk}
    assert relocations.areas_within(part) == {part.pk}
    assert relocations.areas_within(cast.commune) == {cast.commune.pk, district.pk}  # its office still has its seat here
    assert {district.pk, part.pk, cast.commune.pk} <= relocations.areas_within(cast.province)
    wider = Area.objects.create(code="T98", name="Tỉnh rộng hơn", level="province")
    former = Area.objects.create(code="H98", name="Tỉnh cũ", level="province", successor=wider, valid_to=date(2025, 6, 30))
    former.became.add(wider)
    old = Area.objects.create(code="H981", name="Huyện cũ", level="district", parent=former, valid_to=date(2025, 6, 30))
    assert relocations.areas_within(former) == {former.pk, old.pk}
    assert relocations.areas_within(wider) == {wider.pk, former.pk, old.pk}


def test_closing_a_former_district_closes_the_offices_of_what_it_became(open_office: Cast, book: Book) -> None:
    district = Area.objects.create(code="H999", name="Quận thử", level="district", parent=open_office.province,
                                   successor=open_office.commune, valid_to=date(2025, 6, 30))
    district.became.add(open_office.commune)
    made = draft(open_office, area=district)
    assert relocations.offices_of(made) == [open_office.office]


def test_nobody_is_sent_further_than_the_setting_allows(open_office: Cast, book: Book, settings: object) -> None:
    far = make_office("thu-xa", "H13.99", "Bộ phận Một cửa ở xa", "commune", open_office.commune, open_office.province)
    sessions.generate(office=far, first=clock.today(), days=10)
    for office, place in ((open_office.office, (10.03, 105.78)), (open_office.other_office, (10.0, 105.75)), (far, (11.9, 106.9))):
        type(office).objects.filter(pk=office.pk).update(latitude=place[0], longitude=place[1])
    Session.objects.filter(office=open_office.other_office).update(state=OpenState.CLOSED)
    book(1)
    assert run(open_office).items.get().outcome == MoveOutcome.GUIDED


@pytest.mark.parametrize(("begin", "until", "reason", "code"), [
    (timedelta(days=-1), None, "Phong tỏa", "past"), (timedelta(hours=1), timedelta(hours=1), "Phong tỏa", "bad_period"),
    (timedelta(), timedelta(hours=-1), "Phong tỏa", "bad_period"), (timedelta(), None, "  ", "reason_needed")])
def test_what_can_t_be_is_refused_with_a_sentence(open_office: Cast, begin: timedelta, until: timedelta | None, reason: str,
                                                  code: str) -> None:
    now = clock.now()
    with refused(code):
        relocation.draft(actor=open_office.administrator, target=Target(office=open_office.office), from_at=now + begin,
                         until_at=None if until is None else now + until, reason=reason)


def test_only_the_office_s_leader_and_the_administrator_may(open_office: Cast) -> None:
    cast = open_office
    for actor in (cast.desk, cast.hotline, cast.outsider, cast.monitor, cast.citizen):
        with refused("not_allowed"):
            relocation.draft(actor=actor, target=Target(office=cast.office), from_at=clock.now(), reason="Thử")
    with refused("not_allowed"):
        relocation.draft(actor=cast.leader, target=Target(area=cast.commune), from_at=clock.now(), reason="Thử")
    with refused("not_allowed"):
        relocation.draft(actor=cast.leader, target=Target(office=cast.other_office), from_at=clock.now(), reason="Thử")
    made = relocation.draft(actor=cast.leader, target=Target(office=cast.office), from_at=clock.now(), reason="Thử")
    relocation.drop(actor=cast.leader, relocation=made)
    relocation.drop(actor=cast.leader, relocation=made)
    with refused("wrong_state"):
        relocation.start(actor=cast.leader, relocation=made)
    assert not Closure.objects.exists()


def test_a_message_nobody_can_be_sent_puts_the_person_on_the_call_list(open_office: Cast, book: Book, settings: object) -> None:
    book(1, channel=BookedBy.WEB, applicant=person(1))
    settings.NOTIFY_CHANNELS = ["email"]  # type: ignore[attr-defined]
    made = run(open_office)
    assert CallTask.objects.get(relocation_item=made.items.get()).kind == CallKind.UNREACHED


def test_visits_under_way_are_finished_after_the_office_closed(open_office: Cast, book: Book) -> None:
    soon = Slot.objects.get(session__office=open_office.office, starts_at=clock.at(clock.today(), 9, 30))
    row, late = (book(number, at=soon).appointment for number in (1, 2))
    with clock.frozen(clock.at(clock.today(), 9, 35)):
        visits.check_in(actor=open_office.guard, appointment=row)
        run(open_office)
        row.refresh_from_db()
        applicant = intake.Applicant(full_name="Người Thử Số 1", phone="0900000001")
        request = intake.Request(return_method="counter")
        made = receiving.receive(actor=open_office.desk, appointment=row, applicant=applicant, request=request)
        assert made.code
        with refused("office_closed"):  # whoever had not come before is not served any more
            receiving.receive(actor=open_office.desk, appointment=late, applicant=applicant, request=request)


def test_until_noon_of_the_last_day_the_afternoon_is_open(open_office: Cast, book: Book) -> None:
    last = DAY + timedelta(days=1)
    of_day = Slot.objects.filter(session__office=open_office.office, session__date=last)
    morning, afternoon = (of_day.filter(session__part=part).earliest("starts_at") for part in ("morning", "afternoon"))
    rows = [book(number, at=at).appointment for number, at in ((1, morning), (2, afternoon))]
    made = run(open_office, begin=clock.at(DAY), until=clock.at(last, 12))
    closure = Closure.objects.get()
    assert (closure.starts_on, closure.ends_on) == (DAY, DAY)
    for row in rows:
        row.refresh_from_db()
    assert (rows[0].office, rows[1].office) == (open_office.other_office, open_office.office)
    assert set(made.sessions.values_list("date", "part")) == {(DAY, "morning"), (DAY, "afternoon"), (last, "morning")}
    book(3, at=afternoon)
    with refused("closed"):
        book(4, at=morning)


def test_a_part_of_one_day_closes_only_its_places_and_opens_them_again(open_office: Cast, slot: Slot) -> None:
    made = run(open_office, begin=clock.at(DAY, 8, 30), until=clock.at(DAY, 10))
    states = dict(slot.session.slots.values_list("starts_at", "state"))
    closed = {clock.local(at).strftime("%H:%M") for at, state in states.items() if state == OpenState.CLOSED}
    assert closed == {"08:30", "09:00", "09:30"} and not Closure.objects.exists() and not made.sessions.exists()
    relocation.reopen(actor=open_office.administrator, relocation=made, reason="Xong sớm")
    assert not slot.session.slots.filter(state=OpenState.CLOSED).exists()


def test_what_another_run_keeps_closed_stays_closed_when_one_is_reopened(open_office: Cast, slot: Slot) -> None:
    first = run(open_office, office=open_office.office, room=slot.room)
    second = run(open_office, office=open_office.office)
    relocation.reopen(actor=open_office.administrator, relocation=second, reason="Hết phong tỏa")
    slot.refresh_from_db()
    assert slot.state == OpenState.CLOSED and list(Closure.objects.values_list("room", flat=True)) == [slot.room_id]
    relocation.reopen(actor=open_office.administrator, relocation=first, reason="Sửa xong phòng")
    slot.refresh_from_db()
    assert slot.state == OpenState.OPEN and slot.capacity > 0 and not Closure.objects.exists()


def test_of_two_runs_over_the_same_office_the_first_to_open_opens_nothing_yet(open_office: Cast, slot: Slot) -> None:
    first, second = run(open_office), run(open_office, area=open_office.commune)
    relocation.reopen(actor=open_office.administrator, relocation=first, reason="Hết phong tỏa")
    slot.session.refresh_from_db()
    assert slot.session.state == OpenState.CLOSED and Closure.objects.exists()
    relocation.reopen(actor=open_office.administrator, relocation=second, reason="Hết phong tỏa")
    slot.session.refresh_from_db()
    assert slot.session.state == OpenState.OPEN and not Closure.objects.exists()
