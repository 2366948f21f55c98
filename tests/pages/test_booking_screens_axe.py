"""Every screen of booking, for a phone and for a desk: no fault that axe knows, nothing wider than the screen, no script that fails."""
from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, Page

from bookings import links
from bookings.closable import Target
from bookings.models import CallTask, CrowdWarning, Outreach, Relocation, Slot
from bookings.services import appointments, calls, groups, outreach, relocation, visits, waiting
from bookings.states import BookedBy, CallKind, HealthItem
from dossiers.models import Dossier
from dossiers.states import ReturnMethod, State
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.models import User
from tests.house.addresses import addresses
from tests.journeys.conftest import PASSWORD, Walker, browser, shots  # noqa: F401
from tests.portal import Portal, browsed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 25, 8, 40, 0, tzinfo=clock.TZ)  # a Wednesday without anything special about it
TODAY, TOMORROW, LATER = NOW.date(), NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=2)
OFFICE, PROCEDURE = "ninh-kieu", "1.001193"
SIZES = ((390, 844), (1280, 900))
# Addresses of booking that show no page of their own: they act, answer a part of a page, or hand out a file.
NO_PAGES = frozenset({
    "hold", "extend", "leave", "leave_soon", "stay", "waiting_accept", "waiting_decline", "waiting_withdraw", "group_cancel", "ics",
    "hotline_book", "hotline_places", "hotline_hold", "hotline_release", "hotline_extend", "hotline_end", "hotline_again", "hotline_cancel",
    "hotline_move", "outreach_template", "outreach_propose", "outreach_send", "outreach_close", "outreach_drop", "invited", "call_attempt",
    "call_answer", "my_door", "turn_away", "arrive", "check_in", "refuse_entry", "seat", "door_move", "enter", "leave_room",
    "no_show", "desk_line", "desk_choose", "desk_call", "desk_act", "display_numbers", "line_place", "surge_extra", "surge_desks",
    "surge_offer", "surge_settle", "day_list_pdf", "reconcile_finish", "relocation_progress",
    "relocation_start", "relocation_drop", "relocation_again", "relocation_reopen", "session_state", "move_over", "duty_copy", "team_save",
    "team_remove"})


@dataclass
class Screens:
    """The running portal with something on every screen, and what was seen."""

    portal: Portal
    office: Office
    procedure: Procedure
    codes: dict[str, tuple[str, str]]  # {what: (code, secret)}
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def path(self, name: str, *args: object, **query: str) -> str:
        self.seen.add(name)
        return reverse(f"bookings:{name}", args=args) + (f"?{urlencode(query)}" if query else "")

    def look(self, walker: Walker, name: str, path: str) -> None:
        """One page at both sizes."""
        page = walker.page
        answer = page.goto(path)
        if answer is None or answer.status >= 400:
            self.faults.append(f"{name}: {answer.status if answer else 'no answer'} for {path}")
            return
        self.judge(page, walker, name)

    def judge(self, page: Page, walker: Walker, name: str) -> None:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            walker.shot(f"{name}-{width}")
            found = Axe().run(page)
            self.faults += [f"{name} at {width}: {item['id']} ({item['impact']}): {item['nodes'][0]['html'][:200]}"
                            for item in found.response["violations"]]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                self.faults.append(f"{name} is wider than {width}")
            if page.locator("h1").count() != 1:
                self.faults.append(f"{name}: {page.locator('h1').count()} h1")
        self.faults += [f"{name}: {trouble}" for trouble in walker.troubles]
        walker.troubles.clear()


def user(name: str) -> User:
    return User.objects.get(username=name)


def slots(office: Office, day: date) -> list[Slot]:
    return list(Slot.objects.filter(session__office=office, session__date=day, starts_at__gt=clock.now()).order_by("starts_at"))


