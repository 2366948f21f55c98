"""Whose result can be collected by appointment, and the appointment already made for it. Reads only."""
from __future__ import annotations

from django.db.models import Exists, OuterRef

from bookings.models import Appointment
from bookings.states import Purpose
from dossiers.models import Dossier
from dossiers.states import ReturnMethod, State


def can_collect(dossier: Dossier) -> bool:
    """The result is ready and waits at the counter of the office that received the dossier."""
    return dossier.state == State.DECIDED and dossier.return_method == ReturnMethod.COUNTER


def has_time() -> Exists:
    """A condition on dossiers: somebody has an appointment still to come for collecting the result."""
    return Exists(Appointment.objects.active().filter(dossier=OuterRef("pk"), purpose=Purpose.COLLECT))


def booked_for(dossier: Dossier) -> Appointment | None:
    """The appointment that is still to come for collecting this result."""
    rows = Appointment.objects.active().filter(dossier=dossier, purpose=Purpose.COLLECT)
    return rows.select_related("slot__session", "slot__room", "office", "procedure").first()
