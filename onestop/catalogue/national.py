"""PURE: one line of the national catalogue's format → a procedure and the list of what is wrong with it.

A line is refused as a whole (BadLine) only when it can't be read, is of the wrong shape or has no code. Everything else
is taken in, and what could not be understood becomes a Trouble that an administrator settles.
"""
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from onestop.catalogue.states import CURRENCIES, LEVELS, Channel, Problem, Unit
from onestop.people.words import clean, fold

CHANNELS = {"truc tuyen": Channel.ONLINE.value, "dich vu buu chinh": Channel.POSTAL.value, "truc tiep": Channel.IN_PERSON.value}
UNITS = {"ngay lam viec": Unit.WORKING_DAY.value, "ngay": Unit.CALENDAR_DAY.value, "gio": Unit.HOUR.value, "thang": Unit.MONTH.value}
LEVELS_FOLDED = {fold(name): level for name, level in LEVELS.items()}
DONG = {"vnd", "dong", "d"}
TEXTS = {"ten_thu_tuc": 2000, "co_quan_cong_bo": 200, "so_quyet_dinh": 120, "loai_thu_tuc": 200, "linh_vuc": 200, "ket_qua": 20000}
LISTS = ("cap_thuc_hien", "doi_tuong", "cach_thuc")
LONGEST_CODE = 40
LONGEST_LINE = 1_000_000
MOST_TERM = Decimal(9999)
MOST_FEE = Decimal(10) ** 12
LEAST_DONG = Decimal(1000)  # no fee is a few đồng: such a number is a percentage or stands for thousands


class BadLine(Exception):
    """A line that can't be taken in at all: `field` of the line and `why`, in Vietnamese, for the report."""

    def __init__(self, field: str, why: str, code: str = "") -> None:
        super().__init__(f"{field}: {why}" if field else why)
        self.field = field
        self.why = why
        self.code = code


@dataclass(frozen=True)
class Trouble:
    """One thing to settle: the source's field, a Problem, the channel it is about ('' for the whole), the raw text."""

    field: str
    problem: str
    channel: str = ""
    raw: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Two imports speak of the same thing when all of this is the same."""
        return (self.channel, self.field, self.problem, self.raw)


@dataclass(frozen=True)
class Term:
    """Term and fee of a channel; amount None: not known or no appointment date; fee None: not stated (0 is free)."""

    channel: str
    amount: Decimal | None = None
    unit: str = ""
    fee_amount: Decimal | None = None
    fee_currency: str = "VND"


@dataclass(frozen=True)
class Parsed:
    """A procedure as one line gives it."""

    code: str
    name: str
    field: str
    levels: tuple[str, ...]
    authority: str
    kind: str
    decision: str
    applicants: tuple[str, ...]
    result: str
    terms: tuple[Term, ...]
    troubles: tuple[Trouble, ...]
    source: dict[str, Any]
    digest: str


def parse_line(line: bytes | str) -> Parsed:
    """A line of the file as a procedure. Raises BadLine."""
    return parse(read_json(line))


def read_json(line: bytes | str) -> dict[str, Any]:
    """The object on a line, its texts cleaned (NFC, no control characters). Raises BadLine."""
    if len(line) > LONGEST_LINE:
        raise BadLine("", "dòng quá dài")
    try:
        text = line.decode("utf-8-sig") if isinstance(line, bytes) else line
    except UnicodeDecodeError:
        raise BadLine("", "không phải là chữ mã hóa UTF-8") from None
    try:
        found = json.loads(text, parse_constant=_no_constant)
        cleaned = _cleaned(found)
        json.dumps(cleaned, allow_nan=False)  # a number like 1e999 reads as infinity
    except (ValueError, RecursionError):
        raise BadLine("", "không đọc được JSON") from None
    if not isinstance(cleaned, dict):
        raise BadLine("", "không phải là một đối tượng JSON")
    return cleaned


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return value


def parse(source: dict[str, Any]) -> Parsed:
    """A cleaned object of the national format as a procedure. Raises BadLine for a missing code or a wrong shape."""
    code = source.get("ma_thu_tuc")
    if not isinstance(code, str) or not code:
        raise BadLine("ma_thu_tuc", "không có mã thủ tục")
    if len(code) > LONGEST_CODE:
        raise BadLine("ma_thu_tuc", "mã thủ tục quá dài")
    check_shape(source, code)
    levels, level_troubles = levels_of(source.get("cap_thuc_hien") or [])
    terms, term_troubles = terms_of(source.get("cach_thuc") or [])
    name = source.get("ten_thu_tuc") or ""
    nameless = [] if name else [Trouble("ten_thu_tuc", Problem.NO_NAME.value)]
    return Parsed(
        code=code, name=name, field=source.get("linh_vuc") or "", levels=levels, authority=source.get("co_quan_cong_bo") or "",
        kind=source.get("loai_thu_tuc") or "", decision=source.get("so_quyet_dinh") or "",
        applicants=tuple(source.get("doi_tuong") or []), result=source.get("ket_qua") or "",
        terms=terms, troubles=(*nameless, *level_troubles, *term_troubles), source=source, digest=digest_of(source))


def check_shape(source: Mapping[str, Any], code: str) -> None:
    """Raise BadLine where a text is not a text, a list not a list, or a text too long to store."""
    for field, longest in TEXTS.items():
        value = source.get(field)
        if value is not None and not isinstance(value, str):
            raise BadLine(field, "phải là chữ", code)
        if value and len(value) > longest:
            raise BadLine(field, f"dài quá {longest} ký tự", code)
    for field in LISTS:
        value = source.get(field)
        if value is not None and not isinstance(value, list):
            raise BadLine(field, "phải là danh sách", code)
        kind = dict if field == "cach_thuc" else str
        if any(not isinstance(item, kind) for item in value or []):
            raise BadLine(field, "có phần tử sai kiểu", code)


def digest_of(source: Mapping[str, Any]) -> str:
    """SHA-256 of what a line says, whatever its spacing and the order of its keys."""
    return hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()


def levels_of(names: Iterable[str]) -> tuple[tuple[str, ...], list[Trouble]]:
    """Levels in the source's order, each once; a Trouble for none, or for one that is not known."""
    names = list(names)
    known = tuple(dict.fromkeys(LEVELS_FOLDED[fold(name)] for name in names if fold(name) in LEVELS_FOLDED))
    strange = [name for name in names if fold(name) not in LEVELS_FOLDED]
    if strange or not known:
        return known, [Trouble("cap_thuc_hien", Problem.NO_LEVEL.value, raw=_raw("; ".join(strange)))]
    return known, []


