"""Demonstration offices: those of the five letters, with rooms, hours, calendars, staff and a duty roster."""
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from onestop import clock
from onestop.offices import areas, queries
from onestop.offices.models import Area, Counter, DutyShift, Office, OpeningHours, Room, WorkCalendar
from onestop.offices.services import (
    DutyEntry,
    approve_calendar,
    change_day,
    propose_calendar,
    rostered,
    save_team,
    set_duty,
)
from onestop.offices.states import CalendarState, DayKind, OfficeLevel, Part, Place, RoomKind
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.people.words import fold

FIRST_CALENDAR, LAST_CALENDAR = 2018, 2027
DUTY_DAYS = 30
OLD_END, NEW_START = areas.DISTRICTS_END, areas.NEW_COMMUNES


@dataclass(frozen=True)
class Demo:
    """One office of the demonstration; `area` and `province` are national codes."""

    code: str
    identifier: str
    name: str
    level: str
    area: str
    province: str
    place: tuple[float, float]
    parent: str = ""
    successor: str = ""
    hotline: str = ""


# Places are those of the towns, roughly. Cà Mau's hotline is the one its letter names; the others have none to show.
OFFICES = (
    Demo("can-tho", "H13", "Trung tâm Phục vụ hành chính công thành phố Cần Thơ", OfficeLevel.PROVINCE, "92", "92", (10.0452, 105.7469)),
    Demo("ca-mau", "H12", "Trung tâm Giải quyết thủ tục hành chính tỉnh Cà Mau", OfficeLevel.PROVINCE, "96", "96", (9.1769, 105.1524),
         hotline="08.27.27.1022"),
    Demo("ha-noi", "H26", "Trung tâm Phục vụ hành chính công thành phố Hà Nội", OfficeLevel.PROVINCE, "01", "01", (21.0285, 105.8542)),
    Demo("phu-tho", "H44", "Trung tâm Phục vụ hành chính công tỉnh Phú Thọ", OfficeLevel.PROVINCE, "25", "25", (21.3227, 105.4019)),
    Demo("khanh-hoa", "H32", "Trung tâm Phục vụ hành chính công tỉnh Khánh Hòa", OfficeLevel.PROVINCE, "56", "56", (12.2451, 109.1943)),
    Demo("vinh-phuc", "H62", "Trung tâm Phục vụ hành chính công tỉnh Vĩnh Phúc", OfficeLevel.PROVINCE, "H26", "H26", (21.3089, 105.6049),
         successor="phu-tho"),
    Demo("ninh-kieu", "H13.70", "Bộ phận Một cửa phường Ninh Kiều", OfficeLevel.COMMUNE, "31135", "92", (10.0340, 105.7876), "can-tho"),
    Demo("cai-rang", "H13.71", "Bộ phận Một cửa phường Cái Răng", OfficeLevel.COMMUNE, "31186", "92", (9.9987, 105.7510), "can-tho"),
    Demo("an-xuyen", "H12.70", "Bộ phận Một cửa phường An Xuyên", OfficeLevel.COMMUNE, "32002", "96", (9.1990, 105.1500), "ca-mau",
         hotline="08.27.27.1022"),
    Demo("thuong-tin", "H26.70", "Bộ phận Một cửa xã Thường Tín", OfficeLevel.COMMUNE, "10183", "01", (20.8710, 105.8617), "ha-noi"),
    Demo("vinh-yen", "H44.70", "Bộ phận Một cửa phường Vĩnh Yên", OfficeLevel.COMMUNE, "08707", "25", (21.3090, 105.5970), "phu-tho"),
    Demo("nha-trang", "H32.70", "Bộ phận Một cửa phường Nha Trang", OfficeLevel.COMMUNE, "22366", "56", (12.2388, 109.1967), "khanh-hoa"),
    Demo("quan-ninh-kieu", "H13.31", "Bộ phận Một cửa quận Ninh Kiều", OfficeLevel.DISTRICT, "H916", "92", (10.0340, 105.7876),
         "can-tho", successor="ninh-kieu"),
    Demo("huyen-thuong-tin", "H26.28", "Bộ phận Một cửa huyện Thường Tín", OfficeLevel.DISTRICT, "H279", "01", (20.8710, 105.8617),
         "ha-noi", successor="thuong-tin"),
)
# username → (office, role); people's own demo makes these users.
STAFF = {
    "motcua": ("ninh-kieu", Role.DESK), "chuyenvien": ("ninh-kieu", Role.SPECIALIST), "lanhdao": ("ninh-kieu", Role.LEADER),
    "baove": ("ninh-kieu", Role.GUARD), "quantri": ("can-tho", Role.ADMINISTRATOR), "tongdai": ("can-tho", Role.HOTLINE),
    "giamsat": ("can-tho", Role.MONITOR), "buuta": ("can-tho", Role.CARRIER), "quantri-ca-mau": ("ca-mau", Role.ADMINISTRATOR),
    "quantri-ha-noi": ("ha-noi", Role.ADMINISTRATOR), "quantri-phu-tho": ("phu-tho", Role.ADMINISTRATOR),
    "quantri-khanh-hoa": ("khanh-hoa", Role.ADMINISTRATOR), "duyet-khanh-hoa": ("khanh-hoa", Role.ADMINISTRATOR),
    "quantri-vinh-phuc": ("vinh-phuc", Role.ADMINISTRATOR),
    "motcua-an-xuyen": ("an-xuyen", Role.DESK), "chuyenvien-cai-rang": ("cai-rang", Role.SPECIALIST),
    "chuyenvien-nha-trang": ("nha-trang", Role.SPECIALIST),
}
# The staff of today's office worked at the office before it, so that a letter's days can be replayed.
BEFORE = {"ninh-kieu": "quan-ninh-kieu", "thuong-tin": "huyen-thuong-tin"}
PARTS = ((Part.MORNING, time(7, 30), time(11, 30)), (Part.AFTERNOON, time(13, 30), time(17)))


