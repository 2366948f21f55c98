"""Compliance by direction, carrier, office and ISO week; the boundary; who sees what; the files."""
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from onestop import clock
from postal import compliance
from postal.models import Carrier, Shipment
from postal.states import Direction, State

pytestmark = pytest.mark.django_db
NOW = clock.at(date(2026, 11, 25), 12)  # Wednesday of week 48
TICK = timedelta(microseconds=1)


@pytest.fixture
def made(cast: Any, decided: Any, carrier: Carrier) -> Any:
    """Make shipments with a due moment and, if fetched, the moment it was."""
    numbers = iter(range(1, 1000))

    def make(due: Any, collected: Any = None, state: str = State.COLLECTED, **fields: Any) -> Shipment:
        dossier = decided(next(numbers))
        values = {"dossier": dossier, "carrier": carrier, "office": cast.office, "direction": Direction.OUT, "recipient": "Mẫu",
                  "phone": "", "address": "Số 1"}
        return Shipment.objects.create(collect_due_at=due, collected_at=collected, state=state, **{**values, **fields})

    return make


def test_each_is_counted_where_it_belongs(made, cast):
    due = NOW - timedelta(hours=1)
    made(due, due)  # exactly at the end
    made(due, due + TICK)
    made(due, state=State.ORDERED)  # still waits, too late
    made(NOW + timedelta(hours=1), state=State.ORDERED)
    made(due, state=State.NOT_COLLECTED)
    made(due, state=State.CANCELLED)
    made(due, due, direction=Direction.IN)
    made(due - timedelta(days=7), due - timedelta(days=8))
    made(due, due, office=cast.other_office)
    made(due - timedelta(days=100), due)
    with clock.frozen(NOW):
        rows = compliance.figures(cast.administrator)
    shown = [(row.direction, row.office, row.week_name, row.due, row.in_time, row.late, row.open, row.missed, row.share) for row in rows]
    here, there = cast.office.name, cast.other_office.name
    assert shown == [
        ("in", here, "2026-W48", 1, 1, 0, 0, 0, 100.0), ("out", there, "2026-W48", 1, 1, 0, 0, 0, 100.0),
        ("out", here, "2026-W48", 5, 1, 2, 1, 1, 33.3), ("out", here, "2026-W47", 1, 1, 0, 0, 0, 100.0)]
    assert [(total.due, total.share) for total in compliance.totals(rows)] == [(1, 100.0), (7, 60.0)]
    assert all(row.due == row.in_time + row.late + row.open + row.missed for row in rows)


def test_the_week_is_viet_nam_s_and_new_year_belongs_to_the_week_it_lies_in(made, cast):
    sunday_night, monday = clock.at(date(2026, 11, 29), 23, 59), clock.at(date(2026, 11, 30))
    made(sunday_night, sunday_night)
    made(monday, monday)
    made(clock.at(date(2027, 1, 1), 9), clock.at(date(2027, 1, 1), 9))
    with clock.frozen(clock.at(date(2027, 1, 4), 9)):
        assert [row.week_name for row in compliance.figures(cast.administrator)] == ["2026-W53", "2026-W49", "2026-W48"]
        for week, count in (("2026-W48", 1), ("2026-W49", 1), ("2026-W53", 1), ("2026-W50", 0)):
            assert len(compliance.figures(cast.administrator, week=compliance.read_week(week))) == count
    assert [compliance.read_week(text) for text in ("", "2026", "2026-W60", "2026-Wx", "2026-w1")] == [None, None, None, None, (2026, 1)]


def test_who_sees_which_figures_in_how_many_queries(client, made, cast, carrier, django_assert_max_num_queries):
    due = NOW - timedelta(hours=1)
    other = Carrier.objects.create(code="khac", name="=Khác", key="k")
    for office in (cast.office, cast.other_office):
        for who in (carrier, other):
            made(due, due, office=office, carrier=who)
    page = reverse("postal:compliance")
    for who, count in ((cast.administrator, 4), (cast.monitor, 4), (cast.leader, 2), (cast.carrier, 2)):
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        with clock.frozen(NOW), django_assert_max_num_queries(9):
            answer = client.get(page)
        assert (answer.status_code, len(answer.context["page_obj"].object_list)) == (200, count)
    with clock.frozen(NOW):
        client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
        narrowed = client.get(page, {"doanh_nghiep": "buu-dien", "don_vi": cast.office.code, "tuan": "2026-W48"})
        assert [row.due for row in narrowed.context["page_obj"]] == [1]
        assert client.get(page, {"tuan": "x"}).status_code == 422
        text = client.get(reverse("postal:compliance_csv")).content.decode("utf-8-sig")
        assert text.splitlines()[0].startswith("Tuần;Từ ngày;Chiều") and "'=Khác" in text and len(text.splitlines()) == 5
        book = load_workbook(io.BytesIO(client.get(reverse("postal:compliance_xlsx")).content))
        cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
        assert ["2026-W48", "23/11/2026", "Trả kết quả cho công dân", "=Khác"] in [line[:4] for line in cells]
        assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
    for who in (cast.desk, cast.specialist, cast.hotline, cast.citizen):
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(page).status_code == 403


def test_the_pages_of_shipments_keep_their_number_of_queries(client, made, cast, django_assert_max_num_queries):
    for number in range(8):
        made(NOW + timedelta(hours=number), state=State.ORDERED, waybill=f"BD{number}VN")
    client.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    with clock.frozen(NOW):
        for query in ({}, {"nhom": "can-xu-ly"}, {"q": "BD3VN"}, {"q": "H13.70-261125"}, {"chieu": "in"}, {"don_vi": cast.office.code}):
            with django_assert_max_num_queries(10):
                answer = client.get(reverse("postal:shipments"), query)
        assert len(answer.context["rows"]) == 8
        left = [row.minutes_left for row in answer.context["rows"]]
        assert left == sorted(left)
        with django_assert_max_num_queries(10):
            client.get(reverse("postal:shipment", args=[Shipment.objects.first().pk]))
