"""Office, carrier and workers at one shipment in the same moment: one story comes of it, told once."""
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from dossiers.models import Dossier, Parcel
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from postal.models import Carrier, Shipment
from postal.services import escalating, events, handling, mending, pulling, stuck
from postal.states import Attention, Direction, State
from tests.postal.handing import known
from tests.postal.test_two_clerks_scan_at_the_same_moment import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(live_cast: Any) -> Carrier:
    return Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=live_cast.province)


def says(shipment: Shipment, status: str, event: str = "") -> Any:
    """A carrier's report, as a job for a thread."""
    told = events.Report(event or f"{shipment.pk}-{status}", shipment.key, status, clock.now())
    return lambda: bool(events.receive(carrier=shipment.carrier, report=told))


def test_several_watchers_tell_once(live_cast, post, decided_of):
    for person, phone in ((live_cast.leader, "0912345671"), (live_cast.administrator, "0912345672")):
        User.objects.filter(pk=person.pk).update(phone=phone)
    for number in range(1, 6):
        known(decided_of(live_cast)(number), post, collect_due_at=clock.now() - timedelta(minutes=number))
    found = at_once(escalating.escalate, escalating.escalate, escalating.escalate)
    assert sorted(found)[-1] == 5
    assert all(row.events.filter(verb="escalate").count() == 1 for row in Shipment.objects.all())
    assert Message.objects.filter(template_key="collection_late").count() == 2, "one for each of two people"
    assert escalating.escalate() == 0


def test_a_shipment_that_somebody_holds_keeps_none_of_the_others_waiting(live_cast, post, decided_of):
    """Warnings, what stands still, what is taken back: each goes on with the next one. The embedded database has no rows to hold."""
    User.objects.filter(pk=live_cast.administrator.pk).update(phone="0912345672")
    places, late = (live_cast.office, live_cast.other_office), clock.now() - timedelta(hours=1)
    first, second = (known(decided_of(live_cast)(number), post, office=office, collect_due_at=late)
                     for number, office in enumerate(places, 1))

    def swept() -> list[int]:
        if connection.vendor == "postgresql":
            connection.cursor().execute("SET lock_timeout = 20")
        found = [escalating.escalate(), stuck.watch()]
        Dossier.objects.update(return_method=ReturnMethod.COUNTER)
        found.append(pulling.follow_wishes())
        connection.close()
        return found

    with ThreadPoolExecutor(1) as another, transaction.atomic():
        if connection.vendor == "postgresql":
            Shipment.objects.select_for_update().get(pk=first.pk)
            assert another.submit(swept).result(60) == [1, 1, 1]
    second.refresh_from_db()
    assert (second.state == State.CANCELLED) == (connection.vendor == "postgresql")
    swept()
    assert not Shipment.objects.exclude(state=State.CANCELLED).exists()


def test_cancelled_and_delivered_at_once(live_cast, post, decided_of):
    for number in range(1, 5):
        shipment = known(decided_of(live_cast)(number), post)
        found = at_once(says(shipment, "delivered"), lambda one=shipment: mending.cancel(
            actor=User.objects.get(pk=live_cast.desk.pk), shipment=one, reason="Thôi").state)
        shipment.refresh_from_db()
        dossier = Dossier.objects.get(pk=shipment.dossier_id)
        if shipment.state == State.DELIVERED:
            assert (found[1], dossier.state) == ("wrong_state", DossierState.RETURNED)
        else:
            assert (shipment.state, shipment.attention, dossier.return_method) == (
                State.CANCELLED, Attention.DISPUTED, ReturnMethod.COUNTER)


def test_brought_and_taken_in_at_once(live_cast, post, decided_of):
    for number in range(1, 5):
        dossier = decided_of(live_cast)(number, state=DossierState.PROCESSING, decided_at=None, return_method=ReturnMethod.COUNTER,
                                        collect_by_post=True)
        shipment = known(dossier, post, direction=Direction.IN, state=State.IN_TRANSIT)
        at_once(says(shipment, "delivered"), says(shipment, "in_transit"), lambda one=shipment: handling.arrive(
            actor=User.objects.get(pk=live_cast.desk.pk), shipment=one))
        shipment.refresh_from_db()
        assert (shipment.state, shipment.attention, shipment.arrived_at is not None) == (State.DELIVERED, "", True)
        assert Parcel.objects.filter(dossier=dossier).count() == 1


def test_the_same_event_twice_at_once(live_cast, post, decided_of):
    shipment = known(decided_of(live_cast)(), post, state=State.IN_TRANSIT)
    assert sorted(map(str, at_once(says(shipment, "attempted", "e-1"), says(shipment, "attempted", "e-1")))) == ["False", "True"]
    shipment.refresh_from_db()
    assert shipment.delivery_attempts == 1
