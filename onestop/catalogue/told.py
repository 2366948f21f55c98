"""PURE: terms, fees and answers in words."""
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from onestop.catalogue.states import LEVEL_NAMES, Channel, Unit
from onestop.people import shown


def term_text(amount: Decimal | None, unit: str) -> str:
    """'5 ngày làm việc'; a number whose unit is not known says so; no number: no appointment date."""
    if amount is None:
        return _("không hẹn ngày trả")
    if not unit:
        return _("%(amount)s (chưa rõ đơn vị)") % {"amount": shown.number(amount)}
    return _("%(amount)s %(unit)s") % {"amount": shown.number(amount), "unit": Unit(unit).label}


def fee_text(amount: Decimal | None, currency: str) -> str:
    """'8.000 đ', '145 USD', 'Miễn phí'; a fee that the catalogue leaves out is never told as free."""
    if amount is None:
        return _("Danh mục không nêu; hỏi đơn vị tiếp nhận")
    if not amount:
        return _("Miễn phí")
    return shown.money(amount) if currency == "VND" else f"{shown.number(amount)} {currency}"


def levels_text(levels: list[str]) -> str:
    """'Cấp tỉnh, Cấp xã'."""
    return ", ".join(str(LEVEL_NAMES.get(level, level)) for level in levels)


def answer_text(answer: Mapping[str, Any] | None) -> str:
    """How an item was settled, in words; '' for nothing."""
    if not answer:
        return ""
    parts = []
    if answer.get("name"):
        parts.append(str(answer["name"]))
    if answer.get("levels"):
        parts.append(levels_text(answer["levels"]))
    if answer.get("drop"):
        parts.append(_("bỏ qua dòng này"))
    channels = answer.get("channels") or ([answer["channel"]] if answer.get("channel") else [])
    parts.extend(str(Channel(channel).label) for channel in channels)
    parts.extend(_term_and_fee(answer))
    return " · ".join(parts)


def _term_and_fee(answer: Mapping[str, Any]) -> list[str]:
    parts = []
    if answer.get("no_term"):
        parts.append(term_text(None, ""))
    elif answer.get("amount"):
        parts.append(term_text(Decimal(answer["amount"]), answer["unit"]))
    elif answer.get("unit"):
        parts.append(_("đơn vị: %(unit)s") % {"unit": Unit(answer["unit"]).label})
    if answer.get("fee_unknown"):
        parts.append(_("không nêu mức phí"))
    elif answer.get("fee_amount") is not None:
        parts.append(fee_text(Decimal(answer["fee_amount"]), answer["fee_currency"]))
    return parts
