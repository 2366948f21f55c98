"""Nobody came: noted after the session and a grace, never for whoever checked in or was shut out; several mean shorter notice."""
from datetime import timedelta

import pytest

from bookings import reports, tasks
from bookings.models import Appointment, AppointmentEvent, Session, Slot
from bookings.services import moving, noshow, visits
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import Closure
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person


@pytest.fixture
def after(session, settings):
    """The clock held just past the session's grace."""
    settings.NO_SHOW_GRACE_MINUTES = 60
    return session.ends_at + timedelta(minutes=60)


def state_of(row):
    return Appointment.objects.get(pk=row.pk).state


def test_noted_only_after_the_session_and_its_grace(book, after):
    row = book(1).appointment
    for moment, noted in ((after - timedelta(minutes=1), 0), (after, 1), (after, 0)):
        with clock.frozen(moment):
            assert noshow.record() == noted
    event = AppointmentEvent.objects.get(subject=row, verb="no_show")
    assert (event.actor, event.actor_label, event.at) == (None, "worker", after)
    assert state_of(row) == "no_show" and audit_capacity() == []


def test_whoever_came_is_never_marked(book, open_office, session, after):
    slots = list(session.slots.order_by("starts_at")[:2])
    rows = [book(number, at=slots[number % 2]).appointment for number in range(1, 6)]
    with clock.frozen(slots[1].starts_at):
        for row in rows[:4]:
            visits.check_in(actor=open_office.guard, appointment=row)
        for row in rows[:2]:
            visits.enter(actor=open_office.guard, appointment=row)
        visits.leave(actor=open_office.guard, appointment=rows[0])
        visits.refuse_entry(actor=open_office.guard, appointment=rows[2], reason="Sốt")
    with clock.frozen(after):
        tasks.note_no_shows()
    assert [state_of(row) for row in rows] == ["done", "inside", "refused_entry", "checked_in", "no_show"]


def test_a_person_who_comes_after_all_is_checked_in(book, open_office, after):
    row = book(1).appointment
    with clock.frozen(after):
        noshow.record()
        assert visits.check_in(actor=open_office.guard, appointment=row).state == "checked_in"
        assert noshow.record() == 0
    assert noshow.longest_notice(row.person_key) is None


def test_nobody_missed_what_the_office_had_closed(book, open_office, session, after):
    row = book(1).appointment
    Closure.objects.create(office=open_office.office, starts_on=DAY - timedelta(days=1), reason="Phun khử khuẩn")
    with clock.frozen(after):
        assert noshow.record() == 0
    with clock.frozen(after + timedelta(days=1)):
        assert visits.close_past_days() == 1
    assert state_of(row) == "cancelled" and audit_capacity() == []
    assert "không tiếp nhận trực tiếp" in Message.objects.get(event_key__endswith=f"{row.pk}:cancelled").body


def test_a_closure_at_noon_excuses_the_afternoon_only(book, open_office, session):
    afternoon = Session.objects.get(office=open_office.office, date=DAY, part="afternoon")
    early, late = book(1).appointment, book(2, at=afternoon.slots.first()).appointment
    Closure.objects.create(office=open_office.office, starts_on=DAY, reason="Có ca nghi nhiễm")
    Session.objects.filter(pk=afternoon.pk).update(state="closed")
    with clock.frozen(clock.at(DAY, 23)):
        assert noshow.record() == 1
    assert (state_of(early), state_of(late)) == ("no_show", "booked")


def test_a_closed_room_excuses_its_own_people(book, open_office, session, after):
    row = book(1).appointment
    Closure.objects.create(office=open_office.office, room=open_office.room, starts_on=DAY - timedelta(days=2), reason="Sửa phòng")
    with clock.frozen(after):
        assert noshow.record() == 0
    Closure.objects.update(room=open_office.waiting)
    with clock.frozen(after):
        assert noshow.record() == 1
    assert state_of(row) == "no_show"


def test_a_blockade_excuses_everybody(book, letter, after):
    row = book(1).appointment
    letter("15/TH", blockade={})
    with clock.frozen(after):
        assert noshow.record() == 0
    assert state_of(row) == "booked"


def test_a_session_closed_for_new_bookings_alone_excuses_nobody(book, session, after):
    row = book(1).appointment
    Session.objects.filter(pk=session.pk).update(state="closed")
    Slot.objects.filter(session=session).update(state="closed")
    with clock.frozen(after):
        assert noshow.record() == 1
    assert state_of(row) == "no_show"


def missed(book, open_office, count):
    """One person who stayed away `count` times, at different days."""
    sessions = Session.objects.filter(office=open_office.office, part="morning", date__gte=DAY).order_by("date")[:count]
    for item in sessions:
        row = book(1, at=item.slots.first()).appointment
        with clock.frozen(item.ends_at):
            visits.no_show(actor=open_office.guard, appointment=row)
    return sessions[count - 1].ends_at


