"""One action over the catalogue: from a day on, may be submitted online and by post and paid online (Cà Mau 4, Khánh Hòa 1).

Previewed, applied, undone, each by the administrator; carried out in chunks of one short transaction each, so that a killed job is
taken up again and nothing is done twice. It changes the catalogue itself, for every office and until it is undone: other than a
letter's rule OPEN_CHANNELS, which opens channels where and while the letter is in force and leaves the catalogue alone.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.catalogue import queries as catalogue
from onestop.catalogue.models import Procedure, ProcedureVersion
from onestop.catalogue.services import channels as opening
from onestop.catalogue.states import Channel, ReviewState
from onestop.directives import policies
from onestop.directives.models import ChannelSwitch, ChannelSwitchEvent, ChannelSwitchItem, Directive
from onestop.directives.states import PAY_ONLINE, SWITCH_TRANSITIONS, LeftOut, SwitchItemState, SwitchState
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step

CHUNK = 200
OPENED = (Channel.ONLINE.value, Channel.POSTAL.value)
SCOPE = ("field", "level", "authority", "q")


@dataclass(frozen=True)
class Order:
    """What is to be switched: from which day, under which clause, for which part of the catalogue ({}: all of it)."""

    directive: Directive
    starts_on: date
    clause: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)
    channels: Sequence[str] = OPENED
    pay_online: bool = True
    reason: str = ""


# --- preview ------------------------------------------------------------------------------------------------------

def in_scope(scope: Mapping[str, str]) -> QuerySet[Procedure]:
    """The procedures that a scope names, by code; retired ones are never among them."""
    found = catalogue.search(scope.get("q", ""), field=scope.get("field", ""), level=scope.get("level", ""))
    if scope.get("authority"):
        found = found.filter(authority=scope["authority"])
    return found.order_by("code")


@patiently
def preview(*, actor: User, order: Order) -> ChannelSwitch:
    """Freeze which procedures would be opened and which are left out, and why; nothing in the catalogue changes yet.

    The administrator's earlier previews are thrown away. Raises Refused: 'forbidden' 403, 'not_in_force', 'past', 'nothing_chosen'.
    """
    _check(actor, order)
    scope = {name: clean(str(order.scope.get(name, "")))[:200] for name in SCOPE if order.scope.get(name)}
    channels = [channel for channel in OPENED if channel in order.channels]
    with transaction.atomic():
        ChannelSwitch.objects.filter(made_by=actor, state=SwitchState.PREVIEWED).delete()
        switch = ChannelSwitch.objects.create(directive=order.directive, clause=clean(order.clause)[:40], starts_on=order.starts_on,
                                              scope=scope, channels=channels, pay_online=order.pay_online,
                                              reason=clean(order.reason)[:1000], made_by=actor)
        procedures = in_scope(scope).select_related("current").prefetch_related("current__channels")
        items = [_item(switch, procedure) for procedure in procedures]
        ChannelSwitchItem.objects.bulk_create(items, batch_size=500)
    return switch


def _check(actor: User, order: Order) -> None:
    if not policies.can_manage(actor) or not Directive.objects.visible_to(actor).filter(pk=order.directive.pk).exists():
        raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được chuyển kênh của danh mục."), status=403)
    if not order.channels and not order.pay_online:
        raise _wrong("nothing_chosen", "channels", _("Vui lòng chọn ít nhất một kênh hoặc thanh toán trực tuyến."))
    if order.starts_on < clock.today():
        raise _wrong("past", "starts_on", _("Ngày bắt đầu không được trước hôm nay: hồ sơ đã nộp giữ quy định của ngày nộp."))
    if not order.directive.is_in_force(order.starts_on):
        raise _wrong("not_in_force", "directive", _("Văn bản không có hiệu lực vào ngày bắt đầu."))


def _wrong(code: str, name: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={name: [sentence]})


def _item(switch: ChannelSwitch, procedure: Procedure) -> ChannelSwitchItem:
    """What would become of one procedure, unsaved."""
    why, opened = judged(switch, procedure)
    state = SwitchItemState.EXCLUDED if why else SwitchItemState.WAITING
    return ChannelSwitchItem(switch=switch, procedure=procedure, opened=opened, version_before=procedure.current, excluded_because=why,
                             state=state)


def judged(switch: ChannelSwitch, procedure: Procedure) -> tuple[str, list[str]]:
    """(why it is left out, '' if it is not; what would be opened). Pure for a procedure with its current terms loaded."""
    if procedure.presence_required:
        return LeftOut.PRESENCE.value, []
    if procedure.state != ReviewState.READY or procedure.current is None:
        return LeftOut.REVIEW.value, []
    rows = list(procedure.current.channels.all())
    if not rows:
        return LeftOut.NO_TERM.value, []
    lacks, pays = opening.missing(rows, switch.channels, pay_online=switch.pay_online)
    opened = [*lacks, *([PAY_ONLINE] if pays else [])]
    return ("", opened) if opened else (LeftOut.OPEN.value, [])


# --- apply and undo -----------------------------------------------------------------------------------------------

@patiently
def apply(*, actor: User, switch: ChannelSwitch) -> ChannelSwitch:
    """Put a previewed switch into effect from its day; the catalogue follows in the background. Doing it twice is harmless.

    Raises Refused: 'forbidden' 403, 'wrong_state' 409, and what made the preview wrong meanwhile.
    """
    with transaction.atomic():
        row = _claim(actor, switch)
        if row.state == SwitchState.APPLIED:
            return row
        move = step(SWITCH_TRANSITIONS, "apply", row.state, sentence=_("Lượt chuyển này đã được hoàn tác; hãy xem trước lại."))
        _check(actor, Order(row.directive, row.starts_on, channels=row.channels, pay_online=row.pay_online))
        row.state, row.applied_by, row.applied_at, row.worked_at = SwitchState(move.after), actor, clock.now(), clock.now()
        row.save(update_fields=["state", "applied_by", "applied_at", "worked_at"])
        waiting = row.items.filter(state=SwitchItemState.WAITING).count()
        _event(row, "apply", actor=actor, before=move.before, reason=row.reason, data={"procedures": waiting})
        enqueue_after_commit("directives.carry_out_switch", row.pk)
    return row


@patiently
def undo(*, actor: User, switch: ChannelSwitch, reason: str) -> ChannelSwitch:
    """Back to what it was, for every procedure that was not changed since. Doing it twice is harmless.

    Raises Refused: 'reason_missing', 'forbidden' 403, 'wrong_state' 409.
    """
    reason = clean(reason)[:1000]
    if not reason:
        raise _wrong("reason_missing", "reason", _("Vui lòng ghi lý do hoàn tác."))
    with transaction.atomic():
        row = _claim(actor, switch)
        if row.state == SwitchState.UNDONE:
            return row
        move = step(SWITCH_TRANSITIONS, "undo", row.state, sentence=_("Lượt chuyển này chưa được áp dụng nên không cần hoàn tác."))
        row.state, row.undone_by, row.undone_at, row.worked_at = SwitchState(move.after), actor, clock.now(), clock.now()
        row.save(update_fields=["state", "undone_by", "undone_at", "worked_at"])
        row.items.filter(state=SwitchItemState.WAITING).update(state=SwitchItemState.UNDONE)
        _event(row, "undo", actor=actor, before=move.before, reason=reason)
        enqueue_after_commit("directives.carry_out_switch", row.pk)
    return row


def _claim(actor: User, switch: ChannelSwitch) -> ChannelSwitch:
    if not policies.can_manage(actor) or not Directive.objects.visible_to(actor).filter(pk=switch.directive_id).exists():
        raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được chuyển kênh của danh mục."), status=403)
    return ChannelSwitch.objects.select_for_update(of=("self",)).select_related("directive").get(pk=switch.pk)


def _event(switch: ChannelSwitch, verb: str, *, actor: User | None, before: str, reason: str = "",
           data: dict[str, Any] | None = None) -> None:
    ChannelSwitchEvent.objects.create(subject=switch, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                                      to_state=switch.state, reason=reason, legal_basis=switch.basis, data=data or {})


# --- carrying out -------------------------------------------------------------------------------------------------

TO_DO = {SwitchState.APPLIED.value: SwitchItemState.WAITING, SwitchState.UNDONE.value: SwitchItemState.DONE}


def to_do() -> QuerySet[ChannelSwitch]:
    """Switches with something left to carry out today."""
    applied = Q(state=SwitchState.APPLIED, starts_on__lte=clock.today(), items__state=SwitchItemState.WAITING)
    undone = Q(state=SwitchState.UNDONE, items__state=SwitchItemState.DONE)
    return ChannelSwitch.objects.filter(applied | undone).order_by("pk").distinct()


def carry_out(pk: int) -> int:
    """Work a switch off, chunk by chunk; how many procedures were dealt with. May be killed and started again at any moment."""
    done = 0
    while True:
        dealt = carry_out_chunk(pk)
        if not dealt:
            return done
        done += dealt


@patiently
def carry_out_chunk(pk: int, size: int = CHUNK) -> int:
    """The next procedures of a switch in one transaction; 0 when nothing is left, or its day has not come."""
    with transaction.atomic():
        switch = to_do().filter(pk=pk).select_related("directive", "applied_by", "undone_by").first()
        if switch is None:
            return 0
        waiting = switch.items.filter(state=TO_DO[switch.state]).order_by("pk")
        items = list(waiting.select_for_update(of=("self",)).prefetch_related("version_before__channels")[:size])
        procedures = {row.pk: row for row in opening.claimed(item.procedure_id for item in items)}
        if switch.state == SwitchState.APPLIED:
            _open(switch, items, procedures)
        else:
            _close(switch, items, procedures)
        ChannelSwitchItem.objects.bulk_update(items, ["state", "opened", "excluded_because", "version_before", "version_after"])
        ChannelSwitch.objects.filter(pk=pk).update(worked_at=clock.now())
        if items and not switch.items.filter(state=TO_DO[switch.state]).exists():
            _finish(switch)
    return len(items)


def _finish(switch: ChannelSwitch) -> None:
    """The last chunk: how it ended, in the history."""
    counts = {state.value: switch.items.filter(state=state).count() for state in SwitchItemState}
    verb = "carried_out" if switch.state == SwitchState.APPLIED else "undone"
    _event(switch, verb, actor=None, before=switch.state, data=counts)


def _wanted(switch: ChannelSwitch) -> opening.Wanted:
    return opening.Wanted(tuple(switch.channels), switch.pay_online, switch.basis, {"switch": switch.pk})


def _open(switch: ChannelSwitch, items: list[ChannelSwitchItem], procedures: dict[int, Procedure]) -> None:
    """Open what is still missing: the catalogue may have changed since the preview, so each is judged again."""
    taken = []
    stands = switch.directive.is_in_force(switch.starts_on)  # a letter withdrawn before its day opens nothing
    for item in items:
        procedure = procedures[item.procedure_id]
        item.excluded_because, item.opened = judged(switch, procedure) if stands else (LeftOut.LETTER.value, [])
        item.state, item.version_before = SwitchItemState.EXCLUDED, procedure.current
        if not item.excluded_because:
            taken.append((item, procedure))
    changed = opening.open_channels([procedure for _item, procedure in taken], _wanted(switch), actor=switch.applied_by)
    for (item, _procedure), change in zip(taken, changed, strict=True):
        item.state, item.version_after = SwitchItemState.DONE, change.after


def _close(switch: ChannelSwitch, items: list[ChannelSwitchItem], procedures: dict[int, Procedure]) -> None:
    """Give back what was there before, unless somebody changed the procedure meanwhile."""
    taken: list[tuple[ChannelSwitchItem, Procedure, ProcedureVersion]] = []
    for item in items:
        procedure = procedures[item.procedure_id]
        if _unchanged(item, procedure) and item.version_before is not None:
            item.state = SwitchItemState.UNDONE
            taken.append((item, procedure, item.version_before))
        else:
            item.state, item.excluded_because = SwitchItemState.KEPT, LeftOut.CHANGED.value
    opening.restore_channels([procedure for _item, procedure, _before in taken], [before for _item, _procedure, before in taken],
                             _wanted(switch), actor=switch.undone_by)


def _unchanged(item: ChannelSwitchItem, procedure: Procedure) -> bool:
    """Whether a procedure still has the version that the switch made, with no term or fee changed in it."""
    if procedure.current is None or item.version_before is None or procedure.current_id != item.version_after_id:
        return False
    return opening.same_beside(item.version_before, procedure.current, [name for name in item.opened if name != PAY_ONLINE])


def sweep() -> int:
    """Hand out what is due today or stands still; how many switches."""
    silent = clock.now() - timedelta(seconds=settings.SWITCH_STALL_SECONDS)
    pks = list(to_do().filter(Q(worked_at__isnull=True) | Q(worked_at__lt=silent)).values_list("pk", flat=True))
    for pk in pks:
        with transaction.atomic():
            enqueue_after_commit("directives.carry_out_switch", pk)
    return len(pks)
