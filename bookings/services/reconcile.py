"""The paper list of a day when the line was down, typed in: one batch, each line with what became of it.

What the system noted itself stays: where paper and system tell different times, the line is shown as a conflict and nothing is
changed. The same list typed twice changes nothing the second time. Every event says 'offline' and when it really happened.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import policies, refusals
from bookings.models import Appointment, Session, SessionEvent
from bookings.services import appointments, queue, telling, visits
from bookings.services.visit_steps import Who, change, fresh, step_of
from bookings.states import AppointmentState, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.people.tokens import new_secret
from onestop.people.words import clean
from onestop.transitions import Refused

SAVED, SAME, CONFLICT, REFUSED = "saved", "same", "conflict", "refused"
TYPED_IN, FINISHED = "offline_batch", "reconciled"


@dataclass(frozen=True)
class Times:
    """What stands on the paper: when the person came, entered and left. `absent`: ticked as not come."""

    came: time | None = None
    entered: time | None = None
    left: time | None = None
    absent: bool = False

    def on(self, day: date) -> tuple[datetime | None, datetime | None, datetime | None]:
        moments = [clock.at(day, at.hour, at.minute) if at else None for at in (self.came, self.entered, self.left)]
        return moments[0], moments[1], moments[2]

    @property
    def empty(self) -> bool:
        return not (self.came or self.entered or self.left or self.absent)


@dataclass(frozen=True)
class WalkIn:
    """Somebody who came without an appointment and was written down by hand."""

    applicant: appointments.Applicant
    procedure: Procedure
    times: Times


@dataclass(frozen=True)
class Outcome:
    """What became of one line: saved, same (as noted before), conflict, refused; with its sentence."""

    who: str
    result: str
    sentence: str = ""
    appointment_id: int | None = None


@dataclass(frozen=True)
class Batch:
    """One typed list. `key` stands in the session's history."""

    key: str
    outcomes: list[Outcome]

    def count(self, result: str) -> int:
        return sum(outcome.result == result for outcome in self.outcomes)

    @property
    def saved(self) -> int:
        return self.count(SAVED)

    @property
    def open(self) -> int:
        """Lines that somebody must look at."""
        return self.count(CONFLICT) + self.count(REFUSED)


def type_in(*, actor: User, office: Office, day: date, lines: Sequence[tuple[int, Times]], walk_ins: Sequence[WalkIn] = (),
            reason: str) -> Batch:
    """Note the times of a day's paper list; each line in a transaction of its own, so that one conflict undoes no other line.

    Raises Refused: 'not_allowed' 403; 'reason_needed', 'too_old' 422; 'reconciled' 409 once the day was declared finished.
    """
    reason = _checked(actor, office, day, reason)
    rows = {row.pk: row for row in Appointment.objects.filter(office=office, queue_date=day, pk__in=[pk for pk, _times in lines])}
    outcomes = [_line(actor, rows[pk], times, reason) for pk, times in lines if pk in rows and not times.empty]
    outcomes += [_walk_in(actor, office, day, item) for item in walk_ins]
    batch = Batch(new_secret(8), outcomes)
    if outcomes:
        _note(actor, office, day, TYPED_IN, reason, {"batch": batch.key, "lines": len(outcomes), "saved": batch.saved, "open": batch.open})
    return batch


def finish(*, actor: User, office: Office, day: date, reason: str) -> None:
    """Declare a day's list finished: nothing more is typed in. Twice changes nothing. Raises Refused like type_in."""
    if is_finished(office, day) and policies.can_reconcile(actor, office.pk):
        return
    _note(actor, office, day, FINISHED, _checked(actor, office, day, reason), {})


def is_finished(office: Office, day: date) -> bool:
    return SessionEvent.objects.filter(subject__office=office, subject__date=day, verb=FINISHED).exists()


def first_day(today: date) -> date:
    """The oldest day whose list may still be typed in."""
    return today - timedelta(days=settings.RECONCILE_DAYS)


def _checked(actor: User, office: Office, day: date, reason: str) -> str:
    if not policies.can_reconcile(actor, office.pk):
        raise refusals.not_allowed()
    if not first_day(clock.today()) <= day <= clock.today():
        raise Refused("too_old", _("Chỉ đối chiếu được danh sách của hôm nay và %(days)s ngày trước.") % {"days": settings.RECONCILE_DAYS})
    if is_finished(office, day):
        raise Refused("reconciled", _("Danh sách ngày này đã được xác nhận đối chiếu xong."), status=409)
    text = clean(reason)[:500]
    if not text:
        raise Refused("reason_needed", _("Vui lòng ghi lý do, ví dụ: mất kết nối từ 8 giờ đến 10 giờ."),
                      fields={"reason": [_("Vui lòng ghi lý do.")]})
    return text


@transaction.atomic
def _note(actor: User, office: Office, day: date, verb: str, reason: str, data: dict[str, object]) -> None:
    """One row of history on the day's first buổi. Raises Refused('no_session') for a day without any."""
    session = Session.objects.filter(office=office, date=day).order_by("starts_at").first()
    if session is None:
        raise Refused("no_session", _("Đơn vị không có buổi nào trong ngày này."))
    SessionEvent.objects.create(subject=session, actor=actor, verb=verb, from_state=session.state, to_state=session.state, reason=reason,
                                data={**data, "offline": True})


# --- one line -----------------------------------------------------------------------------------------------------

def _line(actor: User, row: Appointment, times: Times, reason: str) -> Outcome:
    """Never raises a refusal: it becomes the line's outcome."""
    try:
        result, sentence = _noted(actor, row, times, reason)
    except Refused as refusal:
        result, sentence = REFUSED, str(refusal.sentence)
    return Outcome(row.full_name, result, sentence, row.pk)


