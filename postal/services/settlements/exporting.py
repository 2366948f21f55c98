"""The approved list as XLSX and PDF: made once by a job, stored with its digest, given out as it is."""
from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Count

from onestop import clock
from onestop.jobs import enqueue_after_commit
from postal.models import SettlementFile, SettlementList
from postal.printing import settlement as printed
from postal.states import SettlementState

MAKERS = {"xlsx": printed.as_workbook, "pdf": printed.as_pdf}


def export(pk: int) -> int:
    """Make what is missing of an approved list's files; how many. Outside of transactions; twice makes each once."""
    related = SettlementList.objects.select_related("waiver__province", "waiver__directive", "carrier", "made_by", "approved_by")
    found = related.filter(pk=pk, state=SettlementState.APPROVED).first()
    if found is None:
        return 0
    there = set(found.files.values_list("format", flat=True))
    return sum(_make(found, kind) for kind in MAKERS if kind not in there)


def _make(settlement: SettlementList, kind: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{kind}"
        with path.open("wb") as out:
            count = MAKERS[kind](settlement, out)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            made = SettlementFile(list=settlement, format=kind, rows=count, sha256=digest, made_at=clock.now())
            made.file.save(path.name, File(file), save=False)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # another worker was faster
        made.file.delete(save=False)
        return False
    return True


def export_missing() -> int:
    """Ask again for the files of approved lists that lack one; how many lists."""
    lacking = SettlementList.objects.filter(state=SettlementState.APPROVED).annotate(made=Count("files")).filter(made__lt=len(MAKERS))
    keys = list(lacking.order_by("pk").values_list("pk", flat=True)[:20])
    with transaction.atomic():
        for pk in keys:
            enqueue_after_commit("postal.export_settlement", pk)
    return len(keys)
