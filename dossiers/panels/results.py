"""The result on a dossier's two pages: its documents and how it comes back."""
from __future__ import annotations

from dossiers import policies
from dossiers.models import Dossier, HandOver
from dossiers.panels.card import Card
from dossiers.services import links, results
from dossiers.states import ENDED, Handover, ReturnMethod, State, VisitState
from onestop.people.models import User

SHOWN = frozenset({State.ACCEPTED, State.PROCESSING, State.DECIDED, State.RETURNED})


def officer(user: User, dossier: Dossier) -> Card | None:
    """Documents, the way back, who took it; what may be done now. Four queries."""
    if dossier.state not in SHOWN:
        return None
    documents = list(dossier.results.select_related("upload", "added_by"))
    decided = dossier.state == State.DECIDED
    visits = list(dossier.home_visits.select_related("officer").order_by("-pk")[:5]) if dossier.decided_at else []
    works = policies.can_hand_over(user, dossier)
    return Card("dossiers/_result_officer.html", {
        "documents": documents, "decided": decided, "visits": visits,
        "may_add": policies.can_add_result(user, dossier),
        "may_plan": works and decided and dossier.return_method == ReturnMethod.HOME,
        "open_visit": next((visit for visit in visits if visit.state == VisitState.ASSIGNED), None),
        "electronic": dossier.decided_at is not None and dossier.return_method == ReturnMethod.ELECTRONIC,
        "has_file": any(row.upload_id and not row.withdrawn_at for row in documents),
        "link": dossier.result_links.order_by("-pk").first() if dossier.return_method == ReturnMethod.ELECTRONIC else None,
        "hand_over": HandOver.objects.filter(dossier=dossier).select_related("handed_by").first() if dossier.returned_at else None,
        "may_see_proof": policies.can_see_proof(user, dossier), "works": works,
    })


def citizen(dossier: Dossier) -> Card | None:
    """How the result comes back, what can be changed, where the electronic one is. Never an address, never who goes."""
    if dossier.state in ENDED and dossier.state not in (State.DECIDED, State.RETURNED):
        return None
    visit = None
    if dossier.state == State.DECIDED and dossier.return_method == ReturnMethod.HOME and dossier.handover == Handover.ON_THE_WAY:
        visit = dossier.home_visits.filter(state=VisitState.ASSIGNED).first()
    return Card("dossiers/_result_citizen.html", {
        "electronic": links.electronic(dossier), "may_change": policies.return_is_open(dossier), "visit": visit,
        "failed": dossier.state == State.DECIDED and dossier.handover == Handover.FAILED,
        "encourage_post": dossier.return_method == ReturnMethod.COUNTER and policies.return_is_open(dossier),
        "corrected": len(results.live(dossier)) > 0 and dossier.results.filter(withdrawn_at__isnull=False).exists()
        if dossier.decided_at else False,
    })
