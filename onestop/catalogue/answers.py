"""PURE: what an administrator's answers make of a procedure as it was imported."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from onestop.catalogue.national import LEAST_DONG, MOST_FEE, MOST_TERM, Parsed, Term, Trouble, number
from onestop.catalogue.states import CURRENCIES, FEE_PROBLEMS, LEVELS, TERM_PROBLEMS, Channel, Problem, Unit
from onestop.people.words import clean
from onestop.transitions import Refused

Answer = dict[str, Any]


@dataclass(frozen=True)
class Settled:
    """A procedure with the answers applied."""

    name: str
    levels: tuple[str, ...]
    terms: tuple[Term, ...]


def checked(problem: str, answer: Mapping[str, Any]) -> Answer:
    """The answer in its stored form. Raises Refused('bad_answer') naming the field that does not fit the problem."""
    if problem in TERM_PROBLEMS:
        return _checked_term(answer, amount_needed=problem != Problem.NO_UNIT)
    if problem in FEE_PROBLEMS:
        return _checked_fee(answer)
    if problem == Problem.UNKNOWN_CHANNEL:
        if answer.get("drop"):
            return {"drop": True}
        return {"channel": _one_of(answer, "channel", Channel.values), **_checked_term(answer, amount_needed=True)}
    if problem == Problem.NO_CHANNEL:
        channels = _some_of(answer, "channels", Channel.values)
        return {"channels": channels, **_checked_term(answer, amount_needed=True)}
    if problem == Problem.NO_LEVEL:
        return {"levels": _some_of(answer, "levels", list(LEVELS.values()))}
    name = clean(str(answer.get("name") or ""))
    if not name or len(name) > 2000:
        raise _bad("name", _("Hãy ghi tên thủ tục, tối đa 2000 ký tự."))
    return {"name": name}


def _bad(field: str, sentence: str) -> Refused:
    return Refused("bad_answer", sentence, fields={field: [sentence]})


def _one_of(answer: Mapping[str, Any], field: str, choices: list[str]) -> str:
    value = answer.get(field)
    if value not in choices:
        raise _bad(field, _("Hãy chọn một trong các giá trị được nêu."))
    return str(value)


def _some_of(answer: Mapping[str, Any], field: str, choices: list[str]) -> list[str]:
    values = answer.get(field)
    if not isinstance(values, list) or not values or any(value not in choices for value in values):
        raise _bad(field, _("Hãy chọn ít nhất một trong các giá trị được nêu."))
    return [choice for choice in choices if choice in values]


def _checked_term(answer: Mapping[str, Any], *, amount_needed: bool) -> Answer:
    if answer.get("no_term"):
        return {"no_term": True}
    given = answer.get("amount")
    stored: Answer = {}
    if amount_needed or given not in (None, ""):
        amount = _decimal(given)
        if amount is None or not 0 < amount <= MOST_TERM:
            raise _bad("amount", _("Hãy ghi thời hạn là một số lớn hơn 0, tối đa hai chữ số thập phân, hoặc chọn “Không hẹn ngày trả”."))
        stored["amount"] = str(amount)
    return {**stored, "unit": _one_of(answer, "unit", Unit.values)}


def _checked_fee(answer: Mapping[str, Any]) -> Answer:
    if answer.get("fee_unknown"):
        return {"fee_unknown": True}
    amount = _decimal(answer.get("fee_amount"))
    if amount is None or not 0 <= amount < MOST_FEE:
        raise _bad("fee_amount", _("Hãy ghi mức phí là một số từ 0 trở lên, hoặc chọn “Không nêu mức phí”."))
    currency = _one_of(answer, "fee_currency", list(CURRENCIES))
    if currency == "VND" and 0 < amount < LEAST_DONG:
        raise _bad("fee_amount", _("Mức phí nhỏ hơn 1.000 đồng là bất thường; hãy kiểm tra lại hoặc chọn “Không nêu mức phí”."))
    return {"fee_amount": str(amount), "fee_currency": currency}


def _decimal(value: Any) -> Decimal | None:
    amount = number(value if not isinstance(value, Decimal) else str(value))
    return amount if amount is not None and amount == round(amount, 2) else None


def settle(parsed: Parsed, answers: Iterable[tuple[Trouble, Answer]]) -> Settled:
    """The procedure with answers applied in their order. Each answer must have come through `checked`."""
    name, levels = parsed.name, parsed.levels
    terms = {term.channel: term for term in parsed.terms}
    for trouble, answer in answers:
        if trouble.problem == Problem.NO_NAME:
            name = answer["name"]
        elif trouble.problem == Problem.NO_LEVEL:
            levels = tuple(answer["levels"])
        else:
            terms = _with_answer(terms, trouble, answer)
    return Settled(name, levels, tuple(terms.values()))


def _with_answer(terms: dict[str, Term], trouble: Trouble, answer: Answer) -> dict[str, Term]:
    if trouble.problem in (Problem.NO_CHANNEL, Problem.UNKNOWN_CHANNEL):
        channels = answer.get("channels") or [channel for channel in [answer.get("channel")] if channel]
        return {**{channel: _with_term(Term(channel), answer) for channel in channels}, **terms}
    term = terms.get(trouble.channel)
    if term is None:
        return terms
    changed = _with_fee(term, answer) if trouble.problem in FEE_PROBLEMS else _with_term(term, answer)
    return {**terms, trouble.channel: changed}


def _with_term(term: Term, answer: Answer) -> Term:
    if answer.get("no_term"):
        return replace(term, amount=None, unit="")
    amount = Decimal(answer["amount"]) if "amount" in answer else term.amount
    return replace(term, amount=amount, unit=answer["unit"])


def _with_fee(term: Term, answer: Answer) -> Term:
    if answer.get("fee_unknown"):
        return replace(term, fee_amount=None, fee_currency="VND")
    return replace(term, fee_amount=Decimal(answer["fee_amount"]), fee_currency=answer["fee_currency"])
