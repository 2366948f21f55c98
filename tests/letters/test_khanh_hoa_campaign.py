"""Letter Khánh Hòa 2964/UBND-KSTT of 1/4/2020, clause 2: dossiers handed in before it without postal return are asked about."""
import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier
from onestop.notify.models import Message
from postal import tasks
from postal.models import AddressCampaign, Carrier, Shipment
from tests.letters.replay import Replay, text
from tests.sinks import KEY, simulator

OFFICE, CENTRE, ADMINISTRATOR, LETTER = "thanh-pho-nha-trang", "khanh-hoa", "quantri-khanh-hoa", "2964/UBND-KSTT"
BEFORE, DAY, READY = date(2020, 3, 30), date(2020, 4, 3), date(2020, 4, 6)  # Monday before the letter, Friday, Monday
BIRTH, COMMUNE = "1.004772", "Phường Nha Trang, Tỉnh Khánh Hòa"


@pytest.fixture(autouse=True)
def office(replay: Replay) -> None:
    """The district's one-stop shop."""
    replay.district(OFFICE, "H32.31", "Bộ phận Một cửa thành phố Nha Trang", "H568", CENTRE)


@pytest.fixture
def carrier(replay: Replay) -> Iterator[Carrier]:
    """The province's post."""
    with simulator() as server:
        yield Carrier.objects.create(code="buu-dien-mau", name="Bưu điện (mẫu)", order_url=f"{server.url}/orders", key=KEY)


def made(replay: Replay) -> AddressCampaign:
    """The province's administrator makes the list of what was handed in before the letter; the worker writes it."""
    plan = {"name": "Hồ sơ nộp trước 01/4/2020", "kind": "not_registered", "until": "2020-03-31", "directive": replay.letter(LETTER).pk,
            "legal_basis": f"khoản 2, {LETTER}", "script": "Chào ông/bà"}
    browser = replay.visitor(ADMINISTRATOR)
    assert "Danh sách sẽ có 2 hồ sơ" in text(browser.post(reverse("postal:campaign_new"), plan))
    answer = browser.post(reverse("postal:campaign_new"), plan | {"lap": "1"})
    assert answer.status_code == 302, text(answer)
    campaign = AddressCampaign.objects.get()
    tasks.freeze_campaign(campaign.pk)
    return campaign


def test_kh3_dossiers_handed_in_before_are_asked_about_and_go_by_post_when_there_is_a_result(replay: Replay, carrier: Carrier) -> None:
    """Khánh Hòa, 2: one-stop staff call, confirm the address and register the service; the carrier has it once there is a result."""
    with replay.at(BEFORE, 9):
        desk = replay.employ("desk", OFFICE, ADMINISTRATOR)
        called, invited = (replay.received(replay.take_in(desk, OFFICE, BIRTH)) for _number in range(2))
        replay.take_in(desk, OFFICE, BIRTH, return_method="post", return_address="Số 1")  # had registered
    with replay.at(DAY, 9):
        campaign = made(replay)
        page = desk.post(reverse("postal:campaign_next", args=[campaign.pk]))["Location"]
        assert called.number in text(desk.get(page)) and "Chào ông/bà" in text(desk.get(page))
        registered = {"seen": 0, "outcome": "agreed", "wish": "post", "address": "Số 9, đường Mẫu", "commune": COMMUNE, "consent": "on"}
        assert desk.post(f"{page}ghi/", registered).status_code == 302
        by_link(replay, campaign, invited)
        tasks.sweep()
        assert not Shipment.objects.filter(dossier__in=[called, invited]).exists()  # there is no result yet
    with replay.at(READY, 9):
        specialist = replay.employ("specialist", OFFICE, ADMINISTRATOR)
        for dossier in (called, invited):
            specialist.post(reverse("dossiers:start", args=[dossier.pk]))
            specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
        tasks.sweep()
        sent = Shipment.objects.filter(dossier__in=[called, invited]).order_by("pk")
        tasks.dispatch(*sent.values_list("pk", flat=True))
        assert [shipment.address for shipment in sent.all() if shipment.waybill] == ["Số 9, đường Mẫu", "Số 8, đường Mẫu"]
        assert "Số 9" not in replay.tracking_page(called)


def by_link(replay: Replay, campaign: AddressCampaign, dossier: Dossier) -> None:
    """The other one confirms the address behind the link of a message."""
    replay.visitor(ADMINISTRATOR).post(reverse("postal:campaign_invite", args=[campaign.pk]))
    tasks.invite(campaign.pk)
    assert Message.objects.filter(template_key="campaign_invited").count() == 1  # who has answered is not asked again
    found = re.search(r"(/buu-chinh/xac-nhan/\S+/)", replay.told(dossier, "campaign_invited"))
    assert found is not None
    browser = Client()
    page = text(browser.get(found[1]))
    assert dossier.number in page and dossier.full_name not in page
    chosen = {"wish": "post", "address": "Số 8, đường Mẫu", "commune": COMMUNE, "consent": "on", "factor": dossier.phone[-4:]}
    assert browser.post(found[1], chosen | {"factor": "9999"}).status_code == 422
    assert browser.post(found[1], chosen).status_code == 302
    assert "Đã ghi nhận lựa chọn" in text(browser.get(found[1]))
