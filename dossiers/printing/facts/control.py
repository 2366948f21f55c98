"""The control slip: who gave the dossier to whom, when, and whether that was before, on or after the step's own date."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dossiers.printing.facts.common import hour_and_day
from onestop.people import shown

if TYPE_CHECKING:
    from dossiers.services.steps import SlipRow

RESULTS = {"before": "Trước hạn", "on": "Đúng hạn", "after": "Quá hạn"}
APPLICANT = "Người nộp hồ sơ"


def control(rows: Sequence[SlipRow], partners: Sequence[str]) -> dict[str, Any]:
    """What only the control slip has: its rows, oldest first, and the units that were asked for their opinion."""
    givers = [APPLICANT, *(row.office for row in rows)]
    return {"partners": "; ".join(partners), "steps": [step(row, giver) for row, giver in zip(rows, givers, strict=False)]}


def step(row: SlipRow, giver: str) -> dict[str, str]:
    """One row in words: the unit that gave is the one of the row before."""
    ran = "" if row.ended_at else "Đang giải quyết"
    noted = (row.note, f"Hạn: {shown.moment(row.due_at)}" if row.due_at else "",
             f"Xong: {shown.moment(row.ended_at)}" if row.ended_at else "")
    return {
        "name": str(row.name), "giver": giver, "receiver": row.office, "giver_name": "" if giver == APPLICANT else row.giver,
        "receiver_name": row.receiver, "given_at": hour_and_day(row.given_at), "result": RESULTS.get(row.outcome, ran),
        "note": "\n".join(part for part in noted if part),
    }
