"""The 5K checklist before entering (letter Cà Mau 2): what the directive in force asks, and what is not in order. Pure."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from bookings.states import HealthItem
from onestop.directives.rules import Applied, Rules
from onestop.directives.states import RuleKind
from onestop.people.words import clean, fold
from onestop.transitions import Refused

ALL: dict[str, Any] = dict(HealthItem.choices)


def rule(rules: Rules) -> Applied | None:
    return rules.get(RuleKind.HEALTH_CHECK)


def items(rules: Rules) -> dict[str, Any]:
    """{key: question} to be asked today; empty where no letter asks. A letter may name its own `items`: keys of the 5K list, or
    questions in its own words."""
    applied = rule(rules)
    if applied is None:
        return {}
    named = applied.params.get("items")
    return dict(_item(str(text)) for text in named if clean(str(text))) if isinstance(named, list) and named else dict(ALL)


def _item(text: str) -> tuple[str, Any]:
    words = clean(text)
    return (words, ALL[words]) if words in ALL else (f"q-{slugify(fold(words))[:40]}", words)


def refusal(rules: Rules, answers: Mapping[str, Any] | None) -> Refused | None:
    """Every item must have been asked and be in order; the refusal names the letter and each item that is not."""
    applied, given = rule(rules), answers or {}
    missing = {key: [_("Chưa kiểm tra hoặc chưa đạt: %(item)s") % {"item": question}]
               for key, question in items(rules).items() if given.get(key) is not True}
    if applied is None or not missing:
        return None
    return Refused("health_check", _("Cần kiểm tra đủ các mục 5K trước khi vào; nếu chưa đạt, hãy ghi nhận chưa cho vào và hẹn lại."),
                   directive=applied.source, fields=missing)
