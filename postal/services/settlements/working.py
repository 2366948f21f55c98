"""The background of a settlement: some hundred lines a transaction, how far it is stands in the row. A job that died is taken up again."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.sheets import Unreadable
from onestop.transitions import Refused, step
from postal import statements
from postal.models import SettlementLine, SettlementList, Shipment
from postal.services import fees
from postal.services.settlements import rows
from postal.services.settlements.comparing import adopt, compare
from postal.states import SETTLEMENT_TRANSITIONS, LineOutcome, SettlementState, SettlementWork, State

log = logging.getLogger(__name__)
CHUNK = 500
CHUNKS_A_JOB = 40
MOST_FAULTS = 200  # kept with their sentences; all are counted


def work(pk: int) -> int:
    """One job's share; asks for the next job while there is more. How many lines. Safe to call again, also by two workers at once."""
    settlement = SettlementList.objects.filter(pk=pk).first()
    if settlement is None or not settlement.doing:
        return 0
    try:
        with translation.override("vi"):
            done, more = _fill(pk) if settlement.doing == SettlementWork.FILL else _read(settlement)
    except Refused as refusal:
        log.warning("settlement %s waits for the next sweep: %s", pk, refusal.code)
        return 0
    if more:
        with transaction.atomic():
            enqueue_after_commit("postal.work_settlement", pk)
    return done


def resume() -> int:
    """Ask again for the jobs of lists that gave no sign for SETTLEMENT_STALL_SECONDS; how many."""
    since = clock.now() - timedelta(seconds=settings.SETTLEMENT_STALL_SECONDS)
    silent = list(SettlementList.objects.exclude(doing="").filter(worked_at__lte=since).values_list("pk", flat=True))
    with transaction.atomic():
        for pk in silent:
            enqueue_after_commit("postal.work_settlement", pk)
    return len(silent)


# --- our side ---------------------------------------------------------------------------------------------------------

def candidates(settlement: SettlementList) -> QuerySet[Shipment]:
    """The waiver's shipments that the carrier collected in the period and that stand in no list that counts."""
    held = SettlementLine.objects.filter(shipment=OuterRef("pk"), counts=True)
    after = clock.at(settlement.ends_on + timedelta(days=1))
    found = Shipment.objects.filter(~Exists(held), waiver=settlement.waiver_id, carrier=settlement.carrier_id)
    return found.filter(collected_at__gte=clock.at(settlement.starts_on), collected_at__lt=after).exclude(state=State.CANCELLED)


def _fill(pk: int) -> tuple[int, bool]:
    done = 0
    for _turn in range(CHUNKS_A_JOB):
        found = _fill_chunk(pk)
        if found is None:
            return done, False
        done += found
    return done, True


