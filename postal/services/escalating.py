"""Who is told that the carrier's time to fetch something runs out, and that it has run out: each shipment once, one message to a person for
an office's shipments of a sweep (letter Khánh Hòa 3; the roles are the carrier's setting).

Where nobody holds these roles the office's leaders are told, else the province's administrators. Where there are none either, nothing is
marked: each sweep looks again, and the shipments stand in the lists and among the figures of the portal's health as unowned.
"""
import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from onestop import clock
from onestop.history import WORKER
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people import shown
from onestop.people.models import Assignment, User
from onestop.people.states import PROVINCE_WIDE, Role
from postal.models import Carrier, Shipment, ShipmentEvent
from postal.states import UNFETCHED

log = logging.getLogger(__name__)
PER_SWEEP = 1000  # of one carrier at one office


def warn() -> int:
    """Tell the carrier's warn_roles of what has to be fetched within its warn_minutes; how many shipments."""
    moment = clock.now()
    return sum(_tell_groups(_unfetched().filter(
        carrier=carrier, warned_at=None, escalated_at=None, collect_due_at__gte=moment,
        collect_due_at__lte=moment + timedelta(minutes=carrier.warn_minutes)), "warn") for carrier in Carrier.objects.all())


def escalate() -> int:
    """Tell the carrier's late_roles of what was not fetched in time; how many shipments."""
    return _tell_groups(_unfetched().filter(escalated_at=None, collect_due_at__lt=clock.now()), "escalate")


def _unfetched() -> QuerySet[Shipment]:
    return Shipment.objects.filter(state__in=UNFETCHED, collected_at=None).select_related("carrier", "office")


def _tell_groups(waiting: QuerySet[Shipment], verb: str) -> int:
    """By carrier and office, so that those of whom nobody can be told keep none of the others waiting."""
    told = 0
    for carrier, office in waiting.order_by("carrier_id", "office_id").values_list("carrier_id", "office_id").distinct():
        group = list(waiting.filter(carrier=carrier, office=office).order_by("collect_due_at")[:PER_SWEEP])
        told += len(group) if group and or_next_sweep("a carrier's time", _tell_group, group, verb) else 0
    return told


@patiently
def _tell_group(group: list[Shipment], verb: str) -> bool:
    """One office's shipments: marked, noted and told in one transaction; those that somebody else marked first are left out. Whether
    there was anybody to tell."""
    field, moment = ("warned_at" if verb == "warn" else "escalated_at"), clock.now()
    due = {row.pk: row.collect_due_at for row in group}
    with transaction.atomic():
        held = _unfetched().select_for_update(of=("self",)).filter(pk__in=list(due), **{field: None}).order_by("pk")
        mine = [row for row in held if row.collect_due_at == due[row.pk]]
        if not mine or not _heard(mine, verb):
            return False
        Shipment.objects.filter(pk__in=[row.pk for row in mine]).update(**{field: moment})
        ShipmentEvent.objects.bulk_create(ShipmentEvent(
            subject=row, actor_label=WORKER, verb=verb, from_state=row.state, to_state=row.state) for row in mine)
    return True


def _heard(rows: list[Shipment], verb: str) -> bool:
    """Tell those with the carrier's roles, else the office's leaders, else the province's administrators; whether a message reaches
    anybody. An account without telephone and address is nobody."""
    carrier, office = rows[0].carrier, rows[0].office
    areas = {row.area_id for row in rows}
    for roles in (carrier.warn_roles if verb == "warn" else carrier.late_roles, [Role.LEADER], [Role.ADMINISTRATOR]):
        if _tell(rows, verb, people(carrier=carrier, office=office, roles=roles, areas=areas)):
            return True
    log.warning("nobody to tell of %d shipments of %s at %s (%s)", len(rows), carrier.code, office.code, verb)
    return False


def _tell(rows: list[Shipment], verb: str, heard_by: Iterable[User]) -> int:
    carrier, office = rows[0].carrier, rows[0].office
    first = min(row.collect_due_at for row in rows if row.collect_due_at is not None)
    group = "can-lay" if verb == "warn" else "can-xu-ly"
    url = f"{settings.PUBLIC_URL}{reverse('postal:shipments')}?nhom={group}&don_vi={office.code}"
    context = {"count": len(rows), "office": office.name, "carrier": carrier.name, "due": shown.moment_lazy(first), "url": url}
    template = "collection_due_soon" if verb == "warn" else "collection_late"
    told = [tell(event_key=f"shipments:{verb}:{min(row.pk for row in rows)}:{first.timestamp():.0f}", template=template, context=context,
                 recipient=Recipient(person.full_name, person.phone, person.email), office=office) for person in heard_by]
    return len(told) - told.count(None)


def people(*, carrier: Carrier, office: Office, roles: Iterable[str], areas: Iterable[int | None] = ()) -> list[User]:
    """Active staff with one of the roles today: at the office, or in its province for the roles that act for a whole one. Of the carrier's
    clerks those of this carrier, and of these only the ones for the communes of office or citizens where they have communes."""
    roles = set(roles)
    here = Assignment.objects.in_force(clock.today()).filter(
        Q(role__in=roles - PROVINCE_WIDE, office=office) | Q(role__in=roles & PROVINCE_WIDE, office__province_id=office.province_id))
    found = User.objects.filter(is_active=True, pk__in=here.exclude(role=Role.CARRIER).values("user_id"))
    clerks = User.objects.filter(is_active=True, pk__in=here.filter(role=Role.CARRIER).values("user_id")).filter(
        carrier_clerk__carrier=carrier).filter(
        Q(carrier_clerk__areas__isnull=True) | Q(carrier_clerk__areas__in=[pk for pk in (office.area_id, *areas) if pk is not None]))
    return sorted({*found, *clerks.distinct()}, key=lambda user: user.pk)
