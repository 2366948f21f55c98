"""What beat looks after on the way in: submissions that nobody attends to, drafts, files nobody has checked, proofs that are missing."""
from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Exists, OuterRef

from dossiers.models import Dossier, IssuedForm
from dossiers.services import drafts, duty, forms, scanning
from dossiers.states import FormKind, State
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.patience import each_part

log = logging.getLogger(__name__)
PER_SWEEP = 100
SETTLING = timedelta(minutes=1)  # a proof this young is being made by its own job
LOOK_BACK = timedelta(days=7)


def sweep() -> dict[str, int]:
    """Everything once; how much of each. A part that is refused keeps none of the others waiting."""
    parts: dict[str, Callable[[], int]] = {"warned": duty.warn, "drafts": drafts.sweep, "scanned": scanning.sweep, "proofs": issue_missing}
    return each_part("intake", parts)


def issue_filing(pk: int) -> None:
    """The proof of filing of one dossier, once. Outside of any transaction: it writes a file."""
    rows = Dossier.objects.select_related("procedure", "version", "received_office__province", "received_office__area", "form_version")
    dossier = rows.filter(pk=pk, channel=Channel.ONLINE).first()
    if dossier is not None:
        forms.filing(dossier=dossier)


def issue_missing() -> int:
    """The proofs that a crash left out; how many."""
    now = clock.now()
    made = IssuedForm.objects.filter(dossier=OuterRef("pk"), kind=FormKind.FILING)
    missing = Dossier.objects.filter(~Exists(made), state=State.SUBMITTED, channel=Channel.ONLINE, submitted_at__lt=now - SETTLING,
                                     submitted_at__gt=now - LOOK_BACK).order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]
    for pk in missing:
        issue_filing(pk)
    return len(missing)
