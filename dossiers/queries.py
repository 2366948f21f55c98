"""Reading dossiers: the inbox by due date, its counts, and one dossier with what its page shows."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from dossiers.models import Dossier, Extension
from dossiers.states import CLOCK_STOPPED, IN_INBOX, PUBLIC_CODE, RUNNING, WAITING_ACCEPTANCE, ExtensionState, State
from onestop import clock, worktime
from onestop.offices import calendars
from onestop.people.models import User
from onestop.people.words import fold, phone_number

TABS = ("all", "mine", "waiting", "due_soon", "overdue", "stopped", "decided")
SOON_SPAN = 40  # calendar days in which DUE_SOON_WORKING_DAYS surely lie


@dataclass(frozen=True)
class Filters:
    """What an officer (or a program) narrows the list by; empty means everything."""

    tab: str = "all"
    q: str = ""
    office: str = ""
    state: str = ""
    status: int | None = None
    procedure: str = ""
    channel: str = ""
    assignee: str = ""
    area: str = ""
    due_before: date | None = None
    overdue: bool = False


def soon_limit(moment: datetime) -> datetime:
    """The end of the DUE_SOON_WORKING_DAYS-th working day from today; dates up to it are 'due soon'."""
    today = clock.local(moment).date()
    try:
        cal = calendars.work_calendar(today, date.fromordinal(today.toordinal() + SOON_SPAN))
        return worktime.day_end(cal, worktime.add_working_days(cal, worktime.this_or_next_working_day(cal, today),
                                                               settings.DUE_SOON_WORKING_DAYS))
    except worktime.CalendarMissing:
        return clock.at(date.fromordinal(today.toordinal() + settings.DUE_SOON_WORKING_DAYS), 23, 59)


def marked(dossiers: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """With `mark`: 'overdue', 'due_soon', 'stopped' or '', and `deadline` to order by: the acceptance limit before acceptance,
    then the due date."""
    now = clock.now()
    soon = soon_limit(now)
    waiting = Q(state__in=WAITING_ACCEPTANCE)
    mark = Case(
        When(state__in=CLOCK_STOPPED, then=Value("stopped")),
        When(waiting & Q(accept_due_at__lt=now), then=Value("overdue")),
        When(waiting & Q(accept_due_at__lte=soon), then=Value("due_soon")),
        When(state__in=RUNNING, due_at__lt=now, then=Value("overdue")),
        When(state__in=RUNNING, due_at__lte=soon, then=Value("due_soon")),
        default=Value(""), output_field=CharField())
    return dossiers.annotate(mark=mark, deadline=Case(When(waiting, then=F("accept_due_at")), default=F("due_at")))


def inbox(user: User, filters: Filters) -> QuerySet[Dossier]:
    """The user's dossiers that wait for an officer, ordered by what is due first; page it. One query a page."""
    found = narrowed(marked(Dossier.objects.visible_to(user)), filters, user)
    return found.select_related("procedure", "received_office", "assignee").order_by(F("deadline").asc(nulls_last=True), "pk")


def narrowed(found: QuerySet[Dossier], filters: Filters, user: User | None = None) -> QuerySet[Dossier]:
    """Apply the tab and the filters."""
    found = _by_tab(found, filters.tab, user)
    exact = {"received_office__code": filters.office, "state": filters.state, "procedure__code": filters.procedure,
             "channel": filters.channel, "assignee__username": filters.assignee, "received_office__area__code": filters.area}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if filters.status is not None:
        found = found.filter(state__in=[state for state, code in PUBLIC_CODE.items() if code == filters.status])
    if filters.due_before is not None:
        found = found.filter(due_at__lt=clock.at(filters.due_before))
    if filters.overdue:
        found = found.filter(mark="overdue")
    return found.filter(_searched(filters.q)) if filters.q.strip() else found


def _by_tab(found: QuerySet[Dossier], tab: str, user: User | None) -> QuerySet[Dossier]:
    if tab == "decided":
        return found.filter(state=State.DECIDED)
    if tab == "any":
        return found
    found = found.filter(state__in=IN_INBOX)
    if tab == "mine" and user is not None:
        return found.filter(assignee=user)
    if tab == "waiting":
        return found.filter(state__in=WAITING_ACCEPTANCE)
    return found.filter(mark=tab) if tab in ("due_soon", "overdue", "stopped") else found


def _searched(q: str) -> Q:
    """By code, reference, phone, or name with or without tone marks."""
    text = q.strip()[:80]
    match = Q(code__icontains=text) | Q(reference=text.upper()) | Q(search_name__contains=fold(text))
    phone = phone_number(text)
    return match | Q(phone=phone) if phone else match


def tab_counts(user: User) -> dict[str, int]:
    """How many dossiers each tab holds. One query."""
    found = marked(Dossier.objects.visible_to(user).filter(state__in=IN_INBOX | {State.DECIDED}))
    waits = Q(state__in=IN_INBOX)
    return found.order_by().aggregate(
        all=Count("pk", filter=waits), mine=Count("pk", filter=waits & Q(assignee=user)),
        waiting=Count("pk", filter=Q(state__in=WAITING_ACCEPTANCE)), due_soon=Count("pk", filter=waits & Q(mark="due_soon")),
        overdue=Count("pk", filter=waits & Q(mark="overdue")), stopped=Count("pk", filter=waits & Q(mark="stopped")),
        decided=Count("pk", filter=Q(state=State.DECIDED)))


def detail(user: User, pk: int) -> Dossier | None:
    """One dossier with what its page needs, if the user may see it. A fixed number of queries."""
    rows = Dossier.objects.visible_to(user).select_related(
        "procedure", "version", "received_office__area", "received_office__province", "competent_office", "assignee")
    return rows.prefetch_related("papers__uploads", "uploads", "clock", "supplements", "forms", "events__actor",
                                 "version__channels").filter(pk=pk).first()


def by_submission(key: str) -> Dossier | None:
    """The dossier that a filled-in form, or a visit, has made."""
    return Dossier.objects.filter(submission_key=key).first() if key else None


def waiting_request(dossier: Dossier) -> Extension | None:
    """The request for more time that waits for a decision on a dossier, if there is one."""
    return Extension.objects.filter(state=ExtensionState.REQUESTED, items__dossier=dossier).first()


def extension_queue(user: User, *, state: str = ExtensionState.REQUESTED) -> QuerySet[Extension]:
    """Requests for more time the user may see, the oldest first, with the numbers of their items. One query a page."""
    found = Extension.objects.visible_to(user)
    if state:
        found = found.filter(state=state)
    counted = {name: Count("items", filter=Q(items__state=name)) for name in ("waiting", "done", "excluded", "failed")}
    return found.select_related("office", "directive", "requested_by", "decided_by").annotate(
        total=Count("items"), **counted).order_by("pk")
