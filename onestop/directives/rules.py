"""Which rules hold at an office on a day, each with the letter and clause it comes from.

`resolve` is pure: it takes the rules as data. Narrower wins (office > commune > district > province), then later, then,
among equals, the strictest cap or the newest row. A demonstration copy never overrides a real letter.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive, Rule
from onestop.directives.states import RuleKind
from onestop.offices.models import Area, Office
from onestop.offices.states import AreaLevel

BREADTH = {AreaLevel.PROVINCE.value: 1, AreaLevel.DISTRICT.value: 2, AreaLevel.COMMUNE.value: 3}
OFFICE_BREADTH = 4
# Caps: of two equals the smaller number of people holds (letters Cà Mau 1 and Thường Tín 4, 5).
CAPS = frozenset({RuleKind.ROOM_CAP.value, RuleKind.WAITING_CAP.value})
# Each blockade adds places; several of them do not contradict each other.
ADDITIVE = frozenset({RuleKind.BLOCKADE.value})


@dataclass(frozen=True)
class RuleRow:
    """One rule with the place it is scoped to, as the database gives it. Periods include both ends."""

    kind: str
    params: Mapping[str, Any]
    clause: str
    text: str
    directive_id: int
    number: str
    issued_on: date
    demonstration: bool
    starts_on: date
    ends_on: date | None
    rule_starts_on: date | None
    rule_ends_on: date | None
    area_id: int | None
    office_id: int | None

    def covers(self, on: date) -> bool:
        """Whether a day lies in the directive's period and in the rule's own period inside it."""
        first = max(self.starts_on, self.rule_starts_on or self.starts_on)
        ends = [day for day in (self.ends_on, self.rule_ends_on) if day is not None]
        return first <= on and all(on <= day for day in ends)


@dataclass(frozen=True)
class OfficeChain:
    """An office and the areas it lies in: area id → (code, level)."""

    office_id: int
    office_code: str
    areas: Mapping[int, tuple[str, str]]

    def breadth(self, row: RuleRow) -> int:
        """How narrow the row's scope is for this office; 0: the office is outside of it."""
        if row.office_id is not None:
            return OFFICE_BREADTH if row.office_id == self.office_id else 0
        if row.area_id is None or row.area_id not in self.areas:
            return 0
        return BREADTH[self.areas[row.area_id][1]]


@dataclass(frozen=True)
class Applied:
    """A rule that holds, with its source."""

    kind: str
    params: dict[str, Any]
    number: str
    clause: str
    text: str
    directive_id: int
    issued_on: date
    breadth: int
    demonstration: bool

    @property
    def source(self) -> dict[str, str]:
        """The letter and clause, as refusals and the API tell them."""
        return {"number": self.number, "clause": self.clause}

    @property
    def label(self) -> str:
        """The rule's kind in words."""
        return str(RuleKind(self.kind).label)


@dataclass(frozen=True)
class Conflict:
    """Two letters that say different things about one kind; `winner` is what the portal applies meanwhile."""

    kind: str
    winner: Applied
    other: Applied

    @property
    def label(self) -> str:
        return str(RuleKind(self.kind).label)

    @property
    def same_rank(self) -> bool:
        """Equally narrow and equally late, as opposed to a narrower letter that is older than a wider one."""
        return self.winner.breadth == self.other.breadth


@dataclass(frozen=True)
class Rules:
    """The rules at one office on one day, at most one of a kind."""

    by_kind: Mapping[str, Applied] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()

    def get(self, kind: str) -> Applied | None:
        return self.by_kind.get(str(kind))

    def has(self, kind: str) -> bool:
        return str(kind) in self.by_kind

    def all(self) -> list[Applied]:
        """In the order of the kinds in states.py."""
        return [self.by_kind[kind] for kind in RuleKind.values if kind in self.by_kind]


