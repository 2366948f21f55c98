"""What people do by hand with a shipment on its way: it was taken, it arrived, it is lost, somebody asked; tell the carrier again."""
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step
from postal import policies
from postal.models import Shipment
from postal.services.arriving import register_parcels
from postal.services.steps import attend, move, note
from postal.states import FETCHED, TRANSITIONS, Direction, State

WRONG_STATE = _("Bưu gửi không còn ở trạng thái cho phép thao tác này.")
NOT_YOURS = _("Chỉ cán bộ của đơn vị gửi hoặc quản trị hệ thống của tỉnh được làm việc này.")
LONGEST_REASON = 500


@patiently
def collect(*, shipment: Shipment, actor: User | None = None, label: str = "", at: datetime | None = None) -> Shipment:
    """The carrier has fetched it, at `at` where it is said later (never in the future). `label` names a partner who says so by the API
    (its scope was checked at the door).

    Doing it twice changes nothing. Raises Refused: 'forbidden' 403, 'wrong_state' 409.
    """
    with transaction.atomic():
        row = locked(shipment)
        if takes(row, actor):
            moment = min(at, clock.now()) if at is not None else clock.now()
            move(row, "take", actor=actor, label=label, changes={"collected_at": moment})
    return row


def takes(row: Shipment, actor: User | None) -> bool:
    """Whether taking over a held row is still to be noted. Raises Refused as collect."""
    if actor is not None and not policies.can_collect(actor, row):
        raise Refused("forbidden", _("Chỉ nhân viên bưu chính hoặc cán bộ tiếp nhận của đơn vị được xác nhận."), status=403)
    if row.state in FETCHED:
        return False
    step(TRANSITIONS, "take", row.state, sentence=WRONG_STATE)
    return True


@patiently
def arrive(*, shipment: Shipment, actor: User, at: datetime | None = None) -> Shipment:
    """Papers have reached the office they were sent to (from the citizen, or from another office). Twice changes nothing. Where the
    carrier has said so before, its own time stays, and the office takes them in now.

    A citizen's papers are a parcel from now on, which is cleaned, opened and counted on the parcels' pages. Raises Refused: 'forbidden'
    403, 'not_for_an_office', 'wrong_state' 409.
    """
    with transaction.atomic():
        row = locked(shipment)
        if row.direction == Direction.OUT:
            raise Refused("not_for_an_office", _("Bưu gửi này trả kết quả cho công dân, không gửi đến cơ quan."))
        if not policies.can_arrive(actor, row):
            raise Refused("forbidden", _("Chỉ cán bộ của đơn vị nhận được xác nhận giấy tờ đã đến."), status=403)
        if row.state == State.DELIVERED and not row.awaits_intake:
            return row
        step(TRANSITIONS, "arrive", row.state, sentence=WRONG_STATE)
        moment = min(at, clock.now()) if at is not None else clock.now()
        changes = {"arrived_at": moment, "delivered_at": row.delivered_at or moment, "collected_at": row.collected_at or moment}
        move(row, "arrive", actor=actor, changes=changes)
        register_parcels([row], actor=actor)
    return row


@patiently
def retry(*, actor: User, shipment: Shipment) -> Shipment:
    """Let a refused or failed order be tried again from the start, under the same id. Twice changes nothing.

    A new message to the carrier: its time to fetch a result starts anew with it; papers at a citizen's have waited since their acceptance.
    Raises Refused: 'forbidden' 403, 'wrong_state' 409.
    """
    with transaction.atomic():
        row = locked(shipment)
        if not policies.can_retry(actor, row):
            raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
        if row.state == State.READY:
            return row
        step(TRANSITIONS, "retry", row.state, sentence=WRONG_STATE)
        changes = {"attempts": 0, "next_attempt_at": clock.now(), "last_error": ""}
        if row.direction != Direction.IN:
            changes |= dict.fromkeys(("timer_from", "collect_due_at", "wall_due_at", "working_due_at", "warned_at", "escalated_at"))
        move(row, "retry", actor=actor, changes=changes)
        enqueue_after_commit("postal.dispatch", row.pk)
    return row


@patiently
def write_off(*, actor: User, shipment: Shipment, reason: str) -> Shipment:
    """The carrier can't find it, or says that it brought papers to an office where nobody has seen them. Twice changes nothing.

    Raises Refused: 'forbidden' 403, 'reason_missing', 'wrong_state' 409.
    """
    reason = reason_of(reason)
    with transaction.atomic():
        row = locked(shipment)
        if not policies.can_write_off(actor, row):
            raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được xác định bưu gửi thất lạc."), status=403)
        if row.state == State.LOST:
            return row
        step(TRANSITIONS, "write_off", row.state, sentence=WRONG_STATE)
        if row.state == State.DELIVERED and not row.awaits_intake:
            raise Refused("wrong_state", WRONG_STATE, status=409)
        move(row, "write_off", actor=actor, reason=reason, changes={"delivered_at": None})
    return row


@patiently
def remark(*, actor: User, shipment: Shipment, text: str) -> Shipment:
    """Somebody asked the carrier or the citizen, and this is what they heard. Silence is counted anew from now, and what was to be asked
    counts as asked. Raises Refused: 'forbidden' 403, 'reason_missing'."""
    text = reason_of(text)
    with transaction.atomic():
        row = locked(shipment)
        if not (policies.can_handle(actor, row) or policies.can_collect(actor, row)):
            raise Refused("forbidden", NOT_YOURS, status=403)
        Shipment.objects.filter(pk=row.pk).update(moved_at=clock.now())
        note(row, "remark", row.state, row.state, actor=actor, reason=text)
        if row.attention in ASKED:
            attend(row, "", reason=text)
    return row


ASKED = frozenset({"silent", "address", "disputed"})  # what a question answers; the others end when the shipment moves


def reason_of(text: str) -> str:
    """A reason as it is kept. Raises Refused('reason_missing')."""
    text = clean(text)[:LONGEST_REASON]
    if not text:
        sentence = _("Vui lòng ghi lý do hoặc nội dung đã trao đổi.")
        raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
    return text


def locked(shipment: Shipment) -> Shipment:
    """The shipment's row, held and read anew, with what its verbs need."""
    return _held().get(pk=shipment.pk)


def all_locked(pks: Sequence[int]) -> dict[int, Shipment]:
    """The same for many, by their ids and held in the order of them: two lists never wait for each other. One query."""
    rows = _held().select_related("dossier__procedure", "to_office__area").filter(pk__in=pks).order_by("pk")
    return {row.pk: row for row in rows}


def _held() -> QuerySet[Shipment]:
    return Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "dossier", "office", "to_office", "area")
