"""The guide's pages answer for every kind of question, with a fixed number of queries and without writing."""
import unicodedata
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onestop.catalogue.models import ChannelTerm, Procedure
from onestop.catalogue.states import Channel, ReviewState
from onestop.directives import services
from onestop.directives.states import RuleKind
from onestop.offices.models import Closure, Office
from tests.cast import Cast, procedure
from tests.cast import office as make_office
from tests.directives.letters import letter, rule

pytestmark = pytest.mark.usefixtures("morning")


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def queries(client: Client, path: str) -> int:
    """Queries of a page; all of them only read."""
    page(client, path)
    with CaptureQueriesContext(connection) as seen:
        page(client, path)
    assert all(query["sql"].lstrip().upper().startswith("SELECT") for query in seen.captured_queries)
    return len(seen)


def test_the_home_page_asks_and_tells_the_letters_in_force(cast: Cast, client: Client) -> None:
    made = letter("12/TEST", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    text = page(client, "/")
    assert "Bạn cần làm thủ tục gì?" in text
    assert "Văn bản số 12/TEST" in text and cast.province.name in text
    services.withdraw(actor=cast.administrator, directive=made, reason="Hết dịch")
    assert "12/TEST" not in page(client, "/")


@pytest.mark.parametrize("typed", [
    "khai sinh", "KHAI  SINH ", "đăng ký", "dang ky", unicodedata.normalize("NFD", "đăng ký khai sinh"), "9.000001"])
def test_search_finds_with_and_without_tone_marks(cast: Cast, client: Client, typed: str) -> None:
    text = client.get("/thu-tuc/", {"q": typed}).content.decode()
    assert f'href="/thu-tuc/{cast.procedure.code}/"' in text


def test_nothing_found_helps_on(cast: Cast, client: Client) -> None:
    text = page(client, "/thu-tuc/?q=xyzzy")
    assert "Chưa tìm thấy thủ tục nào" in text and "Xem toàn bộ danh mục" in text


@pytest.mark.parametrize("query", [
    "q=" + "a" * 8000, "q=%00%01", "q=<script>alert(1)</script>", "field=không-có", "level=xyz", "channel=pigeon", "page=999999",
    "page=abc", "page=-1", "don_vi=khong-co", "q=%F0%9F%98%80", "q=%25_%27"])
def test_odd_questions_get_a_page(cast: Cast, client: Client, query: str) -> None:
    assert "<script>alert" not in page(client, f"/thu-tuc/?{query}")


@pytest.mark.parametrize("path", ["/thu-tuc/0.000000/", "/thu-tuc/" + "x" * 400 + "/", "/don-vi/khong-co/", "/van-ban/999999/"])
def test_unknown_codes_are_a_page_not_found(cast: Cast, client: Client, path: str) -> None:
    assert "Không tìm thấy" in page(client, path, 404)


def test_a_draft_is_not_public(cast: Cast, client: Client) -> None:
    draft = services.draft(actor=cast.administrator, areas=[cast.province], letter=services.Letter(
        number="77/DT", issuer="x", issued_on=date(2026, 11, 1), title="x", starts_on=date(2026, 11, 1)))
    page(client, f"/van-ban/{draft.pk}/", 404)
    assert "77/DT" not in page(client, "/van-ban/?xem=tat-ca")


def test_the_procedure_page_shows_channels_in_order_papers_and_offices(cast: Cast, client: Client) -> None:
    ChannelTerm.objects.filter(version=cast.procedure.current, channel=Channel.ONLINE).update(fee_amount=0)
    ChannelTerm.objects.filter(version=cast.procedure.current, channel=Channel.POSTAL).update(fee_amount=50000)
    text = page(client, f"/thu-tuc/{cast.procedure.code}/")
    assert "50.000 đ" in text and "Danh mục chưa nêu" in text
    assert text.index("1. Trực tuyến") < text.index("2. Bưu chính công ích") < text.index("3. Trực tiếp")
    assert "5 ngày làm việc" in text and "Miễn phí" in text and "Giấy chứng sinh" in text
    assert cast.office.name in text and cast.centre.name not in text


def test_the_procedure_page_says_what_a_letter_forbids_and_links_to_it(cast: Cast, client: Client) -> None:
    made = letter("4708/TEST", rule(RuleKind.COUNTER_LAST, "phần mở đầu"), area=cast.province)
    text = page(client, f"/thu-tuc/{cast.procedure.code}/?don_vi={cast.office.code}")
    assert "Hiện không nhận" in text and "Theo phần mở đầu văn bản số 4708/TEST" in text and f'href="/van-ban/{made.pk}/"' in text
    assert "Hiện không nhận" not in page(client, f"/thu-tuc/{cast.procedure.code}/")


def test_an_opened_channel_says_who_opened_it(cast: Cast, client: Client) -> None:
    ChannelTerm.objects.filter(version=cast.procedure.current).exclude(channel=Channel.IN_PERSON).delete()
    letter("2964/TEST", rule(RuleKind.OPEN_CHANNELS), area=cast.province)
    text = page(client, f"/thu-tuc/{cast.procedure.code}/?don_vi={cast.office.code}")
    assert "Kênh này được mở theo văn bản chỉ đạo" in text and "2964/TEST" in text


def test_a_procedure_under_review_offers_nothing_and_says_so(cast: Cast, client: Client) -> None:
    Procedure.objects.filter(pk=cast.procedure.pk).update(state=ReviewState.NEEDS_REVIEW)
    text = page(client, f"/thu-tuc/{cast.procedure.code}/")
    assert text.count("đang được rà soát") == 3 and "Nên chọn" not in text


def test_offices_are_found_by_province_by_name_without_tone_marks_and_by_distance(cast: Cast, client: Client) -> None:
    path = f"/thu-tuc/{cast.procedure.code}/"
    text = page(client, path + "?tim=cai+rang")
    assert cast.other_office.name in text and f"?don_vi={cast.office.code}" not in text
    assert "Không có đơn vị nào phù hợp" in page(client, path + "?tim=khong+co+dau")
    Office.objects.filter(pk=cast.other_office.pk).update(latitude=10.0, longitude=105.7)
    near = page(client, path + "?gan=10.0,105.7")
    assert near.index(cast.other_office.name) < near.index(cast.office.name)
    for wrong in ("gan=abc", "gan=999,1", "gan=1,2,3", "gan=nan,nan", "tinh=khong"):
        page(client, f"{path}?{wrong}")
        page(client, f"/don-vi/?{wrong}")


def test_the_office_page_tells_hours_closure_and_rules(cast: Cast, client: Client) -> None:
    Closure.objects.create(office=cast.office, starts_on=date(2026, 11, 25), ends_on=date(2026, 11, 26), reason="Khử khuẩn")
    letter("5/TEST", rule(RuleKind.APPOINTMENT_ONLY), area=cast.commune)
    text = page(client, f"/don-vi/{cast.office.code}/")
    assert "07:30–11:30, 13:30–17:00" in text and "Khử khuẩn" in text and "26/11/2026" in text and "5/TEST" in text


def test_an_office_that_ceased_names_its_successor(cast: Cast, client: Client) -> None:
    Office.objects.filter(pk=cast.other_office.pk).update(valid_to=date(2025, 6, 30), successor=cast.office)
    text = page(client, f"/don-vi/{cast.other_office.code}/")
    assert "đã ngừng hoạt động" in text and cast.office.name in text
    assert cast.other_office.name not in page(client, "/don-vi/")


def test_a_demonstration_is_marked_wherever_it_shows(cast: Cast, client: Client) -> None:
    made = letter("8/TEST (minh họa)", rule(RuleKind.HEALTH_CHECK), area=cast.province, demonstration=True)
    for path in ("/", "/van-ban/", f"/van-ban/{made.pk}/"):
        assert "inh họa" in page(client, path)
    assert "Không có giá trị pháp lý" in page(client, f"/van-ban/{made.pk}/")


@pytest.mark.parametrize(("path", "most"), [
    ("/", 6), ("/thu-tuc/?q=khai", 6), ("/thu-tuc/9.000001/?don_vi=thu-ninh-kieu", 14), ("/don-vi/", 5), ("/don-vi/thu-ninh-kieu/", 9),
    ("/van-ban/", 6)])
def test_pages_take_the_same_few_queries_however_much_there_is(cast: Cast, client: Client, path: str, most: int) -> None:
    letter("0/TEST", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    few = queries(client, path)
    for number in range(1, 6):
        letter(f"{number}/TEST", rule(RuleKind.HEALTH_CHECK), rule(RuleKind.ROOM_CAP, people=9), area=cast.province)
        procedure(f"9.1{number}", "Thủ tục đăng ký khai sinh khác", 3, papers=("Tờ khai",))
        make_office(f"thu-{number}", "H13.9", f"Bộ phận Một cửa số {number}", "commune", cast.commune, cast.province)
    assert queries(client, path) == few <= most