def _concerns(kind: str, procedure: Procedure | None) -> bool:
    """Whether a kind of rule speaks about this procedure at all; without a procedure every kind does.

    Khánh Hòa 4 and Cần Thơ 1c: field verification only. Vĩnh Phúc 2: urgent ones. Khánh Hòa 1 and Cà Mau 4: not those
    that need the person there.
    """
    if procedure is None:
        return True
    if kind in (RuleKind.STOP_CLOCK, RuleKind.MAY_EXTEND):
        return procedure.field_verification
    if kind == RuleKind.URGENT_SERVED:
        return procedure.urgent
    if kind == RuleKind.OPEN_CHANNELS:
        return not procedure.presence_required
    return True


def _blocked(row: RuleRow, chain: OfficeChain) -> bool:
    """A blockade that lists areas or offices holds there only (Cà Mau 1: 'trừ khu vực phong tỏa'); without lists, everywhere."""
    if "areas" not in row.params and "offices" not in row.params:
        return True
    codes = {code for code, _level in chain.areas.values()}
    return bool(codes & set(row.params.get("areas") or ())) or chain.office_code in (row.params.get("offices") or ())


def _applied(row: RuleRow, breadth: int) -> Applied:
    return Applied(row.kind, dict(row.params), row.number, row.clause, row.text, row.directive_id, row.issued_on, breadth,
                   row.demonstration)


def _rank(item: Applied) -> tuple[bool, int, date, int, int]:
    strictness = -int(item.params.get("people") or 0) if item.kind in CAPS else 0
    return (not item.demonstration, item.breadth, item.issued_on, strictness, item.directive_id)


def _conflicts(kind: str, ranked: list[Applied]) -> list[Conflict]:
    """Where 'narrower' and 'later' do not settle it: equals that differ, or a narrower letter older than a wider one."""
    winner, *others = ranked
    if kind in ADDITIVE:
        return []
    return [Conflict(kind, winner, other) for other in others
            if other.params != winner.params and other.demonstration == winner.demonstration
            and ((other.breadth == winner.breadth and other.issued_on == winner.issued_on)
                 or (other.breadth < winner.breadth and other.issued_on > winner.issued_on))]


def resolve(rules: Iterable[RuleRow], office_chain: OfficeChain, procedure: Procedure | None, on: date) -> Rules:
    """The rules that hold for an office (and a procedure) on a day. Pure."""
    found: dict[str, list[Applied]] = {}
    for row in rules:
        breadth = office_chain.breadth(row)
        if not breadth or not row.covers(on) or not _concerns(row.kind, procedure):
            continue
        if row.kind == RuleKind.BLOCKADE and not _blocked(row, office_chain):
            continue
        found.setdefault(row.kind, []).append(_applied(row, breadth))
    by_kind, conflicts = {}, []
    for kind, items in found.items():
        ranked = sorted(items, key=_rank, reverse=True)
        by_kind[kind] = ranked[0]
        conflicts.extend(_conflicts(kind, ranked))
    return Rules(by_kind, tuple(conflicts))


_COLUMNS = {
    "kind": "kind", "params": "params", "clause": "clause", "text": "text", "directive_id": "directive_id",
    "number": "directive__number", "issued_on": "directive__issued_on", "demonstration": "directive__demonstration",
    "starts_on": "directive__starts_on", "ends_on": "directive__ends_on", "rule_starts_on": "starts_on",
    "rule_ends_on": "ends_on", "area_id": "directive__scopes__area_id", "office_id": "directive__scopes__office_id",
}


