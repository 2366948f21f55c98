"""Carriers without an API: manifests out, their events in.

No file is touched inside a transaction, and a kill at any moment repeats only what is harmless. A manifest claims its shipments first
(committed); its file follows from these rows alone, under a name that the row fixes, and is renamed into its place; then each shipment is
settled. What was interrupted is gone on with by the next sweep: the same file, the same rows. A file of the carrier is its content: its
rows count once each as events, then the file is noted, then it is put aside.
"""
import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onestop import clock
from onestop.patience import each_part, or_next_sweep, patiently
from onestop.sheets import Unreadable
from onestop.transitions import Refused
from postal import manifests
from postal.carriers import adapters, content, folder
from postal.models import Carrier, CarrierFile, Manifest, Shipment, ShipmentQuerySet
from postal.services import breakers, dispatch, events
from postal.services.steps import move
from postal.services.timing import started
from postal.states import Adapter, ManifestState, State

log = logging.getLogger(__name__)
CANNOT_WRITE = gettext_lazy("Không ghi được tệp bảng kê vào thư mục trao đổi.")
FAULTS_KEPT = 500  # of one file


def sweep() -> dict[str, int]:
    """For every carrier by file: go on with what was begun, write what is due, read what has come; how much of each. Before that, events
    whose words were explained while no worker ran."""
    parts: dict[str, Callable[[], int]] = {"explained words": events.apply_explained}
    for carrier in Carrier.objects.filter(adapter=Adapter.FILE).order_by("pk"):
        parts |= {f"manifests of {carrier.code}": partial(send, carrier), f"files of {carrier.code}": partial(collect, carrier)}
    return each_part("the carriers' files", parts)


# --- out ----------------------------------------------------------------------------------------------------------

def send(carrier: Carrier) -> int:
    """Finish manifests that were begun, then write those that are due; how many were written. It stops where writing fails."""
    written = 0
    for pk in _unfinished(carrier):
        if not finish(pk):
            return written
        written += 1
    while carrier.active and not breakers.resting(carrier) and (manifest := claim(carrier)) is not None and finish(manifest.pk):
        written += 1
    return written


def _unfinished(carrier: Carrier) -> list[int]:
    if breakers.resting(carrier):
        return []
    return list(Manifest.objects.filter(carrier=carrier, state=ManifestState.MAKING).order_by("pk").values_list("pk", flat=True))


def due_since(times: list[str], now: datetime) -> datetime:
    """The last of a carrier's times of the day that has passed: what was ready then goes out. Without times: now."""
    today = clock.local(now).date()
    moments = [datetime.combine(day, time.fromisoformat(text), clock.TZ) for text in times for day in (today, today - timedelta(days=1))]
    return max((moment for moment in moments if moment <= now), default=now)


@patiently
def claim(carrier: Carrier) -> Manifest | None:
    """Take the shipments of the next manifest, those that are not needed any more are cancelled; None where nothing is due."""
    with transaction.atomic():
        keeper = Carrier.objects.select_for_update(of=("self",)).get(pk=carrier.pk)
        shipments = [shipment for shipment in _due(keeper) if _needed(shipment)]
        if not shipments:
            return None
        manifest = _new(keeper)
        _put_into(manifest, shipments)
    return manifest


def _put_into(manifest: Manifest, shipments: list[Shipment]) -> None:
    """Claim shipments for a manifest, office by office: the timers that start with it are the same for all of one."""
    moment = clock.now()
    groups: dict[tuple[int, bool], list[Shipment]] = defaultdict(list)
    for shipment in shipments:
        groups[shipment.office_id, shipment.timer_from is None].append(shipment)
    claimed = {"state": State.SENDING, "claimed_at": moment, "manifest": manifest, "queued_until": None}
    for group in groups.values():
        rows = Shipment.objects.filter(pk__in=[shipment.pk for shipment in group], state=State.READY)
        rows.update(attempts=F("attempts") + 1, **claimed, **started(group[0], moment))


def _due(carrier: Carrier) -> Iterator[Shipment]:
    """Ready shipments that are in no manifest, locked."""
    ready = Shipment.objects.due(due_since(carrier.manifest_times, clock.now())).filter(carrier=carrier, manifest__isnull=True)
    rows = ready.select_for_update(of=("self",)).select_related("carrier", "dossier", "office").order_by("pk")
    return iter(rows[:settings.MANIFEST_ROWS])


def _needed(shipment: Shipment) -> bool:
    if not shipment.is_needed:
        move(shipment, "cancel", reason=str(dispatch.NOT_NEEDED))
    return shipment.state == State.READY


def _new(carrier: Carrier) -> Manifest:
    """The day's next manifest of a carrier whose row is locked."""
    today = clock.today()
    number = (Manifest.objects.filter(carrier=carrier, date=today).aggregate(last=Max("number"))["last"] or 0) + 1
    name = f"{carrier.folder or carrier.code}-{today:%Y%m%d}-{number:03d}.{carrier.file_format}"
    return Manifest.objects.create(carrier=carrier, date=today, number=number, name=name)


