"""From the tracking page, once code and second factor were given there, applicants choose how they are told; nobody else does."""
from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services import processing
from onestop.notify.models import Message, Preference
from tests.cast import Cast
from tests.dossiers.result_files import running
from tests.dossiers.test_result_way_of_return import known_browser

TYPED = {"viec": "thu-tu", "place0": "email", "place1": "sms", "language": "en"}


@pytest.fixture(autouse=True)
def channels(settings: Any) -> None:
    settings.NOTIFY_CHANNELS = ["sms", "email"]


def own(dossier: Dossier) -> str:
    return reverse("dossiers:citizen_wishes", args=[dossier.number])


def test_nothing_without_the_second_factor(cast: Cast, morning: datetime) -> None:
    dossier, browser = running(cast), Client()
    browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": "0000" if dossier.phone[-4:] != "0000" else "1111"})
    for answer in (browser.get(own(dossier)), browser.post(own(dossier), TYPED)):
        assert answer.status_code == 302 and reverse("dossiers:track") in answer["Location"]
    assert not Preference.objects.exists()


def test_the_dossiers_next_message_goes_as_chosen(cast: Cast, morning: datetime) -> None:
    dossier = running(cast)
    Dossier.objects.filter(pk=dossier.pk).update(email="nop@vi-du.example", language="vi")
    browser = known_browser(dossier)
    assert own(dossier) in browser.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
    page = browser.get(own(dossier)).content.decode()
    assert dossier.phone not in page and "nop@" not in page and dossier.full_name not in page
    assert browser.post(own(dossier), {**TYPED, "place1": "email"}).status_code == 422
    assert browser.post(own(dossier), TYPED).status_code == 302
    assert Preference.objects.get().contact == dossier.phone
    processing.withdraw(actor=cast.desk, dossier=Dossier.objects.get(pk=dossier.pk), via="web")
    told = Message.objects.get(template_key="dossier_withdrawn")
    assert (told.channel, told.ways, told.language, told.email) == ("email", ["sms"], "en", "nop@vi-du.example")
