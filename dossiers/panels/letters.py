"""The conversation on the tracking page: how much is unread, and the way to it; never a word of it."""
from __future__ import annotations

from django.db.models import Count, Q

from dossiers.models import Dossier
from dossiers.panels.card import Card


def citizen(dossier: Dossier) -> Card:
    """Unread messages of the office and the link to the page that shows them. One query."""
    counts = dossier.letters.aggregate(total=Count("pk"), unread=Count("pk", filter=Q(author__isnull=False, read_at__isnull=True)))
    return Card("dossiers/_letters_citizen.html", counts)
