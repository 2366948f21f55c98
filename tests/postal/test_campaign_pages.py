"""The pages of address campaigns: who sees what, a fixed number of queries, files that open, forms that say what is missing."""
import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dossiers.models import Dossier, HomeVisit
from onestop import clock
from onestop.people.models import User
from postal.models import AddressCampaign, AskedFile, CampaignItem
from postal.services import asked, campaigns
from postal.states import ItemState
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, agreed, item_of, made

pytestmark = pytest.mark.usefixtures("morning")
BACKEND = "django.contrib.auth.backends.ModelBackend"


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    return browser


def test_a_leader_makes_one_after_a_look_at_the_count(cast: Cast, decided) -> None:
    decided(1, **WAITING)
    decided(2, **WAITING, received_office=cast.other_office)
    browser = as_(cast.leader)
    form = {"name": "Đợt thử", "kind": "uncollected", "office": cast.office.pk, "since": clock.today().isoformat(), "script": "Chào"}
    looked = browser.post(reverse("postal:campaign_new"), form)
    assert looked.status_code == 200 and "Danh sách sẽ có 1 hồ sơ" in looked.content.decode()
    assert not AddressCampaign.objects.exists()
    assert browser.post(reverse("postal:campaign_new"), form | {"office": cast.other_office.pk}).status_code == 422
    assert browser.post(reverse("postal:campaign_new"), form | {"since": "", "lap": "1"}).status_code == 422
    answer = browser.post(reverse("postal:campaign_new"), form | {"lap": "1"})
    campaign = AddressCampaign.objects.get()
    assert answer["Location"] == reverse("postal:campaign", args=[campaign.pk])
    assert "Đang lập danh sách" in browser.get(answer["Location"]).content.decode()
    campaigns.freeze(campaign.pk)
    assert "Gọi người tiếp theo (1)" in browser.get(answer["Location"]).content.decode()
    assert as_(cast.specialist).get(reverse("postal:campaign_new")).status_code == 403


def test_calling_through_the_pages(cast: Cast, decided) -> None:
    first, second = decided(1, **WAITING), decided(2, **WAITING, full_name="Trần Văn Thử")
    campaign = made(cast)
    browser = as_(cast.desk)
    answer = browser.post(reverse("postal:campaign_next", args=[campaign.pk]))
    assert answer["Location"] == reverse("postal:campaign_item", args=[item_of(first).pk])
    page = browser.get(answer["Location"]).content.decode()
    for told in (first.full_name, first.phone, first.number, cast.procedure.name, "Chào ông/bà", "Bạn giữ người này đến 09:15"):
        assert told in page
    assert "Đồng nghiệp đang gọi người này" in as_(cast.specialist).get(answer["Location"]).content.decode()
    record = reverse("postal:campaign_record", args=[item_of(first).pk])
    form = {"seen": 0, "outcome": "agreed", "wish": "post", "address": "Số 7, đường Mẫu", "commune": "Ninh Kiều", "tiep": "1"}
    missing = browser.post(record, form)
    assert missing.status_code == 422 and "Cần người nhận đồng ý thì mới đăng ký được." in missing.content.decode()
    done = browser.post(record, form | {"consent": "on"})
    assert done["Location"] == reverse("postal:campaign_item", args=[item_of(second).pk])
    assert item_of(first).state == ItemState.POST
    again = browser.post(record, form | {"consent": "on"}, follow=True)
    assert "Đã có người ghi trước đó" in again.content.decode()
    home = {"seen": 0, "outcome": "agreed", "wish": "home", "address": "Số 7", "commune": "Phường Cái Răng", "consent": "on",
            "officer": cast.specialist.pk, "planned_on": clock.today().isoformat()}
    assert browser.post(reverse("postal:campaign_record", args=[item_of(second).pk]), home).status_code == 302
    assert HomeVisit.objects.get(dossier=second).officer == cast.specialist


def test_another_office_sees_nothing(cast: Cast, decided) -> None:
    decided(1, **WAITING)
    campaign = made(cast, cast.leader, office=cast.office)
    item = campaign.items.get()
    for user in (cast.outsider, cast.carrier, cast.guard):
        browser = as_(user)
        for name, pk, verb in (("campaign", campaign.pk, "get"), ("campaign_people", campaign.pk, "get"), ("campaign_item", item.pk, "get"),
                               ("campaign_next", campaign.pk, "post"), ("campaign_take", item.pk, "post"),
                               ("campaign_record", item.pk, "post"), ("campaign_again", item.pk, "post")):
            assert getattr(browser, verb)(reverse(f"postal:{name}", args=[pk])).status_code in (403, 404), (user, name)
        assert browser.post(reverse("postal:campaign_list_file", args=[campaign.pk])).status_code in (403, 404)
    monitor = as_(cast.monitor)
    assert monitor.get(reverse("postal:campaign", args=[campaign.pk])).status_code == 200
    assert monitor.get(reverse("postal:campaign_item", args=[item.pk])).status_code == 403
    assert monitor.post(reverse("postal:campaign_list_file", args=[campaign.pk])).status_code == 403
    assert file(monitor, campaign, "tien-do")


