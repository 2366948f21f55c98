"""Money on a dossier's two pages."""
from __future__ import annotations

from dossiers import payments
from dossiers.models import Dossier
from dossiers.panels.card import Card
from onestop.people.models import User


def officer(user: User, dossier: Dossier) -> Card | None:
    """What it costs, what is open, and the way to the page of its money."""
    found = payments.account(dossier)
    data = {"fee": found.fee, "last": found.last, "asked": found.open, "refund_due": bool(found.requests and payments.refunds_due(dossier))}
    return Card("dossiers/card_money.html", data, aside=True)


def citizen(dossier: Dossier) -> Card | None:
    """What is to be paid, or was, and the way to pay; nothing where there is neither fee nor request."""
    found = payments.account(dossier)
    if found.last is None and (found.fee is None or found.fee.full == 0):
        return None
    data = {"fee": found.fee, "last": found.last, "asked": found.open, "may_begin": payments.may_begin(dossier, found)}
    return Card("dossiers/card_pay.html", data)
