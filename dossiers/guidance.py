"""Reading completeness requests: the one that is open, and how it stands."""
from __future__ import annotations

from dossiers import policies
from dossiers.models import Dossier, Supplement
from dossiers.states import RUNNING, WAITING_ACCEPTANCE, Stage, State
from onestop.people.models import User


def open_guidance(dossier: Dossier) -> Supplement | None:
    """The guidance that the citizen may answer, or whose answer the office has not looked at yet."""
    waits = {State.SUBMITTED.value: Stage.INTAKE, State.SUPPLEMENT.value: Stage.APPRAISAL}.get(str(dossier.state))
    if waits is None:
        return None
    found: Supplement | None = dossier.supplements.filter(stage=waits, closed_at__isnull=True, confirmed_at__isnull=True).first()
    return found


def may_ask(user: User, dossier: Dossier) -> bool:
    """Whether this person could ask for papers now."""
    waits = dossier.state in WAITING_ACCEPTANCE and open_guidance(dossier) is None
    return (waits or dossier.state in RUNNING) and policies.can_request_supplement(user, dossier)
