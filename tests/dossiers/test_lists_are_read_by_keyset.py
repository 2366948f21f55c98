"""Pages of dossiers: the same rows in the same order as all at once, whoever looks, whatever is asked; nothing twice, nothing left out."""
from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dossiers import queries, searching
from dossiers.listing import BY_DEADLINE, BY_NAME, NEWEST_FIRST, read_cursor
from dossiers.models import Dossier, ExternalCode
from dossiers.queries import Filters
from dossiers.services import intake, processing
from onestop import clock
from tests import shared
from tests.dossiers.conftest import APPLICANT, Desk

NAMES = ("Nguyễn Văn An", "Nguyễn Văn Anh", "Trần Thị Ánh", "Đặng An", "Lê Văn Bảy", "Nguyễn Văn An")


@pytest.fixture
@shared.rows
def handled(cast):
    """Some dossiers on several days, of several people, in several states."""
    desk, made = Desk(cast), []
    for index, name in enumerate(NAMES * 2):
        with clock.frozen(clock.at(date(2026, 11, 9 + index % 4), 9)):
            person = intake.Applicant(name, f"09123456{index:02d}", address=APPLICANT.address)
            made.append(desk.submit(applicant=person).dossier if index % 3 == 0 else desk.receive(applicant=person))
    with clock.frozen(clock.at(date(2026, 11, 13), 9)):
        processing.start(actor=cast.specialist, dossier=made[1], via="web")
        processing.decide(actor=cast.specialist, dossier=made[2], via="web")
        processing.request_payment(actor=cast.specialist, dossier=made[4], via="web")
    return made


@pytest.fixture
def many(handled):
    """The same, looked at on the Friday."""
    with clock.frozen(clock.at(date(2026, 11, 13), 9)):
        yield handled


def walk(user, filters, size):
    """Every page forward; then back again to the first."""
    forward, cursor = [], ""
    page = queries.page(user, filters, size=size)
    pages = [page]
    while page.next:
        page = queries.page(user, filters, cursor=page.next, size=size)
        pages.append(page)
    forward = [row.pk for item in pages for row in item.rows]
    backward = [[row.pk for row in page.rows]]
    while page.previous:
        page = queries.page(user, filters, cursor=page.previous, size=size)
        backward.insert(0, [row.pk for row in page.rows])
    assert [pk for part in backward for pk in part] == forward
    assert not cursor
    return forward


@pytest.mark.parametrize("size", [1, 2, 5, 50])
@pytest.mark.parametrize("tab", [tab for tab in queries.TABS if tab != "any"])
def test_pages_are_the_whole_list(many, cast, tab, size):
    for user in (cast.specialist, cast.desk, cast.administrator, cast.outsider):
        expected = [row.pk for row in queries.inbox(user, Filters(tab=tab))]
        assert walk(user, Filters(tab=tab), size) == expected
    assert len(queries.inbox(cast.specialist, Filters(tab=tab))) == queries.tab_counts(cast.specialist).get(tab, 0)


def test_everything_comes_newest_first(many, cast):
    assert walk(cast.specialist, Filters(tab="any"), 5) == sorted((dossier.pk for dossier in many), reverse=True)
    assert walk(cast.outsider, Filters(tab="any"), 5) == []


def found(user, q, tab="all"):
    return {row.pk for row in queries.page(user, Filters(tab=tab, q=q)).rows}


def test_a_number_finds_its_dossier_in_any_tab_also_when_it_is_settled(many, cast):
    settled = many[2]
    Dossier.objects.filter(pk=settled.pk).update(state="returned")
    settled.refresh_from_db()
    ExternalCode.objects.create(dossier=settled, system="dvcqg", code="G22.99-251120-0007")
    for q in (settled.code, settled.code.lower(), settled.code[:-2], settled.code.split("-", 1)[1], settled.reference, settled.phone,
              f" {settled.phone[:4]} {settled.phone[4:]}", "G22.99-251120-0007"):
        assert settled.pk in found(cast.specialist, q, "overdue"), q
        assert settled.pk not in found(cast.outsider, q), q
    assert found(cast.specialist, settled.reference) == {settled.pk}


def test_a_name_is_found_by_its_words_without_tone_marks(many, cast):
    waiting = {row.pk for row in queries.inbox(cast.specialist, Filters())}
    named = {name: {dossier.pk for dossier in many if dossier.full_name == name} for name in NAMES}
    assert found(cast.specialist, "an van") == (named["Nguyễn Văn An"] | named["Nguyễn Văn Anh"]) & waiting
    assert found(cast.specialist, "ĐẶNG") == named["Đặng An"] & waiting
    assert found(cast.specialist, "không ai") == set()
    everything = named["Nguyễn Văn An"] | named["Nguyễn Văn Anh"]
    assert found(cast.specialist, "nguyen van an", "any") == everything
    by_name = [row.search_name for row in queries.page(cast.administrator, Filters(tab="any", q="nguyen")).rows]
    assert by_name == sorted(by_name)
    assert walk(cast.specialist, Filters(tab="any", q="nguyen van an"), 3) == [
        row.pk for row in sorted((dossier for dossier in many if dossier.pk in everything), key=lambda row: (row.search_name, row.pk))]


@pytest.mark.parametrize("filters", [
    Filters(), Filters(q="nguyen"), Filters(q="0912345600"), Filters(tab="any", q="tran"), Filters(tab="mine")])
def test_a_page_is_one_query_whatever_is_asked(many, cast, filters):
    cast.specialist.current_assignments()
    queries.soon_limit(clock.now())
    with CaptureQueriesContext(connection, ) as seen:
        for row in queries.page(cast.specialist, filters, size=4).rows:
            assert row.procedure.name
            assert row.received_office.name
    assert len([query for query in seen if "dossiers_dossier" in query["sql"]]) <= 2


@given(st.text(max_size=100))
def test_any_text_is_read_as_something(text):
    wanted = searching.sought(text)
    assert len(wanted.code) <= 80
    assert not (wanted.code and wanted.serial)
    assert wanted.phone == "" or wanted.phone.startswith("0")


@given(st.text(max_size=60), st.sampled_from([BY_DEADLINE, BY_NAME, NEWEST_FIRST]))
def test_a_foreign_cursor_is_the_first_page(text, order):
    assert read_cursor(text, order) is None