def finish(pk: int) -> bool:
    """Write a manifest's file and settle its shipments; whether it is done now. Doing it again does what is left."""
    manifest = Manifest.objects.select_related("carrier").get(pk=pk)
    if manifest.state != ManifestState.MAKING:
        return False
    if not manifest.written_at and not _write(manifest):
        return False
    for shipment in _shipments(manifest).filter(state=State.SENDING):
        dispatch.settle(shipment, adapters.for_(manifest.carrier).order(shipment))
    breakers.answered(manifest.carrier)
    return Manifest.objects.filter(pk=pk, state=ManifestState.MAKING).update(state=ManifestState.WRITTEN) == 1


def _shipments(manifest: Manifest) -> ShipmentQuerySet:
    related = ("carrier", "dossier", "office", "to_office", "point", "manifest__carrier")
    return Shipment.objects.filter(manifest=manifest).select_related(*related).order_by("pk")


def _carried(manifest: Manifest) -> ShipmentQuerySet:
    return _shipments(manifest).exclude(state=State.CANCELLED, ordered_at__isnull=True)


def _write(manifest: Manifest) -> bool:
    """The file, then the row that says so; whether it lies in the folder. One that lies there already was written before a crash."""
    try:
        written = folder.lying(manifest)
        if written is None:
            written = again(manifest)
            folder.put(manifest, written)
    except OSError as error:
        log.warning("manifest %s: %s", manifest.name, error)
        breakers.failed(manifest.carrier)
        _give_up(manifest)
        return False
    Manifest.objects.filter(pk=manifest.pk).update(written_at=clock.now(), sha256=hashlib.sha256(written).hexdigest(),
                                                   rows=_carried(manifest).count())
    return True


def _give_up(manifest: Manifest) -> None:
    """After as many failures in a row as an order has attempts, the shipments of a file that does not exist go to the dead letters."""
    failures = Carrier.objects.values_list("failures", flat=True).get(pk=manifest.carrier_id)
    if failures < settings.SEND_MAX_ATTEMPTS or folder.path_of(manifest).exists():
        return
    with transaction.atomic():
        for shipment in _shipments(manifest).filter(state=State.SENDING):
            move(shipment, "fail", reason=str(CANNOT_WRITE), changes={"last_error": str(CANNOT_WRITE), "manifest": None})
        Manifest.objects.filter(pk=manifest.pk, state=ManifestState.MAKING).update(state=ManifestState.DROPPED)


def again(manifest: Manifest) -> bytes:
    """The bytes of a manifest as its rows give them; what was cancelled before it was written is left out."""
    lines = [content.line(shipment) for shipment in _carried(manifest)]
    return manifests.written(Path(manifest.name).suffix[1:], manifests.HEADER, lines)


# --- in -----------------------------------------------------------------------------------------------------------

def collect(carrier: Carrier) -> int:
    """Read the files a carrier has left; how many were put aside. One that can't be finished now is read again by the next sweep."""
    if not carrier.active:
        return 0
    return sum(or_next_sweep(f"file {path.name}", _take, carrier, path) for path in list(folder.waiting(carrier)))


def _take(carrier: Carrier, path: Path) -> bool:
    name = os.fsencode(path.name).decode(errors="replace")  # a name may be in any encoding
    try:
        found = folder.content_of(path)
        digest = hashlib.sha256(found if found is not None else name.encode()).hexdigest()
        row = CarrierFile.objects.filter(carrier=carrier, sha256=digest).first() or read(carrier, name, found, digest)
        folder.aside(path, faulty=bool(row.faults), digest=digest)
    except OSError as error:
        log.warning("file %s of %s: %s", name, carrier.code, error)
        return False
    except Refused:
        raise
    except Exception:  # whatever is wrong with one file keeps none of the others waiting
        log.exception("file %s of %s", name, carrier.code)
        return False
    return True


def read(carrier: Carrier, name: str, found: bytes | None, digest: str) -> CarrierFile:
    """Take every row of a file as an event, then note the file. Raises Refused where a row can't be taken at this moment ('busy')."""
    faults: list[dict[str, object]] = []
    rows = taken = 0
    with translation.override("vi"):
        try:
            if found is None:
                raise Unreadable(_("Tệp lớn hơn %(most)s MB.") % {"most": folder.BIGGEST // 1024 // 1024})
            for row in manifests.read(found, most=settings.CARRIER_FILE_ROWS):
                rows += 1
                sentence = _take_row(carrier, row)
                taken += not sentence
                if sentence and len(faults) < FAULTS_KEPT:
                    faults.append({"row": row.row, "sentence": sentence})
        except Unreadable as error:
            faults.append({"row": rows + 2 if rows else 1, "sentence": str(error)})
    return _note(carrier, name, digest, rows, taken, faults)


def _take_row(carrier: Carrier, row: manifests.Told | manifests.Fault) -> str:
    """'' or why a row could not be taken."""
    if isinstance(row, manifests.Fault):
        return row.sentence
    try:
        events.receive(carrier=carrier, report=events.Report(row.event_id, row.shipment, row.status, row.happened_at, row.waybill, row.note,
                                                             row.received_by))
    except Refused as refusal:
        if refusal.status == events.BUSY:
            raise
        return str(refusal.sentence)
    return ""


def _note(carrier: Carrier, name: str, digest: str, rows: int, taken: int, faults: list[dict[str, object]]) -> CarrierFile:
    row, _made = CarrierFile.objects.get_or_create(carrier=carrier, sha256=digest, defaults={
        "name": name[:120], "rows": rows, "taken": taken, "faults": faults, "read_at": clock.now()})
    return row
