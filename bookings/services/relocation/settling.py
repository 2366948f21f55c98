"""What becomes of one person of a run: one transaction takes the item, the new place, the old one, and writes the message."""
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import eligibility, refusals, relocations
from bookings.candidates import Finder
from bookings.models import Appointment, RelocationItem, Slot
from bookings.services import moving, telling
from bookings.services.relocation.telling import tell_guided, tell_moved, tell_unplaced
from bookings.states import APPOINTMENT_TRANSITIONS, AppointmentState, MoveOutcome, RelocationKind
from onestop import clock
from onestop.history import WORKER
from onestop.patience import patiently
from onestop.transitions import Refused, step

TRIES = 6


class _TakenByAnother(Exception):
    """Another worker has this item; undo what this transaction did."""


def settle(*, item_id: int, finder: Finder) -> str:
    """Find a place for one person of the run, else guidance, else somebody calls. Gives what became of it.

    Doing it again changes nothing. Raises Refused('busy', 503) where the database is: the item stays for the next round.
    """
    item = _load(item_id)
    if item.outcome != MoveOutcome.PENDING:
        return item.outcome
    row = item.appointment
    if not _needs_a_place(item, finder):
        return _skip(item, _("Người dân đã tự đổi, hủy hoặc đã đến; không cần chuyển."))
    tried: list[int] = []
    for _round in range(TRIES):
        place = finder.find(row, without=tried)
        if place is None:
            break
        try:
            return _move(item.pk, place.slot_id)
        except Refused as refusal:
            if refusal.status == 503:
                raise
            if refusal.code in ("changed_meanwhile", "wrong_state"):
                return MoveOutcome.PENDING  # the person was quicker: the next round looks again
            tried.append(place.slot_id)
    ways = finder.ways(row)
    return _guide(item.pk, ways) if ways else _leave_unplaced(item.pk)


def _load(pk: int) -> RelocationItem:
    # Two short chains: a planner with old statistics loses its way in a dozen joined tables.
    rows = RelocationItem.objects.select_related(
        "relocation__directive", "appointment__slot__session", "appointment__office", "appointment__procedure")
    return rows.prefetch_related("from_slot__session__office").get(pk=pk)


def _needs_a_place(item: RelocationItem, finder: Finder) -> bool:
    """Still booked, still to come, and still where the run takes places away."""
    row = item.appointment
    if row.state != AppointmentState.BOOKED or row.slot.starts_at <= clock.now():
        return False
    return row.slot_id == item.from_slot_id if item.relocation.kind == RelocationKind.LIMITS else finder.scope.takes(row)


def _claim(pk: int, outcome: str, **values: Any) -> RelocationItem:
    """Take an item that nobody has settled; the first statement of the transaction, so that two workers queue up here."""
    if RelocationItem.objects.filter(pk=pk, outcome=MoveOutcome.PENDING).update(outcome=outcome, **values) != 1:
        raise _TakenByAnother
    return _load(pk)


def _taken(pk: int) -> str:
    return RelocationItem.objects.values_list("outcome", flat=True).get(pk=pk)


@patiently
def _move(pk: int, slot_id: int) -> str:
    slot = eligibility.find_slot(slot_id)
    row = _load(pk).appointment
    eligibility.check_place(slot, row.procedure, row.purpose, row.people, row.dossiers)
    elsewhere = slot.session.office_id != row.office_id
    outcome = MoveOutcome.OTHER_OFFICE if elsewhere else MoveOutcome.LATER
    try:
        with transaction.atomic():
            return _moved(pk, slot, outcome)
    except _TakenByAnother:
        return _taken(pk)


def _moved(pk: int, slot: Slot, outcome: MoveOutcome) -> str:
    item = _claim(pk, outcome, to_slot=slot, told_at=clock.now())
    lost = item.appointment.slot
    if lost.pk != item.from_slot_id:  # the person had moved, yet to another place that is taken away
        RelocationItem.objects.filter(pk=pk).update(from_slot=lost)
        item.from_slot = Slot.objects.select_related("session__office").get(pk=lost.pk)
    row, _event = moving.shift(item.appointment, slot, actor=None, label=WORKER, reason=item.relocation.reason)
    tell_moved(item, row)
    return outcome


@patiently
def _guide(pk: int, ways: list[str]) -> str:
    """No place at all, but it can be handed in online or by post: the appointment ends, the person is told how."""
    try:
        with transaction.atomic():
            item = _claim(pk, MoveOutcome.GUIDED, told_at=clock.now())
            row = item.appointment
            done = step(APPOINTMENT_TRANSITIONS, "cancel", row.state, sentence=moving.NOT_MOVABLE)
            moving.withdraw(row, done, actor=None, label=WORKER, reason=item.relocation.reason)
            tell_guided(item, row, ways)
    except _TakenByAnother:
        return _taken(pk)
    except Refused as refusal:
        return _unless_busy(refusal)
    return MoveOutcome.GUIDED


@patiently
def _leave_unplaced(pk: int) -> str:
    """The appointment stays for the person to move, without reminders; somebody calls. Who knows it already is not told again."""
    try:
        with transaction.atomic():
            item = _claim(pk, MoveOutcome.UNPLACED, told_at=clock.now())
            row = item.appointment
            same = Appointment.objects.filter(pk=row.pk, state=AppointmentState.BOOKED, slot=row.slot_id)
            if same.update(reminded_hours=0) != 1:
                raise refusals.changed_meanwhile()
            telling.forget_reminders(row)
            if not relocations.knows_of_no_place(item):
                tell_unplaced(item, row)
    except _TakenByAnother:
        return _taken(pk)
    except Refused as refusal:
        return _unless_busy(refusal)
    return MoveOutcome.UNPLACED


def _unless_busy(refusal: Refused) -> str:
    """The person was quicker: the item is pending again and the next round looks anew."""
    if refusal.status == 503:
        raise refusal
    return MoveOutcome.PENDING


@transaction.atomic
def _skip(item: RelocationItem, why: str) -> str:
    RelocationItem.objects.filter(pk=item.pk, outcome=MoveOutcome.PENDING).update(outcome=MoveOutcome.SKIPPED, note=why[:255])
    return MoveOutcome.SKIPPED
