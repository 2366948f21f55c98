"""GET procedures/: search for programs, cursor pages, honest errors."""
import base64

import pytest

from tests.catalogue.conftest import channel, line

URL = "/api/v1/procedures/"


@pytest.fixture
def some(imported):
    imported(*[line(f"9.{number:03}", f"Thủ tục đăng ký số {number}", linh_vuc="Đất đai" if number % 2 else "Hộ tịch")
               for number in range(25)],
             line("9.500", "Thủ tục chưa rõ", cach_thuc=[channel(unit="")]))


def test_a_procedure_is_told_as_the_contract_says(some, client):
    answer = client.get(URL, {"q": "9.001"}).json()
    assert answer["results"] == [{"code": "9.001", "name": "Thủ tục đăng ký số 1", "field": "Đất đai", "levels": ["commune"],
                                  "urgent": False, "field_verification": False, "presence_required": False, "usable": True}]
    assert client.get(URL, {"q": "chưa rõ"}).json()["results"][0]["usable"] is False


def test_pages_by_cursor_give_each_procedure_once(some, client):
    seen, url = [], f"{URL}?q=dang+ky&limit=10"
    while url:
        answer = client.get(url).json()
        seen += [row["code"] for row in answer["results"]]
        url = answer["next"]
    assert len(seen) == len(set(seen)) == 25
    assert seen[0] == "9.000"


def test_filters(some, client):
    assert len(client.get(URL, {"field": "dat dai", "limit": 100}).json()["results"]) == 12
    assert client.get(URL, {"level": "province"}).json()["results"] == []
    assert client.get(URL, {"channel": "postal"}).json()["results"] == []


@pytest.mark.parametrize("query", [{"level": "x"}, {"channel": "fax"}, {"q": "x" * 301}, {"q": "\x00"}])
def test_wrong_parameters_are_named(some, client, query):
    answer = client.get(URL, query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()["errors"]) == set(query)


@pytest.mark.parametrize("cursor", ["x", "%00", base64.b64encode(b"p=%00").decode(), base64.b64encode(b"o=-5").decode(),
                                    base64.b64encode(b"p=\xff").decode(), base64.b64encode(b"r=1&p=zzz").decode()])
def test_a_cursor_of_somebody_elses_making_never_breaks(some, client, cursor):
    assert client.get(URL, {"cursor": cursor}).status_code in (200, 404)


def test_other_verbs_are_refused(client, db):
    assert client.post(URL, {}).status_code in (401, 403, 405)
