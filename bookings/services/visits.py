"""A visit: check in, enter a room that never holds more than its cap, leave. Entering is a guarded counter like booking."""
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import Appointment, AppointmentEvent, RoomCount
from bookings.queries import part_of
from bookings.services import counters, rooms, telling
from bookings.states import APPOINTMENT_TRANSITIONS, AppointmentState, HealthItem
from dossiers.models import Dossier
from onestop import clock
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Room
from onestop.offices.queries import officers_in_room
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, Step, step

log = logging.getLogger(__name__)
WORKER = "worker"
PER_SWEEP = 1000


@dataclass(frozen=True)
class _Who:
    """Who acts: a member of staff, or a partner's token by its label."""

    actor: User | None
    label: str


def _fresh(appointment: Appointment) -> Appointment:
    return Appointment.objects.select_related("slot__session", "slot__room", "room", "office", "procedure").get(pk=appointment.pk)


def _today_only(row: Appointment) -> None:
    if row.queue_date != clock.today():
        raise Refused("wrong_day", _("Lịch hẹn này là của ngày %(day)s, không phải hôm nay.") % {"day": f"{row.queue_date:%d/%m/%Y}"})


def _health_refusal(row: Appointment, health: Mapping[str, Any] | None) -> Refused | None:
    """Where a letter asks for the health check, every item must have been asked and be in order (Cà Mau 2)."""
    rule = rules_for(office=row.office, on=row.queue_date).get(RuleKind.HEALTH_CHECK)
    if rule is None or (health is not None and all(health.get(item) is True for item in HealthItem.values)):
        return None
    missing = {item: [_("Chưa kiểm tra hoặc chưa đạt: %(item)s") % {"item": HealthItem(item).label}]
               for item in HealthItem.values if (health or {}).get(item) is not True}
    return Refused("health_check", _("Cần kiểm tra đủ các mục 5K trước khi vào; nếu chưa đạt, hãy ghi nhận chưa cho vào và hẹn lại."),
                   directive=rule.source, fields=missing)


def _change(row: Appointment, done: Step, who: _Who, *, reason: str = "", **values: Any) -> None:
    """The conditional update of one appointment with its event. Raises Refused('changed_meanwhile', 409)."""
    changed = Appointment.objects.filter(pk=row.pk, state=done.before, slot=row.slot_id)
    if changed.update(state=done.after, **values) != 1:
        raise Refused("changed_meanwhile", _("Lịch hẹn vừa được thay đổi ở nơi khác. Vui lòng tải lại."), status=409)
    for name, value in {"state": done.after, **values}.items():
        setattr(row, name, value)
    AppointmentEvent.objects.create(subject=row, actor=who.actor, actor_label=who.label, verb=done.verb, from_state=done.before,
                                    to_state=done.after, reason=reason)


def _step(row: Appointment, verb: str, sentence: Any) -> Step:
    return step(APPOINTMENT_TRANSITIONS, verb, row.state, sentence=sentence)


def _may(row: Appointment, actor: User | None) -> None:
    if not policies.can_receive(actor, row):
        raise refusals.not_allowed()


@patiently
def check_in(*, actor: User | None, appointment: Appointment, health: Mapping[str, Any] | None = None, label: str = "") -> Appointment:
    """Note that the person is here, today, at any hour; doing it twice changes nothing.

    Raises Refused: 'wrong_day', 'health_check' 422; 'wrong_state', 'changed_meanwhile', 'already_booked' 409; 'not_allowed' 403.
    """
    try:
        with transaction.atomic():
            return _checked_in(_fresh(appointment), _Who(actor, label), health)
    except IntegrityError as error:
        if counters.broke(error, "appointment_one_active", columns=counters.ACTIVE_ONCE_COLUMNS):
            raise refusals.already_booked() from error
        raise


def _checked_in(row: Appointment, who: _Who, health: Mapping[str, Any] | None) -> Appointment:
    _may(row, who.actor)
    if row.state in (AppointmentState.CHECKED_IN, AppointmentState.INSIDE):
        return row
    done = _step(row, "check_in", _("Lịch hẹn này đã xong hoặc đã hủy."))
    _today_only(row)
    refusal = _health_refusal(row, health)
    if refusal is not None:
        raise refusal
    answers = {item: bool(health.get(item)) for item in HealthItem.values if item in health} if health else {}
    _change(row, done, who, health=answers, checked_in_at=clock.now())
    telling.forget_reminders(row)
    return row