def terms_of(rows: list[dict[str, Any]]) -> tuple[tuple[Term, ...], list[Trouble]]:
    """One term a channel, in the order of the source, and what is wrong with them."""
    if not rows:
        return (), [Trouble("cach_thuc", Problem.NO_CHANNEL.value)]
    terms: dict[str, Term] = {}
    troubles: list[Trouble] = []
    rows_of: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, 1):
        name = row.get("hinh_thuc")
        channel = CHANNELS.get(fold(name)) if isinstance(name, str) else None
        if channel is None:
            troubles.append(Trouble(f"cach_thuc[{number}].hinh_thuc", Problem.UNKNOWN_CHANNEL.value, raw=_raw(name)))
        elif channel not in terms:
            terms[channel], found = term_of_row(channel, row)
            rows_of[channel] = row
            troubles.extend(found)
        elif row != rows_of[channel]:
            raw = _raw(json.dumps(row, ensure_ascii=False, sort_keys=True))
            troubles.append(Trouble(f"cach_thuc[{number}]", Problem.REPEATED.value, channel, raw))
    return tuple(terms.values()), troubles


def term_of_row(channel: str, row: Mapping[str, Any]) -> tuple[Term, list[Trouble]]:
    """Term and fee of one row; at most one Trouble about each."""
    amount, unit, about_term = read_term(row.get("thoi_gian"), row.get("don_vi"))
    fee, currency, about_fee = read_fee(row.get("phi"), row.get("don_vi_tien"))
    troubles = [Trouble(field, problem.value, channel, raw) for field, problem, raw in (*about_term, *about_fee)]
    return Term(channel, amount, unit, fee, currency), troubles


Found = list[tuple[str, Problem, str]]


def read_term(value: Any, unit_name: Any) -> tuple[Decimal | None, str, Found]:
    """Amount and unit of a term. A term without a number needs a person: it may mean 'no appointment date'."""
    raw = _raw(value, unit_name)
    known = UNITS.get(fold(unit_name), "") if isinstance(unit_name, str) else ""
    if value is None or value == "":
        return None, "", [("thoi_gian", Problem.NO_TERM, raw)]
    amount = number(value)
    if amount is None or not 0 < amount <= MOST_TERM or amount != round(amount, 2):
        return None, "", [("thoi_gian", Problem.BAD_TERM, raw)]
    if unit_name is None or unit_name == "":
        return amount, "", [("don_vi", Problem.NO_UNIT, raw)]
    if not known:
        return None, "", [("don_vi", Problem.BAD_TERM, raw)]
    return amount, known, []


def read_fee(value: Any, currency_name: Any) -> tuple[Decimal | None, str, Found]:
    """Fee and currency. No number and no currency means that the source does not state the fee: None, which is not free."""
    raw = _raw(value, currency_name)
    name = fold(currency_name) if isinstance(currency_name, str) else ""
    if currency_name not in (None, "") and not name:
        return None, "VND", [("don_vi_tien", Problem.FEE_CURRENCY, raw)]
    if "%" in name or (isinstance(value, str) and "%" in value):
        return None, "VND", [("don_vi_tien", Problem.FEE_PERCENT, raw)]
    if value is None or value == "":
        return None, "VND", []
    amount = number(value)
    if amount is None or not 0 <= amount < MOST_FEE or amount != round(amount, 2):
        return None, "VND", [("phi", Problem.BAD_FEE, raw)]
    currency = "VND" if name in DONG or not amount else name.upper()
    if currency not in CURRENCIES:
        return None, "VND", [("don_vi_tien", Problem.FEE_CURRENCY, raw)]
    if currency == "VND" and 0 < amount < LEAST_DONG:
        return None, "VND", [("phi", Problem.BAD_FEE, raw)]
    return amount, currency, []


def number(value: Any) -> Decimal | None:
    """A number, also one written as text with a decimal comma; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = str(value).strip().replace(",", ".") if not isinstance(value, int) or abs(value) < 10**15 else ""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**15 else None


def _raw(*values: Any) -> str:
    texts = [str(value) if not isinstance(value, int) or abs(value) < 10**15 else "…" for value in values if value not in (None, "")]
    return " ".join(texts)[:200]
