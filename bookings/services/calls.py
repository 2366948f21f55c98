"""The call list and the log of calls (letters Cà Mau 1 and 3): whom to call, what came of each try, who called about what."""
from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import Appointment, Call, CallTask, CallTaskEvent, OutreachPerson, RelocationItem
from bookings.services import telling
from bookings.states import (
    ACTIVE,
    CALL_TRANSITIONS,
    SETTLES_CALL,
    CallKind,
    CallOutcome,
    CallState,
)
from dossiers.models import Dossier
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.history import WORKER
from onestop.notify import services as notify
from onestop.notify.models import Message
from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused, step

SETTLED = _("Việc gọi điện này đã xong.")


@transaction.atomic
def add_task(*, kind: str, office: Office, full_name: str, phone: str, reason: str, appointment: Appointment | None = None,
             relocation_item: RelocationItem | None = None, outreach_person: OutreachPerson | None = None,
             message: Message | None = None, created_by: User | None = None) -> CallTask:
    """Put somebody on the call list of an office, inside the caller's transaction; the first attempt may be made at once.

    One task for each moved item, each invited person and each message for ever (unique in the database); otherwise one open task for
    the same kind, office, phone number and reason: the second call gives the first task again. `message`: what is told on the telephone,
    because nothing else brought it.
    """
    values = {"kind": kind, "office": office, "full_name": clean(full_name)[:120], "phone": phone_number(phone) or clean(phone)[:15],
              "appointment": appointment, "reason": clean(reason)[:500], "created_by": created_by, "message": message}
    if relocation_item is not None:
        task, made = CallTask.objects.get_or_create(relocation_item=relocation_item, defaults=values)
    elif outreach_person is not None:
        task, made = CallTask.objects.get_or_create(outreach_person=outreach_person, defaults=values)
    elif message is not None:
        task, made = CallTask.objects.get_or_create(message=message, defaults=values)
    else:
        task, made = _only_once(values)
    if made:
        CallTaskEvent.objects.create(subject=task, actor=created_by, actor_label="" if created_by else WORKER, verb="add",
                                     to_state=task.state, reason=task.reason)
    return task


def _only_once(values: dict[str, object]) -> tuple[CallTask, bool]:
    """The open task that says the same, or a new one; the office's row is locked so that a double click makes one."""
    office = values["office"]
    Office.objects.select_for_update(no_key=True).get(pk=office.pk)  # type: ignore[attr-defined]
    same = {name: values[name] for name in ("kind", "office", "phone", "reason", "appointment")}
    found = CallTask.objects.filter(**same, state=CallState.OPEN).first()
    return (found, False) if found is not None else (CallTask.objects.create(**values), True)


@transaction.atomic
def hand_over(*, actor: User, office: Office, full_name: str, phone: str, note: str, appointment: Appointment | None = None) -> CallTask:
    """The hotline hands a case to an office, which sees it on its call list. Raises Refused('note_needed' 422, 'not_allowed' 403)."""
    if not policies.can_hand_over(actor, office):
        raise refusals.not_allowed()
    if len(clean(note)) < 5:
        raise Refused("note_needed", _("Vui lòng ghi nội dung chuyển cho đơn vị, ít nhất 5 ký tự."),
                      fields={"note": [_("Vui lòng ghi nội dung chuyển cho đơn vị, ít nhất 5 ký tự.")]})
    if not phone_number(phone):
        raise Refused("phone_needed", _("Vui lòng ghi số điện thoại để đơn vị gọi lại."),
                      fields={"phone": [_("Vui lòng ghi số điện thoại để đơn vị gọi lại.")]})
    return add_task(kind=CallKind.HANDED, office=office, full_name=full_name, phone=phone, reason=note, appointment=appointment,
                    created_by=actor)


@transaction.atomic
def attempt(*, actor: User, task: CallTask, outcome: str, note: str = "", seen: int | None = None) -> CallTask:
    """Record what came of calling somebody, and log the call.

    Not reached: again later, CALL_AGAIN_MINUTES and doubling, given up after CALL_ATTEMPTS tries; a wrong number is given up at
    once; every other outcome settles the task. `seen` is the number of attempts the page showed: the same form sent twice, or
    two operators at once, count one attempt. Raises Refused('not_allowed' 403, 'unknown_outcome' 422).
    """
    if outcome not in CallOutcome.values:
        raise Refused("unknown_outcome", _("Vui lòng chọn kết quả cuộc gọi."), fields={"outcome": [_("Vui lòng chọn kết quả cuộc gọi.")]})
    row = CallTask.objects.select_for_update(of=("self",), no_key=True).select_related("office").get(pk=task.pk)
    if not policies.can_call(actor, row):
        raise refusals.not_allowed()
    if row.state != CallState.OPEN or (seen is not None and seen != row.attempts):
        return row
    note = clean(note)[:500]
    done = step(CALL_TRANSITIONS, _verb(outcome, row.attempts + 1), row.state, sentence=SETTLED)
    row.attempts, row.outcome, row.state = row.attempts + 1, outcome, done.after
    if row.state == CallState.OPEN:
        row.next_at = clock.now() + pause_before(row.attempts)
    row.save(update_fields=["attempts", "outcome", "state", "next_at"])
    CallTaskEvent.objects.create(subject=row, actor=actor, verb=done.verb, from_state=done.before, to_state=done.after, reason=note,
                                 data={"outcome": outcome, "attempt": row.attempts})
    log(operator=actor, outcome=outcome, province=row.office.province, full_name=row.full_name, phone=row.phone,
        appointment=row.appointment, task=row, note=note)
    _tell_outbox(row, actor)
    return row


