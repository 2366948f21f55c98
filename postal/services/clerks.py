"""Which carrier a clerk works for, and in which communes."""
from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import policies
from postal.models import Carrier, CarrierChange, CarrierClerk


@patiently
def appoint(*, actor: User, user: User, carrier: Carrier, areas: Sequence[Area] = ()) -> CarrierClerk:
    """Say for which carrier somebody with the role carrier works, and where (no communes: the whole province). Done twice changes nothing.

    Raises Refused: 'forbidden' 403, 'wrong_area' for a commune of another province.
    """
    provinces = set(user.provinces_as(Role.CARRIER))
    if not policies.can_appoint(actor, user) or not policies.can_manage_points(actor, carrier):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    if any(_province(area) not in provinces for area in areas):
        sentence = _("Xã, phường không thuộc tỉnh của nhân viên này.")
        raise Refused("wrong_area", sentence, fields={"areas": [sentence]})
    with transaction.atomic():
        row, made = CarrierClerk.objects.select_for_update().get_or_create(user=user, defaults={"carrier": carrier})
        before = (row.carrier_id, sorted(row.areas.values_list("pk", flat=True)))
        wanted = (carrier.pk, sorted(area.pk for area in areas))
        if before != wanted or made:
            row.carrier = carrier
            row.save(update_fields=["carrier"])
            row.areas.set(areas)
            CarrierChange.objects.create(subject=carrier, actor=actor, verb="appoint_clerk",
                                         data={"clerk": user.username, "areas": [area.code for area in areas]})
    return row


def _province(area: Area) -> int:
    while area.parent is not None:
        area = area.parent
    return area.pk
