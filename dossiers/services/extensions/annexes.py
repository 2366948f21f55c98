"""The annex of a decision: its list of dossiers with old and new dates, as PDF and as a workbook, stored with its hash."""
from __future__ import annotations

from typing import IO

from dossiers.models import Extension, ExtensionAnnex
from dossiers.printing import annex
from dossiers.states import ItemState
from onestop import clock, filed

MAKERS = {"pdf": annex.as_pdf, "xlsx": annex.as_workbook}


def make_annexes(extension: Extension) -> int:
    """Make what is missing of the annex of a request for several dossiers; how many files. Outside of transactions.

    A request carried out further (what failed was tried again) gets a new edition; the one before stays as it was issued.
    """
    done = extension.items.filter(state=ItemState.DONE).count()
    if done == 0 or extension.items.count() < 2:
        return 0
    return sum(_make(extension, kind, done) for kind in MAKERS)


def _make(extension: Extension, kind: str, done: int) -> int:
    last = extension.annexes.filter(format=kind).order_by("number").last()
    if last is not None and last.rows == done:
        return 0
    number, moment = (last.number + 1 if last else 1), clock.now()
    made = ExtensionAnnex(extension=extension, format=kind, number=number, rows=done, made_at=moment)

    def write(out: IO[bytes]) -> int:
        MAKERS[kind](extension, out, number=number, made_at=moment)
        return done

    return int(filed.make(made, f"annex.{kind}", write, lambda: _keep(made)))


def _keep(made: ExtensionAnnex) -> bool:
    made.save()
    return True
