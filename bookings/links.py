"""Addresses outside of a request: links in messages and in the API's answers."""
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from onestop.people.tokens import derived_secret

SECRET = "khoa"


PLACE = "CODE"


@cache
def _path(name: str) -> str:
    """An address with PLACE where the code goes: looking addresses up again for every message took longer than writing it."""
    return reverse(name, kwargs={"code": PLACE})


def secret_of(code: str) -> str:
    """The secret of an appointment's link, by its code."""
    return derived_secret("appointment", code)


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def manage_url(code: str, secret: str = "") -> str:
    """The page on which an appointment is moved or cancelled; with the secret it opens without anything typed."""
    query = f"?{urlencode({SECRET: secret})}" if secret else ""
    return absolute(_path("bookings:manage").replace(PLACE, code) + query)


def ics_url(code: str, secret: str) -> str:
    """The calendar file of an appointment."""
    return absolute(_path("bookings:ics").replace(PLACE, code) + f"?{urlencode({SECRET: secret})}")


def waiting_url(code: str) -> str:
    """The page of a waiting entry, with its secret: an offer is answered there."""
    return absolute(reverse("bookings:waiting", kwargs={"code": code}) + f"?{urlencode({SECRET: derived_secret('waiting', code)})}")


def group_url(code: str) -> str:
    """The page of a group booking, with its secret."""
    return absolute(reverse("bookings:group", kwargs={"code": code}) + f"?{urlencode({SECRET: derived_secret('group', code)})}")


def line_url(code: str, secret: str) -> str:
    """The page of somebody's own place in the line."""
    return absolute(reverse("bookings:line", kwargs={"code": code}) + f"?{urlencode({SECRET: secret})}")
