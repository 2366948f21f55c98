"""Ending a suspension early, for all its dossiers or for some: from a day on its days count again, in the background."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers import deadlines, policies, scopes
from dossiers.models import ClockEntry, Dossier, DossierEvent, Extension, ExtensionItem, ExtensionLift
from dossiers.scopes import Scope
from dossiers.services.applicants import long_text
from dossiers.services.extensions import rows
from dossiers.services.extensions.assessors import Assessors
from dossiers.services.extensions.executing import save_dates
from dossiers.services.records import allow, day_text, event_row, news_of
from dossiers.states import ENDED, Cause, ExtensionState, Instrument, ItemState, Kind
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify.services import tell_many
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

log = logging.getLogger(__name__)
CHUNK = 50


@patiently
def lift(*, actor: User, extension: Extension, from_day: date | None = None, via: str, reason: str, items: Sequence[int] | None = None,
         scope: Scope | None = None) -> Extension:
    """End a suspension early: from a day on (None: today, never earlier) its days count again; carried out in the background.

    For all its dossiers, for those of a `scope` (an area where distancing has ended), or for single `items`, keys of its
    ExtensionItems. Raises Refused: 'reason_missing', 'not_liftable', 'nothing_chosen', 'not_allowed' 403, 'already_done' and
    'wrong_state' 409. Source: rules.md 6 (partial reversal).
    """
    reason = long_text(reason)
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do bãi bỏ."), fields={"reason": [_("Vui lòng ghi lý do bãi bỏ.")]})
    whole = items is None and scope is None
    with transaction.atomic():
        found = rows.claim(extension)
        allow(policies.can_lift_extension(actor, found))
        if found.instrument != Instrument.SUSPENSION:
            raise Refused("not_liftable", _("Chỉ bãi bỏ được việc tạm dừng tính thời gian; ngày đã hẹn với công dân không rút ngắn lại."))
        before = str(found.state)
        rows.take(found, "lift")
        if not whole:
            found.state = before
        day = first_day(found, from_day)
        chosen = _chosen(found, items, scope)
        order = ExtensionLift.objects.create(extension=found, from_day=day, reason=reason, whole=whole, decided_by=actor)
        count = chosen.update(lift=order)
        if not count:
            raise Refused("nothing_chosen", _("Không có hồ sơ nào đang tạm dừng trong phạm vi đã chọn."))
        found.lifted_from = day if whole else found.lifted_from
        found.save(update_fields=["state", "lifted_from"])
        rows.note(found, "lift" if whole else "lift_some", before, actor=actor, via=via, reason=reason, count=count, lift=order.pk)
        enqueue_after_commit("dossiers.execute_extension", found.pk)
    return found


def first_day(extension: Extension, wanted: date | None) -> date:
    """The first day that counts again. Raises Refused('not_liftable') after the suspension's last day."""
    day = max(wanted or clock.today(), clock.today(), extension.starts_on or clock.today())
    if day > extension.until:
        raise Refused("not_liftable", _("Đến ngày đó việc tạm dừng đã hết, không còn gì để bãi bỏ."))
    return day


def _chosen(extension: Extension, items: Sequence[int] | None, scope: Scope | None) -> QuerySet[ExtensionItem]:
    still = extension.items.filter(state=ItemState.DONE, lift__isnull=True)
    if items is not None:
        still = still.filter(pk__in=list(items))
    if scope is not None:
        still = still.filter(dossier__in=scopes.narrowed(Dossier.objects.all(), scope))
    return still


def new_due(assessors: Assessors, dossier: Dossier, day: date) -> datetime | None:
    """The date a dossier would have with the suspension ended from `day` on, for the preview; its ledger was read with it.

    Raises Refused('calendar_missing').
    """
    asked = assessors.extension
    entry = next((row for row in dossier.clock.all() if row.kind == Kind.SUSPEND and row.extension_id == asked.pk), None)
    if entry is None:
        return dossier.due_at
    thought = deadlines.Entry(kind=Kind.LIFT, cause=Cause.LIFTED, effective_at=clock.at(day), at=clock.now(), key=-1, lifts=entry.pk)
    return assessors.due_with(dossier, thought)


