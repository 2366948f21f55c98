"""Every screen of dossiers, of a procedure's form and of opening ways, for a phone and at a desk: no fault that axe knows, nothing wider
than the screen, no script that fails. The inbox and the filing form by keyboard alone."""
from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, Page

from dossiers.models import (
    BulkRun,
    CalendarShift,
    Dossier,
    Draft,
    ExemptionGround,
    Extension,
    HomeVisit,
    NationalImport,
    Opinion,
    Parcel,
    Reconciliation,
)
from dossiers.services import calendar_shift, drafts
from dossiers.states import ExtensionState, Instrument, ItemState, Money, ParcelState, ReturnMethod, State, VisitState
from onestop.catalogue.models import EForm, Procedure
from onestop.directives.models import ChannelSwitch, Directive
from onestop.directives.services import switches
from onestop.notify.models import Message
from onestop.offices.models import Office, WorkCalendar
from onestop.offices.states import CalendarState
from onestop.people.models import User
from tests.house.addresses import addresses
from tests.journeys.conftest import PASSWORD, Walker, browser, shots  # noqa: F401
from tests.pages import test_booking_screens_axe as booking
from tests.pages import test_booking_screens_by_keyboard as keys
from tests.portal import browsed

pytestmark = booking.pytestmark
NOW, OFFICE, SIZES = booking.NOW, "ninh-kieu", booking.SIZES
WITH_FORM, PLAIN, IN_DRAFT = "1.001193", "1.004884", "1.013225"  # the demo's procedures: with a form, without, with one being written
ONLY = {"resultTypes": ["violations"]}  # axe spends most of its time on telling about what is well
# Addresses that show no page of their own: they act, answer a part of a page, or hand out a file.
NO_PAGES = frozenset({
    "proof", "filing_proof", "tracked_result_file", "result_link_file", "save_filter", "forget_filter", "accept", "refuse", "start",
    "assign", "look_supplement", "stop", "resume", "withdraw", "decide", "hand_over", "change_return", "talk_read", "withdraw_opinion",
    "opinion_file", "bulk_progress", "letters_read", "letter_file", "write_note", "print_receipt", "withdraw_result",
    "hand_over_receipt", "hand_over_proof", "resend_link", "visit_failed", "cancel_visit", "sign_extension", "bulk_extension_count",
    "extension_progress", "change_extension_list", "retry_extension", "extension_annex", "approve_extension", "reject_extension",
    "decide_likeness", "parcel_clean", "parcel_put_in", "parcel_send_back", "issue_control", "bridge_read", "bridge_retry_all",
    "bridge_retry", "bridge_export", "bridge_file", "register_file", "results_file", "pay_return", "money_act", "cash_receipt",
    "reconciliation_csv", "form", "file"})


