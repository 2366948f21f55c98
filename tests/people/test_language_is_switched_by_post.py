"""The language is kept in a cookie; the way back is always a page of this portal."""
import pytest
from django.urls import reverse


@pytest.mark.parametrize(("back", "goes_to"), [
    ("/dang-nhap/?next=/lam-viec/", "/dang-nhap/?next=/lam-viec/"), ("https://example.com/", "/"), ("//example.com/", "/"),
    ("javascript:alert(1)", "/"), ("", "/"), ("/\\example.com", "/")])
def test_the_way_back_is_a_page_of_this_portal(client, db, back, goes_to):
    answer = client.post(reverse("people:language"), {"language": "en", "next": back})
    assert answer.status_code == 302
    assert answer.url == goes_to
    assert client.cookies["django_language"].value == "en"


def test_pages_say_their_language(client, db):
    assert '<html lang="vi">' in client.get("/dang-nhap/").content.decode()
    client.post(reverse("people:language"), {"language": "en", "next": "/"})
    assert '<html lang="en">' in client.get("/dang-nhap/").content.decode()


def test_an_unknown_language_and_a_get_change_nothing(client, db):
    client.post(reverse("people:language"), {"language": "xx", "next": "/"})
    assert "django_language" not in client.cookies
    assert client.get(reverse("people:language")).status_code == 405
