"""The approved list as XLSX and PDF: made once by a job, stored with its digest, given out as it is."""
from __future__ import annotations

from django.db import transaction
from django.db.models import Count

from onestop import clock, filed
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
    made = SettlementFile(list=settlement, format=kind, made_at=clock.now())
    return filed.make(made, f"list.{kind}", lambda out: MAKERS[kind](settlement, out), lambda: _keep(made))


def _keep(made: SettlementFile) -> bool:
    made.save()
    return True


def export_missing() -> int:
    """Ask again for the files of approved lists that lack one; how many lists."""
    lacking = SettlementList.objects.filter(state=SettlementState.APPROVED).annotate(made=Count("files")).filter(made__lt=len(MAKERS))
    keys = list(lacking.order_by("pk").values_list("pk", flat=True)[:20])
    with transaction.atomic():
        for pk in keys:
            enqueue_after_commit("postal.export_settlement", pk)
    return len(keys)