def fill(office: Office, procedure: Procedure) -> dict[str, tuple[str, str]]:
    """Something for every screen: people of today and tomorrow, a waiting list, a group, a closure, a list of guests, a call."""
    codes: dict[str, tuple[str, str]] = {}
    leader, desk, guard = user("lanhdao"), user("motcua"), user("baove")
    for number, day in enumerate([TODAY] * 6 + [TOMORROW] * 3):
        person = appointments.Applicant(f"Người Mẫu {'ABCDEFGHI'[number]}", f"090000300{number}")
        booked = appointments.book(applicant=person, procedure=procedure, purpose="submit", channel=BookedBy.ZALO, partner="Zalo mẫu",
                                   slot_id=slots(office, day)[number % 3].pk, priority="elderly" if number == 2 else "")
        codes[f"visit{number}"] = (booked.appointment.code, booked.secret)
        if number < 4:
            visits.check_in(actor=guard, appointment=booked.appointment, health=dict.fromkeys(HealthItem.values, True))
        if number == 0:
            visits.enter(actor=guard, appointment=booked.appointment)
    joined = waiting.join(applicant=appointments.Applicant("Người Chờ Mẫu", "0900004001"), office=office, procedure=procedure,
                          first=TOMORROW, last=TOMORROW + timedelta(days=5))
    codes["waiting"] = (joined.entry.code, joined.secret)
    group = groups.book_group(organisation="Công ty Mẫu", contact_name="Người Liên Hệ", contact_phone="0900004002", office=office,
                              procedure=procedure, day=TOMORROW, people=[groups.Person(1, "Người Nhóm Một", "0900004003"),
                                                                         groups.Person(2, "Người Nhóm Hai", "0900004004")])
    codes["group"] = (group.group.code, group.secret)
    person = appointments.Applicant("Người Bị Chuyển", "0900004007")
    moved = appointments.book(applicant=person, procedure=procedure, purpose="submit", channel=BookedBy.WEB,
                              slot_id=slots(office, LATER)[0].pk)
    close_for_a_day(office)
    codes["moved"] = (moved.appointment.code, moved.secret)
    relocation.draft(actor=user("quantri"), target=Target(office=office), from_at=clock.at(TOMORROW, 7),
                     until_at=clock.at(TOMORROW, 18), reason="Phòng chống dịch (mẫu)")
    outreach.make_list(actor=desk, office=office, plan=outreach.Plan(name="Mời nhận kết quả (mẫu)", procedure=procedure, purpose="submit",
                                                                  first_day=TOMORROW, last_day=TOMORROW + timedelta(days=3)),
                    invitees=[outreach.Invitee(row=2, full_name="Người Được Mời", phone="0900004005")])
    calls.add_task(kind=CallKind.HANDED, office=office, full_name="Người Cần Gọi", phone="0900004006", reason="Hỏi giấy tờ",
                   created_by=leader)
    return codes


def close_for_a_day(office: Office) -> None:
    """A closure that is over and done with, but for one person who has not answered; the draft stays the latest run."""
    run = relocation.draft(actor=user("quantri"), target=Target(office=office), from_at=clock.at(LATER, 7), until_at=clock.at(LATER, 18),
                           reason="Khử khuẩn (mẫu)")
    relocation.start(actor=user("quantri"), relocation=run)
    while relocation.work(relocation_id=run.pk):
        pass


@pytest.fixture
def screens(transactional_db: None, settings, tmp_path: Path) -> Iterator[Screens]:  # type: ignore[no-untyped-def]
    with browsed(NOW, tmp_path, settings, PHONE_CONFIRMATION="sms") as portal:
        settings.PUBLIC_URL = portal.url
        call_command("load_demo", password=PASSWORD, stdout=io.StringIO())
        office, procedure = Office.objects.get(code=OFFICE), Procedure.objects.get(code=PROCEDURE)
        codes = fill(office, procedure)
        portal.start("web")
        yield Screens(portal, office, procedure, codes)


def citizens(found: Screens, walker: Walker) -> None:
    """What people without an account see."""
    office, procedure = found.office.code, found.procedure.code
    day = TOMORROW.isoformat()
    pages = [
        ("start", found.path("start")), ("start-procedure", found.path("start", thu_tuc=procedure)),
        ("month", found.path("month", office, procedure)), ("month-day", found.path("month", office, procedure, ngay=day)),
        ("waiting-join", found.path("waiting_join", office, procedure)),
        ("group-new", found.path("group_new", office, procedure, ngay=day)),
        ("rule", found.path("rule")), ("display", found.path("display", office)),
    ]
    for name, what, key in (("manage", "visit7", "manage"), ("manage-here", "visit2", "manage"), ("slip", "visit7", "slip"),
                            ("cancel", "visit7", "cancel"), ("move", "visit7", "move"), ("wishes", "visit7", "wishes"),
                            ("line", "visit2", "line"),
                            ("waiting", "waiting", "waiting"), ("group", "group", "group"), ("manage-moved", "moved", "manage"),
                            ("relocated", "moved", "relocated")):
        code, secret = found.codes[what]
        pages.append((name, found.path(key, code, khoa=secret)))
    for name, path in pages:
        found.look(walker, name, path)
    walker.page.goto(found.path("month", office, procedure, ngay=day))
    walker.page.locator("[name=slot]").first.check(force=True)
    walker.page.locator("form:has([name=slot]) button").last.click()
    walker.page.wait_for_url("**/thong-tin/**")
    found.seen.add("details")
    found.judge(walker.page, walker, "details")
    walker.page.fill("[name=full_name]", "Người Xác Nhận")
    walker.page.fill("[name=phone]", "0900004008")
    walker.page.locator("form:has([name=full_name]) button.btn-large").click()
    walker.page.wait_for_url("**/thong-tin/xac-nhan/**")
    found.seen.add("confirm_phone")
    found.judge(walker.page, walker, "confirm-phone")
    collecting(found, walker)


