"""Cancelling and moving an appointment. A move takes the new place before it gives the old one back, in one transaction."""
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, persons, policies, refusals
from bookings.models import Appointment, AppointmentEvent, Slot
from bookings.services import counters, holds, telling
from bookings.services.counters import Places
from bookings.services.reminders import reminder_settled
from bookings.states import APPOINTMENT_TRANSITIONS, AppointmentState, Purpose
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Step, step

NOT_MOVABLE = _("Lịch hẹn này không còn đổi giờ được nữa.")


def places_of(appointment: Appointment) -> Places:
    return Places(appointment.slot_id, appointment.slot.session_id, appointment.people, appointment.dossiers)


def _check_in_time(row: Appointment, actor: User | None, label: str) -> None:
    refusal = persons.cut_off(row, actor=actor, label=label)
    if refusal is not None:
        raise refusal


def _check_notice(row: Appointment, slot: Slot, actor: User | None, label: str) -> None:
    """Who may book near days only doesn't get a farther one by moving there."""
    refusal = persons.short_notice(row.person_key, slot.session.date, channel="", actor=actor) if label in persons.CITIZENS else None
    if refusal is not None:
        raise refusal


def _offer_what_is_free(office_id: int) -> None:
    """A place given back goes to the waiting list at once, not at its next sweep."""
    if persons.somebody_waits(office_id):
        enqueue_after_commit("bookings.offer_places")


def _fresh(appointment: Appointment) -> Appointment:
    return Appointment.objects.select_related("slot__session__office", "office", "procedure").get(pk=appointment.pk)


@patiently
@transaction.atomic
def cancel(*, appointment: Appointment, by_label: str, actor: User | None = None, reason: str = "") -> Appointment:
    """Cancel and free the place; cancelling twice changes nothing. Raises Refused('wrong_state' | 'changed_meanwhile', 409)."""
    row = _fresh(appointment)
    if row.state == AppointmentState.CANCELLED:
        return row
    if not policies.can_change(actor, row):
        raise refusals.not_allowed()
    done = step(APPOINTMENT_TRANSITIONS, "cancel", row.state, sentence=_("Lịch hẹn này không còn hủy được nữa."))
    _check_in_time(row, actor, by_label)
    reason = clean(reason)[:500]
    withdraw(row, done, actor=actor, label=by_label, reason=reason)
    telling.tell_person(row, "cancelled", "appointment_cancelled", reason=reason)
    _offer_what_is_free(row.office_id)
    return row


def withdraw(row: Appointment, done: Step, *, actor: User | None, label: str, reason: str) -> None:
    """Free the place and end the appointment inside the caller's transaction, without a message: the caller tells the person.

    Raises Refused('changed_meanwhile', 409).
    """
    changed = Appointment.objects.filter(pk=row.pk, state=done.before, slot=row.slot_id)
    if not counters.free(places_of(row), "booked") or changed.update(state=done.after) != 1:
        raise refusals.changed_meanwhile()
    row.state = done.after
    AppointmentEvent.objects.create(subject=row, actor=actor, actor_label=label, verb="cancel", from_state=done.before,
                                    to_state=done.after, reason=reason)
    telling.forget_place(row)


def reschedule(*, appointment: Appointment, slot_id: int, actor: User | None = None, actor_label: str = "") -> Appointment:
    """Move to another slot; on another day or at another office it gets a new queue number.

    Also for whoever was refused entry: the visit is rebooked under its code. Raises Refused like book(); moving to the slot it
    already has changes nothing. After a refusal the old place is still there.
    """
    row = _fresh(appointment)
    if not policies.can_move(actor, row):
        raise refusals.not_allowed()
    if row.slot_id == slot_id and row.state == AppointmentState.BOOKED:
        return row
    step(APPOINTMENT_TRANSITIONS, "reschedule", row.state, sentence=NOT_MOVABLE)
    _check_in_time(row, actor, actor_label)
    slot = eligibility.find_slot(slot_id)
    if not policies.can_move_to(actor, row, slot.session.office):
        raise refusals.not_allowed()
    if row.dossier_id is not None and row.purpose == Purpose.COLLECT and slot.session.office_id != row.office_id:
        raise refusals.result_elsewhere()
    eligibility.check_place(slot, row.procedure, row.purpose, row.people, row.dossiers)
    _check_notice(row, slot, actor, actor_label)
    slot = holds.with_room(slot, row.people, _dossiers_moved(row, slot), urgent=row.procedure.urgent)
    return _move(appointment=appointment, slot=slot, actor=actor, actor_label=actor_label)


@patiently
def _move(*, appointment: Appointment, slot: Slot, actor: User | None, actor_label: str) -> Appointment:
    try:
        with transaction.atomic():
            return _moved(_fresh(appointment), slot, actor, actor_label)
    except IntegrityError as error:
        counters.raise_as_refusal(error)
        raise


def _moved(row: Appointment, slot: Slot, actor: User | None, actor_label: str) -> Appointment:
    left = row.office_id
    row, event = shift(row, slot, actor=actor, label=actor_label)
    telling.tell_person(row, f"moved:{event.pk}", "appointment_moved")
    _offer_what_is_free(left)
    return row


def shift(row: Appointment, slot: Slot, *, actor: User | None, label: str, reason: str = "") -> tuple[Appointment, AppointmentEvent]:
    """Take the new place and give the old one back inside the caller's transaction, without a message: the caller tells the
    person. Whether the old place's office or session is closed does not matter. Raises Refused like book()."""
    old = row.slot
    done = step(APPOINTMENT_TRANSITIONS, "reschedule", row.state, sentence=NOT_MOVABLE)
    counters.lock([old.pk, slot.pk])
    dossiers = _dossiers_moved(row, slot)
    counters.take(Places(slot.pk, slot.session_id, row.people, dossiers), "booked", urgent=row.procedure.urgent)
    freed = counters.free(Places(old.pk, old.session_id, row.people, dossiers), "booked")
    values = {**_new_values(row, slot), "state": done.after, "health": {}, "checked_in_at": None}
    changed = Appointment.objects.filter(pk=row.pk, state=done.before, slot=old.pk)
    if not freed or changed.update(**values) != 1:
        raise refusals.changed_meanwhile()
    row = _fresh(row)
    event = AppointmentEvent.objects.create(
        subject=row, actor=actor, actor_label=label, verb=done.verb, from_state=done.before, to_state=done.after, reason=reason,
        data={"from_slot": old.pk, "slot": slot.pk, "queue_number": row.queue_number})
    telling.forget_place(row)
    return row, event


def _dossiers_moved(row: Appointment, slot: Slot) -> int:
    """Inside one session the dossiers stay where they are."""
    return 0 if slot.session_id == row.slot.session_id else row.dossiers


def _new_values(row: Appointment, slot: Slot) -> dict[str, object]:
    """The columns that a move changes; the number is the day's, so it changes with the day or the office."""
    session = slot.session
    values: dict[str, object] = {"slot": slot, "office": session.office, "reminded_hours": reminder_settled(slot)}
    if (session.office_id, session.date) != (row.office_id, row.queue_date):
        number = counters.next_queue_number(office_id=session.office_id, day=session.date)
        values.update(queue_date=session.date, queue_number=number)
    return values
