"""The decision: dossiers taken out by hand, approval by another person, refusal with the reason, another try for what failed."""
from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Extension, ExtensionItem
from dossiers.services import requesters
from dossiers.services.applicants import long_text
from dossiers.services.extensions import rows
from dossiers.services.extensions.executing import execute_item, finish
from dossiers.services.extensions.notices import issue_notices
from dossiers.services.findings import finding, require_signature
from dossiers.services.records import allow
from dossiers.states import ExtensionState, ItemState
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

BY_HAND = "by_hand"  # the finding of a dossier that a person took out
MOST_AT_ONCE = 500


@patiently
def approve(*, actor: User, extension: Extension, via: str, reason: str = "") -> Extension:
    """Approve a request and carry it out: one dossier at once, many in the background (task dossiers.execute_extension).

    The approver is never the requester. Raises Refused: 'not_allowed' 403, 'already_done', 'unsigned' and 'wrong_state' 409,
    'nothing_to_extend' where every dossier of the list is left out.
    """
    with transaction.atomic():
        found = rows.claim(extension)
        allow(policies.can_decide_extension(actor, found))
        require_signature(found)
        before = "" if found.state == ExtensionState.DONE else rows.take(found, "approve")
        if not before:
            raise Refused("already_done", _("Đề nghị đã được phê duyệt và thực hiện."), status=409)
        waiting = list(found.items.filter(state=ItemState.WAITING).values_list("pk", flat=True)[:2])
        if not waiting:
            raise Refused("nothing_to_extend", _("Không còn hồ sơ nào trong danh sách để thực hiện."))
        found.decided_by, found.decided_at, found.decision_reason = actor, clock.now(), long_text(reason)
        found.started_at = found.decided_at
        found.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "started_at"])
        rows.note(found, "approve", before, actor=actor, via=via, reason=found.decision_reason)
        if len(waiting) == 1:
            execute_item(waiting[0])
            finish(found)
        else:
            enqueue_after_commit("dossiers.execute_extension", found.pk)
    if found.state == ExtensionState.DONE and len(waiting) == 1:
        issue_notices(found)
    return found


@patiently
def reject(*, actor: User, extension: Extension, via: str, reason: str) -> Extension:
    """Say no, with the reason. Raises Refused: 'reason_missing', 'not_allowed' 403, 'already_done' and 'wrong_state' 409."""
    reason = long_text(reason)
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do không phê duyệt."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    with transaction.atomic():
        found = rows.claim(extension)
        allow(policies.can_decide_extension(actor, found))
        before = rows.take(found, "reject")
        found.decided_by, found.decided_at, found.decision_reason = actor, clock.now(), reason
        found.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
        rows.note(found, "reject", before, actor=actor, via=via, reason=reason)
        requesters.tell_rejected(found)
    return found


@patiently
def exclude(*, actor: User, extension: Extension, items: Sequence[int], reason: str, via: str = "web") -> int:
    """Take single dossiers out of a list before it is decided, with the reason; how many were taken out now.

    `items` are keys of its ExtensionItems. Raises Refused: 'reason_missing', 'nothing_chosen' 422, 'not_allowed' 403, 'wrong_state' 409.
    """
    reason = " ".join(long_text(reason).split())
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do loại hồ sơ."), fields={"reason": [_("Vui lòng ghi lý do loại hồ sơ.")]})
    with transaction.atomic():
        found = _claim_list(extension, actor, items)
        taken = list(found.items.filter(pk__in=items[:MOST_AT_ONCE], state=ItemState.WAITING).select_related("dossier"))
        with translation.override("vi"):
            because = gettext("Loại khỏi danh sách: %(reason)s") % {"reason": reason}
        for item in taken:
            item.state, item.excluded_because = ItemState.EXCLUDED, because[:255]
            item.findings = [*item.findings, finding(BY_HAND, False, because)]
        ExtensionItem.objects.bulk_update(taken, ["state", "excluded_because", "findings"])
        if taken:
            rows.note(found, "exclude", str(found.state), actor=actor, via=via, reason=reason,
                      dossiers=[item.dossier.number for item in taken])
    return len(taken)


@patiently
def include(*, actor: User, extension: Extension, items: Sequence[int], via: str = "web") -> int:
    """Put back what a person took out by hand; how many. Raises Refused as exclude()."""
    with transaction.atomic():
        found = _claim_list(extension, actor, items)
        out = found.items.filter(pk__in=items[:MOST_AT_ONCE], state=ItemState.EXCLUDED).select_related("dossier")
        back = [item for item in out if any(row["code"] == BY_HAND for row in item.findings)]
        for item in back:
            item.state, item.excluded_because = ItemState.WAITING, ""
            item.findings = [row for row in item.findings if row["code"] != BY_HAND]
        ExtensionItem.objects.bulk_update(back, ["state", "excluded_because", "findings"])
        if back:
            rows.note(found, "include", str(found.state), actor=actor, via=via, dossiers=[item.dossier.number for item in back])
    return len(back)


def _claim_list(extension: Extension, actor: User, items: Sequence[int]) -> Extension:
    found = rows.claim(extension)
    allow(policies.can_change_list(actor, found))
    if found.state != ExtensionState.REQUESTED:
        raise Refused("wrong_state", _("Danh sách chỉ sửa được khi đề nghị đang chờ phê duyệt."), status=409)
    if not items:
        sentence = _("Vui lòng chọn ít nhất một hồ sơ.")
        raise Refused("nothing_chosen", sentence, fields={"items": [sentence]})
    return found


@patiently
def retry(*, actor: User, extension: Extension, via: str = "web") -> int:
    """Let the dossiers that could not be done be tried again in the background; how many. The administrator's, as the approval.

    Raises Refused: 'not_allowed' 403, 'wrong_state' 409.
    """
    with transaction.atomic():
        found = rows.claim(extension)
        allow(policies.can_decide_extension(actor, found))
        failed = found.items.filter(state=ItemState.FAILED)
        if found.state != ExtensionState.DONE or not failed.exists():
            raise Refused("wrong_state", _("Không có hồ sơ nào cần thử lại."), status=409)
        count = failed.update(state=ItemState.WAITING, excluded_because="")
        before = rows.take(found, "retry")
        found.save(update_fields=["state"])
        rows.note(found, "retry", before, actor=actor, via=via, count=count)
        enqueue_after_commit("dossiers.execute_extension", found.pk)
    return count
