"""The demonstration's shipments: papers fetched at citizens', papers between offices, one that is late and one that came back."""
from datetime import timedelta

from dossiers.models import Dossier
from dossiers.services import delivery
from dossiers.states import IN_INBOX
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people.models import Assignment
from onestop.people.states import Role
from postal.models import Carrier, Shipment
from postal.services import making, stuck
from postal.services.pulling import pull_accepted
from postal.services.steps import move
from postal.services.timing import collection_for, columns
from postal.states import Direction, State

DAYS_AGO = 5  # no weekend is as long


def load(carrier: Carrier) -> int:
    """Once; how many were made."""
    if Shipment.objects.filter(direction=Direction.IN).exists():
        return 0
    accepted = Dossier.objects.filter(channel=Channel.ONLINE, state__in=IN_INBOX, received_at__isnull=False).order_by("pk")
    for number, dossier in enumerate(accepted[:3], 1):
        delivery.change_collection(actor=None, actor_label="worker", dossier=dossier, wanted=True, via="demo",
                                   address=f"Số {number}, đường Ví Dụ", area=dossier.received_office.area)
    made = pull_accepted()
    fetched = Shipment.objects.filter(direction=Direction.IN, carrier=carrier).select_related("carrier", "office", "dossier")
    late = fetched.order_by("pk").first()
    if late is not None:
        start = clock.now() - timedelta(days=DAYS_AGO)
        timer = columns(collection_for(carrier=carrier, office=late.office, start=start), start)
        move(late, "order", changes={**timer, "waybill": "VD000000001VN", "ordered_at": start, "attempts": 1})
    return made + _came_back() + _between()


def _came_back() -> int:
    """A result that the carrier brought back, once, where another one is left to wait."""
    found = Shipment.objects.filter(direction=Direction.OUT)
    waiting = list(found.filter(state=State.READY).select_related("carrier", "office", "dossier").order_by("-pk")[:2])
    if len(waiting) < 2 or found.filter(state=State.RETURNED).exists():
        return 0
    row = waiting[0]
    now = clock.now()
    move(row, "order", changes={"waybill": "VD000000002VN", "ordered_at": now - timedelta(days=3), "attempts": 1})
    move(row, "collect", changes={"collected_at": now - timedelta(days=3)}, label=row.carrier.name)
    move(row, "return", changes={"returned_at": now, "delivery_attempts": 2}, label=row.carrier.name, reason="Không có người nhận")
    stuck.watch()
    return 0


def _between() -> int:
    """Papers from a one-stop shop to the province's centre."""
    desk = Assignment.objects.in_force(clock.today()).filter(role=Role.DESK, office__parent__isnull=False).select_related(
        "user", "office__parent__area").order_by("pk").first()
    there: Office | None = desk.office.parent if desk else None
    if desk is None or there is None:
        return 0
    dossier = Dossier.objects.filter(received_office=desk.office, state__in=IN_INBOX, code__isnull=False).order_by("pk").first()
    if dossier is None:
        return 0
    carrier = making.carrier_for(desk.office)
    return int(making.make_between(actor=desk.user, dossier=dossier, to_office=there, carrier=carrier) is not None)
