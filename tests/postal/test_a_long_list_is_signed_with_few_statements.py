"""Signing asks the database as often for thirty shipments as for three; what it leaves behind is the same for each of them."""
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dossiers.models import Dossier, DossierEvent, Parcel, ParcelEvent
from onestop import clock
from onestop.transitions import Refused
from postal.models import Carrier, HandoverItem, Shipment, ShipmentEvent
from postal.services import handover, steps
from postal.states import Attention, Direction, HandoverKind, State
from tests.postal.handing import known

pytestmark = pytest.mark.django_db
SIGNED = handover.Signing("Bên giao", "Bên nhận", on_paper=True, counted=True, sealed=True)
CARRIED = {"direction": Direction.IN, "state": State.COLLECTED}


@pytest.fixture
def post(cast):
    return Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=cast.province)


@pytest.fixture
def listed(cast, post, decided):
    """An open, cleaned list of so many shipments, numbered from a first one on."""
    def make(kind, first, many, **fields):
        row = handover.open_list(office=cast.office, carrier=post, kind=kind, actor=cast.desk)
        shipments = [known(decided(number), post, **fields) for number in range(first, first + many)]
        for shipment in shipments:
            handover.scan(row=row, shipment=shipment, actor=cast.desk)
        return handover.clean_off(row=row, how="Xịt cồn", actor=cast.desk)

    return make


def statements_of_signing(row, actor):
    with CaptureQueriesContext(connection) as statements:
        handover.close(row=row, signing=SIGNED, actor=actor)
    return len(statements)


@pytest.mark.parametrize(("kind", "fields"), [(HandoverKind.TO_CARRIER, {}), (HandoverKind.TO_OFFICE, CARRIED)])
def test_thirty_cost_what_three_cost(cast, morning, listed, kind, fields):
    few = statements_of_signing(listed(kind, 1, 3, **fields), cast.desk)
    many = statements_of_signing(listed(kind, 100, 30, **fields), cast.desk)
    assert many <= few + 6, "a statement for each shipment"  # SQLite changes fewer rows with one statement
    verb, after = ("take", State.COLLECTED) if kind == HandoverKind.TO_CARRIER else ("arrive", State.DELIVERED)
    for shipment in Shipment.objects.all():
        assert [(event.verb, event.to_state) for event in shipment.events.all()] == [(verb, after), ("listed", after)]
        told = DossierEvent.objects.get(subject=shipment.dossier, verb="shipment") if kind == HandoverKind.TO_CARRIER else None
        assert told is None or (told.data["state"], told.data["waybill"], told.public) == (State.COLLECTED, shipment.waybill, True)
    parcels = 0 if kind == HandoverKind.TO_CARRIER else 33
    assert (Parcel.objects.count(), ParcelEvent.objects.filter(verb="register", actor=cast.desk).count()) == (parcels, parcels)
    assert not HandoverItem.objects.filter(held=True).exists()


def test_results_and_papers_that_come_with_one_list_keep_their_own_times(cast, morning, listed, post, decided):
    row = listed(HandoverKind.TO_OFFICE, 1, 2, **CARRIED)
    back = known(decided(50), post, state=State.RETURNING)
    handover.scan(row=row, shipment=back, actor=cast.desk)
    handover.close(row=row, signing=SIGNED, actor=cast.desk)
    back.refresh_from_db()
    assert (back.state, back.returned_at, back.arrived_at, back.delivered_at) == (State.RETURNED, morning, None, None)
    for papers in Shipment.objects.filter(direction=Direction.IN):
        assert (papers.state, papers.returned_at, papers.arrived_at, papers.delivered_at) == (State.DELIVERED, None, morning, morning)


def test_one_that_somebody_else_had_meanwhile_stays_behind(cast, post, decided):
    stays, goes = known(decided(1), post), known(decided(2), post)
    Shipment.objects.filter(pk=stays.pk).update(attempts=3)
    wrong = known(decided(3), post, state=State.DELIVERED)
    left = steps.move_many([steps.Move(one, "take") for one in (wrong, goes, stays)])
    assert sorted(one.pk for one in left) == sorted([stays.pk, wrong.pk])
    assert sorted(Shipment.objects.filter(state=State.COLLECTED).values_list("pk", flat=True)) == [goes.pk]
    assert ShipmentEvent.objects.get().subject == goes
    assert (goes.state, stays.state) == (State.COLLECTED, State.ORDERED)


def test_one_that_is_gone_keeps_all_of_them_back(cast, listed):
    row = listed(HandoverKind.TO_CARRIER, 1, 3)
    gone = row.items.first().shipment
    Shipment.objects.filter(pk=gone.pk).update(state=State.CANCELLED)
    with pytest.raises(Refused, match=gone.waybill) as refused:
        handover.close(row=row, signing=SIGNED, actor=cast.desk)
    assert refused.value.code == "gone"
    assert not Shipment.objects.filter(state=State.COLLECTED).exists() and not ShipmentEvent.objects.exists()


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("verb", ["take", "return", "arrive"])
def test_one_step_and_many_leave_the_same_behind(cast, post, decided, morning, verb, direction):
    """Fields, history, what the citizen sees: the same from every state, whichever way the step was taken."""
    there = cast.other_office if direction == Direction.BETWEEN else None
    made = known(decided(1), post, direction=direction, to_office=there, attention=Attention.DISPUTED, attempts=2)
    names = ("verb", "from_state", "to_state", "actor_label", "data")

    def left(state, many):
        with transaction.atomic():
            Shipment.objects.filter(pk=made.pk).update(state=state)
            row = Shipment.objects.select_related("dossier", "carrier", "office").get(pk=made.pk)
            changes = {"arrived_at": clock.now()} if verb == "arrive" else {}
            took = not steps.move_many([steps.Move(row, verb, changes)], label="Bưu tá") if many else steps.move(
                row, verb, changes=changes, label="Bưu tá")
            columns = Shipment.objects.values().get(pk=made.pk)
            assert {name: getattr(row, name) for name in columns} == columns
            found = [took, columns, Dossier.objects.values().get(pk=made.dossier_id), list(made.events.values_list(*names)),
                     list(made.dossier.events.values_list(*names, "public"))]
            transaction.set_rollback(True)
        return found

    with clock.frozen(clock.now()):
        for state in State:
            assert left(state, many=False) == left(state, many=True), state
