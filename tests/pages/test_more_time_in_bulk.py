"""More time for many, by pages: the scope with its count, the frozen list, the decision, progress, the annex, lifting for some."""
from datetime import date

import pytest

from dossiers.models import ClockEntry, Dossier, Extension, ExtensionAnnex
from dossiers.services import extensions, forms
from dossiers.states import ExtensionState
from onestop import clock
from tests.dossiers import bulk
from tests.pages.conftest import LONG, NULL, text_of, url

ASK = {"field_verification": "yes", "instrument": "directed_extension", "clause": "khoản 1c", "until": "2026-12-25",
       "reason": "Không xác minh được thực địa", "citizen_text": "Do dịch bệnh, chúng tôi chưa đến đo đạc được."}


@pytest.fixture
def dossiers(cast, morning):
    return bulk.received(cast, 30) + bulk.received(cast, 3, cast.procedure, prefix="KHAC")


@pytest.fixture
def ground(dossiers, letter):
    return letter(may_extend={}, stop_clock={"until": "2026-12-31"})


@pytest.fixture
def specialist(cast, client_of):
    return client_of(cast.specialist)


@pytest.fixture
def administrator(cast, client_of):
    return client_of(cast.administrator)


@pytest.fixture
def asked(ground, specialist):
    answer = specialist.post(url("dossiers:ask_bulk_extension"), ASK | {"directive": ground.pk})
    assert answer.status_code == 302, text_of(answer)
    return Extension.objects.get()


def test_the_count_is_shown_before_anything_is_frozen(ground, specialist):
    page = text_of(specialist.get(url("dossiers:ask_bulk_extension")))
    assert "2468/VPUB-KSTT" in page and "<strong>30</strong> hồ sơ đang giải quyết" in page
    live = url("dossiers:bulk_extension_count")
    assert "<strong>33</strong>" in text_of(specialist.get(live, {"field_verification": ""}, headers={"HX-Request": "true"}))
    assert "<strong>3</strong>" in text_of(specialist.get(live, {"procedures": ["9.000001"]}, headers={"HX-Request": "true"}))
    assert "Không có hồ sơ nào" in text_of(specialist.get(live, {"received_from": "2026-12-01"}, headers={"HX-Request": "true"}))
    assert "chưa hợp lệ" in text_of(specialist.get(live, {"received_from": "x"}, headers={"HX-Request": "true"}))
    counted = specialist.post(url("dossiers:ask_bulk_extension"), {"field_verification": "no", "dem": "1", "reason": "Giữ lại"})
    assert counted.status_code == 200 and "<strong>3</strong>" in text_of(counted) and "Giữ lại" in text_of(counted)
    assert "error-summary" not in text_of(counted) and not Extension.objects.exists()


def test_from_the_request_to_the_annex(cast, asked, specialist, administrator, monkeypatch):
    monkeypatch.setattr(forms, "extension", lambda **facts: None)
    address = url("dossiers:extension", asked.pk)
    page = text_of(specialist.get(address))
    assert "30 hồ sơ" in page and "09/12/2026" in page and "25/12/2026" in page and "Trang sau" in page
    first = asked.items.first()
    change = url("dossiers:change_extension_list", asked.pk)
    assert specialist.post(change, {"items": [first.pk], "reason": ""}, follow=True).status_code == 200
    assert asked.items.filter(state="excluded").count() == 0
    specialist.post(change, {"items": [first.pk], "reason": "Đã đo xong"})
    assert "Loại khỏi danh sách: Đã đo xong" in text_of(administrator.get(address, {"muc": "excluded"}))
    assert administrator.post(url("dossiers:approve_extension", asked.pk), {"reason": "Đúng khoản 1c"}).status_code == 302
    running = text_of(administrator.get(address))
    assert "Đang đổi ngày hẹn" in running and 'hx-trigger="every 2s"' in running
    assert "Đang đổi ngày hẹn" in text_of(administrator.get(url("dossiers:extension_progress", asked.pk)))
    extensions.work(asked.pk)
    over = administrator.get(url("dossiers:extension_progress", asked.pk))
    assert over["HX-Refresh"] == "true"
    extensions.follow_up(asked.pk)
    assert "SHA-256" in text_of(administrator.get(address))
    for annex in ExtensionAnnex.objects.all():
        for client, status in ((specialist, 200), (administrator, 200)):
            answer = client.get(url("dossiers:extension_annex", annex.key))
            assert answer.status_code == status and len(b"".join(answer.streaming_content)) > 1000


