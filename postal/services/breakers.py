"""The breaker of each carrier: too many failures in a row, and nothing is sent to it for a while; longer each time."""
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.breaker import Standing
from onestop.notify.channels import Temporary
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused
from postal import policies
from postal.carriers import Outcome
from postal.models import Carrier, CarrierChange

NOT_YOURS = _("Chỉ quản trị hệ thống của tỉnh được làm việc này.")


def resting(carrier: Carrier) -> bool:
    """Whether nothing is sent to a carrier at this moment."""
    return Standing(carrier.failures, carrier.rest_until).resting(clock.now())


def heard(carrier: Carrier, outcome: Outcome) -> None:
    """Count what came of an order. A carrier that refuses, or asks for patience (429), has answered."""
    if isinstance(outcome, Temporary) and not outcome.pause:
        failed(carrier)
    else:
        answered(carrier)


@patiently
def failed(carrier: Carrier) -> None:
    """One more failure in a row."""
    with transaction.atomic():
        row = Carrier.objects.select_for_update(of=("self",)).get(pk=carrier.pk)
        standing = Standing(row.failures, row.rest_until).failed(clock.now(), limit=settings.CARRIER_BREAKER_FAILURES,
                                                                 longest=settings.CARRIER_BREAKER_LONGEST)
        row.failures, row.rest_until = standing.failures, standing.rest_until
        row.save(update_fields=["failures", "rest_until"])


def answered(carrier: Carrier) -> None:
    """The carrier is there: the next failure is a first one. A healthy carrier's row is not touched."""
    Carrier.objects.filter(pk=carrier.pk, failures__gt=0).update(failures=0, rest_until=None)


@patiently
def reset(*, actor: User, carrier: Carrier) -> Carrier:
    """Send to a carrier again at once. Twice changes nothing. Raises Refused: 'forbidden' 403."""
    with transaction.atomic():
        row = Carrier.objects.select_for_update(of=("self",)).get(pk=carrier.pk)
        if not policies.can_keep_carrier(actor, row):
            raise Refused("forbidden", NOT_YOURS, status=403)
        if row.failures:
            data = {"failures": row.failures, "rest_until": row.rest_until.isoformat() if row.rest_until else None}
            row.failures, row.rest_until = 0, None
            row.save(update_fields=["failures", "rest_until"])
            CarrierChange.objects.create(subject=row, actor=actor, verb="reset_breaker", data=data)
    return row
