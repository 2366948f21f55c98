"""The API's list of offices: filters, nearest first, closed with its reason, what the floor above answers, bad input."""
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from onestop import clock
from onestop.offices.api import OfficesView
from onestop.offices.models import Closure, Office
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("morning")


class FromAbove(OfficesView):
    """What a floor above would answer."""

    def next_free(self, offices: Iterable[Office]) -> dict[int, datetime]:
        return {office.pk: clock.now() for office in offices if office.level == "commune"}

    def levels_for(self, code: str) -> Iterable[str] | None:
        return {"province"}


def ask(view: type[OfficesView] = OfficesView, **query: str) -> Response:
    return view.as_view()(APIRequestFactory().get("/api/v1/offices/", query))


def codes(answer: Response) -> list[str]:
    return [row["code"] for row in answer.data["results"]]


def test_rows_and_filters(cast: Cast) -> None:
    assert set(codes(ask())) == {cast.centre.code, cast.office.code, cast.other_office.code}
    assert codes(ask(q="NINH kieu")) == [cast.office.code]
    assert codes(ask(area=cast.commune.code)) == [cast.office.code]
    assert len(codes(ask(area=cast.province.code))) == 3
    assert len(codes(ask(procedure="9.000001"))) == 3
    assert codes(ask(FromAbove, procedure="9.000001")) == [cast.centre.code]
    row: dict[str, Any] = ask(q="ninh kieu").data["results"][0]
    assert set(row) == {"code", "name", "level", "area", "address", "hotline", "closed", "next_free"}
    assert row["closed"] is None
    assert row["next_free"] is None
    assert ask(FromAbove, q="ninh kieu").data["results"][0]["next_free"] == "2026-11-25T09:00:00+07:00"


def test_closed_says_why_and_until_when(cast: Cast) -> None:
    Closure.objects.create(office=cast.office, starts_on=clock.today(), ends_on=clock.today(), reason="Phong tỏa",
                           legal_basis="4708/UBND-CCHC")
    row = ask(q="ninh kieu").data["results"][0]
    assert row["closed"] == {"reason": "Phong tỏa", "directive": "4708/UBND-CCHC", "until": "2026-11-25"}


def test_nearest_first(cast: Cast) -> None:
    Office.objects.filter(pk=cast.office.pk).update(latitude=10.03, longitude=105.79)
    Office.objects.filter(pk=cast.other_office.pk).update(latitude=10.00, longitude=105.75)
    assert codes(ask(near="10.04,105.80")) == [cast.office.code, cast.other_office.code, cast.centre.code]
    assert codes(ask(near="9.99, 105.74"))[0] == cast.other_office.code


@pytest.mark.parametrize("query", [
    {"near": "x"}, {"near": "1"}, {"near": "91,0"}, {"near": "nan,nan"}, {"near": "1,2,3"}, {"q": "x" * 101}])
def test_bad_input_is_a_problem(cast: Cast, query: dict[str, str]) -> None:
    answer = ask(**query)
    assert answer.status_code == 400
    assert answer.data["code"] == "invalid"
    assert set(answer.data["errors"]) == set(query)


def test_pages_and_query_count(cast: Cast) -> None:
    first = ask(limit="2")
    assert len(codes(first)) == 2
    assert first.data["next"]
    with CaptureQueriesContext(connection) as captured:
        ask()
    assert len(captured) == 2