def carry_out(extension: Extension, *, chunks: int | None = None) -> int:
    """Lift so many chunks of what was ordered (None: all); how many dossiers."""
    done = after = 0
    assessors = Assessors(extension)
    while chunks is None or chunks > 0:
        waiting = extension.items.filter(lift__isnull=False, lifted_at__isnull=True, pk__gt=after).order_by("pk")
        keys = list(waiting.values_list("pk", flat=True)[:CHUNK])
        if not keys:
            break
        done += _together(extension, keys, assessors)
        rows.alive(extension)
        after, chunks = keys[-1], None if chunks is None else chunks - 1
    if extension.lifts.filter(finished_at__isnull=True).exists():  # also where a worker died just before it could say so
        _close(extension)
    return done


@patiently
@transaction.atomic
def _together(extension: Extension, keys: Sequence[int], assessors: Assessors) -> int:
    """Lift these items that are still to be lifted, in one transaction; how many. Whoever has the result is not told of another date."""
    held = ExtensionItem.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    items = {item.dossier_id: item for item in held.filter(pk__in=keys, lifted_at__isnull=True).select_related("lift").order_by("pk")}
    rows_of = assessors.read(Dossier.objects.filter(pk__in=items)).select_for_update(of=("self",), skip_locked=True, no_key=True)
    entries, moved, done = [], [], []
    for dossier in rows_of.order_by("pk"):
        entry, before = _entry(extension, items[dossier.pk], dossier), dossier.due_at
        if entry is not None and not _settled(assessors, dossier, entry):
            continue
        done.append(items[dossier.pk].pk)
        if entry is not None:
            moved.append((dossier, before))
            entries.append(entry)
    _write(extension, entries, moved)
    ExtensionItem.objects.filter(pk__in=done).update(lifted_at=clock.now())
    return len(entries)


def _settled(assessors: Assessors, dossier: Dossier, entry: ClockEntry) -> bool:
    """Set the dates without the suspension; a dossier whose date can't be computed waits, and no other with it."""
    try:
        assessors.settle(dossier, entry)
    except Exception:
        log.exception("the suspension of dossier %s is not lifted yet", dossier.pk)
        return False
    return True


def _entry(extension: Extension, item: ExtensionItem, dossier: Dossier) -> ClockEntry | None:
    ledger_rows = list(dossier.clock.all())
    lifted = {row.lifts_id for row in ledger_rows}
    ours = [row for row in ledger_rows if row.kind == Kind.SUSPEND and row.extension_id == extension.pk and row.pk not in lifted]
    if not ours or item.lift is None:
        return None
    return ClockEntry(dossier=dossier, kind=Kind.LIFT, cause=Cause.LIFTED, effective_at=clock.at(item.lift.from_day), lifts=ours[0],
                      extension=extension, legal_basis=ours[0].legal_basis, decided_by_id=item.lift.decided_by_id,
                      executed_by_id=item.lift.decided_by_id)


def _write(extension: Extension, entries: Sequence[ClockEntry], moved: Sequence[tuple[Dossier, datetime | None]]) -> None:
    ClockEntry.objects.bulk_create(entries)
    save_dates([dossier for dossier, _before in moved])
    events = [event_row(dossier, "lift", actor=None, via="extension", before=dossier.state, legal_basis=entry.legal_basis,
                        data={"extension": extension.pk}) for (dossier, _before), entry in zip(moved, entries, strict=True)]
    DossierEvent.objects.bulk_create(events)
    news = [news_of(dossier, event, "dossier_lifted", legal_basis=event.legal_basis, was=_text_of(before))
            for (dossier, before), event in zip(moved, events, strict=True) if dossier.state not in ENDED]
    tell_many(news)


def _text_of(moment: datetime | None) -> object:
    return lambda: day_text(moment)


@patiently
@transaction.atomic
def _close(extension: Extension) -> None:
    """Note which lifts are done; a suspension of which nothing is left is lifted as a whole."""
    found = rows.claim(extension)
    for order in found.lifts.filter(finished_at__isnull=True):
        if not order.items.filter(lifted_at__isnull=True).exists():
            order.finished_at = clock.now()
            order.save(update_fields=["finished_at"])
    if found.state == ExtensionState.DONE and not found.items.filter(state=ItemState.DONE, lifted_at__isnull=True).exists():
        before = rows.take(found, "lift")
        found.save(update_fields=["state"])
        rows.note(found, "lift", before, actor=None, via="worker")
