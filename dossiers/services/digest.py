"""Each working morning: what is late and what falls due soon, to each officer about their own dossiers and to the leaders about their
office's. Once a person, office and day; nothing where there is nothing; nobody whom the roster has off."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.urls import reverse

from dossiers import queries
from dossiers.models import Dossier
from dossiers.services.assigning import away
from dossiers.services.records import day_text
from dossiers.states import IN_INBOX, WAITING_ACCEPTANCE
from onestop import clock, worktime
from onestop.notify.models import Message
from onestop.notify.services import Recipient, tell
from onestop.notify.states import Via
from onestop.offices import calendars
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people import shown
from onestop.people.models import Assignment, User
from onestop.people.states import Role

FIRST = 5  # dossiers that are named
# Where a dossier lies: with the office that has to accept it, then with the one that decides.
PLACE = Case(When(state__in=sorted(WAITING_ACCEPTANCE), then=F("received_office")), default=F("competent_office"))
LATEST_HOURS = 5  # a morning's digest is not made later than so many hours after its time


@dataclass(frozen=True)
class Counts:
    """How many are past their date, and how many reach it soon."""

    overdue: int = 0
    due_soon: int = 0


@dataclass(frozen=True)
class Digest:
    """One person's morning: their own dossiers, or (`office`) those of an office they lead."""

    user: int
    day: date
    counts: Counts
    office: int | None = None

    @property
    def event_key(self) -> str:
        place = f"office:{self.office}:" if self.office else ""
        return f"digest:{place}{self.user}:{self.day:%Y%m%d}"


def sweep() -> int:
    """Write this morning's digests that are not yet written; how many."""
    now = clock.now()
    if not settings.DIGEST_HOUR <= now.hour < settings.DIGEST_HOUR + LATEST_HOURS or not _is_working_day(now.date()):
        return 0
    wanted = [*_of_officers(now.date()), *_of_leaders(now.date())]
    absent = away({item.user for item in wanted}, now.date())
    known = _written(item.event_key for item in wanted)
    left = [item for item in wanted if item.user not in absent and item.event_key not in known]
    return sum(or_next_sweep(item.event_key, write, item) for item in left)


def _is_working_day(day: date) -> bool:
    try:
        return worktime.is_working_day(calendars.work_calendar(day, day), day)
    except worktime.CalendarMissing:
        return day.weekday() < 5


def _written(keys: Iterable[str]) -> set[str]:
    """Which of these messages exist, whatever telephone or address their person has now."""
    keys, found = sorted(keys), set()
    for start in range(0, len(keys), 500):
        found |= set(Message.objects.filter(event_key__in=keys[start:start + 500]).values_list("event_key", flat=True))
    return found


def pressing() -> QuerySet[Dossier]:
    """Open dossiers past their date or near it, with `mark` ('overdue', 'due_soon'); a range of the index of open dossiers."""
    near = queries.marked(Dossier.objects.filter(state__in=sorted(IN_INBOX), sort_at__lte=queries.soon_limit(clock.now())))
    return near.filter(Q(mark__in=("overdue", "due_soon")))


def _of_officers(day: date) -> list[Digest]:
    return [Digest(user, day, counts) for user, counts in _counted(pressing().filter(assignee__is_active=True), "assignee").items()]


def _of_leaders(day: date) -> list[Digest]:
    counts = _counted(pressing().annotate(place=PLACE), "place")
    leading = Assignment.objects.in_force(day).filter(role=Role.LEADER, user__is_active=True, office__in=counts)
    return [Digest(user, day, counts[office], office) for user, office in sorted(set(leading.values_list("user_id", "office_id")))]


def _counted(rows: QuerySet[Dossier], by: str) -> Mapping[int, Counts]:
    late, soon = Count("pk", filter=Q(mark="overdue")), Count("pk", filter=Q(mark="due_soon"))
    return {row[by]: Counts(row["late"], row["soon"]) for row in rows.order_by().values(by).annotate(late=late, soon=soon).order_by(by)}


@patiently
def write(digest: Digest) -> bool:
    """One message: how many, and the first few with their dates. By e-mail or on the portal, never to a private telephone."""
    with transaction.atomic():
        person = User.objects.get(pk=digest.user)
        office = Office.objects.get(pk=digest.office) if digest.office else None
        held = pressing().filter(_lies_with(office) if office else Q(assignee=person))
        rows = list(held.order_by("sort_at", "pk")[:FIRST])
        if not rows:
            return False
        context = {"day": shown.day(digest.day), "overdue": digest.counts.overdue, "due_soon": digest.counts.due_soon,
                   "dossiers": [f"{row.number}: {day_text(row.deadline)}" for row in rows],  # type: ignore[attr-defined]
                   "url": f"{settings.PUBLIC_URL}{reverse('dossiers:inbox')}", **({"office": office.name} if office else {})}
        message = tell(event_key=digest.event_key, template="office_digest" if office else "officer_digest", context=context,
                       recipient=Recipient(person.full_name, person.phone, person.email), office=office or rows[0].competent_office,
                       useless_at=clock.at(digest.day + timedelta(days=1)), ways=_ways())
    return message is not None


def _lies_with(office: Office) -> Q:
    """PLACE for one office, in a form that its own indexes answer."""
    accepting = Q(state__in=sorted(WAITING_ACCEPTANCE))
    return Q(received_office=office) & accepting | Q(competent_office=office) & ~accepting


def _ways() -> list[Via]:
    return [via for via in (Via.EMAIL, Via.FILE) if via == Via.FILE or via in settings.NOTIFY_CHANNELS]
