"""The guard's own pages, for the letters that speak of the door."""
import re

from django.test import Client
from django.urls import reverse

from tests.letters.replay import text


def door(office: str) -> str:
    return reverse("bookings:door", args=[office])


def walk_in(office: str, procedure: str) -> str:
    return f"{reverse('bookings:walk_in', args=[office])}?thu_tuc={procedure}"


def tap(guard: Client, name: str, code: str, **typed: str) -> str:
    """One tap at the door and what the guard reads then."""
    return text(guard.post(reverse(f"bookings:{name}", args=[code]), typed, follow=True))


def offered(page: str, field: str = r'<button[^>]*name="slot" value="(\d+)"') -> list[int]:
    return [int(value) for value in re.findall(field, page)]
