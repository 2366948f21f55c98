"""Reading dossiers: the inbox by due date, its counts, and one dossier with what its page shows."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from dossiers import attention, listing, searching
from dossiers.listing import BY_DEADLINE, BY_NAME, NEWEST_FIRST, Order, Page
from dossiers.models import SEES_OFFICE, SEES_PROVINCE, Dossier, Extension, ExtensionItem, visible
from dossiers.searching import Sought
from dossiers.states import (
    CLOCK_STOPPED,
    IN_INBOX,
    PUBLIC_CODE,
    RUNNING,
    WAITING_ACCEPTANCE,
    ExtensionState,
    ItemState,
    State,
)
from onestop import clock, worktime
from onestop.offices import calendars
from onestop.offices.models import Office
from onestop.people.models import User

TABS = ("all", "mine", "waiting", "due_soon", "overdue", "stopped", "decided", "any", *attention.TABS)
MOST_COUNTED = 2000  # of a province's open dossiers, the nearest date first: beyond, a count says at least so many
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
    """The user's dossiers that wait for an officer, ordered by what is due first; unpaged. One query."""
    found = narrowed(marked(Dossier.objects.visible_to(user)), filters, user)
    return found.select_related("procedure", "received_office", "assignee").order_by("sort_at", "pk")


def page(user: User, filters: Filters, *, cursor: str = "", size: int = listing.PAGE) -> Page:
    """One page of what the user may see, by keyset. One query.

    A code, a reference or a phone number is looked up among all dossiers, whatever the tab. A name is looked up within the tab's open
    dossiers, its words in any order; in the tab 'any' among all, by its beginning, in the order of names.
    """
    wanted = searching.sought(filters.q)
    if not filters.q.strip():
        return listing.read(branches(user, filters.tab), conditions(filters, user), _order(filters), cursor, shape=_rows, size=size)
    if wanted.is_number:
        everything = replace(filters, tab="any")
        found = listing.read([Q(pk__in=_numbered(wanted, user))], visible(user) & conditions(everything, user), NEWEST_FIRST, cursor,
                             shape=_rows, size=size)
        if found.rows or not wanted.name:
            return found
    if filters.tab == "any":
        named = Q(search_name__startswith=wanted.name)
        return listing.read(branches(user, "named"), conditions(filters, user) & named, BY_NAME, cursor, shape=_rows, size=size)
    return listing.read(branches(user, filters.tab), conditions(filters, user) & _words(wanted.name), BY_DEADLINE, cursor, shape=_rows,
                        size=size)


def _order(filters: Filters) -> Order:
    return NEWEST_FIRST if filters.tab == "any" else BY_DEADLINE


