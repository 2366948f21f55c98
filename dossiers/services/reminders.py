"""Reminders of results that nobody fetched, computed from the rows; and what takes back any reminder that is not true any more.

A result that waits at the counter is reminded of RESULT_REMIND_DAYS after it was there, each of these once, only the nearest where the
worker was late. It ends with the hand-over or another way of return. Whether somebody has an appointment to fetch it is not known
here: the text says that they need not mind it then.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from dossiers.models import Dossier, Draft, PaymentRequest, Supplement
from dossiers.services.records import claim, inform, write_event
from dossiers.services.supplement_sweeps import OPEN, WAITS
from dossiers.states import Handover, PaymentState, ReturnMethod, State
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.services import obsolete
from onestop.notify.states import TO_SEND
from onestop.patience import each_part, or_next_sweep, patiently

CHUNK = 500
# A result that has waited for so much longer than the last of the days is none of a reminder's business: the worker was away for
# weeks, or the days were set anew.
TOO_LATE = timedelta(days=14)
LOOK_AHEAD = timedelta(minutes=30)  # unsent reminders that go out within this are looked at once more
HERE = frozenset({Handover.READY, Handover.FAILED})  # also what could not be given at somebody's home
WAITING = Q(state=State.DECIDED, return_method=ReturnMethod.COUNTER, handover__in=sorted(HERE))
UNCOLLECTED, VERB = "dossier_uncollected", "remind_result"


def sweep() -> dict[str, int]:
    """Everything once; how much of each."""
    return each_part("reminders", {"taken_back": take_back, "uncollected": remind_uncollected})


# --- results that wait at the counter -----------------------------------------------------------------------------

def remind_uncollected() -> int:
    """Write the reminders that are due and not yet written; how many."""
    now, written = clock.now(), 0
    days = sorted({days for days in settings.RESULT_REMIND_DAYS if days > 0}, reverse=True)
    since = now - timedelta(days=days[0]) - TOO_LATE if days else now
    for after in days:
        until = now - timedelta(days=after)
        due = Dossier.objects.filter(WAITING, decided_at__gt=since, decided_at__lte=until,
                                     uncollected_reminders__lt=after)
        for dossier in _in_chunks(due):
            written += or_next_sweep(f"reminder of the result of dossier {dossier.pk}", remind_one, dossier)
        since = until
    return written


def _in_chunks(rows: QuerySet[Dossier]) -> Iterator[Dossier]:
    """In the order of the index on decided_at, so that each is met once however many are written meanwhile."""
    last: tuple[datetime, int] | None = None
    while True:
        beyond = Q() if last is None else Q(decided_at__gte=last[0]) & (Q(decided_at__gt=last[0]) | Q(pk__gt=last[1]))
        found = list(rows.filter(beyond).order_by("decided_at", "pk").only("pk", "decided_at")[:CHUNK])
        yield from found
        if len(found) < CHUNK or found[-1].decided_at is None:
            return
        last = (found[-1].decided_at, found[-1].pk)


@patiently
def remind_one(dossier: Dossier) -> bool:
    """One reminder; False where the result was fetched or goes another way meanwhile, or has not waited here for so long."""
    with transaction.atomic():
        found = claim(dossier)
        waited = clock.now() - waits_since(found)
        days = max((days for days in settings.RESULT_REMIND_DAYS if timedelta(days=days) <= waited), default=0)
        if not waits(found) or found.uncollected_reminders >= days:
            return False
        found.uncollected_reminders = days
        found.save(update_fields=["uncollected_reminders"])
        obsolete(event_key_prefix=f"dossier:{found.pk}:{VERB}")  # an earlier one that could not be sent yet says the same
        event = write_event(found, VERB, actor=None, via="worker", before=found.state, public=False, data={"days": days})
        inform(found, event, UNCOLLECTED, since=lambda: f"{clock.local(waits_since(found)):%d/%m/%Y}")
    return True


def waits(dossier: Dossier) -> bool:
    """Whether a result lies at the counter for somebody to fetch it."""
    return (dossier.state, dossier.return_method) == (State.DECIDED, ReturnMethod.COUNTER) and dossier.handover in HERE


def waits_since(dossier: Dossier) -> datetime:
    """Since when it lies there: the decision, or the citizen's last choice of the counter."""
    chosen = dossier.events.filter(verb="change_return").order_by("at").values_list("at", flat=True).last()
    decided = dossier.decided_at or clock.now()
    return max(decided, chosen) if chosen else decided


# --- what is not true any more ------------------------------------------------------------------------------------

def take_back() -> int:
    """Reminders about to be sent of what has been done meanwhile: fetched, completed, paid, handed in; how many."""
    soon = Message.objects.filter(state__in=TO_SEND, next_attempt_at__lte=clock.now() + LOOK_AHEAD, template_key__in=STILL_TRUE)
    taken, last = 0, 0
    while messages := list(soon.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        for template, still in STILL_TRUE.items():
            about = {row.event_key: int(row.event_key.split(":")[1]) for row in messages if row.template_key == template}
            true = still(set(about.values())) if about else set()
            taken += sum(obsolete(event_key_prefix=key) for key, pk in about.items() if pk not in true)
        last = messages[-1].pk
    return taken


def _not_fetched(pks: set[int]) -> set[int]:
    return set(Dossier.objects.filter(WAITING, pk__in=pks).values_list("pk", flat=True))


def _not_completed(pks: set[int]) -> set[int]:
    still = Supplement.objects.filter(OPEN, WAITS, dossier__in=pks, reminded_at__isnull=False)
    return set(still.values_list("dossier_id", flat=True))


def _not_paid(pks: set[int]) -> set[int]:
    return set(PaymentRequest.objects.filter(dossier__in=pks, state=PaymentState.OPEN, due_on__gte=clock.today()).values_list(
        "dossier_id", flat=True))


def _not_handed_in(pks: set[int]) -> set[int]:
    """Drafts by their own ids; whose form was saved after the reminder are kept longer than it says."""
    return set(Draft.objects.filter(pk__in=pks, dossier__isnull=True, reminded_at__isnull=False).values_list("pk", flat=True))


STILL_TRUE: Mapping[str, Callable[[set[int]], set[int]]] = {
    UNCOLLECTED: _not_fetched, "dossier_supplement_reminder": _not_completed, "payment_reminder": _not_paid, "draft_ends": _not_handed_in,
}
