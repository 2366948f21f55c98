"""Demonstration of the clock's screens: a guidance that was answered, one at intake, an apology to sign, a changed year to preview."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from dossiers.models import Dossier, Extension
from dossiers.services import extensions, supplements
from dossiers.states import Instrument, State
from onestop import clock
from onestop.offices.models import Office, WorkCalendar
from onestop.offices.services import change_day, redraft_calendar
from onestop.offices.states import CalendarState, DayKind
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused

ANSWERED, AT_INTAKE, APOLOGISED = "Người nộp mẫu 12", "Người nộp mẫu 03", "Người nộp mẫu 09"
SOON = timedelta(days=12)


def load(office: Office, specialist: User | None, moment: datetime) -> int:
    """Make what is missing at one office at a moment of a working day; how much."""
    if specialist is None:
        return 0
    with clock.frozen(moment):
        return sum(_tried(part) for part in (lambda: _answer(office), lambda: _guide(office, specialist),
                                             lambda: _apologise(office, specialist), lambda: _redraft(office)))


def _tried(part: Callable[[], bool]) -> bool:
    try:
        return part()
    except Refused:
        return False  # there already, or not possible on the day that is replayed


def _of(office: Office, name: str, *states: str) -> Dossier | None:
    found: Dossier | None = Dossier.objects.filter(received_office=office, full_name=name, state__in=states).first()
    return found


def _answer(office: Office) -> bool:
    dossier = _of(office, ANSWERED, State.SUPPLEMENT)
    asked = dossier.supplements.filter(answered_at__isnull=True).first() if dossier else None
    if asked is None:
        return False
    supplements.answer(actor=None, supplement=asked, text="Tôi đã xin lại giấy xác nhận nơi ở (minh họa).", via="demo")
    return True


def _guide(office: Office, specialist: User) -> bool:
    dossier = _of(office, AT_INTAKE, State.SUBMITTED)
    if dossier is None or dossier.supplements.exists():
        return False
    wanted = [supplements.Wanted("Ảnh chân dung (minh họa)", "wrong"), supplements.Wanted("Giấy xác nhận nơi ở (minh họa)", "outdated")]
    supplements.request(actor=specialist, dossier=dossier, items=wanted, answer_by=clock.today() + SOON, via="demo",
                        reason="Ảnh mờ, giấy xác nhận đã quá sáu tháng (minh họa).")
    return True


def _apologise(office: Office, specialist: User) -> bool:
    dossier = _of(office, APOLOGISED, State.PROCESSING)
    if dossier is None or Extension.objects.filter(items__dossier=dossier).exists():
        return False
    extensions.request_extension(
        actor=specialist, office=office, dossiers=[dossier], instrument=Instrument.APOLOGY, until=clock.today() + SOON, via="demo",
        reason="Chờ kết quả phối hợp của đơn vị khác (minh họa).",
        citizen_text="Chúng tôi xin lỗi vì chưa trả kết quả đúng hẹn và mong Ông/Bà thông cảm (minh họa).")
    return True


def _redraft(office: Office) -> bool:
    """A draft of the present year with one day of the coming week off."""
    year = WorkCalendar.objects.filter(year=clock.today().year)
    approved = year.filter(state=CalendarState.APPROVED).first()
    if approved is None or year.exclude(pk=approved.pk).exists():
        return False
    administrator = User.objects.filter(assignments__role=Role.ADMINISTRATOR, assignments__office__province=office.province).first()
    if administrator is None:
        return False
    day = _coming_weekday(clock.today())
    if day.year != approved.year:
        return False
    change_day(actor=administrator, calendar=redraft_calendar(actor=administrator, calendar=approved), day=day, kind=DayKind.OFF,
               name="Nghỉ tránh bão (minh họa)", basis="Công điện minh họa")
    return True


def _coming_weekday(today: date) -> date:
    """The first Monday to Friday after tomorrow."""
    day = today + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day
