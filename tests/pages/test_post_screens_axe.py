"""Every screen of the post, of messages and of announcements, for a phone and at a desk: no fault that axe knows, nothing wider than the
screen, no script that fails."""
from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser

from dossiers.models import Dossier
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.models import Announcement
from onestop.notify.models import Broadcast, Message, Preference, Provider, Subscription
from onestop.notify.services import broadcast_lists, broadcasts, own_wishes
from onestop.notify.services.broadcasts import Plan
from onestop.offices.models import Office
from onestop.people.models import User
from postal.models import (
    AddressCampaign,
    AskedFile,
    CampaignItem,
    Carrier,
    HandoverList,
    ReceptionPoint,
    SettlementList,
    Shipment,
    WaiverCampaign,
)
from postal.services import asked, campaigns, handover
from postal.services.handover import Signing
from postal.states import Attention, Direction, HandoverKind, HandoverState, LineOutcome, State
from tests.house.addresses import addresses
from tests.journeys.conftest import PASSWORD, Walker, browser, shots  # noqa: F401
from tests.pages import test_booking_screens_axe as booking
from tests.pages import test_dossier_screens_axe as dossiers
from tests.portal import Portal, browsed
from tests.postal import handing

pytestmark = booking.pytestmark
NOW, OFFICE = booking.NOW, "ninh-kieu"
APPS = ("postal:", "notify:", "news:", "directives:", "guide:announcement")
TOKEN = re.compile(r"/xac-nhan/([^/\s]+)/")
# Addresses that show no page of their own: they act, answer a part of a page, or hand out a file.
NO_PAGES = frozenset({
    "postal:collected", "postal:retry", "postal:arrived", "postal:compliance_csv", "postal:compliance_xlsx", "postal:scan",
    "postal:handover_scan", "postal:handover_act", "postal:handover_file", "postal:point_close", "postal:points_template",
    "postal:campaign_add", "postal:campaign_invite", "postal:campaign_stop", "postal:campaign_close", "postal:campaign_list_file",
    "postal:campaign_progress_file", "postal:asked_file_download", "postal:waiver_paid_file",
    "postal:campaign_next", "postal:campaign_take", "postal:campaign_record", "postal:campaign_again", "postal:fees_template",
    "postal:claim_back", "postal:waiver_start", "postal:waiver_end", "postal:settlement_upload", "postal:settlement_refill",
    "postal:settlement_decide", "postal:settlement_approve", "postal:settlement_drop", "postal:settlement_file", "postal:settlement_csv",
    "postal:carrier_key", "postal:carrier_reset", "postal:carrier_word_drop", "postal:carrier_manifest", "postal:dead_act",
    "postal:dead_retry_carrier",
    "notify:preview_broadcast", "notify:broadcast_template", "notify:count_broadcast", "notify:broadcast_progress",
    "notify:pause_broadcast", "notify:resume_broadcast", "notify:cancel_broadcast", "notify:broadcast_not_reached",
    "notify:wake_provider", "notify:try_provider", "notify:raise_cap", "notify:give_up_wording", "notify:use_wording_again",
    "notify:retry", "notify:discard", "directives:publish_announcement", "directives:withdraw_announcement",
    "directives:add_rule", "directives:remove_rule", "directives:publish", "directives:withdraw", "directives:switch_progress",
    "directives:apply_switch", "directives:undo_switch", "guide:announcement_aloud"})
# Looked at elsewhere: letters and the opening of ways (the screens of dossiers).
ELSEWHERE = frozenset({"directives:list", "directives:create", "directives:detail", "directives:edit", "directives:switches",
                       "directives:new_switch", "directives:switch"})


class Screens(dossiers.Screens):
    """What was seen; pictures only where somebody wants them."""

    def at(self, name: str, *args: object, **query: str) -> str:
        return self.path(name if ":" in name else f"postal:{name}", *args, **query)


@pytest.fixture
def screens(transactional_db: None, settings, tmp_path: Path) -> Iterator[Screens]:  # type: ignore[no-untyped-def]
    with browsed(NOW, tmp_path, settings) as portal:
        settings.PUBLIC_URL = portal.url
        call_command("load_demo", password=PASSWORD, stdout=io.StringIO())
        fill()
        portal.start("web")
        yield Screens(portal, Office.objects.get(code=OFFICE), Procedure.objects.get(code=dossiers.WITH_FORM), {})


