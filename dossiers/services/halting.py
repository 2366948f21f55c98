"""What the verbs share that stop the clock and let it run on; each in the caller's transaction."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dossiers.models import Dossier, DossierEvent
from dossiers.services import ledger
from dossiers.services.applicants import long_text
from dossiers.services.records import allow, claim, inform, take, write_event
from dossiers.states import CLOCK_STOPPED, Cause, Kind, State
from onestop import clock
from onestop.people.models import User

Policy = Callable[[User, Dossier], bool]


def begin(dossier: Dossier, name: str, actor: User | None, permitted: Policy) -> tuple[Dossier, str]:
    """Claim, check the right and the table, set the new state (not yet saved); the dossier and its state before."""
    found = claim(dossier)
    allow(actor is None or permitted(actor, found))
    step = take(found, name)
    found.state = step.after
    return found, step.before


def halt(found: Dossier, before: str, cause: Cause, *, verb: str, actor: User | None, via: str, label: str, reason: str, template: str,
         legal_basis: str = "", data: dict[str, Any] | None = None, **extra: Any) -> DossierEvent:
    """Save the new state, stop the clock unless it stands already, and tell the citizen why."""
    found.save(update_fields=["state"])
    if before not in CLOCK_STOPPED:
        ledger.add(found, kind=Kind.STOP, cause=cause, effective_at=clock.now(), citizen_text=reason, legal_basis=legal_basis,
                   decided_by=actor, executed_by=actor)
        ledger.recompute(found)
    event = write_event(found, verb, actor=actor, via=via, label=label, before=before, reason=reason, legal_basis=legal_basis[:255],
                        data=data)
    inform(found, event, template, reason=reason, legal_basis=legal_basis, **extra)
    return event


def pause(dossier: Dossier, name: str, permitted: Policy, cause: Cause, *, actor: User | None, via: str, label: str, reason: str,
          template: str, legal_basis: str = "", **extra: Any) -> Dossier:
    """One verb that stops the clock. Raises Refused (403, 409)."""
    found, before = begin(dossier, name, actor, permitted)
    halt(found, before, cause, verb=name, actor=actor, via=via, label=label, reason=reason, template=template, legal_basis=legal_basis,
         **extra)
    return found


def run_on(found: Dossier, before: str, *, actor: User | None, via: str, label: str = "", note: str = "",
           moment: datetime | None = None) -> None:
    """The clock of a dossier whose state was set runs on with what was left, from `moment` (None: now); the citizen is told."""
    moment = moment or clock.now()
    found.save(update_fields=["state"])
    ledger.add(found, kind=Kind.RESUME, cause=cause_of(before), effective_at=moment, decided_by=actor, executed_by=actor)
    ledger.recompute(found)
    found.supplements.filter(answered_at__isnull=True).update(answered_at=moment)
    found.supplements.filter(confirmed_at__isnull=True).update(confirmed_at=clock.now(), confirmed_by=actor)
    event = write_event(found, "resume", actor=actor, via=via, label=label, before=before, data={"note": long_text(note)})
    inform(found, event, "dossier_resumed")


def cause_of(state: str) -> str:
    """What the clock stood still for in a state."""
    return {State.SUPPLEMENT.value: Cause.SUPPLEMENT, State.PAYMENT.value: Cause.PAYMENT}.get(state, Cause.STOPPED).value
