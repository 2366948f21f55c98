"""The demonstration's reception points, one in each commune that has an office, its clerk, and a list that is begun. Plainly not real."""
from onestop.offices.models import Area, Office
from onestop.offices.states import AreaLevel
from onestop.people.models import User
from onestop.people.states import Role
from onestop.people.words import fold
from postal.models import Carrier, CarrierClerk, HandoverList, ReceptionPoint, Shipment
from postal.services import handover
from postal.states import TO_FETCH, Direction, HandoverKind

CLERK, DESK = "buuta", "motcua"
MOST_SCANNED = 2


def load(carrier: Carrier) -> int:
    """Make what is missing; how many points were made."""
    _clerk(carrier)
    made = _points(carrier)
    _list(carrier)
    return made


def _clerk(carrier: Carrier) -> None:
    user = User.objects.filter(username=CLERK).first()
    if user is not None:
        CarrierClerk.objects.get_or_create(user=user, defaults={"carrier": carrier})


def _points(carrier: Carrier) -> int:
    communes = Area.objects.filter(level=AreaLevel.COMMUNE, pk__in=Office.objects.values("area")).order_by("code")
    known = set(ReceptionPoint.objects.filter(carrier=carrier).values_list("code", flat=True))
    wanted = [_point(carrier, area) for area in communes if f"MAU-{area.code}" not in known]
    ReceptionPoint.objects.bulk_create(wanted)
    return len(wanted)


def _point(carrier: Carrier, area: Area) -> ReceptionPoint:
    name, address = f"Điểm bưu chính {area.name} (mẫu)", f"Số 5, đường Mẫu, {area.name}"
    return ReceptionPoint(carrier=carrier, code=f"MAU-{area.code}", name=name, area=area, address=address, phone="1900 0000",
                          search_name=fold(f"{name} {address}")[:160], hours="Thứ Hai đến thứ Bảy, 7 giờ 30 đến 17 giờ (mẫu)")


def _list(carrier: Carrier) -> None:
    desk = User.objects.filter(username=DESK).first()
    office = Office.objects.filter(pk__in=desk.office_ids_as(Role.DESK)).first() if desk is not None else None
    if office is None or HandoverList.objects.filter(made_by=desk).exists():
        return
    row = handover.open_list(office=office, carrier=carrier, kind=HandoverKind.TO_CARRIER, actor=desk)
    waiting = Shipment.objects.filter(office=office, carrier=carrier, state__in=TO_FETCH, direction=Direction.OUT).select_related("dossier")
    for shipment in waiting.order_by("pk")[:MOST_SCANNED]:
        handover.scan(row=row, shipment=shipment, actor=desk)
