"""What is asked about rebooking runs: whom a closure strands, who stays, how far a run is, who has answered. Reads only."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from bookings import eligibility
from bookings.models import Appointment, Relocation, RelocationItem
from bookings.relocation import turn
from bookings.states import Answer, AppointmentState, CallState, MoveOutcome, RelocationKind, RelocationState
from onestop import clock
from onestop.directives.rules import Applied, rules_between_at
from onestop.directives.states import RuleKind
from onestop.notify.models import Message
from onestop.notify.states import FAILED, Via
from onestop.offices.models import Area, Office
from onestop.offices.states import AreaLevel
from onestop.people.shown import long_day

DEPTH = {AreaLevel.PROVINCE.value: 0, AreaLevel.DISTRICT.value: 1, AreaLevel.COMMUNE.value: 2}
MOVED = (MoveOutcome.OTHER_OFFICE, MoveOutcome.LATER)
UNANSWERED = (Answer.NONE, Answer.UNREACHABLE)
SHOWN_AFTER = timedelta(days=7)  # how long after the lost time the way to hand in otherwise is still shown


# --- where ----------------------------------------------------------------------------------------------------------

def areas_within(area: Area) -> set[int]:
    """The area and all below it, with what its historical areas were divided into and what became part of it.

    A district of before 1/7/2025 stands for the communes made of it, a province that went up in another for itself only. Of a
    divided area whose seat lies here the office counts, not its other parts.
    """
    found, fresh, seats = {area.pk}, {area.pk}, set[int]()
    while fresh:
        below = set(Area.objects.filter(parent__in=fresh).values_list("pk", flat=True))
        parts = Area.objects.filter(made_from__in=fresh).values_list("pk", "level", "made_from__level")
        below |= {pk for pk, level, former in parts if DEPTH[level] > DEPTH[former]}
        for pk, level, heir in Area.objects.filter(successor__in=fresh).values_list("pk", "level", "successor__level"):
            (below if level == heir else seats).add(pk)
        fresh = below - found
        found |= fresh
    return found | seats


def offices_of(run: Relocation) -> list[Office]:
    """The offices that a run closes, as they exist when it begins; with the areas their letters are found by."""
    offices = Office.objects.filter(province_id=run.province_id).select_related("area__parent__parent", "province")
    if run.kind != RelocationKind.AREA:
        return list(Office.objects.filter(pk__in=[run.office_id]).select_related("area__parent__parent", "province"))
    if run.area is None:
        return []
    inside = areas_within(run.area)
    on = clock.local(run.from_at).date()
    return list(offices.filter(Q(area__in=inside) | Q(province__in=inside)).active_on(on).order_by("name"))


@dataclass(frozen=True)
class Scope:
    """The places that a run takes away: offices (or one room) from a moment until a moment, or until further notice."""

    run: Relocation
    offices: tuple[Office, ...]

    @property
    def office_ids(self) -> set[int]:
        return {office.pk for office in self.offices}

    def slots(self, prefix: str = "") -> Q:
        """A condition on slots (or, with a prefix, on what has one). A run for lowered limits takes no place away by itself."""
        if self.run.kind == RelocationKind.LIMITS:
            return Q(pk__in=[])
        closed = Q(**{f"{prefix}session__office__in": self.office_ids, f"{prefix}starts_at__gte": self.run.from_at})
        if self.run.until_at is not None:
            closed &= Q(**{f"{prefix}starts_at__lt": self.run.until_at})
        return closed & Q(**{f"{prefix}room": self.run.room_id}) if self.run.kind == RelocationKind.ROOM else closed

    def takes(self, row: Appointment) -> bool:
        """Whether an appointment still stands at a place that this run takes away."""
        slot, run = row.slot, self.run
        return (slot.session.office_id in self.office_ids and slot.starts_at >= run.from_at
                and (run.until_at is None or slot.starts_at < run.until_at)
                and (run.kind != RelocationKind.ROOM or slot.room_id == run.room_id))


def scope_of(run: Relocation) -> Scope:
    return Scope(run, tuple(offices_of(run)))


def urgent_days(scope: Scope, first: date, last: date) -> dict[tuple[int, date], Applied]:
    """On which days which offices serve urgent procedures although they are closed (Vĩnh Phúc 2), and by which letter.

    A closed room serves nobody: its people go to another one.
    """
    if scope.run.kind != RelocationKind.OFFICE and scope.run.kind != RelocationKind.AREA:
        return {}
    rules = rules_between_at(offices=scope.offices, procedure=None, first=first, last=last)
    found = {(pk, on): in_force.get(RuleKind.URGENT_SERVED) for pk, days in rules.items() for on, in_force in days.items()}
    return {key: rule for key, rule in found.items() if rule is not None}


def span(run: Relocation) -> tuple[date, date]:
    """The days of a run on which places exist."""
    first = max(clock.local(run.from_at).date(), clock.today())
    furthest = eligibility.last_bookable_day(clock.today())
    last = furthest if run.until_at is None else min(clock.local(run.until_at - timedelta(microseconds=1)).date(), furthest)
    return first, max(first, last)


# --- whom -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Stranded:
    """Whom a closure strands, in the order they are served, and who stays because urgent procedures go on there."""

    to_move: list[Appointment]
    staying: list[tuple[Appointment, Applied]]


def stranded(scope: Scope) -> Stranded:
    """Booked appointments of the scope whose time has not begun; who checked in or is past is left alone. Two queries."""
    rows = Appointment.objects.filter(scope.slots("slot__"), state=AppointmentState.BOOKED, slot__starts_at__gt=clock.now())
    rows = rows.select_related("slot__session", "slot__room", "office", "procedure")
    first, last = span(scope.run)
    served = urgent_days(scope, first, last)
    moving, staying = [], []
    for row in rows:
        rule = served.get((row.office_id, row.queue_date)) if row.procedure.urgent else None
        if rule is None:
            moving.append(row)
        else:
            staying.append((row, rule))
    moving.sort(key=lambda row: turn(urgent=row.procedure.urgent, starts_at=row.slot.starts_at, pk=row.pk))
    return Stranded(moving, staying)


@dataclass(frozen=True)
class Preview:
    """What a draft would do: how many, and by office, day and procedure."""

    offices: list[Office]
    appointments: int
    people: int
    urgent: int
    by_office: list[tuple[str, int]]
    by_day: list[tuple[str, int]]
    by_procedure: list[tuple[str, int]]
    staying: list[tuple[Appointment, Applied]]
    rows: list[Appointment]


def preview(scope: Scope) -> Preview:
    """The preview of a run that has not started, from the rows as they are now."""
    found = stranded(scope)
    rows = found.to_move
    days = Counter(row.queue_date for row in rows)
    return Preview(
        list(scope.offices), len(rows), sum(row.people for row in rows), sum(row.procedure.urgent for row in rows),
        Counter(row.office.name for row in rows).most_common(), [(long_day(on), days[on]) for on in sorted(days)],
        Counter(row.procedure.name for row in rows).most_common(), found.staying, rows)


def under_way(rows: Iterable[Appointment]) -> set[int]:
    """Those of the appointments that wait for their turn in a run. One query."""
    waiting = RelocationItem.objects.filter(appointment__in=[row.pk for row in rows], outcome=MoveOutcome.PENDING)
    return set(waiting.filter(relocation__state=RelocationState.RUNNING).values_list("appointment_id", flat=True))


def knows_of_no_place(item: RelocationItem) -> bool:
    """Whether the person was told before that this same place is lost and that there is no other yet."""
    before = RelocationItem.objects.filter(appointment=item.appointment_id, from_slot=item.appointment.slot_id, told_at__isnull=False)
    return before.filter(outcome=MoveOutcome.UNPLACED).exclude(pk=item.pk).exists()


# --- how far --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Progress:
    """How far a run is, and what has become of its people."""

    total: int
    pending: int
    outcomes: dict[str, int]

    @property
    def done(self) -> int:
        return self.total - self.pending

    def of(self, outcome: str) -> int:
        return self.outcomes.get(str(outcome), 0)

    @property
    def other_office(self) -> int:
        return self.of(MoveOutcome.OTHER_OFFICE)

    @property
    def later(self) -> int:
        return self.of(MoveOutcome.LATER)

    @property
    def guided(self) -> int:
        return self.of(MoveOutcome.GUIDED)

    @property
    def unplaced(self) -> int:
        return self.of(MoveOutcome.UNPLACED)

    @property
    def skipped(self) -> int:
        return self.of(MoveOutcome.SKIPPED)


def progress(run: Relocation) -> Progress:
    """Counted from the items in one query."""
    counts = dict(run.items.order_by().values_list("outcome").annotate(many=Count("pk")))
    return Progress(sum(counts.values()), counts.get(MoveOutcome.PENDING, 0), counts)


# --- who has answered -----------------------------------------------------------------------------------------------

FILTERS = ("tat-ca", "dong-y", "chon-lai", "khong-den", "chua-tra-loi", "chua-bao-duoc", "can-goi")


def message_key(item: RelocationItem) -> str:
    """The event about which a person of a run is told: once for each item."""
    return f"relocation:{item.relocation_id}:item:{item.pk}"


def conditions() -> dict[str, Q]:
    """What each filter of the list of a run's people means."""
    told = Q(told_at__isnull=False)
    return {
        "tat-ca": Q(), "dong-y": Q(answer=Answer.ACCEPTED), "chon-lai": Q(answer=Answer.MOVED), "khong-den": Q(answer=Answer.CANCELLED),
        "chua-tra-loi": told & Q(answer__in=UNANSWERED) & ~Q(outcome=MoveOutcome.GUIDED),
        "chua-bao-duoc": Q(answer=Answer.UNREACHABLE) | Q(outcome=MoveOutcome.UNPLACED, answer=Answer.NONE) | Q(
            call_task__isnull=False, answer__in=UNANSWERED),
        "can-goi": Q(call_task__state=CallState.OPEN),
    }


