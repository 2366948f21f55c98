"""The end of a visit and of the day: what past days left open, and the dossier a visit became."""
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import Appointment, AppointmentEvent
from bookings.services import moving, noshow, occupancy, offers, queue, telling
from bookings.services.visit_steps import Who, change, fresh, step_of
from bookings.states import AppointmentState
from dossiers.models import Dossier
from onestop import clock
from onestop.history import WORKER
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import User
from onestop.transitions import Refused

PER_SWEEP = 1000


def close_past_days() -> int:
    """End the visits that past days left open; how many. Else nobody would leave the room, nor could they ever book again.

    Who was expected did not come, unless the office was shut: that appointment is cancelled, with its reason, at an hour at which
    the person may be texted. Who was here is done, never a no-show.
    """
    left = Appointment.objects.active().filter(queue_date__lt=clock.today()).order_by("pk").values_list("pk", flat=True)
    return sum(or_next_sweep(f"visit {pk}", _close, pk) for pk in list(left[:PER_SWEEP]))


@patiently
@transaction.atomic
def _close(pk: int) -> bool:
    row = fresh(Appointment(pk=pk))
    expected = row.state == AppointmentState.BOOKED
    if expected and noshow.excused(row):
        if not offers.may_text(clock.now()):
            return False
        moving.cancel(appointment=row, by_label=WORKER, reason=_now("Đơn vị không tiếp nhận trực tiếp vào ngày hẹn."))
        return True
    done = step_of(row, "no_show" if expected else "close_day", _("Lịch hẹn này đã xong hoặc đã hủy."))
    occupancy.give_back(row)
    stays = row.room if row.state == AppointmentState.INSIDE else None  # the room they were in; whoever only waited was in none
    change(row, done, Who(None, WORKER), room=stays)
    queue.left(row, label=WORKER)
    telling.forget_reminders(row)
    return True


@patiently
@transaction.atomic
def attach_dossier(*, actor: User | None, appointment: Appointment, dossier: Dossier, label: str = "") -> Appointment:
    """Remember which dossier a visit became. Raises Refused('has_dossier', 409) if it already became another one."""
    row = fresh(appointment)
    if not policies.can_attach(actor, row):
        raise refusals.not_allowed()
    if row.dossier_id == dossier.pk:
        return row
    if Appointment.objects.filter(pk=row.pk, dossier__isnull=True).update(dossier=dossier) != 1:
        raise Refused("has_dossier", _("Lượt đến này đã được lập hồ sơ khác."), status=409)
    row.dossier = dossier
    AppointmentEvent.objects.create(subject=row, actor=actor, actor_label=label, verb="attach_dossier", from_state=row.state,
                                    to_state=row.state, data={"dossier": dossier.pk})
    return row
