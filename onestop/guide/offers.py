"""What the guide's pages show about terms, fees, channels and offices, in words."""
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from onestop.catalogue.models import ChannelTerm, Procedure
from onestop.catalogue.states import LEVEL_NAMES, LEVELS, Channel, Unit
from onestop.directives.models import Directive
from onestop.directives.queries import place_names
from onestop.directives.rules import Applied
from onestop.directives.states import RuleKind
from onestop.guide.channels import ChannelOption, Situation, options_in
from onestop.offices.models import Area, Closure, Office, OpeningHours
from onestop.offices.queries import closures_on, nearest, offices_at_levels
from onestop.people import shown
from onestop.people.words import fold

ICONS = {Channel.ONLINE.value: "globe", Channel.POSTAL.value: "mail", Channel.IN_PERSON.value: "office"}
# Rules that a citizen acts on; the others are for the offices and the carrier.
CITIZEN_RULES = (RuleKind.STEER_ONLINE, RuleKind.COUNTER_LAST, RuleKind.APPOINTMENT_ONLY, RuleKind.OPEN_CHANNELS, RuleKind.BLOCKADE,
                 RuleKind.ROOM_CAP, RuleKind.WAITING_CAP, RuleKind.HEALTH_CHECK, RuleKind.URGENT_SERVED, RuleKind.STOP_CLOCK,
                 RuleKind.MAY_EXTEND, RuleKind.RETURN_HOME, RuleKind.POST_FREE, RuleKind.COLLECT_WITHIN)


def term_text(term: ChannelTerm | None) -> str:
    """'5 ngày làm việc'; a term without a number is told as the law has it: no date."""
    if term is None:
        return _("Theo hướng dẫn của đơn vị")
    if term.amount is None:
        return _("Không hẹn ngày trả kết quả")
    return f"{shown.number(term.amount)} {Unit(term.unit).label}"


def fee_text(term: ChannelTerm | None) -> str:
    """'Miễn phí', '50.000 đ' or '12 USD'; None: the catalogue does not name the fee."""
    if term is None:
        return _("Theo quy định")
    if term.fee_amount is None:
        return _("Danh mục chưa nêu; cán bộ tiếp nhận sẽ báo")
    if term.fee_amount == Decimal(0):
        return _("Miễn phí")
    return shown.money(term.fee_amount) if term.fee_currency == "VND" else f"{shown.number(term.fee_amount)} {term.fee_currency}"


def payment_text(option: ChannelOption) -> str:
    """How a fee may be paid; '' where there is nothing to pay."""
    if option.term is not None and option.term.fee_amount == Decimal(0):
        return ""
    return _("Được thanh toán trực tuyến") if option.pay_online else _("Thanh toán tại nơi tiếp nhận")


def level_names(procedure: Procedure) -> list[str]:
    """'Cấp xã', …"""
    return [str(LEVEL_NAMES.get(level, level)) for level in procedure.levels]


@dataclass(frozen=True)
class ChannelCard:
    """One way to hand in, as its card shows it."""

    option: ChannelOption
    icon: str
    term: str
    fee: str
    payment: str
    url: str
    appointment: Applied | None
    first: bool


def channel_cards(case: Situation) -> list[ChannelCard]:
    """The cards in the citizen's order; the first open one is the one to recommend (Cần Thơ 1a)."""
    options = options_in(case)
    best = next((option.channel for option in options if option.available), "")
    return [ChannelCard(option, ICONS[option.channel], term_text(option.term), fee_text(option.term), payment_text(option),
                        _door(case, option), case.needs_appointment if option.channel == Channel.IN_PERSON and option.available else None,
                        option.channel == best)
            for option in options]


def _door(case: Situation, option: ChannelOption) -> str:
    """Where the card's button leads; '' where the channel is closed or its page isn't installed."""
    if not option.available:
        return ""
    office = {"don_vi": case.office.code} if case.office else {}
    try:
        if option.channel == Channel.ONLINE:
            return with_query(reverse("dossiers:submit", args=[case.procedure.code]), office)
        if option.channel == Channel.IN_PERSON:
            return with_query(reverse("bookings:start"), {"thu_tuc": case.procedure.code, **office})
    except NoReverseMatch:
        return ""
    return "#buu-chinh"


def with_query(path: str, values: dict[str, str]) -> str:
    return f"{path}?{urlencode(values)}" if values else path


def citizen_rules(rules: Iterable[Applied]) -> list[Applied]:
    """The rules a citizen should know, each with its sentence."""
    return [rule for rule in rules if rule.kind in CITIZEN_RULES and rule.text]


@dataclass(frozen=True)
class OfficeRow:
    """An office in a list, with its closure, if any."""

    office: Office
    closure: Closure | None


def office_rows(offices: Iterable[Office], on: date) -> list[OfficeRow]:
    """One query for all closures."""
    listed = list(offices)
    closed = closures_on(offices=listed, on=on)
    return [OfficeRow(office, closed.get(office.pk)) for office in listed]


def find_offices(*, on: date, text: str = "", province: str = "", level: str = "", levels: Iterable[str] | None = None) -> QuerySet[Office]:
    """Offices that exist on a day, by words of name or address (tone marks optional), province and level."""
    found = offices_at_levels(levels if levels is not None else LEVELS.values(), on=on)
    for word in fold(text).split()[:8]:
        found = found.filter(search_name__contains=word)
    if province:
        found = found.filter(province__code=province)
    return found.filter(level=level) if level else found


def near(offices: Iterable[Office], place: str) -> list[Office] | None:
    """Offices by distance from 'lat,lon' in degrees; None if that isn't a place."""
    try:
        lat, lon = (float(part) for part in place.split(","))
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    return nearest(offices, lat, lon)


def provinces_with_offices(on: date) -> list[tuple[str, str]]:
    """(code, name) of the provinces that have an office on a day."""
    with_offices = Office.objects.active_on(on).values("province")
    return list(Area.objects.filter(pk__in=with_offices).order_by("name").values_list("code", "name"))


@dataclass(frozen=True)
class LetterNotice:
    """A letter in force, in short."""

    letter: Directive
    places: str


def letter_notices(letters: Iterable[Directive]) -> list[LetterNotice]:
    return [LetterNotice(letter, ", ".join(place_names(letter))) for letter in letters]


@dataclass(frozen=True)
class WeekRow:
    """A weekday's hours: 'Thứ Hai', ['07:30–11:30', '13:30–17:00']."""

    name: str
    hours: list[str]
    today: bool


def week(rows: Iterable[OpeningHours], today: date) -> list[WeekRow]:
    """Seven rows, Monday first; a day without hours is closed."""
    spans: dict[int, list[str]] = {}
    for row in sorted(rows, key=lambda item: (item.weekday, item.opens)):
        spans.setdefault(row.weekday, []).append(f"{row.opens:%H:%M}–{row.closes:%H:%M}")
    return [WeekRow(str(name), spans.get(day, []), day == today.weekday()) for day, name in enumerate(shown.WEEKDAYS)]