def answer_counts(run: Relocation) -> dict[str, int]:
    """How many people each filter finds; one query."""
    found = run.items.aggregate(**{f"n{index}": Count("pk", filter=condition)
                                   for index, condition in enumerate(conditions().values())})
    return {name: found[f"n{index}"] for index, name in enumerate(conditions())}


def people(run: Relocation, which: str) -> QuerySet[RelocationItem]:
    """The people of a run, in the order they were served, narrowed by a filter."""
    rows = run.items.filter(conditions().get(which, Q())).select_related(
        "appointment__procedure", "appointment__slot", "appointment__office", "call_task")
    rows = rows.prefetch_related("from_slot__session__office", "to_slot__session__office")
    return rows.order_by("rank", "pk")


def messages_of(items: Iterable[RelocationItem]) -> dict[int, Message]:
    """{item id: the message to its person}; one query."""
    keys = {message_key(item): item.pk for item in items}
    return {keys[message.event_key]: message for message in Message.objects.filter(event_key__in=list(keys))}


def failed_messages(items: Sequence[RelocationItem]) -> dict[int, Message]:
    """{item id: its message} of those whose message will not arrive."""
    return {pk: message for pk, message in messages_of(items).items() if message.state in FAILED or message.channel == Via.CALL}


def unanswered() -> QuerySet[RelocationItem]:
    """People who were told and have not answered, each by the last run that moved them: an earlier one is no longer the question."""
    later = RelocationItem.objects.filter(appointment=OuterRef("appointment"), told_at__isnull=False, pk__gt=OuterRef("pk"))
    return RelocationItem.objects.filter(~Exists(later), told_at__isnull=False, answer__in=UNANSWERED)


