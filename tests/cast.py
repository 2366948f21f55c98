"""The same cast in every test: one province, two offices, a person in each role, an outsider, two procedures."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

import holidays

from onestop import clock
from onestop.catalogue.models import ChannelTerm, Paper, Procedure, ProcedureVersion
from onestop.catalogue.states import Channel, ReviewState, Unit
from onestop.offices.models import Area, CalendarDay, Counter, Office, OpeningHours, Room, WorkCalendar
from onestop.offices.states import AreaLevel, CalendarState, DayKind, OfficeLevel, Part, RoomKind
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.people.words import fold

YEARS = (2020, 2021, 2025, 2026, 2027)
PASSWORD = "mat-khau-thu-nghiem"
HALF_DAYS = [["07:30", "11:30"], ["13:30", "17:00"]]
_days: dict[int, list[tuple[date, str, str]]] = {}


@dataclass
class Cast:
    """Who and what every test can rely on."""

    province: Area
    commune: Area
    centre: Office
    office: Office
    other_office: Office
    room: Room
    waiting: Room
    procedure: Procedure
    field_procedure: Procedure
    desk: User
    specialist: User
    leader: User
    administrator: User
    hotline: User
    guard: User
    carrier: User
    monitor: User
    outsider: User
    citizen: User


def special_days(year: int) -> list[tuple[date, str, str]]:
    """Days of a year that are not a plain Monday-to-Friday week: (day, kind, name)."""
    if year not in _days:
        table = holidays.country_holidays("VN", years=year)
        found = [(day, DayKind.OFF.value, name) for day, name in sorted(table.items()) if day.year == year]
        worked = [(day, DayKind.WORKING.value, "Làm bù") for day in sorted(table.weekend_workdays) if day.year == year]
        _days[year] = found + worked
    return _days[year]


def calendars() -> None:
    """Approved calendars of YEARS."""
    made = WorkCalendar.objects.bulk_create([WorkCalendar(year=year, state=CalendarState.APPROVED, hours=HALF_DAYS) for year in YEARS])
    CalendarDay.objects.bulk_create([CalendarDay(calendar=calendar, date=day, kind=kind, name=name)
                                     for calendar in made for day, kind, name in special_days(calendar.year)])


def office(code: str, identifier: str, name: str, level: str, area: Area, province: Area, parent: Office | None = None) -> Office:
    """An office with a service room, a waiting room, counters and plain opening hours."""
    made = Office.objects.create(code=code, identifier=identifier, name=name, level=level, area=area, province=province,
                                 parent=parent, address="Số 1, đường Mẫu", hotline="1900 0000")
    room = Room.objects.create(office=made, code=f"{code}-p1", name="Phòng tiếp nhận")
    Room.objects.create(office=made, code=f"{code}-cho", name="Khu vực chờ", kind=RoomKind.WAITING, area_m2=Decimal(40))
    Counter.objects.bulk_create([Counter(room=room, number=number) for number in (1, 2, 3)])
    OpeningHours.objects.bulk_create([
        OpeningHours(office=made, weekday=weekday, part=part, opens=opens, closes=closes)
        for weekday in range(5)
        for part, opens, closes in ((Part.MORNING, time(7, 30), time(11, 30)), (Part.AFTERNOON, time(13, 30), time(17)))])
    return made


def procedure(code: str, name: str, amount: int, *, field_verification: bool = False, papers: tuple[str, ...] = ()) -> Procedure:
    """A usable commune-level procedure with three channels and a term in working days."""
    made = Procedure.objects.create(code=code, name=name, field="Hộ tịch", levels=["commune"], authority="Bộ Tư pháp",
                                    state=ReviewState.READY, field_verification=field_verification)
    version = ProcedureVersion.objects.create(procedure=made, number=1, applicants=["Công dân Việt Nam"], result="Giấy chứng nhận")
    ChannelTerm.objects.bulk_create([ChannelTerm(version=version, channel=channel, amount=amount, unit=Unit.WORKING_DAY)
                                     for channel in Channel.values])
    Paper.objects.bulk_create([Paper(version=version, position=index, name=paper, originals=1)
                               for index, paper in enumerate(papers, 1)])
    Procedure.objects.filter(pk=made.pk).update(current=version)
    made.refresh_from_db()
    return made


def person(username: str, full_name: str, at: Office | None = None, role: str = "") -> User:
    """A user, assigned to an office in a role if one is named."""
    return persons((username, full_name, at, role))[0]


def persons(*wanted: tuple[str, str, Office | None, str]) -> list[User]:
    """People, each (username, full name, office or None, role), with one statement for all of them and one for their assignments."""
    users = User.objects.bulk_create([User(username=username, full_name=name, search_name=fold(name), phone="", password=_hash())
                                      for username, name, _at, _role in wanted])
    Assignment.objects.bulk_create([Assignment(user=user, office=at, role=role, starts_on=date(2018, 1, 1))
                                    for user, (_username, _name, at, role) in zip(users, wanted, strict=True) if at is not None])
    return users


def _hash() -> str:
    """One password hash for all, so that a test does not spend its time hashing."""
    if not hasattr(_hash, "value"):
        user = User(username="x")
        user.set_password(PASSWORD)
        _hash.value = user.password  # type: ignore[attr-defined]
    return _hash.value  # type: ignore[attr-defined,no-any-return]


def staff(centre: Office, here: Office, there: Office) -> dict[str, User]:
    """Somebody in each role, by the cast's own name for them."""
    wanted = {
        "desk": ("t-motcua", "Cán bộ tiếp nhận (thử)", here, Role.DESK),
        "specialist": ("t-chuyenvien", "Chuyên viên (thử)", here, Role.SPECIALIST),
        "leader": ("t-lanhdao", "Lãnh đạo (thử)", here, Role.LEADER),
        "administrator": ("t-quantri", "Quản trị (thử)", centre, Role.ADMINISTRATOR),
        "hotline": ("t-tongdai", "Tổng đài (thử)", centre, Role.HOTLINE),
        "guard": ("t-baove", "Bảo vệ (thử)", here, Role.GUARD),
        "carrier": ("t-buuta", "Bưu tá (thử)", centre, Role.CARRIER),
        "monitor": ("t-giamsat", "Giám sát (thử)", centre, Role.MONITOR),
        "outsider": ("t-nguoikhac", "Chuyên viên nơi khác (thử)", there, Role.SPECIALIST),
        "citizen": ("t-congdan", "Công dân (thử)", None, ""),
    }
    return dict(zip(wanted, persons(*wanted.values()), strict=True))