def load(*, password: str, say: Callable[[str], None]) -> None:
    """Make what is missing: areas, offices, staff, calendars, and the roster from yesterday to 30 days ahead."""
    areas.load()
    offices = load_offices()
    load_equipment(offices)
    assign_staff(offices)
    load_calendars()
    load_teams(offices["ninh-kieu"])
    shifts = sum(load_duty(office) for office in offices.values())
    say(f"  offices: {len(offices)} offices, {WorkCalendar.objects.count()} calendars, {shifts} new shifts on duty rosters")


def load_offices() -> dict[str, Office]:
    """The demonstration's offices by code; those already there are left as they are."""
    known = {office.code: office for office in Office.objects.filter(code__in=[row.code for row in OFFICES])}
    places = {area.code: area for area in Area.objects.filter(code__in={row.area for row in OFFICES} | {row.province for row in OFFICES})}
    for row in OFFICES:
        if row.code not in known:
            known[row.code] = _office(row, places, known)
    for row in OFFICES:
        office = known[row.code]
        if row.successor and office.successor_id is None:
            office.successor = known[row.successor]
            office.save(update_fields=["successor"])
    return known


def _office(row: Demo, places: dict[str, Area], known: dict[str, Office]) -> Office:
    ended = places[row.area].valid_to is not None
    first = NEW_START if row.level == OfficeLevel.COMMUNE else date(2018, 6, 21)
    address = f"Số 1, đường Mẫu, {places[row.area].name} (địa chỉ minh họa)"
    return Office.objects.create(
        code=row.code, identifier=row.identifier, name=row.name, level=str(row.level), area=places[row.area],
        province=places[row.province], parent=known.get(row.parent), address=address, latitude=row.place[0], longitude=row.place[1],
        hotline=row.hotline, search_name=fold(f"{row.name} {address}")[:160], valid_from=first, valid_to=OLD_END if ended else None)


def load_equipment(offices: dict[str, Office]) -> None:
    """Rooms, counters and opening hours of offices that have none."""
    bare = list(Office.objects.filter(pk__in=[office.pk for office in offices.values()], rooms__isnull=True))
    service = [Room(office=office, code=f"{office.code}-p1", name="Phòng tiếp nhận và trả kết quả") for office in bare]
    waiting = [Room(office=office, code=f"{office.code}-cho", name="Khu vực chờ", kind=RoomKind.WAITING, area_m2=Decimal(40))
               for office in bare]
    Room.objects.bulk_create(service + waiting)
    Counter.objects.bulk_create([Counter(room=room, number=number, label=f"Quầy {number}") for room in service for number in (1, 2, 3)])
    OpeningHours.objects.bulk_create([OpeningHours(office=office, weekday=weekday, part=part, opens=opens, closes=closes)
                                      for office in bare for weekday in range(5) for part, opens, closes in PARTS])


