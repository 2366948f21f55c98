"""The hands a dossier passes through: each from a moment until a moment, with its own due date. The control slip reads them."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from dossiers.models import Dossier, WorkStep
from dossiers.states import StepName
from onestop import clock, worktime
from onestop.offices import calendars
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.words import clean

LOOK_AHEAD = timedelta(days=120)  # calendar days in which any step's working hours surely lie


@dataclass(frozen=True)
class SlipRow:
    """A line of the control slip (rules.md 7, form 05/06): who gave, who received, when, and how it ended."""

    number: int
    name: Any
    office: str
    giver: str
    receiver: str
    given_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    outcome: str  # 'before', 'on', 'after' its due date; '' while it runs in time or has none
    note: str


def hand_to(dossier: Dossier, *, name: str, office: Office | None = None, officer: User | None = None, due_at: datetime | None = None,
            actor: User | None, note: str = "") -> WorkStep:
    """Close the open step and open the next, in the caller's transaction that holds the dossier's row. Units: moments.

    Without `due_at` the step takes the working hours of STEP_WORKING_HOURS for its name, never beyond the dossier's own due date.
    """
    close(dossier)
    step: WorkStep = WorkStep.objects.create(
        dossier=dossier, name=clean(name)[:120], office=office or dossier.competent_office, officer=officer, given_by=actor,
        started_at=clock.now(), due_at=due_at or usual_due(dossier, name), note=clean(note)[:255])
    return step


def accepted(dossier: Dossier, actor: User | None) -> None:
    """The first two lines of an accepted dossier: the reception that just ended, and the casework at the deciding office."""
    if not dossier.steps.exists():
        WorkStep.objects.create(dossier=dossier, name=StepName.RECEIVE, office=dossier.received_office, officer=actor,
                                started_at=dossier.submitted_at, due_at=dossier.accept_due_at, ended_at=clock.now())
    hand_to(dossier, name=StepName.HANDLE, officer=dossier.assignee, actor=actor)


def close(dossier: Dossier) -> None:
    """End the step that is open, if one is, in the caller's transaction."""
    dossier.steps.filter(ended_at__isnull=True).update(ended_at=clock.now())


def usual_due(dossier: Dossier, name: str) -> datetime | None:
    """By when a step that begins now is to be done, at the latest when the dossier is; None where no hours are set for it."""
    hours = settings.STEP_WORKING_HOURS.get(str(name))
    if not hours:
        return None
    now = clock.now()
    latest = dossier.due_at if dossier.due_at is not None and dossier.due_at > now else None
    try:
        cal = calendars.work_calendar(now.date(), (now + LOOK_AHEAD).date())
        due = worktime.add_working_minutes(cal, now, int(hours) * 60)
    except worktime.CalendarMissing:
        return latest
    return min(due, latest) if latest is not None else due


def slip(dossier: Dossier) -> list[SlipRow]:
    """The rows of the control slip, the first hand first. One query, none where `steps` was prefetched."""
    rows = dossier.steps.all()
    if "steps" not in getattr(dossier, "_prefetched_objects_cache", {}):
        rows = rows.select_related("office", "officer", "given_by")
    return [_row(number, step) for number, step in enumerate(rows, 1)]


def _row(number: int, step: WorkStep) -> SlipRow:
    return SlipRow(number=number, name=title(step.name), office=step.office.name, giver=str(step.given_by or ""),
                   receiver=str(step.officer or ""), given_at=step.started_at, due_at=step.due_at, ended_at=step.ended_at,
                   outcome=outcome(step), note=step.note)


def title(name: str) -> Any:
    """A step's name in words; names that somebody typed stay as they are."""
    return StepName(name).label if name in StepName.values else name


def outcome(step: WorkStep) -> str:
    """'before', 'on' or 'after' the step's due date; one that runs is 'after' as soon as it is late."""
    if step.due_at is None:
        return ""
    ended = step.ended_at or clock.now()
    if ended > step.due_at:
        return "after"
    if step.ended_at is None:
        return ""
    return "on" if clock.local(ended).date() == clock.local(step.due_at).date() else "before"


def end_of(day: date) -> datetime:
    """The end of a day's work; 17:00 where no calendar knows the day or it is a day off."""
    try:
        return worktime.day_end(calendars.work_calendar(day, day), day)
    except (worktime.CalendarMissing, ValueError):
        return clock.at(day, 17)