def build() -> Cast:
    """Make the cast's rows in the database at hand."""
    calendars()
    province = Area.objects.create(code="T92", name="Thành phố Cần Thơ", level=AreaLevel.PROVINCE)
    commune = Area.objects.create(code="T31135", name="Phường Ninh Kiều", level=AreaLevel.COMMUNE, parent=province)
    other = Area.objects.create(code="T31186", name="Phường Cái Răng", level=AreaLevel.COMMUNE, parent=province)
    centre = office("thu-can-tho", "H13", "Trung tâm Phục vụ hành chính công", OfficeLevel.PROVINCE, province, province)
    here = office("thu-ninh-kieu", "H13.70", "Bộ phận Một cửa phường Ninh Kiều", OfficeLevel.COMMUNE, commune, province, centre)
    there = office("thu-cai-rang", "H13.71", "Bộ phận Một cửa phường Cái Răng", OfficeLevel.COMMUNE, other, province, centre)
    return Cast(
        province=province, commune=commune, centre=centre, office=here, other_office=there,
        room=here.rooms.get(kind=RoomKind.SERVICE), waiting=here.rooms.get(kind=RoomKind.WAITING),
        procedure=procedure("9.000001", "Thủ tục đăng ký khai sinh", 5, papers=("Tờ khai đăng ký khai sinh", "Giấy chứng sinh")),
        field_procedure=procedure("9.000002", "Cấp Giấy chứng nhận quyền sử dụng đất lần đầu", 10, field_verification=True,
                                  papers=("Đơn đăng ký đất đai", "Sơ đồ thửa đất")),
        **staff(centre, here, there),
    )


WORKDAY_MORNING = clock.at(date(2026, 11, 25), 9)  # a Wednesday without anything special about it
