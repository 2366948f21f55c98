"""Pulling: decided dossiers to be returned by post, once each, with the carrier's time to fetch them."""
import threading
from datetime import date

import pytest
from django.db import connection

from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.directives.models import Directive
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from postal.models import Carrier, Shipment
from postal.services import dispatch, pulling
from postal.states import State

pytestmark = pytest.mark.django_db
FRIDAY_AFTERNOON = clock.at(date(2026, 11, 27), 16)


def test_a_decided_dossier_gets_a_shipment_with_its_address_once(decided, carrier):
    dossier = decided()
    assert [pulling.pull_decided(), pulling.pull_decided()] == [1, 0]
    shipment = Shipment.objects.get()
    assert (shipment.state, shipment.dossier, shipment.carrier) == (State.READY, dossier, carrier)
    assert (shipment.recipient, shipment.phone, shipment.address) == ("Nguyễn Thị Mẫu", "0912345678", "Số 9, đường Mẫu")
    assert [event.verb for event in shipment.events.all()] == ["create"]


def test_the_address_is_kept_as_it_was(decided, carrier):
    dossier = decided()
    pulling.pull_decided()
    dossier.return_address = "Nơi khác"
    dossier.save(update_fields=["return_address"])
    pulling.pull_decided()
    assert Shipment.objects.get().address == "Số 9, đường Mẫu"


@pytest.mark.parametrize("fields", [{"state": DossierState.PROCESSING}, {"state": DossierState.RETURNED},
                                    {"return_method": ReturnMethod.COUNTER}])
def test_others_get_none(decided, carrier, fields):
    decided(**fields)
    assert pulling.pull_decided() == 0


def test_no_carrier_no_shipment_until_there_is_one(decided, carrier):
    Carrier.objects.update(active=False)
    decided()
    assert pulling.pull_decided() == 0
    Carrier.objects.update(active=True)
    assert pulling.pull_decided() == 1


def test_the_province_s_own_carrier_comes_before_the_national_one(decided, carrier, cast):
    elsewhere = Area.objects.create(code="T96", name="Tỉnh khác", level=AreaLevel.PROVINCE)
    Carrier.objects.create(code="toan-quoc", name="Toàn quốc", order_url="http://127.0.0.1:9/", key="k")
    Carrier.objects.create(code="a-noi-khac", name="Nơi khác", order_url="http://127.0.0.1:9/", key="k", province=elsewhere)
    decided()
    pulling.pull_decided()
    assert Shipment.objects.get().carrier == carrier


def test_four_working_hours_or_four_hours_on_the_wall(decided, carrier):
    with clock.frozen(FRIDAY_AFTERNOON):
        decided(1)
        pulling.pull_decided()
        dispatch.claim(Shipment.objects.get().pk)
        Carrier.objects.update(working_hours_only=False)
        decided(2)
        pulling.pull_decided()
        dispatch.claim(Shipment.objects.latest("pk").pk)
    # One hour is left on Friday; three more from 07:30 on Monday.
    assert [one.collect_due_at for one in Shipment.objects.order_by("pk")] == [
        clock.at(date(2026, 11, 30), 10, 30), clock.at(date(2026, 11, 27), 20)]


def test_a_letter_sets_the_hours_and_is_named(decided, carrier, cast):
    letter = Directive.objects.create(number="12/UBND (thử)", issuer="UBND (thử)", title="Thử", issued_on=date(2026, 11, 1),
                                      starts_on=date(2026, 11, 1), published_at=clock.at(date(2026, 11, 1)))
    letter.scopes.create(area=cast.province)
    letter.rules.create(kind="collect_within", clause="khoản 3", params={"hours": 2}, text="Thử")
    with clock.frozen(clock.at(date(2026, 11, 25), 8)):
        decided()
        pulling.pull_decided()
        dispatch.claim(Shipment.objects.get().pk)
    shipment = Shipment.objects.get()
    assert shipment.collect_due_at == clock.at(date(2026, 11, 25), 10)
    assert shipment.events.get().legal_basis == "12/UBND (thử), khoản 3"


@pytest.mark.django_db(transaction=True)
def test_parallel_sweeps_make_one_shipment_each(decided, carrier):
    for number in range(10):
        decided(number)
    made: list[int] = []

    def work() -> None:
        try:
            made.append(pulling.pull_decided())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _unused in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert sum(made) == Shipment.objects.count() == 10