def test_others_never_see_it(cast, asked, client_of):
    names = ("extension", "extension_progress", "lift_extension")
    for user, status in ((cast.outsider, 404), (cast.guard, 403), (cast.citizen, 403)):
        for name in names:
            assert client_of(user).get(url(f"dossiers:{name}", asked.pk)).status_code == status
        for name in ("change_extension_list", "retry_extension", "approve_extension"):
            assert client_of(user).post(url(f"dossiers:{name}", asked.pk), {}).status_code == status
    assert client_of(cast.administrator).get(url("dossiers:ask_bulk_extension")).status_code == 404  # asks for no office
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    extensions.work(asked.pk)
    extensions.make_annexes(asked)
    annex = ExtensionAnnex.objects.first()
    assert client_of(cast.outsider).get(url("dossiers:extension_annex", annex.key)).status_code == 404


@pytest.mark.parametrize(("field", "value"), [
    ("until", ""), ("until", "2026-11-01"), ("until", NULL), ("reason", ""), ("reason", LONG), ("citizen_text", ""), ("instrument", "x"),
    ("directive", ""), ("directive", "999999"), ("procedures", "x"), ("field_verification", "maybe"), ("states", "decided"),
    ("received_from", "x"), ("received_to", NULL), ("due_before", "0000-00-00"), ("channels", "x"), ("received_from", "2026-12-24"),
])
def test_every_field_refuses_what_it_cannot_be(ground, specialist, field, value):
    answer = specialist.post(url("dossiers:ask_bulk_extension"), ASK | {"directive": ground.pk, field: value})
    assert answer.status_code == 422 and "error-summary" in text_of(answer)
    assert not Extension.objects.exists()


def test_odd_addresses_of_the_list(asked, administrator):
    for odd in ({"muc": "x"}, {"tim": NULL}, {"sau": "x"}, {"truoc": "9" * 30}, {"ly_do": NULL}, {"sau": "-1"}):
        assert administrator.get(url("dossiers:extension", asked.pk), odd).status_code == 200


def test_the_list_costs_the_same_for_few_and_many(cast, asked, administrator, django_assert_max_num_queries):
    address = url("dossiers:extension", asked.pk)
    administrator.get(address)
    with django_assert_max_num_queries(11):
        administrator.get(address)
    with django_assert_max_num_queries(11):
        administrator.get(address, {"tim": "mau"})


def test_a_suspension_is_lifted_for_some(cast, ground, specialist, administrator, django_assert_max_num_queries):
    answer = specialist.post(url("dossiers:ask_bulk_extension"), ASK | {
        "directive": ground.pk, "instrument": "suspension", "starts_on": "2026-11-30", "until": "2026-12-11"})
    assert answer.status_code == 302, text_of(answer)
    asked = Extension.objects.get()
    administrator.post(url("dossiers:approve_extension", asked.pk), {})
    extensions.work(asked.pk)
    lift = url("dossiers:lift_extension", asked.pk)
    assert specialist.get(lift).status_code == 404
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        with django_assert_max_num_queries(24):
            page = text_of(administrator.get(lift))
        assert "30 hồ sơ theo bộ lọc" in page and "23/12/2026" in page and "16/12/2026" in page
        assert "18/12/2026" in text_of(administrator.get(lift, {"tu_ngay": "2026-12-09"}))
        for odd in ({"tu_ngay": "x"}, {"thu_tuc": "x"}, {"tim": NULL}, {"tu_ngay": "2027-01-01"}):
            assert administrator.get(lift, odd).status_code == 200
        keys = list(asked.items.values_list("pk", flat=True)[:4])
        assert administrator.post(lift, {"what": "chosen", "reason": "", "items": keys}).status_code == 422
        assert administrator.post(lift, {"what": "chosen", "reason": "Đã dỡ phong tỏa"}).status_code == 422
        assert administrator.post(lift, {"what": "chosen", "reason": "Đã dỡ phong tỏa", "items": keys}).status_code == 302
        extensions.work(asked.pk)
        assert Dossier.objects.filter(due_at=clock.at(date(2026, 12, 16), 17)).count() == 4
        filtered = administrator.post(f"{lift}?thu_tuc={cast.field_procedure.code}", {"what": "filtered", "reason": "Hết giãn cách"})
        assert filtered.status_code == 302
        extensions.work(asked.pk)
    asked.refresh_from_db()
    assert asked.state == ExtensionState.LIFTED and ClockEntry.objects.filter(kind="lift").count() == 30
