"""The receipt for a result that was handed over."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dossiers.printing.facts.common import hour_and_day
from onestop.people import shown

if TYPE_CHECKING:
    from dossiers.models import Dossier, HandOver


def handover(hand_over: HandOver) -> dict[str, Any]:
    """Which documents, to whom, on what proof (rules.md 7)."""
    return {
        "results": results(hand_over.dossier), "handed_at": hour_and_day(hand_over.at), "method": str(hand_over.get_method_display()),
        "receiver": hand_over.receiver, "relation": hand_over.relation or "Chủ hồ sơ", "receiver_phone": hand_over.phone,
        "document": hand_over.document, "handover_note": hand_over.note,
    }


def results(dossier: Dossier) -> list[dict[str, str]]:
    """The documents that settle a dossier; what the decision said, where none was registered."""
    rows = [{"kind": row.kind, "number": row.number, "abstract": row.abstract, "issued_on": shown.day(row.issued_on)}
            for row in dossier.results.filter(withdrawn_at__isnull=True)]
    told = dossier.result_note or dossier.version.result
    return rows or [{"kind": "Kết quả giải quyết", "number": "", "abstract": told, "issued_on": shown.day(dossier.decided_at)}]