def _load(condition: Q) -> list[RuleRow]:
    """Rules of published, not withdrawn directives, once for each place of their scope."""
    found = Rule.objects.filter(condition, directive__published_at__isnull=False, directive__withdrawn_at__isnull=True)
    rows = found.order_by("directive_id", "pk").values_list(*_COLUMNS.values())
    return [RuleRow(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def in_force_on(on: date) -> Q:
    """A condition on Rule: its directive's period covers the day."""
    return in_force_between(on, on)


def in_force_between(first: date, last: date) -> Q:
    """A condition on Rule: its directive's period covers at least one of the days from `first` to `last`."""
    return Q(directive__starts_on__lte=last) & (Q(directive__ends_on__isnull=True) | Q(directive__ends_on__gte=first))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]


def chain_of(office: Office) -> OfficeChain:
    """The office's areas: its own, those above it, its province. One query."""
    areas: dict[int, tuple[str, str]] = {}
    for area in Area.objects.filter(pk__in={office.area_id, office.province_id}).select_related("parent__parent"):
        areas |= _upwards(area)
    return OfficeChain(office.pk, office.code, areas)


def _upwards(area: Area | None) -> dict[int, tuple[str, str]]:
    """An area and those above it, as loaded: {id: (code, level)}."""
    found: dict[int, tuple[str, str]] = {}
    while area is not None:
        found[area.pk] = (area.code, area.level)
        area = area.parent
    return found


def rules_for(*, office: Office, procedure: Procedure | None = None, on: date) -> Rules:
    """Every rule in force at an office on a day, with its directive and clause. Two queries."""
    chain = chain_of(office)
    here = Q(directive__scopes__area__in=list(chain.areas)) | Q(directive__scopes__office=office.pk)
    return resolve(_load(here & in_force_on(on)), chain, procedure, on)


def rules_under(*, directive_id: int, office: Office, procedure: Procedure | None = None, on: date) -> Rules:
    """What one letter alone says at an office on a day, whatever other letters say: a request rests on the letter it cites, and two
    letters may allow the same. Two queries."""
    chain = chain_of(office)
    here = Q(directive__scopes__area__in=list(chain.areas)) | Q(directive__scopes__office=office.pk)
    return resolve(_load(here & in_force_on(on) & Q(directive=directive_id)), chain, procedure, on)


def reaches(*, directive_id: int, office: Office) -> bool:
    """Whether an office lies in a letter's scope, in force or not. Two queries."""
    chain = chain_of(office)
    here = Q(scopes__area__in=list(chain.areas)) | Q(scopes__office=office.pk)
    return Directive.objects.filter(here, pk=directive_id).exists()


def rules_between(*, office: Office, procedure: Procedure | None = None, first: date, last: date) -> dict[date, Rules]:
    """`rules_for` on every day from `first` to `last`, both included. Two queries whatever the span."""
    chain = chain_of(office)
    here = Q(directive__scopes__area__in=list(chain.areas)) | Q(directive__scopes__office=office.pk)
    rows = _load(here & in_force_between(first, last))
    return {day: resolve(rows, chain, procedure, day) for day in _days(first, last)}


def rules_between_at(*, offices: Iterable[Office], procedure: Procedure | None, first: date, last: date) -> dict[int, dict[date, Rules]]:
    """`rules_between` for many offices, by office id; the offices carry their areas. One query whatever their number."""
    rows, days = _load(in_force_between(first, last)), _days(first, last)
    chains = {office.pk: _chain_loaded(office) for office in offices}
    return {pk: {day: resolve(rows, chain, procedure, day) for day in days} for pk, chain in chains.items()}


def rules_at(*, offices: Iterable[Office], on: date) -> dict[int, Rules]:
    """The rules at many offices on a day, by office id; the offices carry their areas (see `with_areas`). One query."""
    rows = _load(in_force_on(on))
    return {office.pk: resolve(rows, _chain_loaded(office), None, on) for office in offices}


def _chain_loaded(office: Office) -> OfficeChain:
    areas = _upwards(office.province) | _upwards(office.area)
    return OfficeChain(office.pk, office.code, areas)


def conflicts_at(*, offices: Iterable[Office], on: date) -> list[tuple[Conflict, list[Office]]]:
    """The conflicts at these offices, each with the offices it touches, for the administrator. One query."""
    touched: dict[tuple[str, int, int], tuple[Conflict, list[Office]]] = {}
    listed = list(offices)
    for pk, rules in rules_at(offices=listed, on=on).items():
        office = next(item for item in listed if item.pk == pk)
        for conflict in rules.conflicts:
            key = (conflict.kind, conflict.winner.directive_id, conflict.other.directive_id)
            touched.setdefault(key, (conflict, []))[1].append(office)
    return list(touched.values())
