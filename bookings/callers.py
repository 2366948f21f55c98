"""The call list and the log of calls as pages show them. Reads only; what one may see is narrowed by `visible_to`."""
from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from bookings.models import Call, CallTask
from bookings.states import CallKind
from onestop import clock
from onestop.people.models import User
from onestop.people.words import fold, phone_number

CONTEXT = ("office", "appointment__slot", "appointment__office", "appointment__procedure", "relocation_item__relocation", "message")
# In queries of their own: a planner with old statistics loses its way in a dozen joined tables.
APART = ("relocation_item__to_slot__session__office", "relocation_item__from_slot__session__office",
         "outreach_person__outreach__procedure", "outreach_person__outreach__office")


def call_list(user: User, *, kind: str = "", later: bool = False, office: str = "") -> QuerySet[CallTask]:
    """Who is still to be called, whoever waits longest first; `later` shows those whose next try lies ahead. One query a page."""
    now = clock.now()
    rows = CallTask.objects.visible_to(user).open()
    rows = rows.filter(next_at__gt=now) if later else rows.filter(next_at__lte=now)
    if kind in CallKind.values:
        rows = rows.filter(kind=kind)
    if office:
        rows = rows.filter(office__code=office)
    return rows.select_related("office", "appointment").order_by("next_at", "pk")


def counts(user: User) -> dict[str, int]:
    """How many wait to be called, by kind, and how many later. One query."""
    now = clock.now()
    kinds = {kind: Count("pk", filter=Q(kind=kind, next_at__lte=now)) for kind in CallKind.values}
    return CallTask.objects.visible_to(user).open().order_by().aggregate(
        all=Count("pk", filter=Q(next_at__lte=now)), later=Count("pk", filter=Q(next_at__gt=now)), **kinds)


def task(user: User, pk: int) -> CallTask | None:
    """One task with everything about it that is told on the telephone."""
    return CallTask.objects.visible_to(user).select_related(*CONTEXT).prefetch_related(*APART).filter(pk=pk).first()


def log(user: User, *, day: date | None = None, outcome: str = "", text: str = "") -> QuerySet[Call]:
    """The log of calls, the newest first."""
    rows = Call.objects.visible_to(user).select_related("operator", "procedure", "appointment", "task__office")
    if day is not None:
        rows = rows.filter(started_at__gte=clock.at(day), started_at__lt=clock.at(day) + timedelta(days=1))
    if outcome:
        rows = rows.filter(outcome=outcome)
    if text:
        phone = phone_number(text)
        by_name = Q(full_name__icontains=text) | Q(appointment__search_name__contains=fold(text))
        rows = rows.filter(by_name | Q(phone=phone) if phone else by_name | Q(appointment__code=text.upper()))
    return rows.order_by("-pk")
