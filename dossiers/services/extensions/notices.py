"""The notice of a new date (form 04) for every dossier, printed after the run so that it does not slow it down."""
from __future__ import annotations

import logging

from django.db.models import Exists, OuterRef

from dossiers.models import Extension, ExtensionItem, IssuedForm
from dossiers.services import forms
from dossiers.states import FormKind, ItemState

log = logging.getLogger(__name__)
A_JOB = 50  # forms a job: some seconds
PART = 50


def issue_notices(extension: Extension, *, limit: int | None = None) -> int:
    """Issue what is missing of the notices of dossiers whose date was moved, so many at most; how many. Outside of transactions."""
    if extension.decided_at is None:
        return 0
    issued = after = 0
    items = extension.items.filter(state=ItemState.DONE).select_related("dossier__procedure", "dossier__received_office__province",
                                                                        "dossier__received_office__area", "dossier__version")
    made = IssuedForm.objects.filter(dossier=OuterRef("dossier"), kind=FormKind.EXTENSION, issued_at__gte=extension.decided_at)
    missing = items.filter(~Exists(made)).order_by("pk")
    while limit is None or issued < limit:
        part = list(missing.filter(pk__gt=after)[:PART if limit is None else min(PART, limit - issued)])
        if not part:
            break
        issued, after = issued + sum(_issued(extension, item) for item in part), part[-1].pk
    return issued


def _issued(extension: Extension, item: ExtensionItem) -> bool:
    """One notice; one that can't be printed keeps none of the others waiting and is tried again by the sweep."""
    try:
        forms.extension(dossier=item.dossier, asked=extension, signer=extension.decided_by, due_from=item.due_from)
    except Exception:
        log.exception("the notice of dossier %s is not made yet", item.dossier_id)
        return False
    return True
