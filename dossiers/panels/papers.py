"""The control slip on the officer's page."""
from __future__ import annotations

from dossiers import policies
from dossiers.models import Dossier
from dossiers.panels.card import Card
from onestop.people.models import User


def officer(user: User, dossier: Dossier) -> Card | None:
    """The button that issues it, for whoever works on an accepted dossier."""
    if dossier.code is None or not policies.can_note(user, dossier):
        return None
    return Card("dossiers/_papers_card.html", {"pk": dossier.pk}, aside=True)
