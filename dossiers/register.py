"""The register of dossiers (form 06 of 2018, 07 of 2025) and the list of results that go from the department to the shop."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from dossiers.models import PACK_2025_FROM, Dossier, DossierEvent
from dossiers.printing import Column, Sheet, facts
from dossiers.states import OPEN, Money, ReturnMethod, RulePack, State
from onestop import clock
from onestop.offices.models import Office
from onestop.people import shown
from onestop.people.models import User

LONGEST = 366  # days of one register
BOOK = 3000  # rows of one PDF: a register of paper comes in books as well
CHUNK = 500
STATES = {"open": OPEN, "decided": frozenset({State.DECIDED}), "returned": frozenset({State.RETURNED}),
          "withdrawn": frozenset({State.WITHDRAWN})}
COLUMNS = (
    Column("STT", 9, centre=True), Column("Mã hồ sơ", 33), Column("Nội dung", -1.5), Column("Số bộ", 9, centre=True),
    Column("Chủ hồ sơ", 29), Column("Địa chỉ"), Column("Điện thoại", 22), Column("Nhận", 19, centre=True),
    Column("Hẹn trả", 19, centre=True), Column("Trả kết quả", 19, centre=True), Column("Cách nhận, cách trả", 27),
    Column("Cán bộ tiếp nhận", 25),
)
HANDED = (
    Column("STT", 9, centre=True), Column("Mã hồ sơ", 33), Column("Nội dung", -1.3), Column("Kết quả", -1.1), Column("Chủ hồ sơ", 33),
    Column("Địa chỉ"), Column("Có thu phí", 13, centre=True), Column("Trả qua bưu chính", 17, centre=True), Column("Ghi chú", 24),
)


@dataclass(frozen=True)
class Period:
    """What a register covers: an office, days (both included), and which dossiers ('' all)."""

    office: Office
    first: date
    last: date
    state: str = ""
    channel: str = ""


def offices_of(user: User) -> QuerySet[Office]:
    """Offices whose register this person may see."""
    return Office.objects.visible_to(user).order_by("name", "pk")


def received(user: User, period: Period) -> QuerySet[Dossier]:
    """The dossiers the office received in the period, in the order of their receipt; only what the user may see."""
    found = Dossier.objects.visible_to(user).filter(
        received_office=period.office, received_at__gte=clock.at(period.first), received_at__lt=clock.at(period.last + timedelta(days=1)))
    if period.state in STATES:
        found = found.filter(state__in=STATES[period.state])
    if period.channel:
        found = found.filter(channel=period.channel)
    accepted = DossierEvent.objects.filter(subject=OuterRef("pk"), verb="accept").values("actor__full_name")[:1]
    return found.select_related("procedure").annotate(accepted_by=Subquery(accepted)).order_by("received_at", "pk")


def rows(found: QuerySet[Dossier], *, after: int = 0, most: int | None = None) -> Iterator[list[Any]]:
    """The register's lines as plain cells, read in chunks; `after` lines left out, at most `most`."""
    part = found[after:after + most] if most is not None else found
    for number, dossier in enumerate(part.iterator(chunk_size=CHUNK), after + 1):
        yield line(number, dossier)


def line(number: int, dossier: Dossier) -> list[Any]:
    """One line (rules.md 7, form 06/07)."""
    owner = dossier.organisation or dossier.full_name
    ways = f"{dossier.get_channel_display()} / {dossier.get_return_method_display()}"
    return [number, dossier.code or dossier.reference, dossier.procedure.name, "01", owner, dossier.address, dossier.phone,
            shown.moment(dossier.received_at), shown.moment(dossier.due_at), shown.moment(dossier.returned_at), ways,
            getattr(dossier, "accepted_by", None) or ""]


def sheet(period: Period, *, filtered: str = "", book: int = 0) -> Sheet:
    """Head and columns of a register; `filtered` says which dossiers, `book` which part of the period it is (0: the whole)."""
    office = period.office
    days = f"Từ ngày {shown.day(period.first)} đến ngày {shown.day(period.last)}"
    subtitles = [days, *([f"Chỉ gồm: {filtered}"] if filtered else []), *([f"Quyển số {book}"] if book else [])]
    return Sheet(
        title=facts.REGISTER[RulePack.VN_2025][0], agency=facts.agency_of(office), office=office.name, columns=COLUMNS, subtitles=subtitles,
        place_date=facts.place_and_date(office, clock.now()), form_mark=mark_of(period), running=f"{office.name} · {days}",
        signatures=("Người lập sổ", "Phụ trách Bộ phận Một cửa"))


def mark_of(period: Period) -> str:
    """The set is chosen by the day of receipt; a period over both says so."""
    old, new = (facts.mark(facts.REGISTER[pack][1], pack) for pack in (RulePack.VN_2018, RulePack.VN_2025))
    if period.last < PACK_2025_FROM:
        return old
    return new if period.first >= PACK_2025_FROM else f"{old} đến 30/6/2025; {new} từ 01/7/2025"


# --- results on their way from the department to the shop --------------------------------------------------------------------

def decided(user: User, period: Period) -> QuerySet[Dossier]:
    """Dossiers received by the office whose result was there on these days."""
    return Dossier.objects.visible_to(user).filter(
        received_office=period.office, decided_at__gte=clock.at(period.first), decided_at__lt=clock.at(period.last + timedelta(days=1)),
    ).select_related("procedure", "version", "competent_office").prefetch_related("results").order_by("competent_office__name", "pk")


def handed(found: QuerySet[Dossier]) -> Iterator[list[Any]]:
    """The lines of the list of results."""
    for number, dossier in enumerate(found.iterator(chunk_size=CHUNK), 1):
        yield handed_line(number, dossier)


def handed_line(number: int, dossier: Dossier) -> list[Any]:
    """One result: which document, whether a fee is due, whether it goes by post (rules.md 7)."""
    documents = [" ".join(part for part in (row.kind, row.number) if part) for row in dossier.results.all() if row.withdrawn_at is None]
    pays = dossier.money in (Money.DUE, Money.PAID)
    return [number, dossier.code, dossier.procedure.name, "; ".join(documents) or dossier.result_note or "Kết quả giải quyết",
            dossier.organisation or dossier.full_name, dossier.address, "X" if pays else "",
            "X" if dossier.return_method == ReturnMethod.POST else "", dossier.competent_office.name]


def handed_sheet(period: Period) -> Sheet:
    """Head and columns of the list of results."""
    office = period.office
    days = shown.day(period.first) if period.first == period.last else f"{shown.day(period.first)} – {shown.day(period.last)}"
    return Sheet(
        title="Danh sách bàn giao kết quả giải quyết hồ sơ", agency=facts.agency_of(office), office=office.name, columns=HANDED,
        subtitles=[f"Từ đơn vị giải quyết đến {office.name}", f"Kết quả có ngày {days}"],
        place_date=facts.place_and_date(office, clock.now()), running=f"{office.name} · {days}",
        closing=["Giao nhận lúc ........ giờ ........, ngày ........ tháng ........ năm ............"],
        signatures=("Người giao (đơn vị giải quyết)", "Người nhận (Bộ phận Một cửa)"))
