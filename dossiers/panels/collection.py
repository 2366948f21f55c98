"""That the post fetches the papers at the citizen's, on a dossier's two pages (letter Khánh Hòa 3)."""
from __future__ import annotations

from dossiers import policies
from dossiers.models import Dossier
from dossiers.panels.card import Card
from dossiers.services import delivery
from dossiers.states import IN_INBOX
from onestop.catalogue.states import Channel
from onestop.people.models import User


def officer(user: User, dossier: Dossier) -> Card | None:
    """The wish with its address, and the way to change it. One query where there is a wish."""
    if dossier.channel != Channel.ONLINE or not (dossier.collect_by_post or dossier.state in IN_INBOX):
        return None
    may = policies.works_on(user, dossier, *policies.OFFICE_STAFF) and _open(dossier)
    return Card("dossiers/card_collection.html", {"may_change": may}, aside=True) if may or dossier.collect_by_post else None


def citizen(dossier: Dossier) -> Card | None:
    """Whether the post comes or came, never where to; the way to change it. One query where there is a wish."""
    if dossier.channel != Channel.ONLINE or not (dossier.collect_by_post or dossier.state in IN_INBOX):
        return None
    fetched = dossier.collect_by_post and delivery.was_fetched(dossier)
    may = dossier.state in IN_INBOX and not fetched
    return Card("dossiers/card_collection_citizen.html", {"may_change": may, "fetched": fetched}) if may or fetched else None


def _open(dossier: Dossier) -> bool:
    """As delivery.collection_is_open(), without a query where no post was asked for."""
    return delivery.collection_is_open(dossier) if dossier.collect_by_post else dossier.state in IN_INBOX
