"""The forms of handing in: proof of filing, receipt and appointment."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dossiers.printing.facts.common import hour_and_day, money, term_text, why

if TYPE_CHECKING:
    from dossiers.models import Dossier, Fee
    from onestop.catalogue.models import ChannelTerm

COPIES = "Giấy này lập thành 02 bản: 01 bản giao người nộp hồ sơ, 01 bản lưu tại Bộ phận Một cửa."


def receipt(dossier: Dossier, term: ChannelTerm | None) -> dict[str, Any]:
    """What only the receipt has: the table of papers, term, fee, why the result comes on its day."""
    papers = [{"position": paper.position, "name": paper.name, "originals": paper.originals, "certified": paper.certified,
               "copies": paper.copies} for paper in dossier.papers.all() if paper.present]
    return {
        "papers": papers, "sets": "01 bộ", "term": term_text(term), "fee": fee_text(getattr(dossier, "fee", None), term),
        "phase_2": {}, "copies_note": COPIES, "why": why(dossier),
        "tracking_extra": "Nếu có kết quả sớm hơn ngày hẹn, chúng tôi sẽ báo để Ông/Bà biết.",
    }


def fee_text(fee: Fee | None, term: ChannelTerm | None) -> str:
    """The fee that was set for this dossier, with the ground of an exemption; else the catalogue's."""
    if fee is None:
        return money(term.fee_amount, term.fee_currency) if term else ""
    if fee.ground is None:
        return money(fee.amount)
    return f"{money(fee.amount)} (mức thu {money(fee.full)}; {fee.ground.name})"


def filing(dossier: Dossier, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """What only the proof of filing has: what came, when, and by when the office answers."""
    files = [{"paper": upload.paper.name if upload.paper else "", "name": upload.name, "size": size(upload.size)}
             for upload in dossier.uploads.select_related("paper").filter(by_office=False).order_by("pk")]
    return {"submitted": hour_and_day(dossier.submitted_at), "accept_by": hour_and_day(dossier.accept_due_at), "files": files,
            "answers": answers, "why": []}


def size(amount: int) -> str:
    """Bytes as '1,2 MB', '35 KB'."""
    if amount >= 1024 * 1024:
        return f"{amount / 1024 / 1024:.1f} MB".replace(".", ",")
    return f"{max(1, round(amount / 1024))} KB"
