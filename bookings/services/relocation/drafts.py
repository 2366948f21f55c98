"""A draft of a run: what would be closed, and where everybody would go, before anything changes."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals, relocations
from bookings.candidates import Finder
from bookings.closable import Target
from bookings.models import Appointment, Relocation, RelocationEvent
from bookings.relocations import Scope
from bookings.states import RELOCATION_TRANSITIONS, MoveOutcome, RelocationState
from onestop import clock
from onestop.directives.models import Directive
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step

PREDICTED = 300  # people of a draft for whom a place is looked for; of more the run itself will tell
NOT_THAT_STATE = _("Đợt chuyển lịch này không còn ở trạng thái cho phép thao tác đó.")


def wrong(code: str, field: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={field: [sentence]})


@transaction.atomic
def draft(*, actor: User, target: Target, from_at: datetime, reason: str, until_at: datetime | None = None,
          directive: Directive | None = None) -> Relocation:
    """Write down what is to be closed, from a moment until a moment (none: until reopened), and look where everybody would go.

    Nothing is closed and nobody is told yet. Source: letter Cà Mau, clause 1. Raises Refused: 'not_allowed' 403; 'past',
    'bad_period', 'reason_needed', 'foreign_room', 'no_offices' 422.
    """
    reason = clean(reason)[:255]
    check_period(from_at, until_at)
    if not reason:
        raise wrong("reason_needed", "reason", _("Cần ghi lý do đóng cửa."))
    if target.room is not None and (target.office is None or target.room.office_id != target.office.pk):
        raise wrong("foreign_room", "target", _("Phòng này không thuộc đơn vị."))
    run = Relocation(kind=target.kind, office=target.office, room=target.room, area=target.area, province=target.province,
                     from_at=from_at, until_at=until_at, reason=reason, directive=directive, created_by=actor)
    if not policies.can_relocate(actor, run):
        raise refusals.not_allowed()
    scope = relocations.scope_of(run)
    if not scope.offices:
        raise wrong("no_offices", "target", _("Địa bàn này không có đơn vị nào."))
    run.save()
    _note_preview(run, scope, actor)
    return run


def check_period(from_at: datetime, until_at: datetime | None) -> None:
    """A closure begins today at the earliest and ends after it begins and after now."""
    if clock.local(from_at).date() < clock.today():
        raise wrong("past", "from_at", _("Thời điểm bắt đầu không được ở quá khứ."))
    if until_at is not None and (until_at <= from_at or until_at <= clock.now()):
        raise wrong("bad_period", "until_at", _("Thời điểm mở lại phải sau thời điểm bắt đầu và sau hiện tại."))


@transaction.atomic
def preview_again(*, actor: User, relocation: Relocation) -> Relocation:
    """Look again where everybody of a draft would go. Raises Refused('not_allowed' 403, 'wrong_state' 409)."""
    run = claimed(relocation, actor)
    if run.state != RelocationState.DRAFT:
        raise Refused("wrong_state", NOT_THAT_STATE, status=409)
    _note_preview(run, relocations.scope_of(run), actor)
    return run


@transaction.atomic
def drop(*, actor: User, relocation: Relocation) -> Relocation:
    """Give a draft up; doing it twice changes nothing. Raises Refused('not_allowed' 403, 'wrong_state' 409)."""
    run = claimed(relocation, actor)
    if run.state == RelocationState.DROPPED:
        return run
    done = step(RELOCATION_TRANSITIONS, "drop", run.state, sentence=NOT_THAT_STATE)
    run.state = done.after
    run.save(update_fields=["state"])
    RelocationEvent.objects.create(subject=run, actor=actor, verb=done.verb, from_state=done.before, to_state=done.after)
    return run


def claimed(relocation: Relocation, actor: User | None) -> Relocation:
    """The run's row, locked, for somebody who may change it. Raises Refused('not_allowed', 403)."""
    rows = Relocation.objects.select_for_update(of=("self",), no_key=True)
    run = rows.select_related("office", "room", "area__parent__parent", "province", "directive").get(pk=relocation.pk)
    if actor is not None and not policies.can_relocate(actor, run):
        raise refusals.not_allowed()
    return run


# --- where everybody would go ---------------------------------------------------------------------------------------

def _note_preview(run: Relocation, scope: Scope, actor: User) -> None:
    """Keep the forecast as an event: a page that is read only shows it without counting again."""
    rows = relocations.stranded(scope).to_move
    forecast = predict(scope, rows[:PREDICTED])
    RelocationEvent.objects.create(subject=run, actor=actor, verb="preview", to_state=RelocationState.DRAFT, data={
        "appointments": len(rows), "places": {str(pk): place for pk, place in forecast.items()}})


def predict(scope: Scope, rows: list[Appointment]) -> dict[int, list[Any]]:
    """{appointment: [outcome, slot id or None]} as the run would find it now, each place given once. Nothing is taken."""
    finder, full, given = Finder(scope), set[int](), dict[int, int]()
    answer: dict[int, list[Any]] = {}
    for row in rows:
        place = finder.find(row, without=full)
        if place is None:
            answer[row.pk] = [str(MoveOutcome.GUIDED if finder.ways(row) else MoveOutcome.UNPLACED), None]
            continue
        elsewhere = place.office_id != row.office_id
        answer[row.pk] = [str(MoveOutcome.OTHER_OFFICE if elsewhere else MoveOutcome.LATER), place.slot_id]
        given[place.slot_id] = given.get(place.slot_id, 0) + row.people
        if given[place.slot_id] >= place.left:
            full.add(place.slot_id)
    return answer
