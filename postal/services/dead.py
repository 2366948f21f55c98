"""Dead letters: let them be told to the carrier again, one, some, or all of a carrier."""
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import or_next_sweep
from onestop.people.models import User
from onestop.transitions import Refused
from postal import policies
from postal.models import Carrier, CarrierChange, Shipment, ShipmentQuerySet
from postal.services import breakers, handling, mending
from postal.services.breakers import NOT_YOURS
from postal.states import DEAD_LETTERS, State

PER_JOB = 200


def retry_some(*, actor: User, shipments: Iterable[Shipment]) -> int:
    """Tell the carrier again of each, under the same id, in its own transaction; how many. What is no dead letter any more stays."""
    return sum(_retry(actor, shipment) for shipment in shipments)


def _retry(actor: User, shipment: Shipment) -> bool:
    return or_next_sweep(f"shipment {shipment.pk}", partial(_again, actor=actor, shipment=shipment))


def _again(*, actor: User, shipment: Shipment) -> bool:
    return handling.retry(actor=actor, shipment=shipment).state == State.READY


def cancel_some(*, actor: User, shipments: Iterable[Shipment], reason: str) -> int:
    """Give each up, with a reason; how many. Raises Refused: 'reason_missing'."""
    reason = handling.reason_of(reason)
    return sum(or_next_sweep(f"shipment {shipment.pk}", partial(_given_up, actor=actor, shipment=shipment, reason=reason))
               for shipment in shipments)


def _given_up(*, actor: User, shipment: Shipment, reason: str) -> bool:
    return mending.cancel(actor=actor, shipment=shipment, reason=reason).state == State.CANCELLED


def retry_carrier(*, actor: User, carrier: Carrier) -> int:
    """The same for all of a carrier, whose breaker is reset: the first ones at once, the rest in the background; how many there are.

    Raises Refused: 'forbidden' 403.
    """
    if not policies.can_keep_carrier(actor, carrier):
        raise Refused("forbidden", NOT_YOURS, status=403)
    breakers.reset(actor=actor, carrier=carrier)
    waiting = _of(carrier.pk, actor).count()
    with transaction.atomic():
        if waiting:
            CarrierChange.objects.create(subject=carrier, actor=actor, verb="retry_all", data={"count": waiting})
    go_on(carrier.pk, actor.pk, int(clock.now().timestamp()) + 1)
    return waiting


def go_on(carrier: int, actor: int, asked: int) -> int:
    """The next ones of those that were dead letters when it was asked for (seconds since 1970); how many."""
    user = User.objects.get(pk=actor)
    left = _of(carrier, user).filter(moved_at__lte=datetime.fromtimestamp(asked, clock.TZ)).order_by("pk")[:PER_JOB]
    done = retry_some(actor=user, shipments=left)
    if done and len(left) == PER_JOB:
        enqueue_after_commit("postal.retry_dead", carrier, actor, asked)
    return done


def _of(carrier: int, user: User) -> ShipmentQuerySet:
    return Shipment.objects.visible_to(user).filter(carrier=carrier, state__in=DEAD_LETTERS)
