"""Letter Thường Tín 332/UBND-VP of 6/4/2020, clause 5: results not collected since 1/4/2020 are asked about and go by post or home."""
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, HandOver, HomeVisit
from onestop import clock
from onestop.people.models import User
from postal import tasks
from postal.models import AddressCampaign, Carrier, Shipment
from tests.dossiers.result_files import DRAWN
from tests.letters.replay import Replay, text
from tests.sinks import KEY, simulator

OFFICE, ADMINISTRATOR, LETTER = "huyen-thuong-tin", "quantri-ha-noi", "332/UBND-VP"
BEFORE, READY, DAY, NEXT = date(2020, 3, 30), date(2020, 4, 3), date(2020, 4, 8), date(2020, 4, 9)
BIRTH, COMMUNE = "1.001193", "Phường Hoàn Kiếm, Thành phố Hà Nội"


@pytest.fixture
def carrier(replay: Replay) -> Iterator[Carrier]:
    """The post of the district."""
    with simulator() as server:
        yield Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", order_url=f"{server.url}/orders", key=KEY)


def decided(replay: Replay, desk: Client, specialist: Client) -> Dossier:
    """A result that waits at the counter since 3/4/2020."""
    with replay.at(BEFORE, 9):
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH))
    with replay.at(READY, 9):
        specialist.post(reverse("dossiers:start", args=[dossier.pk]))
        specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
    return dossier


def made(replay: Replay, leader: Client) -> AddressCampaign:
    """The leader makes the list on the page; the worker writes it."""
    plan = {"name": "Kết quả từ 01/4/2020 chưa nhận", "kind": "uncollected", "office": replay.office(OFFICE).pk, "since": "2020-04-01",
            "directive": replay.letter(LETTER).pk, "legal_basis": f"khoản 5, {LETTER}", "script": "Chào ông/bà", "lap": "1"}
    answer = leader.post(reverse("postal:campaign_new"), plan)
    assert answer.status_code == 302, text(answer)
    campaign = AddressCampaign.objects.get()
    tasks.freeze_campaign(campaign.pk)
    return campaign


def said(browser: Client, page: str, **answer: Any) -> Any:
    """The officer's note of one call, from the screen of whoever is next."""
    return browser.post(f"{page}ghi/", {"seen": 0, "address": "Số 9, đường Mẫu", "commune": COMMUNE, "consent": "on", **answer})


def test_tt6_results_not_collected_are_asked_about_and_go_by_post_or_home(replay: Replay, carrier: Carrier) -> None:
    """Thường Tín, 5: for results since 1/4/2020 staff call, confirm the address, and send by post or bring home, with proof."""
    with replay.at(BEFORE, 8):
        desk, specialist, leader = (replay.employ(role, OFFICE, ADMINISTRATOR) for role in ("desk", "specialist", "leader"))
    posted, brought = (decided(replay, desk, specialist) for _number in range(2))
    with replay.at(DAY, 9):
        campaign = made(replay, leader)
        assert LETTER in text(desk.get(reverse("postal:campaign", args=[campaign.pk])))
        first = desk.post(reverse("postal:campaign_next", args=[campaign.pk]))["Location"]
        page = text(desk.get(first))
        assert posted.number in page and posted.phone in page and "Chào ông/bà" in page
        assert said(desk, first, outcome="agreed", wish="post").status_code == 302
        second = desk.post(reverse("postal:campaign_next", args=[campaign.pk]))["Location"]
        officer = User.objects.get(username__contains="-specialist-")
        home = {"outcome": "agreed", "wish": "home", "officer": officer.pk, "planned_on": NEXT.isoformat()}
        assert said(desk, second, **home).status_code == 302
        tasks.sweep()
        shipment = Shipment.objects.get(dossier=posted)
        tasks.dispatch(shipment.pk)
        shipment.refresh_from_db()
        assert shipment.waybill and shipment.address == "Số 9, đường Mẫu"
        assert "09/04/2020" in replay.told(brought, "home_visit_planned")
    with replay.at(NEXT, 10):
        visit = reverse("dossiers:home_visit", args=[HomeVisit.objects.get(dossier=brought).pk])
        assert specialist.post(visit, {"receiver": "Người nhà mẫu", "relation": "con", "document": "Căn cước",
                                       "signature": DRAWN}).status_code == 302
        tasks.sweep_campaigns()
        row = HandOver.objects.get(dossier=brought)
        assert row.signature_id and f"{clock.local(row.at):%d/%m/%Y %H:%M}" == "09/04/2020 10:00"
        shown = text(leader.get(reverse("postal:campaign", args=[campaign.pk])))
        assert "Bộ phận Một cửa huyện Thường Tín 2 0 1 0 0 0 1 0" in shown  # one by post, one has it