def open_item(appointment: Appointment) -> RelocationItem | None:
    """What the citizen's page shows about the last run that moved this appointment: while the answer is open, and again once the
    office is open earlier than told, so that people may choose again. One query where nobody was moved."""
    rows = RelocationItem.objects.filter(appointment=appointment, told_at__isnull=False).select_related(
        "relocation__directive", "appointment__slot__session", "appointment__office", "appointment__procedure")
    rows = rows.prefetch_related("from_slot__session__office", "to_slot__session__office")
    item = rows.order_by("-told_at", "-pk").first()
    if item is None:
        return None
    now = clock.now()
    guided = item.outcome == MoveOutcome.GUIDED and item.from_slot.starts_at > now - SHOWN_AFTER
    return item if may_answer(item, now) or guided else None


def may_answer(item: RelocationItem, now: datetime) -> bool:
    """Whether this person may still agree, choose another place or cancel; once the office is open again, also after agreeing."""
    row = item.appointment
    if item.told_at is None or row.state != AppointmentState.BOOKED or row.slot.starts_at <= now:
        return False
    return item.answer in UNANSWERED or (item.relocation.reopened_at is not None and item.answer == Answer.ACCEPTED)


def unplaced_and_past(now: datetime) -> QuerySet[RelocationItem]:
    """People for whom no place was found, who gave no answer, and whose lost time is over: their appointment can't take place."""
    return RelocationItem.objects.filter(
        outcome=MoveOutcome.UNPLACED, appointment__state=AppointmentState.BOOKED, appointment__slot=F("from_slot"),
        from_slot__starts_at__lte=now, relocation__reopened_at__isnull=True)
