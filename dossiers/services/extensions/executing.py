"""Carrying out an approved request: some dossiers a transaction, each of them once, whoever else is at work on it."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from dossiers.models import ClockEntry, Dossier, DossierEvent, Extension, ExtensionItem
from dossiers.services import ledger
from dossiers.services.extensions import rows
from dossiers.services.extensions.assessors import Assessors
from dossiers.services.findings import CAUSES, legal_basis, moments
from dossiers.services.records import day_text, event_row, news_of
from dossiers.states import ExtensionState, ItemState, Kind
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify.services import tell_many
from onestop.patience import patiently
from onestop.transitions import Refused

log = logging.getLogger(__name__)
CHUNK = 50  # dossiers a transaction: their rows are held for about a fifth of a second


@dataclass
class Batch:
    """What one transaction writes."""

    entries: list[ClockEntry] = field(default_factory=list)
    moved: list[tuple[Dossier, datetime | None]] = field(default_factory=list)  # with the date before
    items: list[ExtensionItem] = field(default_factory=list)
    as_previewed: list[int] = field(default_factory=list)  # items of which nothing but the state changes


def carry_out(asked: Extension, assessors: Assessors, *, chunks: int | None = None) -> int:
    """So many chunks of what waits (None: all); how many dossiers were looked at. Rows that somebody holds wait for the next round."""
    settled = after = 0
    while chunks is None or chunks > 0:
        keys = _next(asked, after)
        if not keys:
            break
        settled += settle(keys, assessors)
        rows.alive(asked)
        after, chunks = keys[-1], None if chunks is None else chunks - 1
    return settled


def _next(asked: Extension, after: int) -> list[int]:
    waiting = asked.items.filter(state=ItemState.WAITING, pk__gt=after).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:CHUNK])


def settle(keys: Sequence[int], assessors: Assessors) -> int:
    """These items in one transaction; where the database refuses, one by one, so that one dossier's fault is not the others'."""
    try:
        return _together(keys, assessors, True)
    except DatabaseError:
        log.exception("a chunk of a request for more time is carried out one by one")
    return sum(_alone(key, assessors) for key in keys)


def _alone(key: int, assessors: Assessors) -> int:
    try:
        return _together([key], assessors, True)
    except DatabaseError:
        log.exception("item %s of a request for more time could not be carried out", key)
        return _fail(key)


@patiently
def execute_item(pk: int, assessors: Assessors | None = None) -> bool:
    """Move one dossier's date by an approved request; whether this call did it. What no longer meets the letter is left out with
    the reason. Waits for a dossier that somebody holds. Raises Refused('busy', 503)."""
    item = ExtensionItem.objects.select_related("extension__office", "extension__directive").filter(pk=pk).first()
    if item is None:
        return False
    _together([pk], assessors or Assessors(item.extension), False)
    return bool(ExtensionItem.objects.filter(pk=pk, state=ItemState.DONE).exists()) and item.state == ItemState.WAITING


@patiently
@transaction.atomic
def _together(keys: Sequence[int], assessors: Assessors, pass_by: bool) -> int:
    """Carry out the items that still wait; how many were settled. The claimed item is what keeps a dossier from being moved twice."""
    items = list(_held(ExtensionItem.objects.filter(pk__in=keys, state=ItemState.WAITING), pass_by).order_by("pk"))
    held = _held(assessors.read(Dossier.objects.filter(pk__in=[item.dossier_id for item in items])), pass_by).order_by("pk")
    dossiers = {dossier.pk: dossier for dossier in held}
    batch = Batch()
    for item in items:
        if item.dossier_id in dossiers:
            _judge(item, dossiers[item.dossier_id], assessors, batch)
    _write(assessors.extension, batch)
    return len(batch.items)


def _held(found: QuerySet[Any], pass_by: bool) -> QuerySet[Any]:
    return found.select_for_update(of=("self",), skip_locked=pass_by, no_key=True)


def _judge(item: ExtensionItem, dossier: Dossier, assessors: Assessors, batch: Batch) -> None:
    """One dossier's new date, or why it has none; whatever is wrong with it is its own matter."""
    item.dossier = dossier
    preview = (item.findings, item.due_from, item.due_to)
    try:
        judged = assessors.judge(dossier)
        refused = next((found for found in judged.findings if found["code"] == "calendar" and not found["ok"]), None)
        item.findings, item.due_from = judged.findings, judged.due_from
        if refused:
            _failed(item, refused["sentence"])
        elif judged.excluded_because:
            item.state, item.excluded_because, item.due_to = ItemState.EXCLUDED, judged.excluded_because, None
        else:
            _move(item, dossier, assessors, batch)
    except Refused as refusal:
        with translation.override("vi"):
            _failed(item, str(refusal.sentence))
    except Exception:
        log.exception("dossier %s could not be given more time", dossier.pk)
        _failed(item, sorry())
    batch.items.append(item)
    if item.state == ItemState.DONE and preview == (item.findings, item.due_from, item.due_to):
        batch.as_previewed.append(item.pk)


