"""Reminders, computed from the rows at every sweep: nothing to schedule, so nothing to forget when a worker dies."""
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from bookings.models import Appointment, Slot
from bookings.services import telling
from onestop import clock
from onestop.patience import or_next_sweep, patiently


def reminder_settled(slot: Slot) -> int | None:
    """The nearest reminder (hours before) that a place taken now has already passed; None while all are still to come."""
    left = (slot.starts_at - clock.now()).total_seconds() / 3600
    passed = [hours for hours in settings.REMINDER_HOURS if left <= hours]
    return min(passed) if passed else None


def remind() -> int:
    """Write the reminders that are due and not yet written; gives how many.

    For each of REMINDER_HOURS the appointments that start within so many hours and not within the next smaller number:
    only the nearest reminder is sent. A place taken later than a reminder's hour needs none (see reminder_settled).
    """
    now = clock.now()
    written, nearer = 0, now
    for hours in sorted(set(settings.REMINDER_HOURS)):
        until = now + timedelta(hours=hours)
        due = Appointment.objects.unreminded(hours).starting_between(nearer, until)
        for pk in list(due.order_by("pk").values_list("pk", flat=True)):
            written += or_next_sweep(f"reminder of appointment {pk}", _remind, pk, hours)
        nearer = until
    return written


@patiently
@transaction.atomic
def _remind(pk: int, hours: int) -> bool:
    """Claim one appointment as reminded and write its message; False if it moved, ended or was reminded meanwhile."""
    now = clock.now()
    row = Appointment.objects.unreminded(hours).filter(pk=pk)
    if row.update(reminded_hours=hours) != 1:
        return False
    appointment = Appointment.objects.select_related("slot", "office", "procedure").get(pk=pk)
    starts_at = appointment.slot.starts_at
    if not now < starts_at <= now + timedelta(hours=hours):
        transaction.set_rollback(True)
        return False
    telling.tell_person(appointment, f"remind:{hours}:{clock.local(starts_at).isoformat()}", "appointment_reminder")
    return True