def assign_staff(offices: dict[str, Office]) -> None:
    """The roles of the demonstration's users, and an officer of the roster for every office."""
    users = {user.username: user for user in User.objects.filter(username__in=STAFF)}
    rows = [(users[name], offices[code], role) for name, (code, role) in STAFF.items() if name in users]
    rows += [(officer(office, number), office, Role.DESK) for office in offices.values()
             if office.code not in BEFORE.values() for number in ((1, 2) if office.code == "ninh-kieu" else (1,))]
    rows += [(user, offices[BEFORE[office.code]], role) for user, office, role in rows if office.code in BEFORE]
    held = [Assignment(user=user, office=office, role=str(role), starts_on=office.valid_from, ends_on=office.valid_to)
            for user, office, role in rows]
    Assignment.objects.bulk_create(held, ignore_conflicts=True)


def officer(office: Office, number: int) -> User:
    """An officer who is only on the roster and can't sign in."""
    username = f"truc-{office.code}-{number}"
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(username=username, full_name=f"Cán bộ trực {number} (mẫu), {office.area.name}")
        user.set_unusable_password()
        user.save()
    return user


def load_calendars() -> None:
    """Calendars for 2018 to 2027 (or next year): proposed, 2026 put right by hand, approved by the administrator if there is one."""
    administrator = User.objects.filter(username="quantri").first()
    done = set(WorkCalendar.objects.filter(state=CalendarState.APPROVED).values_list("year", flat=True))
    for year in range(FIRST_CALENDAR, max(LAST_CALENDAR, clock.today().year + 1) + 1):
        if year in done:
            continue
        draft = propose_calendar(actor=None, year=year)
        if year == 2026:
            swap_new_year_2026(draft, administrator)
        if administrator is not None and administrator.has_role(Role.ADMINISTRATOR):
            approve_calendar(actor=administrator, calendar=draft, basis="Dữ liệu minh họa: cần đối chiếu thông báo nghỉ lễ, Tết chính thức")


def swap_new_year_2026(draft: WorkCalendar, administrator: User | None) -> None:
    """Friday 2/1/2026 off for Saturday 10/1/2026 worked: the library lacks this swap (rules.md 5.1), so the administrator adds it."""
    actor = administrator if administrator is not None and administrator.has_role(Role.ADMINISTRATOR) else None
    note = "Quản trị viên bổ sung: thư viện ngày lễ không có lần hoán đổi này; cần đối chiếu văn bản chính thức"
    change_day(actor=actor, calendar=draft, day=date(2026, 1, 2), kind=DayKind.OFF, name="Ngày nghỉ (thay cho ngày 10/01/2026)", basis=note)
    change_day(actor=actor, calendar=draft, day=date(2026, 1, 10), kind=DayKind.WORKING,
               name="Ngày làm việc bù (cho ngày 02/01/2026)", basis=note)


def load_duty(office: Office) -> int:
    """Two groups take the counter in turn, day by day; who is not at the counter works online or at home (letter Cần Thơ, 1b)."""
    first = clock.today() - timedelta(days=1)
    days = queries.openings(office=office, first=first, last=first + timedelta(days=DUTY_DAYS + 1))
    done = set(DutyShift.objects.filter(office=office, date__gte=first).values_list("date", flat=True))
    staff = list(User.objects.filter(assignments__office=office, assignments__role__in=(Role.DESK, Role.SPECIALIST))
                 .distinct().order_by("pk"))
    counters = list(Counter.objects.filter(room__office=office).order_by("number"))
    entries = [DutyEntry(user.pk, day, hours.part, place, counter_id=counter.pk if counter else None)
               for day, parts in days.items() if day not in done for hours in parts
               for user, place, counter in places_on(staff, day, counters)]
    return set_duty(actor=None, office=office, entries=entries)


def load_teams(office: Office) -> None:
    """Two teams that may take turns, each with half of the office's staff (letter Cần Thơ, 1b)."""
    if office.duty_groups.exists():
        return
    staff = list(rostered(office).exclude(assignments__role=Role.LEADER).order_by("pk"))
    for name, members in (("Tổ A", staff[::2]), ("Tổ B", staff[1::2])):
        save_team(actor=None, office=office, name=name, members=[user.pk for user in members])


def places_on(staff: list[User], day: date, counters: list[Counter]) -> list[tuple[User, str, Counter | None]]:
    """Where each officer works on a day: one or two at the counters, in their order, turning daily."""
    at_counter = max(1, len(staff) // 2)
    turn = (day.toordinal() * at_counter) % max(len(staff), 1)
    turned = staff[turn:] + staff[:turn]
    rest = [Place.ONLINE.value, Place.HOME.value]
    found: list[tuple[User, str, Counter | None]] = []
    for index, user in enumerate(turned):
        counter = counters[index] if index < min(at_counter, len(counters)) else None
        found.append((user, Place.COUNTER.value if index < at_counter else rest[(index - at_counter) % 2], counter))
    return found
