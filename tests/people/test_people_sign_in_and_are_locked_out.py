"""Signing in by name or phone, signing out by POST, the door that closes after too many guesses."""
import pytest
from django.urls import reverse

from tests.cast import PASSWORD

SIGN_IN = "/dang-nhap/"


def sign_in(client, username, password=PASSWORD, **more):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def test_staff_reach_their_desk_with_doors_by_role(client, cast):
    assert sign_in(client, cast.specialist.username).url == reverse("people:desk")
    page = client.get(reverse("people:desk")).content.decode()
    assert reverse("dossiers:inbox") in page
    assert reverse("people:tokens") not in page
    client.force_login(cast.administrator)
    assert reverse("people:tokens") in client.get(reverse("people:desk")).content.decode()


def test_a_citizen_reaches_the_public_desk(client, cast):
    client.force_login(cast.citizen)
    page = client.get(reverse("people:desk")).content.decode()
    assert reverse("guide:search") in page
    assert reverse("dossiers:inbox") not in page


@pytest.mark.parametrize("typed", ["0912345678", "+84 912 345 678", " 0912.345.678 "])
def test_a_citizen_signs_in_with_the_phone_in_any_spelling(client, cast, typed):
    cast.citizen.username = "0912345678"
    cast.citizen.save(update_fields=["username"])
    assert sign_in(client, typed).status_code == 302


@pytest.mark.parametrize("username", ["", "khong-co", "x" * 500, "a\x00b", "Nguyễn"])
def test_wrong_names_get_a_sentence_and_keep_what_was_typed(client, cast, username):
    answer = sign_in(client, username)
    assert answer.status_code == 200
    assert "Có nội dung cần xem lại" in answer.content.decode()


def test_it_goes_only_to_pages_of_this_portal(client, cast):
    assert sign_in(client, cast.desk.username, next="https://example.com/").url == reverse("people:desk")
    client.logout()
    assert sign_in(client, cast.desk.username, next="/ho-so/").url == "/ho-so/"


def test_signing_out_needs_a_post(client, cast):
    client.force_login(cast.desk)
    assert client.get(reverse("people:sign_out")).status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post(reverse("people:sign_out")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_too_many_guesses_close_the_door_even_for_the_right_password(client, cast, settings):
    settings.AXES_ENABLED = True
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        answer = sign_in(client, cast.desk.username, "sai-mat-khau")
    assert answer.status_code == 429
    assert "15 phút" in answer.content.decode()
    assert sign_in(client, cast.desk.username).status_code == 429
    assert sign_in(client, cast.specialist.username).status_code == 302, "somebody else is not locked out"


def test_one_address_may_not_try_without_end(client, cast):
    for _attempt in range(60):
        assert client.post(SIGN_IN, {}).status_code == 200
    answer = client.post(SIGN_IN, {})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert client.get(SIGN_IN).status_code == 200