def _move(item: ExtensionItem, dossier: Dossier, assessors: Assessors, batch: Batch) -> None:
    asked = assessors.extension
    kind, begin, until = moments(asked)
    entry = ClockEntry(
        dossier=dossier, kind=kind, cause=CAUSES[asked.instrument], effective_at=begin, effective_until=until, extension=asked,
        legal_basis=(legal_basis(asked) or ledger.DECREES[dossier.rule_pack])[:255], citizen_text=asked.citizen_text,
        decided_by_id=asked.signed_by_id or asked.decided_by_id, executed_by_id=asked.decided_by_id,
        after_due=ledger.is_late(dossier, clock.now()))
    before = dossier.due_at
    assessors.settle(dossier, entry)
    item.state, item.due_from, item.due_to = ItemState.DONE, before, dossier.due_at
    batch.entries.append(entry)
    batch.moved.append((dossier, before))


def _failed(item: ExtensionItem, sentence: str) -> None:
    item.state, item.excluded_because, item.due_to = ItemState.FAILED, sentence[:255], None


def sorry() -> str:
    """Said where the portal itself is at fault."""
    with translation.override("vi"):
        return _("Hệ thống chưa đổi được ngày của hồ sơ này. Vui lòng thử lại hoặc báo quản trị.")


@patiently
def _fail(key: int) -> int:
    with transaction.atomic():
        return ExtensionItem.objects.filter(pk=key, state=ItemState.WAITING).update(
            state=ItemState.FAILED, excluded_because=sorry(), due_to=None)


def _write(asked: Extension, batch: Batch) -> None:
    """Ledger, dates, events and messages of a chunk, in the caller's transaction."""
    ClockEntry.objects.bulk_create(batch.entries)
    save_dates([dossier for dossier, _before in batch.moved])
    verb = "suspend" if moments(asked)[0] == Kind.SUSPEND else "extend"
    basis, data = legal_basis(asked), {"extension": asked.pk, "instrument": asked.instrument}
    events = [event_row(dossier, verb, actor=asked.decided_by, via="extension", before=dossier.state, reason=asked.citizen_text,
                        legal_basis=basis, data=data) for dossier, _before in batch.moved]
    DossierEvent.objects.bulk_create(events)
    tell_many([news_of(dossier, event, "dossier_new_date", reason=asked.citizen_text, legal_basis=basis, was=_text_of(before))
               for (dossier, before), event in zip(batch.moved, events, strict=True)])
    ExtensionItem.objects.filter(pk__in=batch.as_previewed).update(state=ItemState.DONE)
    others = [item for item in batch.items if item.pk not in batch.as_previewed]
    ExtensionItem.objects.bulk_update(others, ["state", "findings", "excluded_because", "due_from", "due_to"])


def _text_of(moment: datetime | None) -> Any:
    """A date in words, said in the recipient's language."""
    return lambda: day_text(moment)


def save_dates(dossiers: Sequence[Dossier]) -> None:
    """Store what ledger.apply_dates set; those that come out alike are written by one statement."""
    alike: dict[str, list[Dossier]] = {}
    for dossier in dossiers:
        alike.setdefault(repr([getattr(dossier, name) for name in ledger.COMPUTED]), []).append(dossier)
    for group in alike.values():
        values = {name: getattr(group[0], name) for name in ledger.COMPUTED}
        Dossier.objects.filter(pk__in=[dossier.pk for dossier in group]).update(**values)


@patiently
def finish(extension: Extension) -> bool:
    """Close a request of which nothing is left to do; whether it is closed now. Two workers at once close it once."""
    with transaction.atomic():
        found = rows.claim(extension)
        if found.state != ExtensionState.APPROVED or found.items.filter(state=ItemState.WAITING).exists():
            extension.state = found.state
            return False
        before = rows.take(found, "finish")
        found.finished_at = clock.now()
        found.save(update_fields=["state", "finished_at"])
        rows.note(found, "finish", before, actor=None, via="worker")
        enqueue_after_commit("dossiers.follow_up_extension", found.pk)
    extension.state = found.state
    return True
