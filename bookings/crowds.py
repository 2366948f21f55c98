"""What the forecast is made of, read from the rows: a fixed number of queries for one office, whatever the span of days."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from bookings import collecting, forecast, reports
from bookings.forecast import Buoi, Forecast, History, Signs
from bookings.models import Appointment, CrowdWarning, Session, WaitingEntry
from bookings.states import TAKES_PLACES, OpenState, WaitingState
from dossiers.models import Dossier
from dossiers.states import RUNNING, ReturnMethod, State
from onestop import clock
from onestop.offices.models import DutyShift, Office
from onestop.offices.queries import distance_km
from onestop.offices.states import IN_THE_ROOM, OfficeLevel, Part, Place
from onestop.people.models import Assignment, User
from onestop.people.states import Role

PAST_DAYS = 56  # eight weeks: eight of each weekday
FEWEST_VISITS = 20  # people expected from which a share of no-shows may be read
PLANNERS = (Role.LEADER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Expected:
    """One buổi to come with its forecast."""

    session: Session
    signs: Signs
    forecast: Forecast

    @property
    def key(self) -> Buoi:
        return self.session.date, self.session.part

    @property
    def part_name(self) -> str:
        return str(Part(self.session.part).label)

    @property
    def figures(self) -> dict[str, Any]:
        """The signs as they are stored with a warning."""
        return asdict(self.signs)

    @property
    def sentences(self) -> list[str]:
        return forecast.explained(self.signs, percent=settings.CROWD_WARNING_PERCENT)


def expected(office: Office, *, first: date, last: date) -> list[Expected]:
    """The forecast of every open buổi of an office from `first` to `last` that is not over yet, in order. Six queries."""
    sessions = list(_sessions(office, first, last))
    if not sessions:
        return []
    today = clock.today()
    past = _history(office, today)
    no_show = no_show_rate(office)
    buoi = [(item.date, item.part) for item in sessions]
    collecting = forecast.spread(_results(office, last), sorted({*past.held, *buoi}))
    waiting = forecast.spread(_waiting(office, today), buoi)
    found = []
    for session in sessions:
        key = (session.date, session.part)
        to_come, learnt_from = forecast.still_to_come(past, day=session.date, part=session.part, ahead=(session.date - today).days)
        signs = Signs(booked=session.booked + session.held, people=session.people, capacity=session.capacity,
                      people_capacity=session.room, to_come=to_come, learnt_from=learnt_from, no_show=no_show,
                      collecting=collecting.get(key, 0.0), waiting=waiting.get(key, 0.0))
        found.append(Expected(session, signs, forecast.forecast(signs, percent=settings.CROWD_WARNING_PERCENT)))
    return found


def _sessions(office: Office, first: date, last: date) -> QuerySet[Any]:
    """Open buổi with a place for anybody, with `people` booked or held and `room`: the most people over all đợt.

    A buổi in which no đợt takes anybody (closed day, closed room) is no crowd to plan for: its people are moved.
    """
    rows = Session.objects.filter(office=office, date__range=(first, last), state=OpenState.OPEN, ends_at__gt=clock.now())
    is_open = Q(slots__state=OpenState.OPEN)
    return rows.annotate(
        people=Coalesce(Sum(F("slots__booked") + F("slots__held")), 0), room=Coalesce(Sum("slots__capacity", filter=is_open), 0),
    ).filter(room__gt=0).order_by("starts_at")


def _history(office: Office, today: date) -> History:
    """Two queries: which buổi were held, and when their dossiers were booked."""
    span = (today - timedelta(days=PAST_DAYS), today - timedelta(days=1))
    held = Session.objects.filter(office=office, date__range=span, state=OpenState.OPEN).values_list("date", "part")
    rows = Appointment.objects.filter(office=office, queue_date__range=span, state__in=TAKES_PLACES, walk_in=False).order_by()
    added = rows.values_list("queue_date", "slot__session__part", TruncDate("created_at", tzinfo=clock.TZ)).annotate(total=Sum("dossiers"))
    return History(frozenset(held), tuple(
        forecast.Added(day, part, max((day - booked_on).days, 0), total) for day, part, booked_on, total in added))


def no_show_rate(office: Office) -> float:
    """The share of those expected in the last eight weeks who did not come; 0 where too few were expected."""
    today = clock.today()
    span = (today - timedelta(days=PAST_DAYS), today - timedelta(days=1))
    counted = Appointment.objects.filter(office=office, queue_date__range=span, walk_in=False).aggregate(**reports.COUNTS)
    rate = reports.Rate(office.name, counted["came"], counted["missed"])
    return rate.missed / rate.expected if rate.expected >= FEWEST_VISITS else 0.0


def _results(office: Office, last: date) -> dict[tuple[date, date], float]:
    """{(first, last day of collecting): dossiers}: results ready or due for the counter whose owner has made no appointment.

    A result is fetched within RESULT_FETCHED_DAYS of being ready; older ones are for the call list (Thường Tín 6).
    """
    days, today = settings.RESULT_FETCHED_DAYS, clock.today()
    ready = Q(state=State.DECIDED, decided_at__gte=clock.at(today - timedelta(days=days)))
    due = Q(state__in=RUNNING, due_at__gte=clock.at(today), due_at__lt=clock.at(last + timedelta(days=1)))
    rows = Dossier.objects.filter(ready | due, ~collecting.has_time(), received_office=office, return_method=ReturnMethod.COUNTER)
    fetched: Counter[date] = Counter()
    for state, decided, due_at in rows.order_by().values_list("state", "decided_at", "due_at"):
        moment = decided if state == State.DECIDED else due_at
        if moment is not None:
            fetched[clock.local(moment).date()] += 1
    return {(day, day + timedelta(days=days)): float(total) for day, total in fetched.items()}


def _waiting(office: Office, today: date) -> dict[tuple[date, date], float]:
    """{(first, last wanted day): dossiers} of the entries without an offer; what is offered is held already."""
    rows = WaitingEntry.objects.filter(office=office, state=WaitingState.WAITING, last_day__gte=today).order_by()
    found: dict[tuple[date, date], float] = {}
    for first, last, total in rows.values_list("first_day", "last_day").annotate(total=Sum("dossiers")):
        key = (max(first, today), last)
        found[key] = found.get(key, 0.0) + total
    return found


# --- warnings -----------------------------------------------------------------------------------------------------

def offices_of(user: User) -> QuerySet[Office]:
    """The offices whose forecast a person sees."""
    mine = Q(pk__in=user.office_ids_as(Role.LEADER)) | Q(province_id__in=user.provinces_as(Role.ADMINISTRATOR))
    return Office.objects.filter(mine).active_on(clock.today()).order_by("name")


def open_on(user: User, on: date) -> list[CrowdWarning]:
    """Warnings not yet settled about a day at the offices a member of staff works for; for the notice on the office's day."""
    offices = Office.objects.visible_to(user)
    rows = CrowdWarning.objects.live().filter(office__in=offices.values("pk"), date=on)
    return list(rows.select_related("office").order_by("office__name", "part")[:20])


