"""What every form has: head, code with QR, the applicant and who hands in, dates, where to ask."""
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from dossiers import tracking
from dossiers.printing.facts import names
from dossiers.printing.render import tracking_qr
from dossiers.states import Acting, FormKind, RulePack
from onestop import clock

if TYPE_CHECKING:
    from dossiers.models import Dossier
    from onestop.catalogue.models import ChannelTerm
    from onestop.offices.models import Office
    from onestop.people.models import User


def vietnamese() -> Any:
    """Forms are written in Vietnamese whatever the language of the page that asked for them."""
    return translation.override("vi")


def hour_and_day(moment: datetime | None) -> str:
    """'09 giờ 00, ngày 25/11/2026'; '' for None."""
    if moment is None:
        return ""
    told = clock.local(moment)
    return f"{told:%H} giờ {told:%M}, ngày {told:%d/%m/%Y}"


def money(amount: Decimal | int | None, currency: str = "VND") -> str:
    """'50.000 đồng', 'Miễn phí'; a sentence, never 'free', where the catalogue does not state the fee."""
    if amount is None:
        return "Theo quy định của thủ tục"
    if amount == 0:
        return "Miễn phí"
    whole = f"{amount:,.0f}".replace(",", ".")
    return f"{whole} đồng" if currency == "VND" else f"{Decimal(amount).normalize():f} {currency}"


def term_text(term: ChannelTerm | None) -> str:
    """'5 ngày làm việc'; the sentence for procedures without an appointment date."""
    if term is None or term.amount is None:
        return "Không quy định ngày hẹn trả"
    amount = f"{term.amount.normalize():f}".replace(".", ",")
    return f"{amount} {term.get_unit_display()}"


def agency_of(office: Office) -> str:
    """The line above the office's name."""
    return str(office.province.name if office.parent_id is None else office.area.name)


def place_and_date(office: Office, moment: datetime) -> str:
    """'Phường Ninh Kiều, ngày 5 tháng 9 năm 2025'."""
    told = clock.local(moment)
    return f"{office.area.name}, ngày {told.day:02d} tháng {told.month:02d} năm {told.year}"


def book_of(dossier: Dossier) -> str:
    """Book and serial from the code itself, so that paper and system can't differ: a book a day (rules.md 3)."""
    if not dossier.code:
        return ""
    _agency, day, serial = dossier.code.rsplit("-", 2)
    return f"Quyển số: {day} · Số thứ tự: {serial}"


def of_dossier(dossier: Dossier, kind: FormKind, *, number: int, signer: User | None, issued_at: datetime) -> dict[str, Any]:
    """The facts every form has: head, code with QR, applicant, where to ask."""
    pack, office = RulePack(dossier.rule_pack), dossier.received_office
    title, form_mark = names.of_kind(kind, pack)
    track = f"{settings.PUBLIC_URL}{reverse('dossiers:track')}"
    return {
        "title": title, "form_mark": form_mark, "agency": agency_of(office), "office": office.name, "book": book_of(dossier),
        "paper_number": f"{number:02d}/{names.SYMBOLS[kind]}-{dossier.number}", "place_date": place_and_date(office, issued_at),
        "number": dossier.number, "number_label": "Mã hồ sơ" if dossier.code else "Mã nộp hồ sơ",
        "qr": tracking_qr(f"{track}?{urlencode({'ma': dossier.number})}"), "track_url": track,
        "hotline": office.hotline, "tracking_extra": "", "signer": signer.full_name if signer else "", "signer_title": "Thủ trưởng đơn vị",
        "applicant": applicant(dossier), "procedure": dossier.procedure.name, "field": dossier.procedure.field, "note": dossier.note,
        "received": hour_and_day(dossier.received_at), "due": hour_and_day(dossier.due_at) or "Sẽ thông báo khi có kết quả",
        "channel": str(dossier.get_channel_display()), "competent_office": dossier.competent_office.name,
        "return_method": return_text(dossier), "why": [],
    }


def applicant(dossier: Dossier) -> dict[str, str]:
    """Whose dossier it is, who hands it in, and by what right."""
    for_organisation = dossier.acting == Acting.ORGANISATION and dossier.organisation != ""
    filer = dossier.filer_name
    if filer:
        filer = ", ".join(part for part in (filer, dossier.filer_id and f"số định danh {dossier.filer_id}", dossier.filer_phone) if part)
    return {
        "owner": dossier.organisation if for_organisation else dossier.full_name,
        "representative": dossier.full_name if for_organisation else "",
        "organisation_code": dossier.organisation_code if for_organisation else "",
        "full_name": dossier.full_name, "citizen_id": dossier.citizen_id, "address": dossier.address, "phone": dossier.phone,
        "email": dossier.email, "filer": filer, "mandate": dossier.mandate, "signs": dossier.filer_name or dossier.full_name,
    }


def why(dossier: Dossier) -> list[str]:
    """'Why is my date …?', the sentences of the tracking page."""
    return [str(sentence) for sentence in tracking.explain(dossier)]


def return_text(dossier: Dossier) -> str:
    """How and where the result is handed over."""
    method = str(dossier.get_return_method_display())
    if dossier.return_method in ("post", "home") and dossier.return_address:
        return f"{method}: {dossier.return_address}"
    return f"{method}, {dossier.received_office.address}" if dossier.return_method == "counter" else method
