"""Cards about what is asked of the citizen."""
from __future__ import annotations

from dossiers import guidance, policies
from dossiers.form_clock import LookForm
from dossiers.models import Dossier
from dossiers.panels.card import Card
from onestop.people.models import User


def officer(user: User, dossier: Dossier) -> Card | None:
    """Every guidance with its answer, and what may be done about it."""
    asked = list(dossier.supplements.select_related("asked_by").prefetch_related("uploads"))
    may_ask = guidance.may_ask(user, dossier)
    if not asked and not may_ask:
        return None
    opened = guidance.open_guidance(dossier)
    return Card("dossiers/card_supplement.html", {
        "asked": asked, "may_ask": may_ask, "open_pk": opened.pk if opened else 0, "may_look": policies.can_resume(user, dossier),
        "form": LookForm(auto_id="look_%s"),
        "answer_waits": opened is not None and opened.answered_at is not None})


def citizen(dossier: Dossier) -> Card | None:
    """How many things are asked for, until when, and the way to answer; not which papers (rules.md 9)."""
    asked = guidance.open_guidance(dossier)
    if asked is None:
        return None
    return Card("dossiers/card_supplement_citizen.html", {
        "count": len(asked.items), "answer_by": asked.answer_by, "answered": asked.answered_at is not None})
