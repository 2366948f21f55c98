"""The menu's "Đặt lịch hẹn" names no procedure; it leads to choosing one, not to an error."""
from django.test import Client

from tests.cast import Cast


def test_without_a_procedure_one_is_chosen_first(cast: Cast, client: Client):
    answer = client.get("/dat-lich/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/thu-tuc/?channel=in_person")
    assert client.get(answer.headers["Location"]).status_code == 200


def test_an_unknown_procedure_is_not_found(cast: Cast, client: Client):
    assert client.get("/dat-lich/", {"thu_tuc": "9.999999"}).status_code == 404
