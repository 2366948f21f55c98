"""Form 04: apology and re-appointment (2018), apology and request for an extension (2025), and the notices that rest on a letter."""
from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from dossiers.printing.facts import names
from dossiers.printing.facts.common import why
from dossiers.states import FormKind, Instrument, RulePack
from onestop.people import shown

if TYPE_CHECKING:
    from dossiers.models import Dossier, Extension

RECIPIENTS = ["Như trên", "Văn phòng UBND (để báo cáo)", "Bộ phận Một cửa", "Lưu hồ sơ"]
SORRY = {
    RulePack.VN_2018: "Hồ sơ của Ông/Bà chưa giải quyết xong đúng hẹn vì lý do dưới đây. Chúng tôi thành thật xin lỗi Ông/Bà vì sự chậm "
                      "trễ này và xin hẹn lại ngày trả kết quả.",
    RulePack.VN_2025: "Hồ sơ của Ông/Bà chưa giải quyết xong đúng hẹn vì lý do dưới đây. Chúng tôi thành thật xin lỗi Ông/Bà và đề nghị "
                      "gia hạn thời gian giải quyết.",
}
OPENINGS = {
    Instrument.DIRECTED_EXTENSION.value: "Thực hiện văn bản chỉ đạo của cấp có thẩm quyền, thời gian giải quyết hồ sơ của Ông/Bà được gia "
                                         "hạn như sau.",
    Instrument.SUSPENSION.value: "Thực hiện văn bản chỉ đạo của cấp có thẩm quyền, thời gian giải quyết hồ sơ của Ông/Bà được tạm dừng "
                                 "tính do bất khả kháng; những ngày tạm dừng không tính vào thời hạn.",
}


def extension(dossier: Dossier, asked: Extension, *, due_from: datetime | None) -> dict[str, Any]:
    """What only the notice of a new date has."""
    return {
        **head(dossier, asked), "received_on": shown.day(dossier.received_at), "original_due": shown.day(dossier.original_due_at),
        "due_from": shown.day(due_from), "instrument": instrument_text(asked), "reason": asked.citizen_text or asked.reason,
        "legal_basis": basis_of(asked), "new_date_label": "Ngày hẹn trả kết quả mới", "why": why(dossier), "recipients": RECIPIENTS,
        "closing": "Rất mong Ông/Bà thông cảm. Khi có kết quả sớm hơn, chúng tôi sẽ báo ngay.",
    }


def head(dossier: Dossier, asked: Extension) -> dict[str, Any]:
    """Title, mark and number: the circular's form for an apology, a notice for what a letter ordered."""
    pack = RulePack(dossier.rule_pack)
    if asked.instrument == Instrument.APOLOGY:
        title, form_mark = names.of_kind(FormKind.EXTENSION, pack)
        return {"title": title, "form_mark": form_mark, "symbol": names.APOLOGY_SYMBOLS[pack], "opening": SORRY[pack]}
    return {"title": names.NOTICES[asked.instrument], "form_mark": "", "opening": OPENINGS[asked.instrument]}


def instrument_text(asked: Extension) -> str:
    """'Tạm dừng tính thời gian do bất khả kháng từ 01/04/2020 đến hết ngày 15/04/2020'."""
    name = str(asked.get_instrument_display())
    if asked.instrument == Instrument.SUSPENSION and asked.starts_on:
        return f"{name}, từ {shown.day(asked.starts_on)} đến hết ngày {shown.day(asked.until)}"
    return name


def basis_of(asked: Extension) -> str:
    """Clause, number, date and issuer of the letter."""
    if asked.directive is None:
        return ""
    letter = asked.directive
    return f"{asked.clause} Văn bản số {letter.number} ngày {shown.day(letter.issued_on)}, {letter.issuer}".strip()