def fill() -> None:
    """What the demo leaves out: envelopes to hand over and handed over, papers to fetch, a dead letter, invitations, a list to be sent."""
    desk, post = user("motcua"), Carrier.objects.get(code="buu-dien")
    rows = [dossier for dossier in Dossier.objects.filter(received_office__code=OFFICE).order_by("pk") if dossier.full_name][:6]
    due = clock.now() + timedelta(minutes=40)
    first, second, third = (handing.known(row, post, collect_due_at=due, area=row.received_office.area) for row in rows[:3])
    handing.known(rows[3], post, direction=Direction.IN, collect_due_at=due, area_path="Phường Ninh Kiều")
    handing.known(rows[4], post, state=State.FAILED, attention=Attention.DEAD, attempts=8, last_error="timeout", waybill="")
    signed = HandoverList.objects.get(made_by=desk)
    handover.scan(row=signed, shipment=first, actor=desk)
    handover.clean_off(row=signed, how="Phun cồn 70 độ", actor=desk)
    handover.close(row=signed, actor=desk, signing=Signing(
        "Cán bộ mẫu", "Nhân viên mẫu", giver_signature=handing.DRAWN, receiver_signature=handing.DRAWN, counted=True, sealed=True))
    begun = handover.open_list(office=first.office, carrier=post, kind=HandoverKind.TO_CARRIER, actor=desk)
    for shipment in (second, third):
        handover.scan(row=begun, shipment=shipment, actor=desk)
    handover.clean_off(row=begun, how="Phun cồn 70 độ", actor=desk)
    inviting()
    author, sent = user("quantri"), Broadcast.objects.get()
    row = broadcasts.draft(actor=author, plan=Plan(name="Đợt gửi thử", province=sent.province, audience="subscribers",
                                                   text="Nộp trực tuyến.", consent="Sự đồng ý khi đăng ký nhận tin"))
    broadcasts.count(actor=author, broadcast=row)
    broadcast_lists.fill_here(row.pk)


def inviting() -> None:
    """The people of the campaign get the link; their list is asked for as a file."""
    campaign = AddressCampaign.objects.get()
    asked.ask_people(actor=user("quantri-khanh-hoa"), campaign=campaign)
    campaigns.start_inviting(actor=user("quantri-khanh-hoa"), campaign=campaign)
    while campaigns.invite(campaign.pk):
        pass


def user(name: str) -> User:
    return User.objects.get(username=name)


def enter(walker: Walker, portal: Portal, username: str) -> Walker:
    """Somebody's session."""
    name = portal_settings.SESSION_COOKIE_NAME
    value = handing.browser(user(username)).cookies[name].value
    walker.context.add_cookies([{"name": name, "value": value, "url": portal.url}])
    return walker


def public(found: Screens, walker: Walker) -> None:
    """What citizens see."""
    at, news = found.at, Announcement.objects.order_by("pk")
    told = Message.objects.filter(template_key="campaign_invited").latest("pk")
    token = TOKEN.search(told.body)
    assert token is not None
    known = Subscription.objects.order_by("pk")[0]
    waiting = Preference.objects.create(contact="0900222444", email_waiting="mau@example.vn", email_asked_at=clock.now())
    for name, path in (
            ("points", at("points")), ("campaign-answer", at("campaign_answer", token[1])), ("news", at("guide:announcements")),
            ("news-one", at("guide:announcement", news[1].pk)), ("home", reverse("guide:home")),
            ("confirm-email", at("news:confirm_email", own_wishes._token(waiting))),
            ("end", at("news:end", known.key.hex)), ("confirm-link", at("news:confirm_link", known.key)),
            ("submit", reverse("dossiers:submit", args=[dossiers.PLAIN]) + f"?don_vi={OFFICE}")):
        found.look(walker, name, path)
    page = walker.page
    page.goto(at("news:subscribe"))
    found.judge(page, walker, "subscribe")
    page.get_by_label("Số điện thoại hoặc thư điện tử").fill("0900 222 333")
    page.get_by_label("Phường, xã").fill(known.area.code)
    page.get_by_label("Tôi đồng ý").check()
    confirmed(found, walker, "news:confirm")
    page.goto(at("news:end_ask"))
    found.judge(page, walker, "end-ask")
    page.get_by_label("Số điện thoại hoặc thư điện tử").fill("0900 222 333")
    confirmed(found, walker, "news:end_code")
    for state in (State.RETURNED, State.READY):
        carried = Shipment.objects.filter(state=state, direction=Direction.OUT, office__code=OFFICE).latest("pk")
        dossiers.opened(walker, carried.dossier)
        found.look(walker, f"tracked-{state}", reverse("dossiers:tracked", args=[carried.dossier.number]))
    found.look(walker, "wishes-dossier", reverse("dossiers:citizen_wishes", args=[carried.dossier.number]))


