"""Where to book: nearest and soonest side by side, by a typed commune or the browser's position; without either a way to type."""
import pytest

from bookings.models import Session
from onestop.offices.models import Office
from tests.pages.conftest import NULL, text_of, url


@pytest.fixture(autouse=True)
def on_the_map(office):
    """The cast's offices stand somewhere."""
    for place, spot in ((office.office, (10.03, 105.78)), (office.other_office, (10.00, 105.75))):
        Office.objects.filter(pk=place.pk).update(latitude=spot[0], longitude=spot[1])


def lists(client, **asked):
    page = text_of(client.get(url("bookings:start"), asked))
    near, soon = page.split('id="noi-gan"')[1].split('id="noi-som"')
    return near, soon


def test_both_lists_stand_side_by_side(office, client):
    near, soon = lists(client, thu_tuc=office.procedure.code, q="cai rang")
    assert near.index("Cái Răng") < near.index("Ninh Kiều") and "cách khoảng 4," in near
    assert "Ninh Kiều" in soon and "Cái Răng" in soon and "Còn chỗ" in soon


def test_the_browsers_position_orders_the_nearest(office, client):
    near, _soon = lists(client, thu_tuc=office.procedure.code, gan="10.001,105.751")
    assert near.index("Cái Răng") < near.index("Ninh Kiều")


@pytest.mark.parametrize("asked", [{}, {"gan": "abc"}, {"gan": "999,1"}, {"gan": "nan,nan"}, {"gan": NULL}, {"q": NULL}, {"q": "x" * 500}])
def test_without_a_place_it_says_what_to_do(office, client, asked):
    near, soon = lists(client, thu_tuc=office.procedure.code, **asked)
    assert "card-link" not in near and "Ninh Kiều" in soon


def test_an_office_without_places_offers_its_waiting_list(office, client):
    Session.objects.filter(office=office.other_office).update(state="closed")
    _near, soon = lists(client, thu_tuc=office.procedure.code)
    assert url("bookings:waiting_join", office.other_office.code, office.procedure.code) in soon
    assert url("bookings:waiting_join", office.office.code, office.procedure.code) not in soon


def test_the_page_costs_the_same_for_any_list(office, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        lists(client, thu_tuc=office.procedure.code, q="cai rang")
