"""The clock's ledger, row by row: cause, legal basis, who decided and who carried out."""
from __future__ import annotations

from dossiers.models import Dossier
from dossiers.panels.card import Card
from onestop.people.models import User


def officer(user: User, dossier: Dossier) -> Card | None:
    """The whole ledger of an accepted dossier."""
    rows = list(dossier.clock.select_related("decided_by", "executed_by"))
    return Card("dossiers/card_ledger.html", {"rows": rows}, aside=True) if rows else None