def test_one_province_campaign_shows_each_office_its_own_people(cast: Cast, decided) -> None:
    mine, theirs = decided(1, **WAITING), decided(2, **WAITING, received_office=cast.other_office)
    campaign = made(cast)
    page = as_(cast.outsider).get(reverse("postal:campaign_people", args=[campaign.pk])).content.decode()
    assert theirs.number in page and mine.number not in page
    assert cast.office.name not in as_(cast.outsider).get(reverse("postal:campaign", args=[campaign.pk])).content.decode()
    both = as_(cast.administrator).get(reverse("postal:campaign", args=[campaign.pk])).content.decode()
    assert cast.office.name in both and cast.other_office.name in both


def test_the_number_of_queries_does_not_grow(cast: Cast, decided, django_assert_max_num_queries) -> None:
    for number in range(1, 21):
        decided(number, **WAITING, received_office=cast.office if number % 2 else cast.other_office)
    campaign = made(cast)
    browser = as_(cast.administrator)
    for name in ("campaign", "campaign_people"):
        with django_assert_max_num_queries(18):
            assert browser.get(reverse(f"postal:{name}", args=[campaign.pk])).status_code == 200
    with django_assert_max_num_queries(14):
        assert browser.get(reverse("postal:campaigns")).status_code == 200


def test_the_files_open_and_add_up(cast: Cast, decided) -> None:
    evil = decided(1, **WAITING, full_name="=1+1 Mẫu")
    decided(2, **WAITING, received_office=cast.other_office)
    campaign = made(cast)
    campaigns.record(actor=cast.desk, item=item_of(evil), answer=agreed(cast), seen=0)
    browser = as_(cast.administrator)
    sheet = load_workbook(io.BytesIO(file(browser, campaign, "danh-sach"))).active
    cells = {cell.value: cell for row in sheet for cell in row}
    assert cells["=1+1 Mẫu"].data_type == "s" and "Số 7, đường Mẫu" in cells and evil.number in cells
    rows = list(load_workbook(io.BytesIO(file(browser, campaign, "tien-do"))).active.values)
    assert rows[-1][:4] == ("Cộng", 2, 1, 1) and sum(row[1] for row in rows[-3:-1]) == 2


def file(browser: Client, campaign: AddressCampaign, kind: str) -> bytes:
    """The list, taken by POST because that is written down, or the progress."""
    if kind == "danh-sach":
        asked_file = browser.post(reverse("postal:campaign_list_file", args=[campaign.pk]))["Location"]
        asked.make(AskedFile.objects.latest("pk").pk)
        answer = browser.post(f"{asked_file}tai/")
    else:
        answer = browser.get(reverse("postal:campaign_progress_file", args=[campaign.pk]))
    return b"".join(answer.streaming_content)


def test_the_list_is_searched_by_number_name_and_telephone(cast: Cast, decided) -> None:
    decided(1, **WAITING)
    other = decided(2, **WAITING, full_name="Trần Văn Thử", search_name="tran van thu", phone="0987654321")
    campaign = made(cast)
    browser, address = as_(cast.desk), reverse("postal:campaign_people", args=[campaign.pk])
    for words in (other.number, "Trần Văn", "0987 654 321"):
        page = browser.get(address, {"q": words}).content.decode()
        assert other.number in page and Dossier.objects.order_by("pk").first().number not in page
    assert browser.get(address, {"muc": "den-luot"}).status_code == 200
    assert browser.get(address, {"muc": "khong-co", "don_vi": "x", "q": "a" * 200}).status_code == 200


def test_bringing_back_closing_and_inviting_by_button(cast: Cast, decided) -> None:
    item = item_of_made(cast, decided)
    browser = as_(cast.leader)
    browser.post(reverse("postal:campaign_record", args=[item.pk]), {"seen": 0, "outcome": "wrong_number"})
    assert CampaignItem.objects.get().state == ItemState.UNREACHED
    browser.post(reverse("postal:campaign_again", args=[item.pk]))
    assert CampaignItem.objects.get().state == ItemState.WAITING
    for name, done in (("campaign_invite", "Cổng đang gửi tin mời"), ("campaign_stop", "Đã dừng gửi tin mời"),
                       ("campaign_add", "Cổng đang tìm hồ sơ mới"), ("campaign_close", "Đã kết thúc đợt liên hệ")):
        answer = browser.post(reverse(f"postal:{name}", args=[item.campaign_id]), follow=True)
        assert done in answer.content.decode(), name
        campaigns.freeze(item.campaign_id)


def item_of_made(cast: Cast, decided) -> CampaignItem:
    dossier = decided(1, **WAITING)
    made(cast, cast.leader, office=cast.office)
    return item_of(dossier)