def confirmed(found: Screens, walker: Walker, name: str) -> None:
    """The page that asks for the code."""
    path = found.at(name)
    walker.page.locator("main form button.btn").first.click()
    walker.page.wait_for_url(f"**{path}*")
    found.judge(walker.page, walker, name.replace(":", "-"))


def clerks(found: Screens) -> list[tuple[str, str]]:
    """The postman's."""
    at = found.at
    home = Shipment.objects.filter(direction=Direction.IN, state=State.ORDERED, office__code=OFFICE).latest("pk")
    begun = HandoverList.objects.filter(state=HandoverState.OPEN).latest("pk")
    signed = HandoverList.objects.filter(state=HandoverState.CLOSED).latest("pk")
    return [("pickups", at("pickups")), ("office", at("pickup_office", OFFICE)), ("door", at("take_over", home.pk)),
            ("lists", at("handovers")), ("list-new", at("handover_new")), ("list", at("handover", begun.pk)),
            ("count", at("handover_count", begun.pk, begun.items.order_by("pk")[0].pk)), ("sign", at("handover_sign", begun.pk)),
            ("signed", at("handover", signed.pk)), ("shipments", at("shipments")), ("settlements", at("settlements"))]


def officers(found: Screens, username: str) -> list[tuple[str, str]]:
    """Those of an office: its desk, its specialists."""
    at, here = found.at, Shipment.objects.filter(office__code=OFFICE)
    ended, waiting = here.get(state=State.RETURNED), here.filter(state=State.ORDERED, direction=Direction.OUT).latest("pk")
    if username == "motcua":
        return [("shipments-all", at("shipments", nhom="tat-ca")), ("ended", at("shipment", ended.pk)),
                ("waiting", at("shipment", waiting.pk)), ("between", at("send_between")),
                ("again", at("act_gui_lai", ended.pk)), ("keep", at("act_tra_tai_quay", ended.pk)),
                ("cancel", at("act_huy", waiting.pk)), ("address", at("act_sua_dia_chi", waiting.pk)),
                ("remark", at("act_da_lien_he", waiting.pk)), ("note-subscription", at("notify:note_subscription")),
                ("preference", at("notify:preference", nguoi="0900000001"))]
    item = CampaignItem.objects.order_by("-pk")[0]
    return [("campaigns", at("campaigns")), ("campaign", at("campaign", item.campaign_id)),
            ("people", at("campaign_people", item.campaign_id)), ("call", at("campaign_item", item.pk)),
            ("called", at("campaign_item", CampaignItem.objects.order_by("pk")[0].pk)), ("claims", at("claims", q=item.dossier.number)),
            ("claim", at("claim", item.dossier_id)), ("dossier", reverse("dossiers:detail", args=[item.dossier_id]))]


def of_khanh_hoa(found: Screens) -> list[tuple[str, str]]:
    """Money and campaigns of the post."""
    at, waiver, listed = found.at, WaiverCampaign.objects.get(), SettlementList.objects.get()
    differs = listed.lines.filter(outcome=LineOutcome.DIFFERS)[0]
    moving = Shipment.objects.filter(state=State.COLLECTED).order_by("pk")[0]
    return [("campaign-new", at("campaign_new")), ("campaign", at("campaign", AddressCampaign.objects.get().pk)),
            ("fees", at("fees")), ("fees-import", at("fees_import")), ("waivers", at("waivers")), ("waiver", at("waiver", waiver.pk)),
            ("waiver-paid", at("waiver_paid", waiver.pk)), ("file", at("asked_file", AskedFile.objects.get().pk)),
            ("waiver-new", at("waiver_new")), ("waiver-edit", at("waiver_edit", waiver.pk)), ("settlements", at("settlements")),
            ("settlement", at("settlement", listed.pk)), ("settlement-new", at("settlement_new")),
            ("line", at("settlement_line", listed.pk, differs.pk)), ("moving", at("shipment", moving.pk)),
            ("lost", at("act_that_lac", moving.pk))]