def _rows(found: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """What a list shows of each dossier."""
    return marked(found).select_related("procedure", "received_office", "assignee")


def branches(user: User, tab: str) -> list[Q]:
    """Whose dossiers a member of staff sees, as ranges of one index each (listing.py): visible_to() taken apart."""
    if tab == "mine":
        return [Q(assignee=user) & visible(user)]
    if user.provinces_as(*SEES_PROVINCE):
        return [visible(user)]
    columns = ("received_office", "competent_office") if tab == "named" else ("received_office", "competent_office", "helped_office")
    own = sorted(set(user.office_ids_as(*SEES_OFFICE)))
    return [Q(**{column: office}) for office in own for column in columns]


def _numbered(wanted: Sought, user: User) -> QuerySet[Dossier, Any]:
    """Dossiers with a code (or its beginning), reference, phone number or another system's code. Each is a range of one index."""
    found = Dossier.objects.order_by()
    parts = []
    if wanted.code:
        parts += [found.filter(code__startswith=wanted.code), found.filter(external_codes__code=wanted.code)]
    if wanted.serial:
        owned = Office.objects.filter(pk__in=user.office_ids_as(*SEES_OFFICE)).values_list("identifier", flat=True)
        parts += [found.filter(code__startswith=f"{identifier}-{wanted.serial}") for identifier in sorted(set(owned))]
        parts.append(found.filter(external_codes__code=wanted.serial))
    if wanted.reference:
        parts.append(found.filter(reference=wanted.reference))
    if wanted.phone:
        parts.append(found.filter(phone=wanted.phone))
    keys = [part.values("pk") for part in parts]
    return keys[0].union(*keys[1:]) if len(keys) > 1 else keys[0]


def _words(name: str) -> Q:
    """Every word begins a word of the name, in any order."""
    found = Q()
    for word in name.split():
        found &= Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
    return found


def conditions(filters: Filters, user: User | None = None) -> Q:
    """The tab and the filters, in forms that the indexes of lists answer."""
    exact = {"received_office__code": filters.office, "state": filters.state, "procedure__code": filters.procedure,
             "channel": filters.channel, "assignee__username": filters.assignee, "received_office__area__code": filters.area}
    found = _tab(filters.tab, user) & Q(**{name: value for name, value in exact.items() if value})
    if filters.status is not None:
        found &= Q(state__in=[state for state, code in PUBLIC_CODE.items() if code == filters.status])
    if filters.due_before is not None:
        found &= Q(due_at__lt=clock.at(filters.due_before))
    return found & _overdue(clock.now()) if filters.overdue else found


def _tab(tab: str, user: User | None) -> Q:
    if tab == "any":
        return Q()
    if tab == "decided":
        return Q(state=State.DECIDED)
    if tab in attention.TABS:
        return attention.waits_for(tab, user)
    now, waits = clock.now(), Q(state__in=sorted(IN_INBOX))
    narrower = {
        "mine": lambda: Q(assignee=user), "waiting": lambda: Q(state__in=sorted(WAITING_ACCEPTANCE)), "overdue": lambda: _overdue(now),
        "due_soon": lambda: Q(sort_at__gte=now, sort_at__lte=soon_limit(now), state__in=sorted(RUNNING | WAITING_ACCEPTANCE)),
        "stopped": lambda: Q(state__in=sorted(CLOCK_STOPPED)),
    }
    return waits & narrower[tab]() if tab in narrower else waits


def _overdue(now: datetime) -> Q:
    return Q(sort_at__lt=now, state__in=sorted(RUNNING | WAITING_ACCEPTANCE))


def narrowed(found: QuerySet[Dossier], filters: Filters, user: User | None = None) -> QuerySet[Dossier]:
    """Apply the tab, the filters and the search to dossiers that were chosen otherwise (a program's, a test's)."""
    found = found.filter(conditions(filters, user))
    if not filters.q.strip():
        return found
    wanted = searching.sought(filters.q)
    match = Q(search_name__contains=wanted.name) if wanted.name else Q(pk__in=[])
    for name, value in (("code__startswith", wanted.code), ("code__contains", wanted.serial), ("reference", wanted.reference),
                        ("phone", wanted.phone)):
        match |= Q(**{name: value}) if value else Q()
    return found.filter(match)


def tab_counts(user: User) -> dict[str, int]:
    """How many dossiers each tab holds; of more than MOST_COUNTED open ones the nearest by date are counted. One query."""
    seen = Dossier.objects.visible_to(user)
    parts = [seen.filter(state__in=states).order_by("sort_at", "pk")[:MOST_COUNTED] for states in (sorted(IN_INBOX), [State.DECIDED])]
    counted = Dossier.objects.filter(listing.together(parts)).order_by()
    return counted.aggregate(**{tab: Count("pk", filter=_tab(tab, user)) for tab in TABS if tab != "any" and tab not in attention.TABS})


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
    return Extension.objects.filter(state=ExtensionState.REQUESTED, items__dossier=dossier, items__state=ItemState.WAITING).first()


def extension_queue(user: User, *, state: str = ExtensionState.REQUESTED) -> QuerySet[Extension]:
    """Requests for more time the user may see, the oldest first, with the number of their items. One query a page, which counts the
    items of that page's requests only."""
    found = Extension.objects.visible_to(user)
    if state:
        found = found.filter(state=state)
    items = ExtensionItem.objects.filter(extension=OuterRef("pk")).order_by().values("extension").annotate(number=Count("pk"))
    total = Coalesce(Subquery(items.values("number")), 0)
    return found.select_related("office", "directive", "requested_by", "decided_by").annotate(total=total).order_by("pk")
