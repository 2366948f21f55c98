"""The inbox by role: tabs with counts, every filter, filters that are kept, keyset pages, a fixed number of queries."""
from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs

import pytest

from dossiers.models import SavedFilter
from dossiers.services import intake, letters, opinions, processing, supplements
from dossiers.states import State
from onestop import clock
from tests.dossiers.work import browser, text_of, url


@pytest.fixture
def two(desk, morning):
    """One that waits for acceptance (online), one accepted (at the counter)."""
    return desk.submit().dossier, desk.receive()


def listed(answer):
    return text_of(answer).split("<tbody>")[-1] if "<tbody>" in text_of(answer) else ""


def test_each_role_has_its_own_tabs(cast, two):
    people = (cast.desk, cast.leader, cast.administrator, cast.specialist)
    pages = {user.username: text_of(browser(user).get(url("inbox"))) for user in people}
    assert "Chờ ký" in pages["t-lanhdao"] and "Chờ ký" not in pages["t-chuyenvien"]
    assert "Cho ý kiến" in pages["t-chuyenvien"] and "muc=mine" not in pages["t-quantri"]
    assert "Tin chưa đọc" in pages["t-motcua"] and "Tin chưa đọc" not in pages["t-quantri"]
    assert 'name="ho_so"' in pages["t-motcua"] and 'name="ho_so"' not in pages["t-quantri"]


@pytest.mark.parametrize(("asked", "which"), [
    ({"trang_thai": "submitted"}, 0), ({"trang_thai": "accepted"}, 1), ({"ma": "2"}, 1), ({"kenh": "online"}, 0),
    ({"kenh": "in_person"}, 1), ({"truoc": "2026-12-03"}, 1), ({"muc": "waiting"}, 0),
])
def test_filters_narrow_the_list(cast, two, asked, which):
    rows = listed(browser(cast.specialist).get(url("inbox"), asked))
    assert two[which].number in rows and two[1 - which].number not in rows


def test_by_officer_office_and_area_for_those_who_see_several(cast, two):
    processing.assign(actor=cast.desk, dossier=two[1], assignee=cast.specialist, via="web")
    rows = listed(browser(cast.desk).get(url("inbox"), {"nguoi": cast.specialist.username}))
    assert two[1].number in rows and two[0].number not in rows
    province = browser(cast.administrator)
    for asked in ({"don_vi": cast.office.code}, {"dia_ban": cast.commune.code}):
        assert two[0].number in listed(province.get(url("inbox"), asked))
    for asked in ({"don_vi": cast.other_office.code}, {"dia_ban": cast.other_office.area.code}):
        assert two[0].number not in listed(province.get(url("inbox"), asked))


@pytest.mark.parametrize("asked", [{"trang_thai": "x"}, {"ma": "99"}, {"truoc": "hôm qua"}, {"don_vi": "khong-co"}, {"tu": "x" * 600},
                                   {"kenh": "\0"}, {"nguoi": "t-nguoikhac"}])
def test_what_is_not_understood_is_left_out(cast, two, asked):
    rows = listed(browser(cast.specialist).get(url("inbox"), asked))
    assert two[0].number in rows and two[1].number in rows


def test_a_filter_is_kept_checked_and_deleted(cast, two):
    page = browser(cast.specialist)
    answer = page.post(url("save_filter"), {"name": " Trực  tuyến ", "loc": "muc=waiting&kenh=online&kenh2=x&trang_thai=x&tu=abc&ma=1"})
    kept = SavedFilter.objects.get()
    assert kept.name == "Trực tuyến" and parse_qs(kept.query) == {"muc": ["waiting"], "kenh": ["online"], "ma": ["1"]}
    assert answer.url == f"{url('inbox')}?{kept.query}" and "Trực tuyến" in text_of(page.get(url("inbox")))
    page.post(url("save_filter"), {"name": "Trực tuyến", "loc": "muc=mine"})
    assert SavedFilter.objects.get().query == "muc=mine", "the same name replaces it"
    page.post(url("save_filter"), {"name": "", "loc": ""})
    assert SavedFilter.objects.count() == 1
    assert browser(cast.desk).post(url("forget_filter", kept.pk)).status_code == 404
    assert page.post(url("forget_filter", kept.pk)).status_code == 302 and not SavedFilter.objects.exists()


def test_papers_the_citizen_answered_wait_in_their_own_list(cast, two):
    asked = supplements.request(actor=cast.specialist, dossier=two[1], items=["Giấy chứng sinh"], answer_by=date(2026, 12, 20), via="web")
    page = browser(cast.specialist)
    assert two[1].number not in listed(page.get(url("inbox"), {"muc": "answered"}))
    asked.answered_at = clock.now()
    asked.save(update_fields=["answered_at"])
    assert two[1].number in listed(page.get(url("inbox"), {"muc": "answered"}))


def test_unread_messages_are_found_also_after_the_decision(cast, two):
    processing.decide(actor=cast.specialist, dossier=two[1], via="web")
    letters.write(actor=None, dossier=two[1], text="Khi nào nhận được?", via="web")
    assert two[1].number in listed(browser(cast.desk).get(url("inbox"), {"muc": "unread"}))
    assert two[1].number not in listed(browser(cast.outsider).get(url("inbox"), {"muc": "unread"}))


def test_pages_by_keyset_lead_on_and_back(cast, desk, morning):
    numbers = [desk.submit().dossier.number for _ in range(30)]
    page = browser(cast.specialist)
    first = page.get(url("inbox"), {"kenh": "online"})
    assert listed(first).count("<tr class=") == 25
    following = page.get(url("inbox"), {"kenh": "online", "tu": first.context["page"].next})
    assert listed(following).count("<tr class=") == 5 and not following.context["page"].next
    seen = [number for answer in (first, following) for number in numbers if number in listed(answer)]
    assert sorted(seen) == sorted(numbers)
    assert following.context["page"].previous and 'rel="prev"' in text_of(following) and "kenh=online" in text_of(following)


def test_inbox_and_detail_cost_the_same_for_few_and_many(cast, desk, two, django_assert_max_num_queries):
    page = browser(cast.specialist)
    work_on(cast, two[1])

    def spent(address):
        with django_assert_max_num_queries(80) as seen:
            page.get(address)
        return len(seen)

    addresses = (url("inbox"), url("detail", two[1].pk), url("talk", two[1].pk), url("opinions"))
    few = [spent(address) for address in addresses]
    for _ in range(5):
        work_on(cast, two[1])
        intake.accept(actor=cast.desk, dossier=desk.submit().dossier, via="web")
    assert [spent(address) for address in addresses] == few
    assert few[0] <= 18 and few[1] <= 60


def work_on(cast, dossier):
    """Everything that makes the page of a dossier longer."""
    letters.write(actor=cast.specialist, dossier=dossier, text="Chào", via="web")
    letters.write(actor=None, dossier=dossier, text="Chào", via="web")
    for officer in (cast.leader, cast.specialist):
        processing.assign(actor=cast.desk, dossier=dossier, assignee=officer, via="web")
    asked = opinions.ask(actor=cast.specialist, dossier=dossier, office=cast.other_office, question="?", via="web")
    opinions.withdraw(actor=cast.specialist, opinion=asked, via="web")


def test_state_names_of_the_filter_are_all_there(cast, two):
    form = browser(cast.specialist).get(url("inbox")).context["asked"]
    assert {value for value, _label in form.fields["trang_thai"].choices} == {"", *State.values}
