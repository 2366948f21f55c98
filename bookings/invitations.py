"""Outreach lists as pages show them: figures, people by what they answered, dossiers whose results wait. Reads only."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from bookings import collecting
from bookings.models import Appointment, Outreach, OutreachPerson
from bookings.states import CAME, Answer, AppointmentState, CallState, OutreachState
from dossiers.models import Dossier
from dossiers.queries import Filters, narrowed
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.words import fold, phone_number

ASKS = frozenset({OutreachState.SENDING, OutreachState.SENT})
FIGURES: dict[str, Q] = {
    "total": Q(), "placed": Q(appointment__isnull=False), "trouble": ~Q(trouble=""), "pending": Q(appointment=None, trouble=""),
    "told": Q(told_at__isnull=False), "accepted": Q(answer=Answer.ACCEPTED), "moved": Q(answer=Answer.MOVED),
    "cancelled": Q(answer=Answer.CANCELLED), "unreachable": Q(answer=Answer.UNREACHABLE),
    "silent": Q(answer=Answer.NONE, told_at__isnull=False), "to_call": Q(call_task__state=CallState.OPEN),
    "came": Q(appointment__state__in=CAME),
}
OF_LISTS: dict[str, Q] = {
    "total": Q(people__isnull=False), "told": Q(people__told_at__isnull=False), "accepted": Q(people__answer=Answer.ACCEPTED),
    "moved": Q(people__answer=Answer.MOVED), "cancelled": Q(people__answer=Answer.CANCELLED),
    "silent": Q(people__answer=Answer.NONE, people__told_at__isnull=False),
}


def lists(user: User) -> QuerySet[Outreach]:
    """The own office's lists with their figures, the newest first. One query a page."""
    counted = {f"n_{name}": Count("people", filter=which) for name, which in OF_LISTS.items()}
    return Outreach.objects.visible_to(user).select_related("office", "procedure").annotate(**counted).order_by("-pk")


def one(user: User, pk: int) -> Outreach | None:
    """A list that this person may see."""
    return Outreach.objects.visible_to(user).select_related("office", "procedure", "created_by").filter(pk=pk).first()


def figures(run: Outreach) -> dict[str, int]:
    """How many people stand where. One query."""
    # A figure may be named like a column, so the aggregates have names of their own.
    found = run.people.order_by().aggregate(**{
        f"n_{name}": Count("pk", filter=which) if which else Count("pk") for name, which in FIGURES.items()})
    return {name: found[f"n_{name}"] for name in FIGURES}


def people(run: Outreach, *, show: str = "", text: str = "") -> QuerySet[OutreachPerson]:
    """The people of a list, narrowed by a figure's name, and by name or phone. One query a page."""
    rows = run.people.select_related("appointment__slot").order_by("row", "pk").annotate(
        call_pk=F("call_task__pk"), call_state=F("call_task__state"))
    if show in FIGURES and show != "total":
        rows = rows.filter(FIGURES[show])
    if text:
        phone = phone_number(text)
        rows = rows.filter(Q(search_name__contains=fold(text)) | Q(phone=phone) if phone else Q(search_name__contains=fold(text)))
    return rows


def open_invitation(appointment: Appointment) -> OutreachPerson | None:
    """The invitation that this appointment is, while it may still be answered. One query."""
    if appointment.state != AppointmentState.BOOKED or appointment.slot.starts_at <= clock.now():
        return None
    rows = OutreachPerson.objects.filter(appointment=appointment, told_at__isnull=False, outreach__state__in=ASKS)
    return rows.select_related("outreach").first()


def left_out(run: Outreach) -> list[dict[str, Any]]:
    """The lines of the uploaded file that could not be used, each with its sentence."""
    event = run.events.filter(verb="create").first()
    return list(event.data.get("left_out", [])) if event is not None else []


# --- results that wait ------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Waiting:
    """A procedure with results that wait to be collected at an office."""

    code: str
    name: str
    count: int


def ready(user: User, office: Office, procedure: str = "") -> QuerySet[Dossier]:
    """Dossiers with a result that waits at the counter and nobody has an appointment for; the oldest result first."""
    rows = narrowed(Dossier.objects.visible_to(user), Filters(tab="decided", office=office.code, procedure=procedure), user)
    rows = rows.filter(~collecting.has_time(), return_method=ReturnMethod.COUNTER).select_related("procedure")
    return rows.order_by(F("decided_at").asc(nulls_last=True), "pk")


def ready_by_procedure(user: User, office: Office) -> list[Waiting]:
    """How many results wait, by procedure. One query."""
    rows = ready(user, office).select_related(None).order_by("procedure__code")
    counted = rows.values_list("procedure__code", "procedure__name").annotate(many=Count("pk"))
    return [Waiting(code, name, many) for code, name, many in counted]


def is_working(run: Outreach, counts: dict[str, int]) -> bool:
    """Whether the background run still has something to do."""
    return run.state == OutreachState.SENDING or (run.state == OutreachState.PROPOSED and counts["pending"] > 0)
