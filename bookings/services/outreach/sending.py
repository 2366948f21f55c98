"""Sending the invitations of a list: one message each, in chunks; who could not be given a time goes to the call list."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, Outreach, OutreachPerson
from bookings.services import calls, telling
from bookings.services.outreach.drafting import give_back
from bookings.services.outreach.steps import PER_JOB, check_right, claim, go_on, refuse, take_step
from bookings.services.reminders import reminder_settled
from bookings.states import AppointmentState, CallKind, OutreachState
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.states import Via
from onestop.people.models import User

NOT_SENT = _("Tin nhắn mời không gửi được.")

@transaction.atomic
def send(*, actor: User, run: Outreach, answer_by: datetime) -> Outreach:
    """Start sending; people may answer until `answer_by`, then they are called.

    Raises Refused: 'not_allowed' 403; 'wrong_state', 'still_proposing' 409; 'nobody', 'bad_answer_by' 422.
    """
    row = claim(run)
    check_right(actor, row)
    if row.state == OutreachState.PROPOSED and row.people.filter(appointment=None, trouble="").exists():
        raise refuse("still_proposing", _("Cổng đang xếp giờ cho danh sách này. Vui lòng đợi xong rồi gửi."), status=409)
    if not row.people.exclude(appointment=None).exists():
        raise refuse("nobody", _("Chưa ai trong danh sách có giờ hẹn để mời."))
    if not clock.now() < answer_by <= clock.at(row.last_day, 23, 59):
        raise refuse("bad_answer_by", _("Hạn trả lời phải sau lúc này và không muộn hơn ngày mời cuối cùng."), "answer_by")
    take_step(row, "send", _("Danh sách này chưa xếp giờ xong hoặc đã gửi rồi."), actor=actor, answer_by=answer_by)
    go_on(row)
    return row


def untold(run: Outreach) -> list[int]:
    return list(run.people.filter(told_at=None).exclude(appointment=None).order_by("row", "pk").values_list("pk", flat=True)[:PER_JOB])


def send_some(run: Outreach) -> bool:
    """One job's share, each invitation in a transaction of its own; whether more is to do. The last job closes the sending."""
    for pk in untold(run):
        _send_one(pk, run)
    if untold(run):
        return True
    _finish(run)
    return False


@transaction.atomic
def _send_one(pk: int, run: Outreach) -> None:
    """Tell one person; whose proposed time has passed meanwhile is called instead."""
    person = OutreachPerson.objects.select_for_update(of=("self",)).get(pk=pk)
    if person.told_at is not None or person.appointment_id is None:
        return
    appointment = Appointment.objects.select_related("slot", "office", "procedure").get(pk=person.appointment_id)
    now = clock.now()
    if appointment.state != AppointmentState.BOOKED or appointment.slot.starts_at <= now:
        let_pass(person)
        return
    person.told_at = now
    person.save(update_fields=["told_at"])
    Appointment.objects.filter(pk=appointment.pk).update(reminded_hours=reminder_settled(appointment.slot))
    answer_by = clock.local(min(run.answer_by or appointment.slot.starts_at, appointment.slot.starts_at))
    told = telling.tell_person(appointment, f"invited:{run.pk}", "outreach_invited", answer_by=f"{answer_by:%H:%M %d/%m/%Y}",
                               collect=run.purpose == "collect")
    if told is None or told.channel == Via.CALL:
        call_about(person, run, NOT_SENT, told)


def let_pass(person: OutreachPerson) -> None:
    """A proposed time that went by before the invitation: given back, and never a no-show. Inside the caller's transaction."""
    give_back(person, actor=None)
    OutreachPerson.objects.filter(pk=person.pk).update(trouble=_now("Giờ đã xếp trôi qua trước khi gửi lời mời."))


@transaction.atomic
def _finish(run: Outreach) -> None:
    """Everybody who has a time was told; the others are to be called at once."""
    row = claim(run)
    if row.state != OutreachState.SENDING:
        return
    for person in row.people.exclude(trouble=""):
        call_about(person, row, _now("Chưa xếp được giờ: %(why)s") % {"why": person.trouble})
    take_step(row, "sent", "")


def call_about(person: OutreachPerson, run: Outreach, reason: Any, message: Message | None = None) -> None:
    """Put one person of a list on the office's call list; once for ever."""
    calls.add_task(kind=CallKind.INVITED, office=run.office, full_name=person.full_name, phone=person.phone, outreach_person=person,
                   appointment=person.appointment, reason=str(reason), message=message)
