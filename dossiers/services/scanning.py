"""Looking files through for viruses: by a job after each upload, and again by beat for what could not be told."""
from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from dossiers import scanner
from dossiers.models import Upload
from dossiers.scanner import Verdict
from dossiers.services.files import scans
from dossiers.services.records import claim, inform, write_event
from dossiers.states import ScanState
from onestop import clock
from onestop.history import WORKER

log = logging.getLogger(__name__)
OPEN = (ScanState.UNCHECKED, ScanState.FAILED)
PER_SWEEP = 50
SETTLING = timedelta(minutes=1)  # a file this young has a job of its own
AGAIN = timedelta(minutes=10)  # after which a file that could not be told is tried again
UNREACHABLE_IN_A_ROW = 3


def scan(pk: int) -> Verdict | None:
    """Look one file through and keep what the scanner said; None where there is nothing (more) to look at."""
    upload = Upload.objects.filter(pk=pk, received__isnull=True, scan_state__in=OPEN).first()
    if upload is None or not scans():
        return None
    try:
        with upload.file.open("rb") as content:
            verdict = scanner.look(content)
    except FileNotFoundError:
        log.error("upload %s has lost its file", pk)
        verdict = Verdict(ScanState.FAILED, "file lost")
    settle(pk, verdict)
    return verdict


def settle(pk: int, verdict: Verdict) -> bool:
    """Keep a verdict; a virus in a dossier's file is told to the citizen, who sends another. Whether it was news."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=pk, scan_state__in=OPEN).first()
        if upload is None:
            return False
        upload.scan_state, upload.scan_note, upload.scanned_at = verdict.state, verdict.note, clock.now()
        upload.save(update_fields=["scan_state", "scan_note", "scanned_at"])
        if verdict.state == ScanState.INFECTED and upload.dossier is not None and not upload.by_office:
            dossier = claim(upload.dossier)
            event = write_event(dossier, "infected", actor=None, via="worker", label=WORKER, before=dossier.state,
                                data={"upload": str(upload.key)})
            inform(dossier, event, "dossier_infected")
    return True


def sweep() -> int:
    """Files whose job was lost and files the scanner could not tell; how many were looked at. Stops where nobody answers."""
    if not scans():
        return 0
    now = clock.now()
    waiting = Q(scan_state=ScanState.UNCHECKED, created_at__lt=now - SETTLING) | Q(
        scan_state=ScanState.FAILED, scanned_at__lt=now - AGAIN)
    alive = Q(dossier__isnull=False) | Q(expires_at__gt=now)
    done = lost = 0
    rows = Upload.objects.filter(waiting, alive, received__isnull=True).order_by("scanned_at", "pk")
    for pk in rows.values_list("pk", flat=True)[:PER_SWEEP]:
        verdict = scan(pk)
        done += verdict is not None
        lost = lost + 1 if verdict is not None and not verdict.reached else 0
        if lost >= UNREACHABLE_IN_A_ROW:
            log.warning("the virus scanner does not answer; %s files wait", UNREACHABLE_IN_A_ROW)
            break
    return done
