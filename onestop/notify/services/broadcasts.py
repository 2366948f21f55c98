"""The only writers of broadcasts (letter Cà Mau 5): draft, change, count, start, pause, resume, cancel.

The list is frozen and counted before anything is sent; it is made by a job (broadcast_lists) and handed out by another
(broadcast_sending).
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives import basis as letters
from onestop.directives.models import Directive
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.notify import policies
from onestop.notify.models import Broadcast, BroadcastEvent, Message
from onestop.notify.services.writing import obsolete
from onestop.notify.states import BROADCAST_TRANSITIONS, TO_SEND, Audience, BroadcastState, Via
from onestop.offices.models import Area, Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean, clean_lines
from onestop.transitions import Refused, step

LONGEST = 700  # characters of a text
_NUMBERED = re.compile(r"\d")  # a law, decree or letter has a number or a year


@dataclass(frozen=True)
class Plan:
    """What is to be sent to whom, and on what it rests. `office`: whose leader sends it; `area` None: the whole province; `upload`: the
    list, None keeps the one that is there; `per_minute`: how many messages are handed to the outbox in a minute at most."""

    name: str
    province: Area
    audience: str
    text: str
    office: Office | None = None
    area: Area | None = None
    filter: Mapping[str, Any] = field(default_factory=dict)
    upload: File[bytes] | None = None
    consent: str = ""
    directive: Directive | None = None
    channel: str = Via.SMS
    subject: str = ""
    text_en: str = ""
    per_minute: int = 300


_FIELDS = ("province", "office", "audience", "area", "directive", "channel", "per_minute")


@patiently
def draft(*, actor: User, plan: Plan) -> Broadcast:
    """A new broadcast, without a list yet. Raises Refused: 'forbidden' 403; 'incomplete', 'no_basis', 'no_file', 'bad_pace',
    'not_in_force', 'foreign_letter' 422."""
    _check(actor, plan, has_file=False)
    with transaction.atomic():
        row = Broadcast(made_by=actor)
        _fill(row, plan)
        row.save(force_insert=True)
        note(row, "draft", "", actor=actor)
    return row


@patiently
def change(*, actor: User, broadcast: Broadcast, plan: Plan) -> Broadcast:
    """Other words or other people, before it is started; a list that was made is thrown away. Raises Refused as draft() and
    'wrong_state' 409."""
    _check(actor, plan, has_file=bool(broadcast.file))
    with transaction.atomic():
        row = _claim(actor, broadcast)
        move = step(BROADCAST_TRANSITIONS, "change", row.state, sentence=_("Đợt gửi này đã bắt đầu nên không sửa được nữa."))
        row.persons.all().delete()
        before = row.file.name
        _fill(row, plan)
        row.state, row.people, row.left_out, row.segments, row.cost, row.cursor = BroadcastState(move.after), 0, 0, 0, 0, 0
        row.save()
        note(row, "change", move.before, actor=actor)
    if before and row.file.name != before:  # personal data that nobody will read any more
        row.file.storage.delete(before)
    return row


@patiently
def count(*, actor: User, broadcast: Broadcast) -> Broadcast:
    """Have the list made, from the start; doing it twice while it is made is harmless. Raises Refused('forbidden', 'wrong_state')."""
    with transaction.atomic():
        row = _claim(actor, broadcast)
        if row.state == BroadcastState.COUNTING:
            return row
        move = step(BROADCAST_TRANSITIONS, "count", row.state, sentence=_("Đợt gửi này đã bắt đầu nên không lập lại danh sách được."))
        row.persons.all().delete()
        row.state, row.people, row.left_out, row.cursor, row.signed_on_at = BroadcastState(move.after), 0, 0, 0, clock.now()
        row.save(update_fields=["state", "people", "left_out", "cursor", "signed_on_at"])
        note(row, "count", move.before, actor=actor)
        ask_for_list(row.pk, row.audience)
    return row


@patiently
def start(*, actor: User, broadcast: Broadcast, people: int, cost: int, seen: int | None = None) -> Broadcast:
    """Send it: `people` and `cost` (đồng) are what the person who starts it has seen, `seen` the making of the list they have seen (see
    made_by_event): words or people that were changed meanwhile have another one. Doing it twice is harmless.

    Raises Refused: 'forbidden' 403; 'changed', 'wrong_state' 409; 'nobody', 'not_in_force', 'foreign_letter' 422.
    """
    with transaction.atomic():
        row = _claim(actor, broadcast)
        if row.state == BroadcastState.RUNNING:
            return row
        move = step(BROADCAST_TRANSITIONS, "start", row.state, sentence=_("Hãy lập và xem danh sách người nhận trước khi gửi."))
        if (row.people, row.cost) != (people, cost) or seen not in (None, made_by_event(row)):
            raise Refused("changed", _("Danh sách hoặc chi phí đã thay đổi so với lúc bạn xem. Vui lòng xem lại rồi xác nhận."), status=409)
        if not row.people:
            raise Refused("nobody", _("Danh sách không có ai nhận được tin."))
        _check_letter(row.directive, row.office or row.area or row.province)
        row.state, row.started_at, row.signed_on_at = BroadcastState(move.after), clock.now(), clock.now()
        row.save(update_fields=["state", "started_at", "signed_on_at"])
        note(row, "start", move.before, actor=actor, data={"people": people, "cost": cost})
        enqueue_after_commit("notify.hand_out", row.pk)
    return row


@patiently
def pause(*, actor: User, broadcast: Broadcast) -> Broadcast:
    """Hand nothing more out, and claim nothing of what the outbox has already, until it is resumed; what is being sent at this moment is
    finished. Doing it twice is harmless."""
    return _turned(actor, broadcast, "pause", _("Đợt gửi này không đang chạy."))


@patiently
def resume(*, actor: User, broadcast: Broadcast) -> Broadcast:
    """Go on where it was paused; the pause earns nothing. Doing it twice is harmless."""
    return _turned(actor, broadcast, "resume", _("Đợt gửi này không tạm dừng."))


def _turned(actor: User, broadcast: Broadcast, verb: str, sentence: Any) -> Broadcast:
    with transaction.atomic():
        row = _claim(actor, broadcast)
        if row.state == BROADCAST_TRANSITIONS[verb][1]:
            return row
        move = step(BROADCAST_TRANSITIONS, verb, row.state, sentence=sentence)
        row.state, row.signed_on_at = BroadcastState(move.after), clock.now()
        row.save(update_fields=["state", "signed_on_at"])
        note(row, verb, move.before, actor=actor)
        waiting = Message.objects.filter(broadcast=row, state__in=TO_SEND)
        if verb == "pause":
            len(waiting.order_by("pk").select_for_update(of=("self",)).values_list("pk"))  # a claim that has begun is waited for
        else:
            waiting.update(queued_until=None)  # the jobs they were given to found the pause
            enqueue_after_commit("notify.hand_out", row.pk)
            enqueue_after_commit("notify.sweep")
    return row


@patiently
def cancel(*, actor: User, broadcast: Broadcast, reason: str) -> Broadcast:
    """Stop it for good: nothing more is handed out, and what waits in the outbox is taken back. Doing it twice is harmless.

    Raises Refused: 'reason_missing' 422, 'forbidden' 403, 'wrong_state' 409.
    """
    if not clean(reason):
        raise _wrong("reason_missing", "reason", _("Cần ghi lý do hủy."))
    with transaction.atomic():
        row = _claim(actor, broadcast)
        if row.state == BroadcastState.CANCELLED:
            return row
        move = step(BROADCAST_TRANSITIONS, "cancel", row.state, sentence=_("Đợt gửi này đã xong nên không hủy được."))
        row.state, row.ended_at = BroadcastState(move.after), clock.now()
        row.save(update_fields=["state", "ended_at"])
        taken = obsolete(event_key_prefix=event_key(row))
        note(row, "cancel", move.before, actor=actor, reason=clean(reason)[:500], data={"taken_back": taken})
        forget_file(row)
    return row


# --- for the jobs -----------------------------------------------------------------------------------------------------

def ask_for_list(pk: int, audience: str) -> None:
    """Wake the job that makes a list: that of dossiers and that of appointments stand with their rows."""
    if audience == Audience.DOSSIERS:
        enqueue_after_commit("dossiers.fill_audience", pk)
    elif audience == Audience.APPOINTMENTS:
        enqueue_after_commit("bookings.fill_audience", pk)
    else:
        enqueue_after_commit("notify.fill_audience", pk)


def event_key(broadcast: Broadcast) -> str:
    """With the recipient it is unique: nobody has one broadcast twice."""
    return f"broadcast:{broadcast.pk}"


def made_by_event(broadcast: Broadcast) -> int:
    """The event that completed its list and cost, from the words it had then; 0 where there is none."""
    return broadcast.events.filter(verb="counted").order_by("-pk").values_list("pk", flat=True).first() or 0


def basis(broadcast: Broadcast) -> str:
    """On what it rests, in words."""
    number = str(_("Văn bản số %(number)s") % {"number": broadcast.directive.number}) if broadcast.directive else ""
    return "; ".join(part for part in (number, broadcast.consent) if part)


def note(row: Broadcast, verb: str, before: str, *, actor: User | None = None, reason: str = "",
         data: Mapping[str, Any] | None = None) -> None:
    """An event of a broadcast, inside the caller's transaction."""
    BroadcastEvent.objects.create(subject=row, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                                  to_state=row.state, reason=reason, legal_basis=basis(row)[:255], data=dict(data or {}))


