"""Writing down the frozen list: each dossier with its findings, its date before and after, or why it is left out."""
from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from dossiers import scopes
from dossiers.models import Dossier, Extension, ExtensionItem
from dossiers.scopes import Scope
from dossiers.services.extensions import rows
from dossiers.services.extensions.assessors import Assessors
from dossiers.services.findings import Judged, finding
from dossiers.states import ExtensionState, ItemState
from onestop import clock
from onestop.patience import patiently

CHUNK = 200
PENDING = (ExtensionState.ASSESSING, ExtensionState.REQUESTED, ExtensionState.APPROVED)


def freeze(asked: Extension, *, chunks: int | None = None) -> int:
    """Write the list of a request down, so many chunks at most (None: all); how many dossiers. A run that died goes on where it stopped."""
    written, assessors = 0, Assessors(asked)
    while chunks is None or chunks > 0:
        found = _freeze_chunk(asked, assessors)
        if found < 0:
            break
        written, chunks = written + found, None if chunks is None else chunks - 1
    return written


@patiently
def _freeze_chunk(asked: Extension, assessors: Assessors) -> int:
    """The next dossiers by key; how many, -1 where nothing is left to do. The claimed request lets one worker at a time write."""
    with transaction.atomic():
        found = rows.claim(asked)
        if found.state != ExtensionState.ASSESSING:
            return -1
        reached = found.items.aggregate(last=Max("dossier_id"))["last"] or 0
        wanted = scopes.frozen(Scope.from_json(found.scope), found.scope).filter(pk__gt=reached).order_by("pk")
        keys = list(wanted.values_list("pk", flat=True)[:CHUNK])
        if keys:
            items = assess(found, keys, assessors)
            ExtensionItem.objects.bulk_create(items)
            Extension.objects.filter(pk=found.pk).update(worked_at=clock.now())
            return len(items)
        before = rows.take(found, "freeze")
        found.frozen_at = clock.now()
        found.save(update_fields=["state", "frozen_at"])
        rows.note(found, "freeze", before, actor=None, via="worker")
    return -1


def assess(asked: Extension, keys: Sequence[int], assessors: Assessors | None = None) -> list[ExtensionItem]:
    """The items of these dossiers, not saved, in the order of their keys."""
    assessors = assessors or Assessors(asked)
    wanted = assessors.read(Dossier.objects.filter(pk__in=keys)).order_by("pk")
    elsewhere = _asked_elsewhere(asked, keys)
    return [_item(asked, dossier, assessors.judge(dossier), elsewhere.get(dossier.pk)) for dossier in wanted]


def _item(asked: Extension, dossier: Dossier, judged: Judged, other: int | None) -> ExtensionItem:
    because, findings = judged.excluded_because, judged.findings
    if other is not None and not because:
        with translation.override("vi"):
            because = _("Hồ sơ đã nằm trong đề nghị số %(number)s đang chờ.") % {"number": other}
        findings = [*findings, finding("asked_elsewhere", False, because)]
    return ExtensionItem(
        extension=asked if asked.pk else None, dossier=dossier, state=ItemState.EXCLUDED if because else ItemState.WAITING,
        findings=findings, due_from=judged.due_from, due_to=None if because else judged.due_to, excluded_because=because[:255])


def _asked_elsewhere(asked: Extension, keys: Sequence[int]) -> dict[int, int]:
    """{dossier: request} of dossiers for which another request by the same instrument is under way."""
    others = ExtensionItem.objects.filter(dossier__in=keys, state=ItemState.WAITING, extension__state__in=PENDING,
                                          extension__instrument=asked.instrument)
    return dict(others.exclude(extension=asked.pk or 0).values_list("dossier_id", "extension_id"))