def _noted(actor: User, row: Appointment, times: Times, reason: str) -> tuple[str, str]:
    if times.absent:
        return _absent(actor, row, times)
    came, entered, left = times.on(row.queue_date)
    _check_order(came, entered, left)
    differing = _differing(row, times)
    if differing:
        return CONFLICT, differing
    if _knows_all(row, times):
        return SAME, _("Đã được ghi từ trước.")
    if row.state in (AppointmentState.DONE, AppointmentState.REFUSED_ENTRY, AppointmentState.CANCELLED):
        return CONFLICT, _("Hệ thống đã ghi “%(state)s”; giữ theo hệ thống.") % {"state": row.get_state_display()}
    arrived = came or row.checked_in_at or entered
    if arrived is None:
        return CONFLICT, _("Thiếu giờ đến.")
    if row.state == AppointmentState.NO_SHOW and (left is not None or row.queue_date < clock.today()):
        correct(actor=actor, appointment=row, arrived_at=arrived, entered_at=entered, left_at=left, reason=reason)
        return SAVED, _("Đã sửa từ “không đến” thành “đã xong”.")
    visits.told_later(actor=actor, appointment=row, arrived_at=arrived, entered_at=entered or row.entered_at, left_at=left)
    return SAVED, ""


def _absent(actor: User, row: Appointment, times: Times) -> tuple[str, str]:
    if times.came or times.entered or times.left:
        return CONFLICT, _("Vừa ghi giờ vừa đánh dấu không đến.")
    if row.state == AppointmentState.NO_SHOW:
        return SAME, _("Đã được ghi từ trước.")
    if row.state != AppointmentState.BOOKED:
        return CONFLICT, _("Hệ thống đã ghi “%(state)s”; giữ theo hệ thống.") % {"state": row.get_state_display()}
    visits.no_show(actor=actor, appointment=row)
    return SAVED, ""


def _check_order(*moments: datetime | None) -> None:
    known = [moment for moment in moments if moment is not None]
    if known != sorted(known):
        raise Refused("wrong_order", _("Giờ đến, giờ vào và giờ ra chưa đúng thứ tự."))
    if known and known[-1] > clock.now():
        raise Refused("not_yet", _("Giờ ghi chưa đến."))


def _pairs(row: Appointment, times: Times) -> list[tuple[str, datetime | None, time | None]]:
    return [(_("Giờ đến"), row.checked_in_at, times.came), (_("Giờ vào"), row.entered_at, times.entered),
            (_("Giờ ra"), row.left_at, times.left)]


def _differing(row: Appointment, times: Times) -> str:
    """The sentence about times that paper and system tell differently, to the minute; '' where they agree."""
    parts = [_("%(what)s: hệ thống ghi %(known)s, giấy ghi %(typed)s") % {
        "what": what, "known": shown.time_of_day(known), "typed": shown.time_of_day(typed)}
        for what, known, typed in _pairs(row, times) if known and typed and shown.time_of_day(known) != shown.time_of_day(typed)]
    return "; ".join([*parts, _("giữ theo hệ thống.")]) if parts else ""


def _knows_all(row: Appointment, times: Times) -> bool:
    return all(known is not None for _what, known, typed in _pairs(row, times) if typed)


@patiently
@transaction.atomic
def correct(*, actor: User, appointment: Appointment, arrived_at: datetime, entered_at: datetime | None, left_at: datetime | None,
            reason: str) -> Appointment:
    """Who was marked as not come was here and has gone: done, with the reason. No room and no line is touched: it is over.

    Raises Refused: 'reason_needed' 422, 'wrong_state', 'changed_meanwhile' 409, 'not_allowed' 403. Twice changes nothing.
    """
    row = fresh(appointment)
    if not policies.can_reconcile(actor, row.office_id):
        raise refusals.not_allowed()
    if row.state == AppointmentState.DONE:
        return row
    if not clean(reason):
        raise Refused("reason_needed", _("Vui lòng ghi lý do."))
    done = step_of(row, "correct", _("Lịch hẹn này không ở trạng thái “không đến”."))
    change(row, done, Who(actor, at=left_at or entered_at or arrived_at), reason=clean(reason)[:500], checked_in_at=arrived_at,
           entered_at=entered_at, left_at=left_at)
    queue.left(row, actor=actor, label="")
    telling.forget_reminders(row)
    return row


def _walk_in(actor: User, office: Office, day: date, item: WalkIn) -> Outcome:
    """Like everybody who walks in: what the letters or the limits don't allow is shown, not forced in."""
    name = item.applicant.full_name
    try:
        return Outcome(name, *_walked_in(actor, office, day, item))
    except Refused as refusal:
        return Outcome(name, REFUSED, str(refusal.sentence))


def _walked_in(actor: User, office: Office, day: date, item: WalkIn) -> tuple[str, str]:
    came, entered, left = item.times.on(day)
    if came is None:
        return CONFLICT, _("Thiếu giờ đến.")
    _check_order(came, entered, left)
    applicant = appointments.checked_applicant(item.applicant)
    mine = Appointment.objects.filter(office=office, queue_date=day, person_key=applicant.key, procedure=item.procedure)
    known = mine.exclude(state=AppointmentState.CANCELLED).first()
    if known is not None:
        return (SAME, _("Đã được ghi từ trước.")) if known.walk_in else (CONFLICT, _("Người này có lịch hẹn số %(number)s trong ngày.") % {
            "number": known.queue_number})
    row = visits.walk_in(actor=actor, office=office, procedure=item.procedure, purpose=Purpose.SUBMIT, applicant=applicant, at=came)
    if entered is not None or left is not None:
        visits.told_later(actor=actor, appointment=row, arrived_at=came, entered_at=entered or left, left_at=left)
    return SAVED, ""