def forget_file(row: Broadcast) -> None:
    """The uploaded list is personal data: once the broadcast is over, its rows are all that is kept."""
    if row.file:
        row.file.delete(save=False)  # nothing reads it any more, whatever becomes of the transaction
        row.save(update_fields=["file"])


# --- inside -----------------------------------------------------------------------------------------------------------

def _claim(actor: User, broadcast: Broadcast) -> Broadcast:
    row = Broadcast.objects.select_for_update(of=("self",)).select_related("directive", "office").get(pk=broadcast.pk)
    if not policies.can_broadcast(actor, row.province_id, row.office):
        raise _forbidden()
    return row


def _forbidden() -> Refused:
    return Refused("forbidden", _("Chỉ quản trị của tỉnh, hoặc lãnh đạo cho địa bàn của đơn vị mình, được gửi tin hàng loạt."), status=403)


def _wrong(code: str, name: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={name: [sentence]})


def _check(actor: User, plan: Plan, *, has_file: bool) -> None:
    if not policies.can_broadcast(actor, plan.province.pk, plan.office) or not policies.reaches(plan.province, plan.office, plan.area):
        raise _forbidden()
    if not clean(plan.name) or not clean(plan.text):
        raise _wrong("incomplete", "text", _("Đợt gửi cần tên và nội dung."))
    if plan.audience == Audience.LIST and plan.upload is None and not has_file:
        raise _wrong("no_file", "upload", _("Vui lòng chọn tệp danh sách."))
    if not 1 <= plan.per_minute <= settings.BROADCAST_PER_MINUTE_MOST:
        raise _wrong("bad_pace", "per_minute", _("Mỗi phút gửi từ 1 đến %(most)s tin.") % {"most": settings.BROADCAST_PER_MINUTE_MOST})
    if plan.audience == Audience.SUBSCRIBERS:
        if not clean(plan.consent) and plan.directive is None:
            raise _wrong("no_basis", "consent", _("Vui lòng ghi căn cứ: sự đồng ý khi đăng ký, hoặc văn bản."))
    elif plan.directive is None and not _NUMBERED.search(plan.consent):
        sentence = _("Người trong danh sách này không đăng ký nhận tin: chọn văn bản, hoặc ghi rõ luật, nghị định, quyết định kèm số.")
        raise _wrong("no_basis", "consent", sentence)
    _check_letter(plan.directive, plan.office or plan.area or plan.province)


def _check_letter(letter: Directive | None, place: Area | Office) -> None:
    letters.check(letter, first=clock.today(), last=clock.today(), place=place)


def _fill(row: Broadcast, plan: Plan) -> None:
    for name in _FIELDS:
        setattr(row, name, getattr(plan, name))
    row.name, row.subject, row.consent = clean(plan.name)[:160], clean(plan.subject)[:200], clean(plan.consent)[:255]
    row.text, row.text_en, row.filter = clean_lines(plan.text)[:LONGEST], clean_lines(plan.text_en)[:LONGEST], dict(plan.filter)
    if row.area_id == row.province_id:
        row.area = None
    if plan.audience != Audience.LIST:
        row.file = ""
    elif plan.upload is not None:
        row.file = plan.upload
