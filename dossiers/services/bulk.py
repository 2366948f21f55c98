"""One verb for many dossiers: chosen once, carried out in the background, an outcome for each; nothing twice after a crash."""
from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from dossiers.models import BulkItem, BulkRun, Dossier
from dossiers.services import intake, letters, processing
from dossiers.services.applicants import long_text
from dossiers.states import BulkVerb, ItemState, ReturnMethod, RunState
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

log = logging.getLogger(__name__)
PER_JOB = 50  # dossiers of one job; the next job goes on
PER_SWEEP = 20
Act = Callable[[User, Dossier, Mapping[str, Any], str], object]


def _assign(actor: User, dossier: Dossier, params: Mapping[str, Any], via: str) -> object:
    assignee = User.objects.filter(pk=params.get("assignee"), is_active=True).first()
    if assignee is None:
        raise Refused("wrong_assignee", _("Vui lòng chọn người thụ lý."))
    return processing.assign(actor=actor, dossier=dossier, assignee=assignee, via=via, note=str(params.get("note", "")))


def _note(actor: User, dossier: Dossier, params: Mapping[str, Any], via: str) -> object:
    return processing.write_note(actor=actor, dossier=dossier, text=str(params.get("note", "")), via=via)


def _message(actor: User, dossier: Dossier, params: Mapping[str, Any], via: str) -> object:
    return letters.write(actor=actor, dossier=dossier, text=str(params.get("note", "")), via=via)


def _hand_over(actor: User, dossier: Dossier, params: Mapping[str, Any], via: str) -> object:
    if dossier.return_method != ReturnMethod.COUNTER:
        raise Refused("not_at_counter", _("Công dân không nhận kết quả tại quầy (%(method)s); trả từng hồ sơ theo cách đã chọn.") % {
            "method": dossier.get_return_method_display()})
    return processing.hand_over(actor=actor, dossier=dossier, via=via, note=str(params.get("note", "")))


def _plain(verb: Callable[..., object]) -> Act:
    return lambda actor, dossier, params, via: verb(actor=actor, dossier=dossier, via=via, note=str(params.get("note", "")))


@dataclass(frozen=True)
class Doing:
    """How a verb is done for one dossier. `whole`: in one transaction with its item; else (a file is made after it) the dossier's
    history says whether this run has done it."""

    act: Act
    event: str
    whole: bool = True


VERBS: dict[str, Doing] = {
    BulkVerb.ASSIGN: Doing(_assign, "assign"), BulkVerb.START: Doing(_plain(processing.start), "start"),
    BulkVerb.ACCEPT: Doing(_plain(intake.accept), "accept", whole=False), BulkVerb.NOTE: Doing(_note, "note"),
    BulkVerb.MESSAGE: Doing(_message, "letter"), BulkVerb.DECIDE: Doing(_plain(processing.decide), "decide"),
    BulkVerb.HAND_OVER: Doing(_hand_over, "hand_over"),
}
NEEDS_TEXT = frozenset({BulkVerb.NOTE, BulkVerb.MESSAGE})


@patiently
def start(*, actor: User, verb: str, dossiers: Sequence[Dossier], params: Mapping[str, Any]) -> BulkRun:
    """Freeze the list and ask for the job. The caller has checked that the actor may see these dossiers; rights are checked for each.

    Raises Refused: 'unknown_verb', 'nothing_chosen', 'too_many' (BULK_MOST), 'invalid' with fields note, assignee.
    """
    if verb not in VERBS:
        raise Refused("unknown_verb", _("Vui lòng chọn việc cần làm."))
    chosen = list(dict.fromkeys(dossier.pk for dossier in dossiers))
    if not chosen:
        raise Refused("nothing_chosen", _("Vui lòng chọn ít nhất một hồ sơ."))
    if len(chosen) > settings.BULK_MOST:
        raise Refused("too_many", _("Mỗi lần làm được tối đa %(most)s hồ sơ.") % {"most": settings.BULK_MOST})
    if verb in NEEDS_TEXT and not long_text(str(params.get("note", ""))):
        raise Refused("invalid", _("Vui lòng ghi nội dung."), fields={"note": [_("Vui lòng ghi nội dung.")]})
    if verb == BulkVerb.ASSIGN and not params.get("assignee"):
        raise Refused("invalid", _("Vui lòng chọn người thụ lý."), fields={"assignee": [_("Vui lòng chọn người thụ lý.")]})
    with transaction.atomic():
        run: BulkRun = BulkRun.objects.create(verb=verb, params=dict(params), started_by=actor)
        BulkItem.objects.bulk_create([BulkItem(run=run, dossier_id=pk) for pk in chosen], batch_size=200)
        enqueue_after_commit("dossiers.carry_out_bulk", run.pk)
    return run