def of_can_tho(found: Screens) -> list[tuple[str, str]]:
    """Carriers, points, clerks, gateways, words, broadcasts, announcements."""
    at, post = found.at, Carrier.objects.get(code="buu-dien")
    sent, ready = Broadcast.objects.order_by("pk")
    news = Announcement.objects.visible_to(user("quantri")).latest("pk")
    point = ReceptionPoint.objects.filter(area=found.office.area)[0]
    return [("carriers", at("carriers")), ("carrier", at("carrier", post.pk)), ("carrier-new", at("carrier_new")),
            ("carrier-edit", at("carrier_edit", post.pk)), ("trial", at("carrier_trial", post.pk)), ("words", at("carrier_words", post.pk)),
            ("files", at("carrier_files", post.pk)), ("dead", at("dead_letters")), ("points", at("points_kept")),
            ("point-new", at("point_new")), ("point", at("point_edit", point.pk)),
            ("points-import", at("points_import")), ("clerks", at("clerks")), ("clerk", at("clerk_edit", user("buuta").pk)),
            ("compliance", at("compliance")), ("recalculate", at("recalculate", post.pk)), ("providers", at("notify:providers")),
            ("provider", at("notify:provider", Provider.objects.order_by("pk")[0].pk)), ("provider-new", at("notify:new_provider")),
            ("downloads", reverse("people:downloads")),
            ("day", at("notify:day")), ("wordings", at("notify:wordings")), ("wording", at("notify:wording", "dossier_returned")),
            ("wording-edit", at("notify:edit_wording", "dossier_returned", "vi")), ("messages", at("notify:messages")),
            ("message", at("notify:message", Message.objects.visible_to(user("quantri")).latest("pk").pk)),
            ("broadcasts", at("notify:broadcasts")), ("broadcast", at("notify:broadcast", sent.pk)),
            ("broadcast-ready", at("notify:broadcast", ready.pk)), ("broadcast-start", at("notify:start_broadcast", ready.pk)),
            ("broadcast-edit", at("notify:edit_broadcast", ready.pk)), ("broadcast-new", at("notify:new_broadcast")),
            ("announcements", at("directives:announcements")), ("announcement", at("directives:announcement", news.pk)),
            ("announcement-new", at("directives:new_announcement")), ("announcement-edit", at("directives:edit_announcement", news.pk))]


def of_ca_mau(found: Screens) -> list[tuple[str, str]]:
    """A carrier that is reached by files."""
    post = Carrier.objects.get(code="buu-chinh-tep")
    return [(f"ca-mau-{name}", found.at(name, post.pk)) for name in ("carrier", "carrier_edit", "carrier_words", "carrier_files")]


def lists_of(found: Screens) -> dict[str, list[tuple[str, str]]]:
    """The screens by the person who looks at them."""
    return {"congdan": [("wishes", found.at("news:own"))],
            "buuta": clerks(found), "motcua": officers(found, "motcua"), "chuyenvien-nha-trang": officers(found, "chuyenvien-nha-trang"),
            "quantri-khanh-hoa": of_khanh_hoa(found), "quantri": of_can_tho(found), "quantri-ca-mau": of_ca_mau(found)}


def test_every_screen_of_the_post_is_sound_on_a_phone_and_at_a_desk(screens: Screens, browser: Browser, shots: Path) -> None:  # noqa: F811
    public(screens, Walker(browser, screens.portal, shots))
    for username, paths in lists_of(screens).items():
        walker = enter(Walker(browser, screens.portal, shots), screens.portal, username)
        for name, path in paths:
            screens.look(walker, f"{username}-{name}", path)
        walker.context.close()
    names = {address.name for address in addresses() if address.name.startswith(APPS)}
    assert not screens.faults, "\n".join(sorted(set(screens.faults)))
    assert not sorted(names - screens.seen - NO_PAGES - ELSEWHERE), "nobody looked at these"
