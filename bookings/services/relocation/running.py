"""A run at work: a chunk of its people a job, each in a transaction of its own; a sweep resumes what stands still."""
from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import relocations
from bookings.candidates import Finder
from bookings.models import Relocation, RelocationEvent, RelocationItem
from bookings.services.relocation.answers import note_changes
from bookings.services.relocation.chasing import chase
from bookings.services.relocation.settling import settle
from bookings.services.relocation.starting import freeze
from bookings.states import RELOCATION_TRANSITIONS, MoveOutcome, RelocationKind, RelocationState
from onestop import clock
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.transitions import Refused, step

log = logging.getLogger(__name__)
CHUNK = 20  # people a job: short enough that other jobs get their turn


def work(*, relocation_id: int) -> int:
    """Settle the next people of a run and ask for another job while some are left; gives how many were settled now.

    Two workers at once do no harm: an item is taken by the first statement of its transaction. A round that settles nobody
    (the database is busy) leaves the rest to the sweep.
    """
    run = Relocation.objects.select_related("area__parent__parent", "province").filter(pk=relocation_id).first()
    if run is None or run.state != RelocationState.RUNNING:
        return 0
    if run.reopened_at is not None:
        _let_go(run)
    waiting = list(run.items.filter(outcome=MoveOutcome.PENDING).order_by("rank", "pk").values_list("pk", flat=True)[:CHUNK])
    finder = Finder(relocations.scope_of(run))
    settled = sum(_settled(pk, finder) for pk in waiting)
    if not waiting and _finished(run):
        return 0
    if settled or not waiting:
        enqueue_after_commit("bookings.relocate", run.pk)
    return settled


def _settled(pk: int, finder: Finder) -> bool:
    """One person's trouble must not keep the others waiting: whatever it is, the item stays for a later round."""
    try:
        return settle(item_id=pk, finder=finder) != MoveOutcome.PENDING
    except Refused as refusal:
        log.info("item %s of a rebooking run waits for the next round: %s", pk, refusal.code)
    except Exception:
        log.exception("item %s of a rebooking run could not be settled", pk)
    return False


def _let_go(run: Relocation) -> None:
    """The place opened again before these people's turn came: they keep what they have."""
    why = str(_("Đơn vị mở lại sớm; lịch hẹn giữ nguyên."))
    run.items.filter(outcome=MoveOutcome.PENDING).update(outcome=MoveOutcome.SKIPPED, note=why[:255])


@patiently
@transaction.atomic
def _finished(run: Relocation) -> bool:
    """End the run, unless somebody is left, or somebody was booked while it began: then that person is written down too."""
    row = Relocation.objects.select_for_update(of=("self",), no_key=True).select_related("area__parent__parent", "province").get(pk=run.pk)
    if row.state != RelocationState.RUNNING:
        return True
    if row.items.filter(outcome=MoveOutcome.PENDING).exists():
        return False
    if row.kind != RelocationKind.LIMITS and row.reopened_at is None and _late(row):
        return False
    done = step(RELOCATION_TRANSITIONS, "finish", row.state, sentence="")
    row.state, row.finished_at = done.after, clock.now()
    row.save(update_fields=["state", "finished_at"])
    RelocationEvent.objects.create(subject=row, actor_label=WORKER, verb=done.verb, from_state=done.before, to_state=done.after,
                                   data=relocations.progress(row).outcomes)
    return True


def _late(run: Relocation) -> bool:
    freeze(run, relocations.scope_of(run))
    return run.items.filter(outcome=MoveOutcome.PENDING).exists()


def resume() -> int:
    """Ask again for the jobs of runs that gave no sign for RELOCATION_STALL_SECONDS: their worker died, or the job was lost."""
    since = clock.now() - timedelta(seconds=settings.RELOCATION_STALL_SECONDS)
    running = Relocation.objects.filter(state=RelocationState.RUNNING, started_at__lte=since)
    alive = RelocationItem.objects.filter(relocation__in=running, told_at__gt=since).values("relocation")
    woken = RelocationEvent.objects.filter(subject__in=running, verb="resume", at__gt=since).values("subject")
    still = list(running.exclude(pk__in=alive).exclude(pk__in=woken).values_list("pk", flat=True))
    for pk in still:
        _wake(pk)
    return len(still)


@transaction.atomic
def _wake(pk: int) -> None:
    RelocationEvent.objects.create(subject_id=pk, actor_label=WORKER, verb="resume", from_state=RelocationState.RUNNING,
                                   to_state=RelocationState.RUNNING)
    enqueue_after_commit("bookings.relocate", pk)


def sweep() -> None:
    """What beat asks for: resume, see who answered by another way, put on the call list who was not reached."""
    resume()
    note_changes()
    chase()