def carry_out(pk: int) -> int:
    """Do the next PER_JOB dossiers of a run, each in its own transaction; how many. The rest is asked for again, and a run that died
    is taken up where it stopped; two workers at once do nothing twice."""
    run = BulkRun.objects.select_related("started_by").filter(pk=pk, state=RunState.RUNNING).first()
    if run is None:
        return 0
    waiting = list(run.items.filter(state=ItemState.WAITING).values_list("pk", flat=True)[:PER_JOB])
    done = sum(_tried(item, run) for item in waiting)
    with transaction.atomic():
        if not finish(run) and done:
            enqueue_after_commit("dossiers.carry_out_bulk", run.pk)
    return done


def _tried(pk: int, run: BulkRun) -> bool:
    """One item; one whose row is held by somebody else is left for later, and a fault of ours at one keeps none of the others waiting."""
    try:
        return do_item(pk, run)
    except Refused:
        return False
    except OperationalError:
        raise
    except Exception:
        log.exception("item %s of run %s", pk, run.pk)
        with transaction.atomic():
            item = _claimed(pk)
            return item is not None and _settled(item, _("Có lỗi ở phía cổng; hồ sơ này chưa được xử lý."))


@patiently
def do_item(pk: int, run: BulkRun) -> bool:
    """One dossier of a run, with its outcome; whether this call did it. Raises Refused('busy')."""
    doing, via = VERBS[run.verb], f"bulk:{run.pk}"
    if doing.whole:
        with transaction.atomic():
            item = _claimed(pk)
            return item is not None and _settled(item, _outcome(item, run, doing, via))
    item = BulkItem.objects.select_related("dossier").filter(pk=pk, state=ItemState.WAITING).first()
    if item is None:
        return False
    outcome = _outcome(item, run, doing, via)
    with transaction.atomic():
        claimed = _claimed(pk)
        return claimed is not None and _settled(claimed, outcome)


def _claimed(pk: int) -> BulkItem | None:
    rows = BulkItem.objects.select_for_update(of=("self",), skip_locked=True).select_related("dossier")
    return rows.filter(pk=pk, state=ItemState.WAITING).first()


def _outcome(item: BulkItem, run: BulkRun, doing: Doing, via: str) -> str:
    """'' where it worked, else the sentence of the refusal. Raises Refused('busy')."""
    try:
        with transaction.atomic() if doing.whole else nullcontext():
            doing.act(run.started_by, item.dossier, run.params, via)
    except Refused as refusal:
        if refusal.code == "busy":
            raise
        if not doing.whole and item.dossier.events.filter(verb=doing.event, data__via=via).exists():
            return ""  # done by this run, which died before it could say so
        return str(refusal.sentence)
    return ""


def _settled(item: BulkItem, outcome: str) -> bool:
    item.state, item.outcome = (ItemState.FAILED if outcome else ItemState.DONE), outcome[:255]
    item.save(update_fields=["state", "outcome"])
    BulkRun.objects.filter(pk=item.run_id).update(beat_at=clock.now())
    return True


@patiently
def finish(run: BulkRun) -> bool:
    """Close a run of which nothing waits; whether it is closed."""
    if BulkItem.objects.filter(run=run, state=ItemState.WAITING).exists():
        return False
    BulkRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=RunState.DONE, finished_at=clock.now())
    return True


def resume() -> int:
    """Ask again for the jobs of runs that stand still (BULK_STALL_SECONDS); how many."""
    still = clock.now() - timedelta(seconds=settings.BULK_STALL_SECONDS)
    running = BulkRun.objects.filter(state=RunState.RUNNING, beat_at__lt=still).order_by("pk")
    waiting = list(running.values_list("pk", flat=True)[:PER_SWEEP])
    for pk in waiting:
        with transaction.atomic():
            enqueue_after_commit("dossiers.carry_out_bulk", pk)
    return len(waiting)
