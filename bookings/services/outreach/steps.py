"""What the steps of an outreach list share: claiming the list, its history, asking for the background run."""
from __future__ import annotations

from typing import Any

from bookings import policies, refusals
from bookings.models import Outreach, OutreachEvent
from bookings.states import OUTREACH_TRANSITIONS
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.people.models import User
from onestop.transitions import Refused, step

PER_JOB = 25  # people in one job; the next job goes on


def claim(run: Outreach) -> Outreach:
    """The list, locked, inside the caller's transaction."""
    rows = Outreach.objects.select_for_update(of=("self",), no_key=True).select_related("office", "procedure")
    return rows.get(pk=run.pk)


def check_right(actor: User, run: Outreach) -> None:
    """Raises Refused('not_allowed', 403)."""
    if not policies.can_invite(actor, run.office_id):
        raise refusals.not_allowed()


def take_step(run: Outreach, verb: str, sentence: Any, *, actor: User | None = None, reason: str = "", data: dict[str, Any] | None = None,
              **changes: Any) -> None:
    """One step of the table with its event. Raises Refused('wrong_state', 409)."""
    done = step(OUTREACH_TRANSITIONS, verb, run.state, sentence=sentence)
    run.state = done.after
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=["state", *changes])
    OutreachEvent.objects.create(subject=run, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=done.before,
                                 to_state=done.after, reason=reason, data=data or {})


def go_on(run: Outreach) -> None:
    """Ask for the background run once the open transaction has committed; the sweep finds the list all the same."""
    enqueue_after_commit("bookings.work_outreach", run.pk)


def refuse(code: str, sentence: Any, field: str = "", status: int = 422) -> Refused:
    return Refused(code, sentence, status=status, fields={field: [sentence]} if field else {})