def collecting(found: Screens, walker: Walker) -> None:
    """From the tracking page to the times for collecting a result, and to the appointment that somebody already has."""
    dossier = Dossier.objects.filter(state=State.DECIDED, return_method=ReturnMethod.COUNTER, procedure__in=Procedure.objects.usable()
                                     ).exclude(phone="").select_related("received_office", "procedure").first()
    assert dossier is not None, "the demo has a result to collect"
    walker.page.goto(reverse("dossiers:track"))
    walker.page.fill("[name=ma]", dossier.number)
    walker.page.fill("[name=so]", dossier.phone[-4:])
    walker.page.locator("main form button").last.click()
    walker.page.wait_for_url(f"**{reverse('dossiers:tracked', args=[dossier.number])}")
    found.look(walker, "collect", found.path("collect", dossier.number, ngay=TOMORROW.isoformat()))
    appointments.book(applicant=appointments.Applicant("Người Nhận Kết Quả", "0900004009"), procedure=dossier.procedure, purpose="collect",
                      channel=BookedBy.WEB, dossier=dossier, slot_id=slots(dossier.received_office, TOMORROW)[-1].pk)
    found.look(walker, "collect-booked", found.path("collect", dossier.number))


def staff(found: Screens, user_name: str) -> list[tuple[str, str]]:
    """The working screens of each person."""
    office, procedure = found.office.code, found.procedure.code
    warning = CrowdWarning.objects.filter(office=found.office).first()
    assert warning is not None, "the demo has a crowd to plan for"
    guests = Outreach.objects.filter(office=found.office).latest("pk")
    task, run = CallTask.objects.filter(office=found.office).latest("pk"), Relocation.objects.latest("pk")
    over = Relocation.objects.filter(items__isnull=False).latest("pk")
    return {
        "lanhdao": [
            ("surge", found.path("surge")), ("surge-all", found.path("surge", xem="tat-ca")),
            ("surge-office", found.path("surge_office", office)), ("surge-plan", found.path("surge_plan", warning.pk)),
            ("supply", found.path("supply", office)), ("duty", found.path("duty", office)),
            ("teams", found.path("teams", office)), ("hours", found.path("hours", office)), ("rooms", found.path("rooms", office)),
            ("no-shows", found.path("no_shows")), ("overbook", found.path("overbook")),
        ],
        "motcua": [
            ("day", found.path("day")), ("day-list", found.path("day_list", office)), ("reconcile", found.path("reconcile", office)),
            ("desk", found.path("desk")), ("call-list", found.path("call_list")), ("call-task", found.path("call_task", task.pk)),
            ("outreach", found.path("outreach")), ("outreach-list", found.path("outreach_list", guests.pk)),
            ("outreach-upload", found.path("outreach_upload")), ("outreach-select", found.path("outreach_select")),
            ("receive", found.path("receive", found.codes["visit0"][0])),
        ],
        "baove": [("door", found.path("door", office)), ("door-found", found.path("door", office, ma=found.codes["visit4"][0])),
                  ("walk-in", found.path("walk_in", office))],
        "quantri": [("relocations", found.path("relocations")), ("relocation-new", found.path("relocation_new")),
                    ("relocation", found.path("relocation", run.pk)), ("relocation-people", found.path("relocation_people", run.pk)),
                    ("relocation-done", found.path("relocation", over.pk)), ("relocation-moved", found.path("relocation_people", over.pk))],
        "tongdai": [("hotline", found.path("hotline")), ("hotline-procedure", found.path("hotline", thu_tuc=procedure, don_vi=office)),
                    ("hotline-booked", found.path("hotline_booked", found.codes["visit7"][0])),
                    ("hotline-person", found.path("hotline", tim="Người Mẫu")), ("calls", found.path("calls"))],
    }[user_name]


def test_every_screen_of_booking_is_sound_on_a_phone_and_at_a_desk(screens: Screens, browser: Browser, shots: Path) -> None:  # noqa: F811
    citizens(screens, Walker(browser, screens.portal, shots))
    for name in ("lanhdao", "motcua", "baove", "quantri", "tongdai"):
        walker = Walker(browser, screens.portal, shots).sign_in(name)
        for shown, path in staff(screens, name):
            screens.look(walker, shown, path)
        walker.context.close()
    names = {address.name.removeprefix("bookings:") for address in addresses() if address.name.startswith("bookings:")}
    forgotten = sorted(names - screens.seen - NO_PAGES)
    assert not screens.faults, "\n".join(sorted(set(screens.faults)))
    assert not forgotten, f"nobody looked at {forgotten}"
    assert links.absolute("/").startswith(screens.portal.url)
