"""Papers that the carrier says it brought to an office: the office still takes them in, by hand or by a list, and history tells it once."""
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from dossiers.models import Dossier, Parcel
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.transitions import Refused
from postal import queries
from postal.models import Carrier, Shipment
from postal.services import handling, handover, stuck
from postal.states import Attention, Direction, HandoverKind, State
from tests.postal.handing import browser, known

pytestmark = pytest.mark.django_db


@pytest.fixture
def brought(decided: Callable[..., Dossier], carrier: Carrier, report: Any) -> Callable[..., Shipment]:
    """A shipment that the carrier says it brought to its office."""

    def make(direction: str = Direction.IN, **fields: Any) -> Shipment:
        dossier = decided(state=DossierState.PROCESSING, decided_at=None, return_method=ReturnMethod.COUNTER, collect_by_post=True)
        shipment = known(dossier, carrier, direction=direction, state=State.IN_TRANSIT, **fields)
        assert report(shipment, "delivered").status_code == 202
        return fresh()

    return make


def fresh() -> Shipment:
    return Shipment.objects.select_related("carrier", "office", "to_office", "dossier").get()


def test_the_desk_is_asked_and_takes_them_in(brought, cast, morning):
    shipment, desk = brought(), browser(cast.desk)
    said = shipment.delivered_at
    stuck.watch()
    assert (fresh().attention, queries.rows(cast.desk, [fresh()])[0].owner) == (Attention.ARRIVED, "Cán bộ tiếp nhận")
    listed = desk.get(reverse("postal:shipments"), {"nhom": "can-xu-ly", "cua_toi": "on"}).content.decode()
    assert "đơn vị chưa nhận" in listed
    assert reverse("postal:arrived", args=[shipment.pk]) in desk.get(reverse("postal:shipment", args=[shipment.pk])).content.decode()
    for _twice in range(2):
        desk.post(reverse("postal:arrived", args=[shipment.pk]))
    row = fresh()
    assert (row.state, row.attention, row.delivered_at, row.arrived_at) == (State.DELIVERED, "", said, morning)
    assert Parcel.objects.get().dossier_id == row.dossier_id
    assert row.events.get(verb="arrive").actor == cast.desk
    assert row.dossier.events.filter(verb="shipment", data__state="delivered").count() == 1, "the citizen has read it already"
    assert "arrive" not in queries.verbs(cast.desk, row)


def test_nobody_else_takes_them_in(brought, cast):
    shipment = brought()
    with pytest.raises(Refused) as refusal:
        handling.arrive(actor=cast.outsider, shipment=shipment)
    assert (refusal.value.code, Parcel.objects.count()) == ("forbidden", 0)


def test_what_comes_from_another_office_is_asked_of_the_one_it_came_to(brought, cast, carrier):
    shipment = brought(Direction.BETWEEN, to_office=cast.other_office)
    assert shipment.attention == Attention.ARRIVED
    with pytest.raises(Refused):
        handling.arrive(actor=cast.desk, shipment=shipment)
    assert Parcel.objects.count() == 0


def test_a_list_takes_what_the_carrier_reported_before_it_was_scanned(brought, cast, carrier, morning):
    shipment = brought()
    way = handover.way_of(shipment)
    assert (way.kind, way.office) == (HandoverKind.TO_OFFICE, cast.office)
    done = signed(cast, carrier, shipment)
    assert (done.state, fresh().arrived_at, fresh().attention, Parcel.objects.count()) == ("closed", morning, "", 1)
    with pytest.raises(Refused):
        handover.way_of(fresh())


def test_a_list_is_signed_although_somebody_took_them_in_while_it_was_open(brought, cast, carrier):
    shipment = brought()
    done = signed(cast, carrier, shipment, between=lambda: handling.arrive(actor=cast.desk, shipment=shipment))
    assert (done.state, Parcel.objects.count(), fresh().events.filter(verb="arrive").count()) == ("closed", 1, 1)


def signed(cast: Any, carrier: Carrier, shipment: Shipment, between: Callable[[], Any] = lambda: None) -> Any:
    row = handover.open_list(office=cast.office, carrier=carrier, kind=HandoverKind.TO_OFFICE, actor=cast.desk)
    handover.scan(row=row, shipment=shipment, actor=cast.desk)
    handover.clean_off(row=row, how="Xịt cồn", actor=cast.desk)
    between()
    return handover.close(row=row, actor=cast.desk, signing=handover.Signing("Bưu tá mẫu", "Cán bộ mẫu", on_paper=True, counted=True,
                                                                             sealed=True))


def test_a_late_report_about_papers_that_were_taken_in_asks_nobody(decided, carrier, report, cast):
    dossier = decided(state=DossierState.PROCESSING, decided_at=None, return_method=ReturnMethod.COUNTER, collect_by_post=True)
    shipment = known(dossier, carrier, direction=Direction.IN, state=State.COLLECTED)
    handling.arrive(actor=cast.desk, shipment=shipment)
    arrived = fresh().arrived_at
    for status in ("delivered", "in_transit"):
        assert report(shipment, status).status_code == 202
    assert (fresh().state, fresh().attention, fresh().arrived_at) == (State.DELIVERED, "", arrived)
    assert arrived <= clock.now()


def test_what_no_office_has_seen_is_written_off_and_decided(brought, cast):
    shipment = brought()
    assert "write_off" in queries.verbs(cast.administrator, shipment)
    for _twice in range(2):
        handling.write_off(actor=cast.administrator, shipment=shipment, reason="Bưu chính giao nhầm nơi")
    assert (fresh().state, fresh().attention, fresh().delivered_at) == (State.LOST, Attention.ENDED, None)


def test_what_the_office_has_taken_in_is_not_lost(brought, cast):
    shipment = brought()
    handling.arrive(actor=cast.desk, shipment=shipment)
    with pytest.raises(Refused):
        handling.write_off(actor=cast.administrator, shipment=shipment, reason="Nhầm")
    assert "write_off" not in queries.verbs(cast.administrator, fresh())


@pytest.mark.parametrize(("state", "kind", "fields"), [
    (State.COLLECTED, HandoverKind.TO_CARRIER, {}), (State.RETURNED, HandoverKind.TO_OFFICE, {}),
    (State.COLLECTED, HandoverKind.TO_CARRIER, {"direction": Direction.BETWEEN})])
def test_what_the_carrier_reports_before_both_have_signed_is_listed_once(decided, cast, carrier, state, kind, fields):
    fields = fields | ({"to_office": cast.other_office} if fields else {})
    shipment = known(decided(), carrier, state=state, **fields)
    if not fields:
        assert handover.way_of(shipment).kind == kind
    row = handover.open_list(office=cast.office, carrier=carrier, kind=kind, actor=cast.desk)
    handover.scan(row=row, shipment=shipment, actor=cast.desk)
    handover.clean_off(row=row, how="Xịt cồn", actor=cast.desk)
    signing = handover.Signing("Bưu tá mẫu", "Cán bộ mẫu", on_paper=True, counted=True, sealed=True)
    assert handover.close(row=row, actor=cast.desk, signing=signing).state == "closed"
    assert fresh().state == state
    again = handover.open_list(office=cast.office, carrier=carrier, kind=kind, actor=cast.desk)
    with pytest.raises(Refused):
        handover.scan(row=again, shipment=fresh(), actor=cast.desk)
