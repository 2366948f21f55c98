"""Tracking: code and second factor, how it stands and why the date is what it is; never a name, a phone or an address."""
import pytest
from django.test import Client

from dossiers.services import processing
from tests.pages.conftest import LONG, NULL, received, submitted, text_of, url


def look(client, number, factor):
    return client.post(url("dossiers:track"), {"ma": number, "so": factor})


def test_code_and_the_last_four_digits(cast, morning, client):
    dossier = received(cast)
    answer = look(client, f" {dossier.code.lower()} ", "5678")
    page = text_of(client.get(answer.url))
    assert dossier.code in page and "Được tiếp nhận" in page and "02/12/2026" in page and "Vì sao là ngày này?" in page
    for secret in ("Người nộp mẫu", "0912345678", "912345", "Kín Đáo", "Tờ khai", "Cán bộ tiếp nhận"):
        assert secret not in page
    assert Client().get(answer.url).status_code == 302


def test_reference_and_secret(cast, morning, client):
    made = submitted(cast)
    page = text_of(client.get(look(client, made.dossier.reference, made.secret.lower()).url))
    assert "Mới đăng ký" in page and "mau@example.vn" not in page and "Ghi chú riêng" not in page


def test_internal_notes_stay_inside(cast, morning, client):
    dossier = received(cast)
    processing.write_note(actor=cast.desk, dossier=dossier, text="Người này hay quên giấy", via="web")
    assert "hay quên" not in text_of(client.get(look(client, dossier.code, "5678").url))


@pytest.mark.parametrize(("number", "factor"), [
    ("", ""), ("H13.70-261125-9999", "5678"), (LONG, "5678"), (NULL, "5678"), ("H13.70-261125-0001", "0000"),
    ("H13.70-261125-0001", NULL),
    ("H13.70-261125-0001", "56 7"), ("H13.70-261125-0001", "٥٦٧٨"), ("%", "5678"), ("'; --", "5678"), ("H13.70-261125-0001", LONG),
])
def test_wrong_numbers_and_factors_get_one_answer(cast, morning, client, number, factor):
    received(cast)
    answer = look(client, number, factor)
    assert answer.status_code == 422 and "error-summary" in text_of(answer)


def test_a_wrong_factor_says_the_same_as_a_wrong_number(cast, morning, client):
    dossier = received(cast)
    assert "Không tìm thấy hồ sơ" in text_of(look(client, dossier.code, "0000"))
    assert "Không tìm thấy hồ sơ" in text_of(look(client, "H13.70-261125-0999", "5678"))


def test_too_many_tries_for_one_number_from_anywhere(cast, morning, client):
    dossier = received(cast)
    for number in range(20):
        assert look(Client(REMOTE_ADDR=f"10.0.0.{number}"), dossier.code, f"{number:04d}").status_code == 422
    assert look(Client(REMOTE_ADDR="10.0.1.1"), dossier.code, "5678").status_code == 429


def test_too_many_tries_from_one_address(cast, morning, client):
    answers = [look(client, f"X{number}", "0000").status_code for number in range(61)]
    assert answers[-1] == 429 and set(answers[:-1]) == {422}


def test_the_code_of_a_link_is_filled_in(cast, morning, client):
    assert 'value="H13"' in text_of(client.get(url("dossiers:track"), {"ma": "H13"}))
    assert client.get(url("dossiers:track"), {"ma": NULL}).status_code == 200
    assert client.get(url("dossiers:tracked", "KHONG-CO")).url.endswith("?ma=KHONG-CO")
    assert client.get("/ho-so/tra-cuu/a%00b/").status_code == 404