@patiently
@transaction.atomic
def refuse_entry(*, actor: User | None, appointment: Appointment, reason: str, label: str = "") -> Appointment:
    """Record that the person may not enter today, and tell them how to book again (letter Cà Mau 2). The place counts as used."""
    row, reason = _fresh(appointment), clean(reason)[:500]
    _may(row, actor)
    if row.state == AppointmentState.REFUSED_ENTRY:
        return row
    done = _step(row, "refuse_entry", _("Lịch hẹn này không ở trạng thái chờ vào."))
    _today_only(row)
    if not reason:
        raise Refused("reason_needed", _("Vui lòng ghi lý do chưa cho vào."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    _change(row, done, _Who(actor, label), reason=reason)
    telling.forget_reminders(row)
    telling.tell_person(row, "refused_entry", "appointment_refused_entry", reason=reason)
    return row


@patiently
@transaction.atomic
def enter(*, actor: User | None, appointment: Appointment, room: Room | None = None, label: str = "") -> Appointment:
    """Let a person who checked in into the room. Raises Refused('room_full', 409) rather than ever passing its cap."""
    row = _fresh(appointment)
    _may(row, actor)
    if row.state == AppointmentState.INSIDE:
        return row
    done = _step(row, "enter", _("Người này chưa được ghi nhận đã đến."))
    _today_only(row)
    into = room or row.slot.room
    if into.office_id != row.office_id:
        raise Refused("other_office_room", _("Phòng này không thuộc đơn vị của lịch hẹn."))
    _count_in(into, row)
    _change(row, done, _Who(actor, label), room=into, entered_at=clock.now())
    return row


def _count_in(room: Room, row: Appointment) -> None:
    """One conditional UPDATE: people + n ≤ cap − officers, cap and officers of this hour fresh from the letters and the roster."""
    cap = rooms.cap_of(room, rules_for(office=row.office, on=row.queue_date))
    officers = min(officers_in_room(room=room, on=row.queue_date, part=part_of(clock.now())), cap)
    ensure_count(room)
    count = RoomCount.objects.filter(room=room, people__lte=cap - officers - row.people)
    if count.update(people=F("people") + row.people, officers=officers, cap=cap) != 1:
        raise Refused("room_full", _("Phòng đã đủ %(cap)s người, kể cả %(officers)s cán bộ. Vui lòng đợi có người ra.") % {
            "cap": cap, "officers": officers}, status=409)


def ensure_count(room: Room) -> None:
    """The room's counter row, made the first time it is needed."""
    if not RoomCount.objects.filter(room=room).exists():
        RoomCount.objects.bulk_create([RoomCount(room=room, cap=room.cap)], ignore_conflicts=True)


@patiently
@transaction.atomic
def leave(*, actor: User | None, appointment: Appointment, label: str = "") -> Appointment:
    """The person has left the room; doing it twice changes nothing."""
    row = _fresh(appointment)
    _may(row, actor)
    if row.state == AppointmentState.DONE:
        return row
    done = _step(row, "leave", _("Người này chưa vào phòng."))
    _count_out(row)
    _change(row, done, _Who(actor, label), left_at=clock.now())
    return row


def _count_out(row: Appointment) -> None:
    RoomCount.objects.filter(room=row.room_id, people__gte=row.people).update(people=F("people") - row.people)


@patiently
@transaction.atomic
def no_show(*, actor: User | None, appointment: Appointment, label: str = "") -> Appointment:
    """Note that nobody came; only once the slot is over, and never for somebody who checked in."""
    row = _fresh(appointment)
    _may(row, actor)
    if row.state == AppointmentState.NO_SHOW:
        return row
    done = _step(row, "no_show", _("Người này đã đến hoặc lịch hẹn đã kết thúc, không thể ghi là không đến."))
    if row.slot.ends_at > clock.now():
        raise Refused("too_early", _("Chưa hết khung giờ hẹn, chưa thể ghi là không đến."), status=409)
    _change(row, done, _Who(actor, label))
    return row


def close_past_days() -> int:
    """End the visits that past days left open; how many. Else nobody would leave the room, nor could they ever book again.

    Who was expected did not come; who was here is done, never a no-show.
    """
    left = Appointment.objects.active().filter(queue_date__lt=clock.today()).order_by("pk").values_list("pk", flat=True)
    return sum(_closed_patiently(pk) for pk in list(left[:PER_SWEEP]))


def _closed_patiently(pk: int) -> bool:
    """A busy row waits for the next sweep."""
    try:
        return _close(pk)
    except Refused as refusal:
        log.info("visit %s waits for the next sweep: %s", pk, refusal.code)
        return False


@patiently
@transaction.atomic
def _close(pk: int) -> bool:
    row = _fresh(Appointment(pk=pk))
    verb = "no_show" if row.state == AppointmentState.BOOKED else "close_day"
    done = _step(row, verb, _("Lịch hẹn này đã xong hoặc đã hủy."))
    if row.state == AppointmentState.INSIDE:
        _count_out(row)
    _change(row, done, _Who(None, WORKER))
    telling.forget_reminders(row)
    return True


@patiently
@transaction.atomic
def attach_dossier(*, actor: User | None, appointment: Appointment, dossier: Dossier, label: str = "") -> Appointment:
    """Remember which dossier a visit became. Raises Refused('has_dossier', 409) if it already became another one."""
    row = _fresh(appointment)
    if not policies.can_attach(actor, row):
        raise refusals.not_allowed()
    if row.dossier_id == dossier.pk:
        return row
    if Appointment.objects.filter(pk=row.pk, dossier__isnull=True).update(dossier=dossier) != 1:
        raise Refused("has_dossier", _("Lượt đến này đã được lập hồ sơ khác."), status=409)
    row.dossier = dossier
    AppointmentEvent.objects.create(subject=row, actor=actor, actor_label=label, verb="attach_dossier", from_state=row.state,
                                    to_state=row.state, data={"dossier": dossier.pk})
    return row
