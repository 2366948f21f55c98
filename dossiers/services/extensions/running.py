"""The background of a request: a slice of the work a job, the next slice by the next job; a sweep resumes what stands still."""
from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import Extension, ExtensionAnnex, ExtensionItem, ExtensionLift, IssuedForm
from dossiers.services.extensions import annexes, executing, freezing, lifting, notices, rows
from dossiers.services.extensions.assessors import Assessors
from dossiers.states import ExtensionState, FormKind, ItemState
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.transitions import Refused

log = logging.getLogger(__name__)
CHUNKS_A_JOB = 20  # a job is over within some seconds, so that others get their turn
LOOK_BACK = timedelta(days=7)


def execute(pk: int) -> int:
    """Carry out what is left of a request in one go, with its notices; how many dossiers. Safe to call again, also by two workers
    at once: no dossier is done twice, and a run that died is taken up where it stopped."""
    extension = _read(pk)
    if extension is None:
        return 0
    done = _advance(extension, None)
    notices.issue_notices(extension)
    return done


def work(pk: int) -> int:
    """One job's share; asks for the next job while there is more. A share that settles nothing leaves the rest to the sweep."""
    extension = _read(pk)
    if extension is None:
        return 0
    rows.alive(extension)
    try:
        done = _advance(extension, CHUNKS_A_JOB)
    except Refused as refusal:
        log.warning("request %s for more time waits for the next sweep: %s", pk, refusal.code)
        return 0
    if done and _unfinished().filter(pk=pk).exists():
        enqueue_after_commit("dossiers.execute_extension", pk)
    return done


def _read(pk: int) -> Extension | None:
    return Extension.objects.select_related("office", "directive", "decided_by").filter(pk=pk).first()


def _advance(extension: Extension, chunks: int | None) -> int:
    """Freeze, carry out or lift, whichever is next."""
    if extension.state == ExtensionState.ASSESSING:
        return freezing.freeze(extension, chunks=chunks)
    if extension.state == ExtensionState.APPROVED:
        done = executing.carry_out(extension, Assessors(extension), chunks=chunks)
        executing.finish(extension)
        return done
    return lifting.carry_out(extension, chunks=chunks)


def follow_up(pk: int) -> int:
    """What follows a run, outside of it: the annex, then some of the notices (form 04), then another job for the next ones."""
    extension = _read(pk)
    if extension is None or extension.state not in (ExtensionState.DONE, ExtensionState.LIFTED):
        return 0
    rows.alive(extension)
    annexes.make_annexes(extension)
    printed = notices.issue_notices(extension, limit=notices.A_JOB)
    if printed == notices.A_JOB:
        enqueue_after_commit("dossiers.follow_up_extension", pk)
    return printed


def resume() -> int:
    """Ask again for the jobs of requests that gave no sign for EXTENSION_STALL_SECONDS: their worker died, or the job was lost."""
    since = clock.now() - timedelta(seconds=settings.EXTENSION_STALL_SECONDS)
    silent = Q(worked_at__isnull=True) | Q(worked_at__lte=since)
    unfinished = list(_unfinished().filter(silent).values_list("pk", flat=True))
    unprinted = list(_unprinted().filter(silent).values_list("pk", flat=True))
    with transaction.atomic():
        for pk in unfinished:
            enqueue_after_commit("dossiers.execute_extension", pk)
        for pk in unprinted:
            enqueue_after_commit("dossiers.follow_up_extension", pk)
    return len(unfinished) + len(unprinted)


def _unfinished() -> QuerySet[Extension]:
    """Requests that are being frozen, carried out or lifted."""
    to_lift = ExtensionLift.objects.filter(extension=OuterRef("pk"), finished_at__isnull=True)
    at_work = Q(state__in=(ExtensionState.ASSESSING, ExtensionState.APPROVED))
    return Extension.objects.filter(at_work | Exists(to_lift)).order_by("pk")


def _unprinted() -> QuerySet[Extension]:
    """Requests carried out of late whose annex or a dossier's notice is missing."""
    done = ExtensionItem.objects.filter(extension=OuterRef("pk"), state=ItemState.DONE)
    made = IssuedForm.objects.filter(dossier=OuterRef("dossier"), kind=FormKind.EXTENSION, issued_at__gte=OuterRef("extension__decided_at"))
    annexed = ExtensionAnnex.objects.filter(extension=OuterRef("pk"))
    closed = Extension.objects.filter(state__in=(ExtensionState.DONE, ExtensionState.LIFTED), decided_at__gt=clock.now() - LOOK_BACK)
    return closed.filter(Exists(done.filter(~Exists(made))) | Exists(done[1:2]) & ~Exists(annexed)).order_by("pk")