# --- what can be done ---------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Officer:
    """Somebody of the office who does not stand at a counter in that buổi."""

    user: User
    place: str
    chosen: bool

    @property
    def place_name(self) -> str:
        return str(Place(self.place).label) if self.place else ""


def could_come(warning: CrowdWarning, *, wanted: int, there_too: bool = False) -> list[Officer]:
    """Officers who could be asked to a counter, those at home and on the online desk first; the first `wanted` are chosen.

    Nobody on leave; who stands at a counter already only if `there_too`. Two queries.
    """
    held = Assignment.objects.in_force(warning.date).filter(office=warning.office, role__in=(Role.DESK, Role.SPECIALIST))
    places = dict(DutyShift.objects.filter(date=warning.date, part=warning.part, user__in=held.values("user"))
                  .values_list("user_id", "place"))
    free = [user for user in User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("full_name", "pk")
            if places.get(user.pk, "") != Place.LEAVE and (there_too or places.get(user.pk, "") not in IN_THE_ROOM)]
    order = [Place.HOME, Place.ONLINE, "", Place.COUNTER]
    ranked = sorted(free, key=lambda user: order.index(places.get(user.pk, "")))
    return [Officer(user, places.get(user.pk, ""), index < wanted) for index, user in enumerate(ranked)]


@dataclass(frozen=True)
class Nearby:
    """An office of the same level with free dossiers on the day of a warning."""

    office: Office
    free: int
    km: float | None


def nearby(warning: CrowdWarning, *, most: int = 5) -> list[Nearby]:
    """Where people could be sent on that day: offices of the same level in the province with free places, the nearest first."""
    office = warning.office
    rows = Session.objects.filter(date=warning.date, state=OpenState.OPEN, ends_at__gt=clock.now(), office__province=office.province_id,
                                  office__level__in=_levels_like(office)).exclude(office=office).order_by()
    free = dict(rows.values_list("office_id").annotate(left=Sum(F("capacity") - F("held") - F("booked"))))
    found = [Nearby(item, free[item.pk], _distance(office, item)) for item in Office.objects.filter(pk__in=free).active_on(warning.date)
             if free[item.pk] > 0]
    return sorted(found, key=lambda item: (item.km is None, item.km or 0.0, item.office.name))[:most]


def _levels_like(office: Office) -> Sequence[str]:
    return (OfficeLevel(office.level).value,)


def _distance(office: Office, other: Office) -> float | None:
    if office.latitude is None or office.longitude is None or other.latitude is None or other.longitude is None:
        return None
    return round(distance_km(office.latitude, office.longitude, other.latitude, other.longitude), 1)


def desks_wanted(warning: CrowdWarning) -> int:
    """How many more officers the shortage takes, at the pace of those on duty then; at least one."""
    on_duty = DutyShift.objects.filter(office=warning.office, date=warning.date, part=warning.part, place__in=IN_THE_ROOM).count()
    pace = max(warning.capacity / on_duty, 1.0) if on_duty else max(float(warning.capacity), 1.0)
    return max(ceil(short_of(warning) / pace), 1)


def short_of(warning: CrowdWarning) -> int:
    """How many more dossiers than declared are expected; at least one."""
    return max(warning.expected - warning.capacity, forecast.forecast(forecast.read_signs(warning.figures)).short_people, 1)
