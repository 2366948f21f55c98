"""What a dossier's two pages show beside its core: each subject adds its card here, the pages know none of them.

An officer's card is made for a user and a dossier; a citizen's for a dossier alone, without names, addresses or papers (rules.md 9),
and it is remembered until the next row of the dossier's history: it may show only what changes with such a row. Cards read; what is
to be done on the citizen's side has its own page, which the card links to.
"""
from __future__ import annotations

from collections.abc import Callable

from dossiers.models import Dossier
from dossiers.panels import collection, filing, ledger, letters, papers, payments, results, supplements
from dossiers.panels.card import Card
from onestop.people.models import User

__all__ = ["CITIZEN", "OFFICER", "Card", "for_citizen", "for_officer"]
OFFICER: tuple[Callable[[User, Dossier], Card | None], ...] = (
    filing.likeness, filing.answers, filing.codes, filing.on_duty, collection.officer,
    results.officer, supplements.officer, ledger.officer, papers.officer, payments.officer)
CITIZEN: tuple[Callable[[Dossier], Card | None], ...] = (
    payments.citizen, results.citizen, supplements.citizen, collection.citizen, letters.citizen)


def for_officer(user: User, dossier: Dossier) -> list[Card]:
    """The cards of the officer's page, in order. A fixed number of queries each."""
    return [card for make in OFFICER if (card := make(user, dossier)) is not None]


def for_citizen(dossier: Dossier) -> list[Card]:
    """The cards of the tracking page, in order."""
    return [card for make in CITIZEN if (card := make(dossier)) is not None]