@patiently
@transaction.atomic
def _fill_chunk(pk: int) -> int | None:
    """Some lines in one transaction; None when there are none left."""
    settlement = rows.claim(pk)
    if settlement.doing != SettlementWork.FILL:
        return None
    keys = list(candidates(settlement).filter(pk__gt=settlement.reached).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    settlement.worked_at = clock.now()
    if not keys:
        settlement.doing, settlement.reached = "", 0
        rows.add_up(settlement)
        settlement.save(update_fields=["doing", "reached", "worked_at", "count", "total"])
        rows.note(settlement, "filled", settlement.state, actor=None, count=settlement.count)
        return None
    made = _lines(settlement, keys)
    known = _adopted(settlement, made)
    new = [line for line in made if line.waybill not in known]
    SettlementLine.objects.bulk_create(new, ignore_conflicts=True)  # a shipment that another list took meanwhile stays there
    settlement.count += len(new)
    settlement.reached = keys[-1]
    settlement.save(update_fields=["count", "reached", "worked_at"])
    return len(made)


def _lines(settlement: SettlementList, keys: list[int]) -> list[SettlementLine]:
    """The lines of these shipments, at their final price."""
    book = fees.Book()
    for pk in Shipment.objects.filter(pk__in=keys, priced_on__isnull=True).values_list("pk", flat=True):
        fees.settle_price(pk, book)
    found = list(Shipment.objects.filter(pk__in=keys).select_related("dossier").order_by("pk"))
    codes = [statements.waybill(shipment.waybill) for shipment in found]
    ours = SettlementLine.objects.filter(list=settlement, waybill__in=codes, shipment__isnull=False)
    taken = set(ours.values_list("waybill", flat=True))
    made = []
    for position, (shipment, code) in enumerate(zip(found, codes, strict=True), rows.last_position(settlement) + 1):
        name = code if code and code not in taken else f"{code}#{shipment.pk}"[-60:]
        taken.add(name)
        made.append(_line(settlement, shipment, name, position))
    return made


def _line(settlement: SettlementList, shipment: Shipment, name: str, position: int) -> SettlementLine:
    owed = shipment.payable
    sent = clock.local(shipment.collected_at).date() if shipment.collected_at else None
    compared = settlement.state == SettlementState.CHECKING and settlement.file_sha256
    outcome = LineOutcome.MISSING_THEIRS if compared else LineOutcome.OPEN
    return SettlementLine(list=settlement, shipment=shipment, position=position, waybill=name, dossier_code=shipment.dossier.number,
                          sent_on=sent, fee=shipment.fee, discount=(shipment.fee or 0) - (owed or 0), ours=owed, outcome=outcome)


def _adopted(settlement: SettlementList, made: list[SettlementLine]) -> set[str]:
    """The waybills of these lines that stood on the list already because the carrier's file names them: the shipment joins them."""
    waiting = SettlementLine.objects.filter(list=settlement, shipment__isnull=True, waybill__in=[line.waybill for line in made])
    theirs = {line.waybill: line for line in waiting}
    for line in made:
        if line.waybill in theirs:
            with suppress(IntegrityError), transaction.atomic():  # another list took the shipment meanwhile: it stays there
                adopt(settlement, theirs[line.waybill], line)
    return set(theirs)


# --- the carrier's side -----------------------------------------------------------------------------------------------

def _read(settlement: SettlementList) -> tuple[int, bool]:
    """Compare the rest of the file in one go: it is read anew from its beginning whenever a job takes it up."""
    done, name = 0, str(settlement.file.name)
    try:
        with settlement.file.open("rb") as file:
            found = statements.read(file, most=settings.SETTLEMENT_ROWS, wanted=settlement.columns)
            columns = cast("statements.Columns", next(found))
            rest = (item for item in found if not isinstance(item, statements.Columns) and item.row > settlement.reached)
            for part in _parts(rest):
                if not _read_chunk(settlement.pk, name, part, columns):
                    return done, False
                done += len(part)
    except (Unreadable, OSError) as error:
        sentence = str(error) if isinstance(error, Unreadable) else "Không mở được tệp."
        _give_up(settlement.pk, name, sentence)
        return done, False
    _finish(settlement.pk, name)
    return done, False


def _parts(found: Iterator[statements.Line | statements.Fault]) -> Iterator[list[statements.Line | statements.Fault]]:
    while part := list(islice(found, CHUNK)):
        yield part


@patiently
@transaction.atomic
def _read_chunk(pk: int, name: str, part: list[statements.Line | statements.Fault], columns: statements.Columns) -> bool:
    """Some rows of this file in one transaction; False when somebody else is further, or another file was uploaded meanwhile."""
    settlement = rows.claim(pk)
    if not _reads(settlement, name) or settlement.reached >= part[0].row:
        return False
    lines = [item for item in part if isinstance(item, statements.Line)]
    faults = [item for item in part if isinstance(item, statements.Fault)]
    faults += compare(settlement, lines)
    settlement.columns = dict(columns.titles)
    settlement.rows += len(part)
    settlement.bad_rows += len(faults)
    told = [{"row": fault.row, "sentence": fault.sentence} for fault in sorted(faults, key=lambda fault: fault.row)]
    settlement.faults = [*settlement.faults, *told][:MOST_FAULTS]
    settlement.reached, settlement.worked_at = part[-1].row, clock.now()
    settlement.save(update_fields=["columns", "rows", "bad_rows", "faults", "reached", "worked_at", "count"])
    return True


@patiently
@transaction.atomic
def _finish(pk: int, name: str) -> None:
    """The file has ended: what it does not name is missing there."""
    settlement = rows.claim(pk)
    if not _reads(settlement, name):
        return
    left = SettlementLine.objects.filter(list=settlement, outcome=LineOutcome.OPEN, shipment__isnull=False)
    missing = left.update(outcome=LineOutcome.MISSING_THEIRS)
    taken = step(SETTLEMENT_TRANSITIONS, "compare", settlement.state, sentence="")
    settlement.state, settlement.doing, settlement.worked_at = SettlementState(taken.after), "", clock.now()
    rows.add_up(settlement)
    settlement.save(update_fields=["state", "doing", "worked_at", "count", "total"])
    rows.note(settlement, "compare", taken.before, actor=None, rows=settlement.rows, bad_rows=settlement.bad_rows, missing=missing)


@patiently
@transaction.atomic
def _give_up(pk: int, name: str, sentence: str) -> None:
    """The file can't be used, nor what was read of it: the sentence stands on the page, another one can be uploaded."""
    settlement = rows.claim(pk)
    if not _reads(settlement, name):
        return
    taken = step(SETTLEMENT_TRANSITIONS, "start_over", settlement.state, sentence="")
    settlement.state, settlement.doing, settlement.rows, settlement.bad_rows = SettlementState(taken.after), "", 0, 0
    settlement.file_sha256, settlement.faults = "", [{"row": 0, "sentence": sentence}]
    rows.forget(settlement)
    settlement.save(update_fields=["state", "doing", "rows", "bad_rows", "file_sha256", "faults", "count", "total"])
    rows.note(settlement, "unreadable", taken.before, actor=None, reason=sentence)


def _reads(settlement: SettlementList, name: str) -> bool:
    return settlement.doing == SettlementWork.READ and settlement.file.name == name
