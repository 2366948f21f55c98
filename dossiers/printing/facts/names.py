"""PURE: how the forms of the two sets are called and numbered (rules.md 7)."""
from __future__ import annotations

from dossiers.states import FormKind, Instrument, RulePack

OLD, NEW = RulePack.VN_2018, RulePack.VN_2025
CIRCULARS = {OLD: "Thông tư 01/2018/TT-VPCP", NEW: "Thông tư 03/2025/TT-VPCP"}
# (title, number) in each set; number '': the set has no such form.
SETS: dict[FormKind, dict[RulePack, tuple[str, str]]] = {
    FormKind.RECEIPT: {OLD: ("Giấy tiếp nhận hồ sơ và hẹn trả kết quả", "01"), NEW: ("Giấy tiếp nhận hồ sơ và hẹn trả kết quả", "01")},
    FormKind.SUPPLEMENT: {OLD: ("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ", "02"), NEW: ("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ", "02")},
    FormKind.REFUSAL: {OLD: ("Phiếu từ chối giải quyết hồ sơ", "03"), NEW: ("Phiếu từ chối tiếp nhận giải quyết hồ sơ", "03")},
    FormKind.EXTENSION: {OLD: ("Phiếu xin lỗi và hẹn lại ngày trả kết quả", "04"),
                         NEW: ("Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết", "04")},
    FormKind.STOP: {OLD: ("Thông báo dừng giải quyết hồ sơ", ""), NEW: ("Thông báo dừng giải quyết hồ sơ", "05")},
    FormKind.CONTROL: {OLD: ("Phiếu kiểm soát quá trình giải quyết hồ sơ", "05"),
                       NEW: ("Phiếu kiểm soát quá trình giải quyết hồ sơ", "06")},
    FormKind.FILING: {OLD: ("Giấy xác nhận đã nộp hồ sơ", ""), NEW: ("Giấy xác nhận đã nộp hồ sơ", "")},
    FormKind.HANDOVER: {OLD: ("Biên nhận trả kết quả", ""), NEW: ("Biên nhận trả kết quả", "")},
}
REGISTER = {OLD: ("Sổ theo dõi hồ sơ", "06"), NEW: ("Sổ theo dõi hồ sơ", "07")}
# A date that moved by a letter is not the forms' apology (rules.md 1): a notice of its own.
NOTICES = {Instrument.DIRECTED_EXTENSION.value: "Thông báo gia hạn thời gian giải quyết hồ sơ theo văn bản chỉ đạo",
           Instrument.SUSPENSION.value: "Thông báo tạm dừng tính thời gian giải quyết hồ sơ"}
SYMBOLS = {FormKind.RECEIPT: "TNHS", FormKind.SUPPLEMENT: "PBS", FormKind.REFUSAL: "PTC", FormKind.EXTENSION: "TB", FormKind.STOP: "TBD",
           FormKind.CONTROL: "PKS", FormKind.FILING: "XNN", FormKind.HANDOVER: "BNKQ"}
APOLOGY_SYMBOLS = {OLD: "PXL", NEW: "VBXL"}


def mark(number: str, pack: RulePack) -> str:
    """'Mẫu số 01 (Thông tư 01/2018/TT-VPCP)'; '' where the set has no such form."""
    return f"Mẫu số {number} ({CIRCULARS[pack]})" if number else ""


def of_kind(kind: FormKind, pack: RulePack) -> tuple[str, str]:
    """Title and mark of a form in a set."""
    title, number = SETS[kind][pack]
    return title, mark(number, pack)
