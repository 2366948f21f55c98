"""The page of no-shows: by channel and procedure, a period, for leader and administrator only."""
from datetime import timedelta

import pytest

from bookings.models import Appointment
from bookings.services import noshow, visits
from onestop import clock
from tests.pages.conftest import LONG, NULL, booked, slots_on, text_of, url

PAGE = "bookings:no_shows"


@pytest.fixture
def missed(office):
    """One came, two did not."""
    slot = next(slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now())
    rows = [booked(office, slot, phone=f"090000000{number}").appointment for number in range(3)]
    with clock.frozen(slot.starts_at):
        visits.check_in(actor=office.guard, appointment=rows[0])
    with clock.frozen(clock.at(clock.today(), 23)):
        assert noshow.record() == 2
    return rows


def test_rates_of_a_period(office, client_of, missed):
    for user in (office.leader, office.administrator):
        page = text_of(client_of(user).get(url(PAGE)))
        assert "67 %" in page and office.procedure.name in page and "Cổng thông tin" in page
        before = (clock.today() - timedelta(days=1)).isoformat()
        assert "Chưa có lịch hẹn nào đã qua" in text_of(client_of(user).get(url(PAGE), {"den": before}))
        turned = {"tu": clock.today().isoformat(), "den": before}
        assert "67 %" in text_of(client_of(user).get(url(PAGE), turned))


def test_nobody_else_sees_it(office, client_of, missed):
    for user in (office.guard, office.desk, office.hotline, office.citizen, office.specialist):
        assert client_of(user).get(url(PAGE)).status_code == 403


@pytest.mark.parametrize("asked", [{"tu": "hôm qua"}, {"den": NULL}, {"tu": LONG}, {"page": "9" * 20},
                                   {"tu": "0001-01-01"}, {"den": "9999-12-31"}])
def test_odd_questions_are_answered(office, client_of, missed, asked):
    assert client_of(office.leader).get(url(PAGE), asked).status_code == 200


def test_it_costs_the_same_for_many(office, client_of, missed, django_assert_max_num_queries):
    leader = client_of(office.leader)
    leader.get(url(PAGE))
    with django_assert_max_num_queries(14) as few:
        leader.get(url(PAGE))
    other = booked(office, missed[0].slot, phone="0900000009", procedure=office.field_procedure).appointment
    Appointment.objects.filter(pk=other.pk).update(state="no_show", channel="zalo")
    with django_assert_max_num_queries(len(few)):
        leader.get(url(PAGE))
