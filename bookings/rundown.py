"""What the pages of rebooking runs show: lists with counts, where everybody would go, how a run went. Reads only."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bookings import relocations
from bookings.closable import Closable, Target, citable
from bookings.models import Appointment, Relocation, RelocationItem, Slot
from bookings.states import MoveOutcome, RelocationState
from onestop.directives.models import Directive
from onestop.directives.states import RuleKind
from onestop.history import WORKER
from onestop.notify.models import Message
from onestop.people.shapes import TimelineItem
from onestop.people.words import row_id

MOST_EVENTS = 30
EVENT_LABELS = {"start": _("Đóng cửa, bắt đầu chuyển lịch"), "resume": _("Chạy tiếp sau khi bị gián đoạn"),
                "finish": _("Đã chuyển xong"), "reopen": _("Mở cửa lại sớm"), "drop": _("Bỏ dự kiến")}


def with_counts(rows: QuerySet[Relocation]) -> QuerySet[Relocation]:
    """Runs with how many people they concern and how many are still to be served."""
    return rows.annotate(many=Count("items"), pending=Count("items", filter=Q(items__outcome=MoveOutcome.PENDING))).order_by("-pk")


# --- the letter behind it -------------------------------------------------------------------------------------------

def cited_letter(pk: str) -> Directive | None:
    """The letter in force that a link names; None where the number means nothing."""
    key = row_id(pk)
    return citable().filter(pk=key).first() if key else None


def named_by(letter: Directive, choices: Closable) -> list[tuple[str, Any]]:
    """What a blockade of the letter names and this person may close: (value of the form's choice, area or office)."""
    codes: set[str] = set()
    listed = False
    for params in letter.rules.filter(kind=RuleKind.BLOCKADE).values_list("params", flat=True):
        codes |= {*(params.get("areas") or ()), *(params.get("offices") or ())}
        listed = listed or bool(codes)
    if not listed:
        scopes = letter.scopes.select_related("area", "office")
        codes = {scope.area.code if scope.area is not None else scope.office.code for scope in scopes}  # type: ignore[union-attr]
    return [(value, _named(target)) for value, target in choices.targets.items()
            if target.room is None and _named(target).code in codes]


def _named(target: Target) -> Any:
    return target.office if target.office is not None else target.area


# --- a draft --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Place:
    """Where one person of a draft would go."""

    outcome: str
    slot: Slot | None = None

    @property
    def label(self) -> str:
        return str(MoveOutcome(self.outcome).label)


@dataclass(frozen=True)
class Forecast:
    """Where everybody of a draft would go, as it was when the draft was made or counted again."""

    places: dict[int, Place]
    outcomes: list[tuple[str, str, int]]
    offices: list[tuple[str, int]]
    at: Any = None


def forecast(run: Relocation, rows: Sequence[Appointment]) -> Forecast:
    """From the draft's last preview, for those of `rows` that are in it; two queries."""
    event = run.events.filter(verb="preview").order_by("-at", "-pk").first()
    found: dict[int, list[Any]] = {int(pk): place for pk, place in event.data["places"].items()} if event is not None else {}
    wanted = {row.pk for row in rows}
    slots = {slot.pk: slot for slot in Slot.objects.filter(pk__in={slot for _outcome, slot in found.values() if slot}).select_related(
        "session__office", "room")}
    places = {pk: Place(outcome, slots.get(slot)) for pk, (outcome, slot) in found.items() if pk in wanted}
    outcomes = Counter(place.outcome for place in places.values())
    offices = Counter(place.slot.session.office.name for place in places.values() if place.slot is not None)
    told = [(str(outcome), str(outcome.label), outcomes[outcome]) for outcome in MoveOutcome if outcomes[outcome]]
    return Forecast(places, told, offices.most_common(), event.at if event is not None else None)


def with_places(rows: Iterable[Appointment], found: Forecast) -> list[tuple[Appointment, Place | None]]:
    return [(row, found.places.get(row.pk)) for row in rows]


# --- a run ----------------------------------------------------------------------------------------------------------

def course(run: Relocation) -> dict[str, Any]:
    """How far a run is, and its history; three queries."""
    events = run.events.exclude(verb="preview").select_related("actor").order_by("-at", "-pk")[:MOST_EVENTS]
    return {"progress": relocations.progress(run), "history": [_told(event) for event in events],
            "running": run.state == RelocationState.RUNNING, "closed_places": run.closures.select_related("office", "room")}


def _told(event: Any) -> TimelineItem:
    return TimelineItem(at=event.at, title=EVENT_LABELS.get(event.verb, event.verb), text=event.reason,
                        who=event.actor or (_("hệ thống") if event.actor_label == WORKER else event.actor_label))


def with_messages(items: Sequence[RelocationItem]) -> list[tuple[RelocationItem, Message | None]]:
    """The people of a page with the message each was sent; one query."""
    found = relocations.messages_of(items)
    return [(item, found.get(item.pk)) for item in items]