def _tell_outbox(task: CallTask, actor: User) -> None:
    """The message that was read out has arrived; one whose person nobody could reach has not."""
    if task.message is not None and task.state == CallState.DONE:
        notify.told_by_phone(actor=actor, message=task.message)
    elif task.message is not None and task.state == CallState.GIVEN_UP:
        notify.call_given_up(actor=actor, message=task.message)


def _verb(outcome: str, attempts: int) -> str:
    if outcome in SETTLES_CALL:
        return "settle"
    return "give_up" if outcome == CallOutcome.WRONG_NUMBER or attempts >= settings.CALL_ATTEMPTS else "attempt"


def pause_before(attempts: int) -> timedelta:
    """How long to wait after the n-th call that reached nobody: CALL_AGAIN_MINUTES, doubling. Pure but for the setting."""
    return timedelta(minutes=settings.CALL_AGAIN_MINUTES * 2 ** max(attempts - 1, 0))


def close_for(*, outreach_person: OutreachPerson | None = None, relocation_item: RelocationItem | None = None, reason: str = "") -> bool:
    """The person answered by another way: nobody needs to be called any more. Inside the caller's transaction."""
    which = {"outreach_person": outreach_person} if outreach_person is not None else {"relocation_item": relocation_item}
    task = CallTask.objects.select_for_update(no_key=True).filter(**which, state=CallState.OPEN).first()
    if task is None:
        return False
    close(task, reason)
    if task.message is not None:
        notify.no_longer_needed(message=task.message)
    return True


def close(task: CallTask, reason: str) -> None:
    """The portal itself finds that nobody needs to be called. The row is locked by the caller."""
    done = step(CALL_TRANSITIONS, "settle", task.state, sentence=SETTLED)
    task.state = done.after
    task.save(update_fields=["state"])
    CallTaskEvent.objects.create(subject=task, actor_label=WORKER, verb=done.verb, from_state=done.before, to_state=done.after,
                                 reason=clean(reason)[:500])


@transaction.atomic
def log(*, operator: User, outcome: str, province: Area | None = None, full_name: str = "", phone: str = "",
        procedure: Procedure | None = None, appointment: Appointment | None = None, dossier: Dossier | None = None,
        task: CallTask | None = None, note: str = "", started_at: datetime | None = None) -> Call:
    """One row of the log of calls. `province` is the operator's own where none is named.

    A call is known by its operator, start, outcome and appointment: the same form sent twice gives the first row again.
    """
    now = clock.now()
    begun = min(started_at, now) if started_at is not None else now
    User.objects.select_for_update(no_key=True).get(pk=operator.pk)
    if started_at is not None:
        found = Call.objects.filter(operator=operator, started_at=begun, outcome=outcome, appointment=appointment, task=task).first()
        if found is not None:
            return found
    return Call.objects.create(
        operator=operator, province=province or _province_of(operator), full_name=clean(full_name)[:120],
        phone=phone_number(phone) or clean(phone)[:15], procedure=procedure, appointment=appointment, dossier=dossier, task=task,
        outcome=outcome, note=clean(note)[:500], started_at=begun, ended_at=now)


def _province_of(operator: User) -> Area:
    held = operator.current_assignments()
    if not held:
        raise refusals.not_allowed()
    return Area.objects.get(pk=held[0].office.province_id)


@transaction.atomic
def send_again(*, actor: User, appointment: Appointment) -> Message | None:
    """Send the message with code and link once more; within one minute only once. Raises Refused('not_allowed' 403, 'wrong_state' 409)."""
    if not policies.can_change(actor, appointment):
        raise refusals.not_allowed()
    if appointment.state not in ACTIVE:
        raise Refused("wrong_state", _("Lịch hẹn này không còn hiệu lực, không gửi lại tin nhắn."), status=409)
    return telling.tell_again(appointment, f"{clock.now():%Y%m%d%H%M}")

