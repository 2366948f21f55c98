"""The month page is remembered for a second for strangers, each with a token of their own; who has a session gets a page of their own."""
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Hold, Slot
from bookings.services import sessions
from onestop import clock
from onestop.people.models import User

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


pytestmark = pytest.mark.usefixtures("later")


@pytest.fixture
def page(live_cast):
    sessions.generate(office=live_cast.office, first=clock.today() + timedelta(days=1), days=8)
    day = clock.local(Slot.objects.order_by("starts_at").first().starts_at).date()
    return f"{reverse('bookings:month', args=[live_cast.office.code, live_cast.procedure.code])}?ngay={day.isoformat()}"


def test_the_second_stranger_costs_no_query_and_can_book(live_cast, page):
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    one = first.get(page).content.decode()
    with CaptureQueriesContext(connection) as statements:
        two = second.get(page).content.decode()
    assert len(statements) == 0
    assert TOKEN.findall(one) and len(TOKEN.findall(one)) == len(TOKEN.findall(two))
    assert not set(TOKEN.findall(one)) & set(TOKEN.findall(two))
    assert TOKEN.sub("", one) == TOKEN.sub("", two)
    slot = Slot.objects.order_by("starts_at").first()
    answer = second.post(reverse("bookings:hold", args=[live_cast.office.code, live_cast.procedure.code]), {
        "csrfmiddlewaretoken": TOKEN.findall(two)[-1], "slot": slot.pk, "viec": "submit", "so_ho_so": 1, "so_nguoi": 1})
    assert answer.status_code == 302 and Hold.objects.count() == 1


def test_somebody_elses_token_opens_nothing(live_cast, page):
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    token = TOKEN.findall(first.get(page).content.decode())[-1]
    second.get(page)
    answer = second.post(reverse("bookings:hold", args=[live_cast.office.code, live_cast.procedure.code]), {"csrfmiddlewaretoken": token})
    assert answer.status_code == 403


def test_it_is_made_anew_after_a_second(page, later):
    before = Client().get(page).content.decode()
    Slot.objects.update(booked=1)
    assert TOKEN.sub("", Client().get(page).content.decode()) == TOKEN.sub("", before)
    later(1.05)
    assert TOKEN.sub("", Client().get(page).content.decode()) != TOKEN.sub("", before)


def test_staff_see_their_own_page(live_cast, page):
    stranger = Client().get(page).content.decode()
    client = Client()
    client.force_login(User.objects.get(pk=live_cast.desk.pk))
    own = client.get(page).content.decode()
    assert TOKEN.sub("", own) != TOKEN.sub("", stranger)
    assert TOKEN.sub("", Client().get(page).content.decode()) == TOKEN.sub("", stranger)
