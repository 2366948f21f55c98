"""What stands on each form (rules.md 7), as plain data in Vietnamese: forms are official papers and have one language."""
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from dossiers.printing.render import tracking_qr
from dossiers.states import FormKind, RulePack
from onestop import clock
from onestop.people import shown

if TYPE_CHECKING:
    from dossiers.models import Dossier, Extension, Supplement
    from onestop.catalogue.models import ChannelTerm
    from onestop.people.models import User

TITLES = {
    (FormKind.RECEIPT, RulePack.VN_2018): "Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
    (FormKind.RECEIPT, RulePack.VN_2025): "Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
    (FormKind.SUPPLEMENT, RulePack.VN_2018): "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
    (FormKind.SUPPLEMENT, RulePack.VN_2025): "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
    (FormKind.REFUSAL, RulePack.VN_2018): "Phiếu từ chối giải quyết hồ sơ",
    (FormKind.REFUSAL, RulePack.VN_2025): "Phiếu từ chối tiếp nhận giải quyết hồ sơ",
    (FormKind.EXTENSION, RulePack.VN_2018): "Thông báo thay đổi ngày trả kết quả",
    (FormKind.EXTENSION, RulePack.VN_2025): "Thông báo gia hạn thời gian giải quyết hồ sơ",
}
NUMBERS = {FormKind.RECEIPT: "01", FormKind.SUPPLEMENT: "02", FormKind.REFUSAL: "03", FormKind.EXTENSION: "04"}
CIRCULARS = {RulePack.VN_2018: "Thông tư 01/2018/TT-VPCP", RulePack.VN_2025: "Thông tư 03/2025/TT-VPCP"}
SYMBOLS = {FormKind.RECEIPT: "TNHS", FormKind.SUPPLEMENT: "PBS", FormKind.REFUSAL: "PTC", FormKind.EXTENSION: "TB"}


def hour_and_day(moment: datetime | None) -> str:
    """'09 giờ 00, ngày 25/11/2026'; '' for None."""
    if moment is None:
        return ""
    told = clock.local(moment)
    return f"{told:%H} giờ {told:%M}, ngày {told:%d/%m/%Y}"


def money(amount: Decimal | None, currency: str) -> str:
    """'50.000 đồng', 'Miễn phí'; a sentence, never 'free', where the catalogue does not state the fee."""
    if amount is None:
        return "Theo quy định của thủ tục"
    if amount == 0:
        return "Miễn phí"
    whole = f"{amount:,.0f}".replace(",", ".")
    return f"{whole} đồng" if currency == "VND" else f"{amount.normalize():f} {currency}"


def term_text(term: ChannelTerm | None) -> str:
    """'5 ngày làm việc'; the sentence for procedures without an appointment date."""
    if term is None or term.amount is None:
        return "Không quy định ngày hẹn trả"
    amount = f"{term.amount.normalize():f}".replace(".", ",")
    return f"{amount} {term.get_unit_display()}"


def of_dossier(dossier: Dossier, kind: FormKind, *, number: int, signer: User | None, issued_at: datetime) -> dict[str, Any]:
    """The facts every form has: head, code with QR, applicant, where to ask."""
    pack, office = RulePack(dossier.rule_pack), dossier.received_office
    track = f"{settings.PUBLIC_URL}{reverse('dossiers:track')}"
    told = clock.local(issued_at)
    return {
        "title": TITLES[kind, pack], "form_mark": f"Mẫu số {NUMBERS[kind]} ({CIRCULARS[pack]})",
        "agency": office.province.name if office.parent is None else office.area.name, "office": office.name,
        "paper_number": f"{number:02d}/{SYMBOLS[kind]}-{dossier.number}",
        "place_date": f"{office.area.name}, ngày {told.day} tháng {told.month} năm {told.year}",
        "number": dossier.number, "qr": tracking_qr(f"{track}?{urlencode({'ma': dossier.number})}"), "track_url": track,
        "hotline": office.hotline, "tracking_extra": "", "signer": signer.full_name if signer else "",
        "applicant": {"full_name": dossier.full_name, "citizen_id": dossier.citizen_id, "address": dossier.address,
                      "phone": dossier.phone, "email": dossier.email},
        "procedure": dossier.procedure.name, "note": dossier.note, "received": hour_and_day(dossier.received_at),
        "due": hour_and_day(dossier.due_at) or "Sẽ thông báo khi có kết quả", "return_method": return_text(dossier),
    }


def return_text(dossier: Dossier) -> str:
    """How and where the result is handed over."""
    method = str(dossier.get_return_method_display())
    if dossier.return_method == "post":
        return f"{method}: {dossier.return_address}"
    return f"{method}, {dossier.received_office.address}" if dossier.return_method == "counter" else method


def receipt(dossier: Dossier, term: ChannelTerm | None) -> dict[str, Any]:
    """What only the receipt has: the table of papers, term, fee."""
    papers = [{"position": paper.position, "name": paper.name, "originals": paper.originals, "certified": paper.certified,
               "copies": paper.copies} for paper in dossier.papers.all() if paper.present]
    return {
        "papers": papers, "sets": "01 bộ", "channel": str(dossier.get_channel_display()), "term": term_text(term),
        "fee": money(term.fee_amount, term.fee_currency) if term else "", "received": hour_and_day(dossier.received_at),
        "tracking_extra": "Nếu có kết quả sớm hơn ngày hẹn, chúng tôi sẽ báo để Ông/Bà biết.",
    }


def supplement(asked: Supplement) -> dict[str, Any]:
    """What only the completeness request has."""
    return {"items": [str(item) for item in asked.items], "reason": asked.reason, "answer_by": shown.day(asked.answer_by),
            "stopped_from": shown.day(asked.asked_at)}


def refusal(dossier: Dossier, *, reason: str, legal_basis: str) -> dict[str, Any]:
    """What only the refusal has: the reason and the rule it rests on."""
    office = dossier.received_office
    where = ", ".join(part for part in (office.name, office.address, office.hotline) if part)
    return {"reason": reason, "legal_basis": legal_basis, "where_to_ask": where}


def extension(dossier: Dossier, asked: Extension, *, due_from: datetime | None) -> dict[str, Any]:
    """What only the notice of a new date has."""
    basis = f"{asked.clause} Văn bản số {asked.directive.number}, {asked.directive.issuer}" if asked.directive else ""
    return {
        "received": shown.day(dossier.received_at), "original_due": shown.day(dossier.original_due_at), "due_from": shown.day(due_from),
        "apology": asked.instrument == "apology", "instrument": str(asked.get_instrument_display()),
        "reason": asked.citizen_text or asked.reason, "legal_basis": basis.strip(), "signer_title": "Thủ trưởng đơn vị",
    }


def vietnamese() -> Any:
    """Forms are written in Vietnamese whatever the language of the page that asked for them."""
    return translation.override("vi")
