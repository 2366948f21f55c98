"""The citizen changes the way of return on the tracking page, at submission or later (Khánh Hòa 2)."""
from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services import home_visits, processing
from dossiers.states import ReturnMethod
from onestop import clock
from tests.cast import Cast
from tests.dossiers.result_files import ADDRESS, decided, fresh, running


def known_browser(dossier: Dossier) -> Client:
    """A browser in which the second factor was given."""
    browser = Client()
    browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": dossier.phone[-4:]})
    return browser


def way(dossier: Dossier) -> str:
    return reverse("dossiers:citizen_return", args=[dossier.number])


def test_only_after_the_second_factor(cast: Cast, morning: datetime) -> None:
    dossier = running(cast)
    assert Client().get(way(dossier)).status_code == 302
    assert Client().post(way(dossier), {"return_method": "electronic"}).status_code == 302
    assert fresh(dossier).return_method == ReturnMethod.COUNTER


@pytest.mark.parametrize("make", [running, decided])
def test_post_may_be_chosen_later(cast: Cast, morning: datetime, make: object) -> None:
    dossier = make(cast)  # type: ignore[operator]
    browser = known_browser(dossier)
    assert way(dossier) in browser.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
    assert browser.get(way(dossier)).status_code == 200
    assert browser.post(way(dossier), {"return_method": "post"}).status_code == 422  # no address
    assert browser.post(way(dossier), {"return_method": "post", "return_address": ADDRESS}).status_code == 302
    after = fresh(dossier)
    assert (after.return_method, after.return_address) == (ReturnMethod.POST, ADDRESS)
    event = after.events.get(verb="change_return")
    assert event.actor is None and event.actor_label == "citizen"
    assert "Nhận qua bưu chính công ích" in browser.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()


def test_the_commune_of_the_address_goes_with_it(cast: Cast, morning: datetime) -> None:
    dossier = running(cast)
    browser = known_browser(dossier)
    sent = {"return_method": "post", "return_address": ADDRESS, "return_area": "Ninh Kiều"}
    assert browser.post(way(dossier), sent | {"return_area": "Xã Không Có"}).status_code == 422
    assert browser.post(way(dossier), sent).status_code == 302
    assert fresh(dossier).return_area == cast.commune
    assert browser.post(way(dossier), {"return_method": "post"}).status_code == 302
    assert (fresh(dossier).return_address, fresh(dossier).return_area) == (ADDRESS, cast.commune)  # left blank: as it was
    officer = Client()
    officer.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    change = reverse("dossiers:change_return", args=[dossier.pk])
    assert cast.commune.name in officer.get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    assert officer.post(change, {"return_method": "post", "return_address": "Số 8", "return_area": ""}).status_code == 302
    assert fresh(dossier).return_area is None  # another address, nobody said where


def test_the_address_that_was_given_is_kept_and_never_shown(cast: Cast, morning: datetime) -> None:
    dossier = running(cast, ReturnMethod.POST)
    browser = known_browser(dossier)
    assert ADDRESS not in browser.get(way(dossier)).content.decode()
    assert browser.post(way(dossier), {"return_method": "home"}).status_code == 302
    assert fresh(dossier).return_address == ADDRESS


def test_not_once_it_is_on_its_way_or_handed_over(cast: Cast, morning: datetime) -> None:
    at_home = decided(cast, ReturnMethod.HOME)
    home_visits.assign(actor=cast.desk, dossier=at_home, officer=cast.desk, planned_on=clock.today())
    posted = decided(cast, ReturnMethod.POST)
    returned = decided(cast)
    processing.hand_over(actor=cast.desk, dossier=returned, via="counter")
    for dossier in (at_home, posted, returned):
        browser = known_browser(dossier)
        assert "Không đổi được nữa" in browser.get(way(dossier)).content.decode()
        assert browser.post(way(dossier), {"return_method": "electronic"}).status_code == 409
        assert way(dossier) not in browser.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()


def test_who_brings_it_and_where_is_not_on_the_public_page(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.specialist, planned_on=clock.today())
    page = known_browser(dossier).get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
    assert "25/11/2026" in page and ADDRESS not in page and cast.specialist.full_name not in page
