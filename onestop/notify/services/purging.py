"""What is kept no longer than it is needed (rules.md 9: contact data has a purge of its own): subscriptions that nobody confirmed, and the
people of broadcasts that are over. Their figures stay."""
from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from onestop import clock
from onestop.notify.models import Broadcast, BroadcastPerson, Message, Subscription
from onestop.notify.services.broadcast_sending import figures
from onestop.notify.services.broadcasts import forget_file, note
from onestop.notify.states import SUBSCRIPTION_TRANSITIONS, TO_SEND, BroadcastState, State, SubscriptionState
from onestop.patience import each_part, or_next_sweep, patiently

log = logging.getLogger(__name__)
CHUNK = 1000  # rows a transaction
CHUNKS_A_SWEEP = 100


def sweep() -> dict[str, int]:
    """Everything once; how many rows of each are gone."""
    return each_part("notify.purge", {"subscriptions": forget_unconfirmed, "broadcasts": close_lists, "people": forget_people})


def forget_unconfirmed() -> int:
    """Subscriptions asked for SUBSCRIPTION_DAYS ago or earlier that nobody confirmed; how many. Who had ended one before only goes back
    to that: an objection is kept."""
    done = 0
    for _turn in range(CHUNKS_A_SWEEP):
        found = _forget_some()
        done += found
        if found < CHUNK:
            break
    if done:
        log.info("%d subscriptions that nobody confirmed are gone", done)
    return done


@patiently
def _forget_some() -> int:
    with transaction.atomic():
        since = clock.now() - timedelta(days=settings.SUBSCRIPTION_DAYS)
        rows = Subscription.objects.select_for_update(skip_locked=True).filter(state=SubscriptionState.WAITING, asked_at__lte=since)
        found = list(rows.order_by("pk").values_list("pk", "ended_at")[:CHUNK])
        before = Subscription.objects.filter(pk__in=[pk for pk, ended in found if ended is not None])
        before.update(state=SUBSCRIPTION_TRANSITIONS["end"][1], code_digest="", code_until=None, consent_words="")
        Subscription.objects.filter(pk__in=[pk for pk, ended in found if ended is None]).delete()
    return len(found)


def close_lists() -> int:
    """Broadcasts that ended CONTACT_LIST_DAYS ago or earlier, and of which nothing is under way: their figures are written down, their
    people are deleted next; how many."""
    since = clock.now() - timedelta(days=settings.CONTACT_LIST_DAYS)
    over = Broadcast.objects.filter(state__in=[BroadcastState.DONE, BroadcastState.CANCELLED], ended_at__lte=since, purged_at__isnull=True)
    under_way = Message.objects.filter(broadcast__isnull=False, state__in=[*TO_SEND, State.SENDING]).values("broadcast")
    rows = over.exclude(pk__in=under_way).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    return sum(or_next_sweep("the list of a broadcast", _close_list, pk) for pk in rows)


@patiently
def _close_list(pk: int) -> bool:
    with transaction.atomic():
        row = Broadcast.objects.select_for_update(of=("self",)).select_related("directive").filter(pk=pk, purged_at__isnull=True).first()
        if row is None:
            return False
        found = figures(row)
        row.totals = {"by_state": dict(found.by_state), "left_out": dict(found.left_out), "waiting": found.waiting}
        row.purged_at = clock.now()
        row.save(update_fields=["totals", "purged_at"])
        note(row, "purge", row.state, data=row.totals)
        forget_file(row)
    return True


def forget_people() -> int:
    """The people of lists whose figures are written down, also where a job died among them; how many."""
    done = 0
    for _turn in range(CHUNKS_A_SWEEP):
        keys = list(BroadcastPerson.objects.filter(broadcast__purged_at__isnull=False).values_list("pk", flat=True)[:CHUNK])
        if not keys:
            break
        done += BroadcastPerson.objects.filter(pk__in=keys).delete()[0]
    return done
