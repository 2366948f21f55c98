"""Behind the link of an appointment people choose how they are told; without its secret nobody does."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from bookings import links
from bookings.services import appointments, telling
from onestop.notify.models import Preference


def test_only_with_the_secret(book: Callable[..., appointments.Booked], settings: Any) -> None:
    settings.NOTIFY_CHANNELS = ["sms", "email"]
    mine = book(1).appointment
    secret, own = links.secret_of(mine.code), reverse("bookings:wishes", args=[mine.code])
    typed = {"viec": "thu-tu", "place0": "call", "place1": "sms", "language": "vi"}
    for wrong in ("", "?khoa=", "?khoa=ABCDEFGHJKMN", f"?khoa={links.secret_of('AAAAAA')}"):
        assert Client().get(own + wrong).status_code == Client().post(own + wrong, typed).status_code == 404
    assert not Preference.objects.exists()
    browser = Client()
    page = browser.get(f"{own}?khoa={secret}").content.decode()
    assert mine.phone not in page and mine.full_name not in page
    assert own in browser.get(reverse("bookings:manage", args=[mine.code]), {"khoa": secret}).content.decode()
    answer = browser.post(f"{own}?khoa={secret}", typed)
    assert answer.status_code == 302 and answer["Location"] == f"{own}?khoa={secret}"
    assert list(Preference.objects.values_list("contact", "order")) == [(mine.phone, ["call", "sms"])]
    told = telling.tell_again(mine, "1")
    assert told is not None and (told.channel, told.ways) == ("call", ["sms"])