class Screens(booking.Screens):
    """What was seen of dossiers; pictures only where somebody wants them."""

    def path(self, name: str, *args: object, **query: str) -> str:
        self.seen.add(name)
        app = "" if ":" in name else "dossiers:"
        return reverse(f"{app}{name}", args=args) + (f"?{urlencode(query)}" if query else "")

    def judge(self, page: Page, walker: Walker, name: str) -> None:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if "SCREENSHOTS" in os.environ:
                walker.shot(f"dossiers-{name}-{width}")
            self.faults += [f"{name} at {width}: {item['id']} ({item['impact']}): {item['nodes'][0]['html'][:200]}"
                            for item in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                self.faults.append(f"{name} is wider than {width}")
        if page.locator("h1").count() != 1:
            self.faults.append(f"{name}: {page.locator('h1').count()} h1")
        self.faults += [f"{name}: {trouble}" for trouble in walker.troubles]
        walker.troubles.clear()


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds; it is loaded once a page."""
    if page.evaluate("window.axe === undefined"):
        return list(Axe().run(page, options=ONLY).response["violations"])
    return list(page.evaluate("options => axe.run(document, options)", ONLY)["violations"])


@pytest.fixture
def screens(transactional_db: None, settings, tmp_path: Path) -> Iterator[Screens]:  # type: ignore[no-untyped-def]
    with browsed(NOW, tmp_path, settings) as portal:
        settings.PUBLIC_URL = portal.url
        call_command("load_demo", password=PASSWORD, stdout=io.StringIO())
        fill()
        portal.start("web")
        yield Screens(portal, Office.objects.get(code=OFFICE), Procedure.objects.get(code=WITH_FORM), {})


def fill() -> None:
    """What the demo leaves out: a suspension in force, a year that moves dossiers, ways that are opened for a part of the catalogue."""
    administrator = User.objects.get(username="quantri")
    suspended = Extension.objects.filter(instrument=Instrument.DIRECTED_EXTENSION, items__isnull=False).order_by("pk").first()
    assert suspended is not None
    suspended.items.update(state=ItemState.DONE)
    Extension.objects.filter(pk=suspended.pk).update(instrument=Instrument.SUSPENSION, state=ExtensionState.DONE, starts_on=NOW.date())
    calendar = WorkCalendar.objects.filter(year=NOW.year, state=CalendarState.APPROVED).latest("version")
    assert calendar_shift.start(calendar=calendar, actor=administrator) is not None
    letter = next(item for item in Directive.objects.visible_to(administrator) if item.is_in_force(NOW.date()))
    switches.preview(actor=administrator, order=switches.Order(directive=letter, starts_on=NOW.date(), scope={"q": "khai"}))


def one(**wanted: object) -> Dossier:
    """A dossier of the demo's office."""
    found = Dossier.objects.filter(received_office__code=OFFICE, **wanted).order_by("pk").first()
    assert found is not None, wanted
    return found


def opened(walker: Walker, dossier: Dossier) -> None:
    """The tracking page, with the second factor given."""
    walker.page.goto(reverse("dossiers:track"))
    walker.page.fill("[name=ma]", dossier.number)
    walker.page.fill("[name=so]", dossier.phone[-4:])
    walker.page.locator("main form button").last.click()
    walker.page.wait_for_url(f"**{reverse('dossiers:tracked', args=[dossier.number])}")


def citizens(found: Screens, walker: Walker) -> None:
    """From the choice of an office to the result."""
    for name, path in (("choose", found.path("submit", WITH_FORM)), ("file", found.path("submit", WITH_FORM, don_vi=OFFICE)),
                       ("track", found.path("track"))):
        found.look(walker, name, path)
    filing(found, walker)
    owing, asked = one(money=Money.DUE), one(state=State.SUBMITTED, supplements__isnull=False)
    electronic = one(return_method=ReturnMethod.ELECTRONIC, state=State.DECIDED)
    for dossier, names in ((owing, ("tracked", "pay", "letters", "citizen_return", "citizen_wishes")),
                           (asked, ("tracked", "answer_supplement", "citizen_collection")),
                           (electronic, ("tracked", "tracked_result"))):
        opened(walker, dossier)
        for name in names:
            found.look(walker, f"{name}-{dossier.number}", found.path(name, dossier.number))
    told = re.search(r"/ket-qua/([^/\s]+)/", Message.objects.filter(phone=electronic.phone, body__contains="/ket-qua/").latest("pk").body)
    assert told is not None
    found.look(walker, "result-link", found.path("result_link", told[1]))


def filing(found: Screens, walker: Walker) -> None:
    """A draft that an older tab wanted to overwrite, a form with faults, and the proof of what was handed in."""
    page, procedure = walker.page, Procedure.objects.get(code=PLAIN)
    begun = drafts.begin(procedure=procedure, office=found.office, values={"full_name": ["Người Nháp"], "phone": ["0900005001"]})
    found.look(walker, "draft", found.path("draft", begun.token))
    Draft.objects.filter(pk=begun.draft.pk).update(revision=9)
    assert press(page, "luu") == 409
    found.judge(page, walker, "older-tab")
    page.goto(found.path("submit", PLAIN, don_vi=OFFICE))
    press(page, "kiem-tra")
    found.judge(page, walker, "checked")
    page.fill("[name=full_name]", "Người Nộp Mẫu")
    page.fill("[name=phone]", "0900005002")
    page.locator("[name=return_method][value=counter]").check()
    assert press(page, "nop") == 200, page.locator("main").inner_text()
    found.seen.add("submitted")
    found.judge(page, walker, "submitted")


def press(page: Page, verb: str) -> int:
    """A button of the filing form; the status of the page that answers."""
    with page.expect_navigation() as answered:
        page.locator(f"button[name=viec][value={verb}].btn").first.click()
    return int(answered.value.status)


def staff(found: Screens, user_name: str) -> list[tuple[str, str]]:
    """The working screens of each person."""
    at = found.path
    working, owing = one(state=State.PROCESSING, assignee__username="chuyenvien"), one(money=Money.DUE)
    here = {"office__code": OFFICE}
    if user_name == "chuyenvien":
        talked, answered = one(letters__isnull=False), one(state=State.SUPPLEMENT)
        visit = HomeVisit.objects.filter(state=VisitState.ASSIGNED, dossier__received_office__code=OFFICE).latest("pk")
        waiting = one(return_method=ReturnMethod.HOME, handover="ready")
        return [
            ("inbox", at("inbox")), ("inbox-filtered", at("inbox", muc="qua-han", kenh="online")), ("detail", at("detail", working.pk)),
            ("detail-answered", at("detail", answered.pk)), ("detail-owing", at("detail", owing.pk)),
            ("supplement", at("supplement", working.pk)), ("collection", at("collection", working.pk)),
            ("transfer", at("transfer", working.pk)), ("attach", at("attach", working.pk)),
            ("ask-opinion", at("ask_opinion", working.pk)), ("opinion", at("opinion", Opinion.objects.latest("pk").pk)),
            ("talk", at("talk", talked.pk)), ("bulk-run", at("bulk_run", BulkRun.objects.latest("pk").pk)), ("bulk-runs", at("bulk")),
            ("bulk-choose", f"{at('bulk')}?{urlencode({'viec': 'note', 'ho_so': working.pk})}"),
            ("ask-extension", at("ask_extension", working.pk)), ("ask-bulk", at("ask_bulk_extension")), ("money", at("money", owing.pk)),
            ("record-result", at("record_result", working.pk)), ("plan-visit", at("plan_visit", waiting.pk)),
            ("home-visit", at("home_visit", visit.pk)), ("home-visits", at("home_visits")), ("home-waiting", at("home_visits", muc="cho")),
            ("home-route", at("home_route")),
            ("return-at-counter", at("return_at_counter", one(state=State.DECIDED, return_method=ReturnMethod.COUNTER).pk)),
        ]
    if user_name == "lanhdao":
        several = [Extension.objects.filter(office__code=OFFICE, instrument=kind).latest("pk").pk for kind in
                   (Instrument.APOLOGY, Instrument.DIRECTED_EXTENSION)]
        return [
            ("unattended", at("unattended")), ("cover", at("cover")), ("opinions", at("opinions")), ("to-sign", at("to_sign")),
            ("counts", at("counts")), ("extensions", at("extensions")), ("apology", at("extension", several[0])),
            ("extension", at("extension", several[1])), ("register", at("register")),
            ("results-list", at("results_list", tu="2026-11-01", den="2026-11-25")), ("bridge", at("bridge")),
        ]
    if user_name == "motcua":
        registered = Parcel.objects.filter(**here, state=ParcelState.REGISTERED).order_by("pk")
        counted = Parcel.objects.filter(**here, state=ParcelState.MISSING).latest("pk")
        return [
            ("parcels", at("parcels")), ("parcel-new", at("parcel_new")), ("parcel", at("parcel", counted.pk)),
            ("parcel-count", at("parcel_count", registered[0].pk)), ("parcel-counting", at("parcel_count", counted.pk)),
            ("parcel-file", at("parcel_file", counted.pk)), ("intake", at("intake")),
            ("take-in", at("take_in", OFFICE, WITH_FORM, "in_person")), ("take-in-post", at("take_in", OFFICE, PLAIN, "postal")),
        ]
    form = "catalogue:eform"
    draft = WorkCalendar.objects.filter(state=CalendarState.DRAFT).latest("pk")
    version = EForm.objects.get(procedure__code=IN_DRAFT).versions.latest("number")
    return [
        ("calendar-preview", at("calendar_preview", draft.pk)),
        ("calendar-shift", at("calendar_shift", CalendarShift.objects.latest("pk").pk)),
        ("lift", at("lift_extension", Extension.objects.filter(instrument=Instrument.SUSPENSION).latest("pk").pk)),
        ("decide", at("extension", Extension.objects.filter(state=ExtensionState.REQUESTED).order_by("pk")[0].pk)),
        ("bridge-import", at("bridge_import", NationalImport.objects.latest("pk").pk)), ("grounds", at("grounds")),
        ("ground", at("ground", ExemptionGround.objects.latest("pk").pk)), ("reconciliations", at("reconciliations")),
        ("reconciliation", at("reconciliation", Reconciliation.objects.latest("pk").pk)),
        ("eform", at(form, IN_DRAFT)), ("eform-none", at(form, PLAIN)), ("eform-fill", at(f"{form}_fill", IN_DRAFT)),
        ("eform-preview", at(f"{form}_preview", IN_DRAFT)), ("eform-publish", at(f"{form}_publish", IN_DRAFT)),
        ("eform-section-new", at(f"{form}_section_new", IN_DRAFT)), ("eform-section", at(f"{form}_section", IN_DRAFT, 1)),
        ("eform-field-new", at(f"{form}_field_new", IN_DRAFT, phan="1", loai="text")),
        ("eform-field", at(f"{form}_field", IN_DRAFT, version.schema["sections"][0]["fields"][0]["key"])),
        ("switches", at("directives:switches")), ("new-switch", at("directives:new_switch")),
        ("switch", at("directives:switch", ChannelSwitch.objects.latest("pk").pk)),
    ]


def test_every_screen_of_dossiers_is_sound_on_a_phone_and_at_a_desk(screens: Screens, browser: Browser, shots: Path) -> None:  # noqa: F811
    citizens(screens, Walker(browser, screens.portal, shots))
    for name in ("chuyenvien", "lanhdao", "motcua", "quantri"):
        walker = Walker(browser, screens.portal, shots).sign_in(name)
        for shown, path in staff(screens, name):
            screens.look(walker, shown, path)
        walker.context.close()
    names = {address.name.removeprefix("dossiers:") for address in addresses() if address.name.startswith("dossiers:")}
    assert not screens.faults, "\n".join(sorted(set(screens.faults)))
    assert not sorted(names - screens.seen - NO_PAGES), "nobody looked at these"


def test_the_inbox_and_the_filing_form_by_keyboard(screens: Screens, browser: Browser, shots: Path) -> None:  # noqa: F811
    keyed = keys.Keyed(screens.portal, screens.office, screens.procedure, {})
    citizen = Walker(browser, screens.portal, shots)
    for code in (WITH_FORM, PLAIN):
        keyed.look(citizen, f"file-{code}", screens.path("submit", code, don_vi=OFFICE))
    a_citizen_hands_in(citizen.page)
    officer = Walker(browser, screens.portal, shots).sign_in("chuyenvien")
    keyed.look(officer, "inbox", screens.path("inbox"))
    an_officer_writes_a_note_on_two(officer.page, screens)
    assert not keyed.faults, "\n".join(sorted(set(keyed.faults)))


def a_citizen_hands_in(page: Page) -> None:
    """With keys only, on the page that stands open."""
    keys.write(page, "full_name", "Người Gõ Phím")
    keys.write(page, "phone", "0900005003")
    keys.tab_to(page, page.locator("[name=return_method]:checked"))
    page.keyboard.press("ArrowUp")
    keys.send(page, page.locator("button.btn-large[name=viec]"))
    page.wait_for_url("**/da-nop/**")
    assert Dossier.objects.get(phone="0900005003").state == State.SUBMITTED


def an_officer_writes_a_note_on_two(page: Page, found: Screens) -> None:
    """j goes on, x chooses; then what to do, and the words."""
    page.goto(found.path("inbox"))
    for key in "jxjx":
        page.keyboard.press(key)
    assert page.locator("input[name=ho_so]:checked").count() == 2
    keys.pick(page, page.locator("select[name=viec]"), "note")
    keys.send(page, page.locator("form#chon button").first)
    keys.write(page, "note", "Đã gọi điện")
    keys.send(page, page.locator("main form:has([name=note]) button").first)
    page.wait_for_url("**/hang-loat/*/")
    assert BulkRun.objects.latest("pk").items.count() == 2