def test_several_mean_shorter_notice_for_a_while_not_a_ban(book, open_office, settings):
    settings.NO_SHOWS_COUNTED, settings.NO_SHOW_DAYS, settings.NO_SHOW_NOTICE_DAYS = 2, 30, 1
    key = person(1).key
    assert noshow.longest_notice(key) is None
    last = missed(book, open_office, 1)
    with clock.frozen(last):
        assert noshow.longest_notice(key) is None
    settings.NO_SHOWS_COUNTED = 1
    with clock.frozen(last):
        assert noshow.longest_notice(key) == 1 and noshow.longest_notice(person(2).key) is None
    with clock.frozen(last + timedelta(days=30)):
        assert noshow.longest_notice(key) == 1
    with clock.frozen(last + timedelta(days=31)):
        assert noshow.longest_notice(key) is None
    settings.NO_SHOWS_COUNTED = 0
    with clock.frozen(last):
        assert noshow.longest_notice(key) is None


def test_it_costs_one_query(book, open_office, settings, django_assert_num_queries):
    with django_assert_num_queries(1):
        noshow.longest_notice(person(1).key)


def test_rates_by_procedure_and_channel(book, open_office, session, after):
    rows = [book(number, channel=channel).appointment for number, channel in enumerate(("web", "web", "web", "zalo"), 1)]
    other = book(5, procedure=open_office.field_procedure).appointment
    with clock.frozen(session.starts_at):
        for row in (rows[0], rows[3], other):
            visits.check_in(actor=open_office.guard, appointment=row)
        visits.walk_in(actor=open_office.guard, office=open_office.office, procedure=open_office.procedure, purpose="submit",
                       applicant=person(9))
    with clock.frozen(after):
        noshow.record()
    found = reports.decided(open_office.leader, DAY, DAY)
    channels = {rate.code: (rate.came, rate.missed, rate.percent) for rate in reports.by_channel(found)}
    assert channels == {"web": (2, 2, 50), "zalo": (1, 0, 0)}
    procedures = [reports.rate_of(row) for row in reports.by_procedure(found)]
    assert [(rate.code, rate.came, rate.missed) for rate in procedures] == [("9.000001", 2, 2), ("9.000002", 1, 0)]
    assert reports.walk_ins(open_office.leader, DAY, DAY) == (1, 0)
    assert reports.decided(open_office.administrator, DAY, DAY).count() == 5
    for stranger in (open_office.guard, open_office.desk, open_office.outsider):
        assert not reports.decided(stranger, DAY, DAY).exists()
    assert not reports.decided(open_office.leader, DAY + timedelta(days=1), DAY + timedelta(days=2)).exists()


def test_only_the_guard_of_the_office_notes_it_by_hand(book, open_office, session):
    row = book(1).appointment
    with clock.frozen(session.ends_at), pytest.raises(Refused) as caught:
        visits.no_show(actor=open_office.outsider, appointment=row)
    assert caught.value.code == "not_allowed"


def stayed_away(cast, count, settings):
    """The person number 1 with so many no-shows in the last days, by rows."""
    settings.NO_SHOWS_COUNTED, settings.NO_SHOW_DAYS, settings.NO_SHOW_NOTICE_DAYS = 2, 30, 2
    slot = Slot.objects.filter(session__office=cast.office).order_by("starts_at").first()
    day = clock.today() - timedelta(days=7)
    for number in range(count):
        Appointment.objects.create(
            code=f"VANGMAT{number}", secret_digest="x", office=cast.office, slot=slot, procedure=cast.procedure, purpose="submit",
            full_name="Người Thử Số 1", search_name="nguoi thu so 1", phone=person(1).phone, person_key=person(1).key,
            queue_date=day, queue_number=900 + number, state="no_show")


def test_a_far_day_is_refused_with_a_sentence_and_a_near_one_taken(book, open_office, settings):
    stayed_away(open_office, 2, settings)
    far = Session.objects.filter(office=open_office.office, date__gt=clock.today() + timedelta(days=2)).order_by("date").first()
    with pytest.raises(Refused) as caught:
        book(1, at=far.slots.first())
    assert caught.value.code == "short_notice" and "27/11/2026" in str(caught.value)
    kept = book(1).appointment  # tomorrow
    with pytest.raises(Refused) as caught:
        moving.reschedule(appointment=kept, slot_id=far.slots.first().pk)
    assert caught.value.code == "short_notice"
    assert moving.reschedule(appointment=kept, slot_id=far.slots.first().pk, actor=open_office.desk).slot.session == far
    assert book(2, at=far.slots.first()).appointment.state == "booked"


def test_staff_book_any_day_for_whoever_stayed_away(book, open_office, settings):
    stayed_away(open_office, 2, settings)
    far = Session.objects.filter(office=open_office.office, date__gt=clock.today() + timedelta(days=2)).order_by("date").first()
    assert book(1, at=far.slots.first(), channel="hotline", actor=open_office.hotline).appointment.state == "booked"


def test_one_time_alone_changes_nothing(book, open_office, settings):
    stayed_away(open_office, 1, settings)
    far = Session.objects.filter(office=open_office.office, date__gt=clock.today() + timedelta(days=2)).order_by("date").first()
    assert book(1, at=far.slots.first()).appointment.state == "booked"
