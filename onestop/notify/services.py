"""The outbox. tell() writes a message in the caller's own transaction; a worker sends it after the commit.

Sending has three parts, so that nothing outside is called inside a transaction: claim() commits who tries, a channel
carries the message out with our key, settle() commits the outcome. A worker that dies in between leaves a claimed row,
which release_stuck() gives back after SEND_LEASE_SECONDS; the other side knows our key and takes the message once.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit, pause_after, wake_after_commit
from onestop.notify import policies
from onestop.notify.channels import Outcome, Permanent, Sent, Temporary, email, file, sms
from onestop.notify.models import Message, MessageEvent
from onestop.notify.states import TO_SEND, TRANSITIONS, State, Via
from onestop.notify.texts import language_for, render
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused, step

CARRIERS = {Via.FILE: file.send, Via.EMAIL: email.send, Via.SMS: sms.send}
PER_SWEEP = 1000
PER_JOB = 50
UNREACHABLE_IN_A_ROW = 3  # then the rest of a job waits: nobody answers


@dataclass(frozen=True)
class Recipient:
    """Whom to tell. `phone` in any usual way of writing it."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = "vi"


@dataclass(frozen=True)
class News:
    """What tell() is told: one event, for those who write many messages with one statement."""

    event_key: str
    template: str
    context: Mapping[str, Any]
    recipient: Recipient
    office: Office | None = None


# --- writing ------------------------------------------------------------------------------------------------------

def tell(*, event_key: str, template: str, context: Mapping[str, Any], recipient: Recipient,
         office: Office | None = None) -> Message | None:
    """Write the message about one event to one person, inside the caller's transaction, and ask for its sending.

    The same event_key (at most 120 characters) and recipient give the first message again. None where no channel of
    NOTIFY_CHANNELS reaches the person. Raises TemplateDoesNotExist for a template that is not in templates/messages/.
    """
    message = draft(event_key=event_key, template=template, recipient=recipient, office=office)
    if message is None:
        return None
    known = Message.objects.filter(event_key=event_key, recipient_key=message.recipient_key).first()
    if known is not None:
        return known
    message.subject, message.body = render(template=template, context=context, language=recipient.language)
    try:
        with transaction.atomic():
            message.save(force_insert=True)
            created(message).save(force_insert=True)
    except IntegrityError:  # somebody else wrote the same message between the look and the row
        return Message.objects.get(event_key=event_key, recipient_key=message.recipient_key)
    written(message.pk)
    return message


def tell_many(news: Sequence[News]) -> int:
    """tell() for events that were all written in this transaction, so that nobody was told of them before: two statements for all.

    Gives how many messages were written; whoever no channel reaches has none.
    """
    messages = []
    for item in news:
        message = draft(event_key=item.event_key, template=item.template, recipient=item.recipient, office=item.office)
        if message is not None:
            message.subject, message.body = render(template=item.template, context=item.context, language=item.recipient.language)
            messages.append(message)
    Message.objects.bulk_create(messages)
    MessageEvent.objects.bulk_create([created(message) for message in messages])
    for message in messages:
        written(message.pk)
    return len(messages)


def draft(*, event_key: str, template: str, recipient: Recipient, office: Office | None) -> Message | None:
    """The row that tell() writes, without its words and not saved: for a domain that writes its rows with one statement of its own,
    together with `created`, and calls `written` after its commit. None where no channel reaches the person."""
    phone, address = phone_number(recipient.phone), recipient.email.strip().lower()
    via = _way_to(phone, address)
    if via is None:
        return None
    return Message(event_key=event_key, recipient_key=(phone or address or clean(recipient.name).lower())[:160],
                   recipient_name=clean(recipient.name)[:120], phone=phone, email=address, template_key=template,
                   language=language_for(recipient.language), channel=via, office=office)


def created(message: Message) -> MessageEvent:
    """The first event of a message, not saved."""
    return _event(message, "create", "", message.state)


def written(pk: int) -> None:
    """Ask for the sending of a message that was just written."""
    wake_after_commit("notify.send", pk, sweep="notify.sweep")


def _way_to(phone: str, address: str) -> Via | None:
    reached = {Via.FILE: True, Via.SMS: bool(phone), Via.EMAIL: bool(address)}
    return next((Via(name) for name in settings.NOTIFY_CHANNELS if reached[Via(name)]), None)


def obsolete(*, event_key_prefix: str) -> int:
    """Take back what has not been sent yet about an event: the key itself and the keys below it ('appointment:12' also
    means 'appointment:12:remind:24', never 'appointment:123'). Returns how many messages; those under way are not stopped."""
    below = event_key_prefix.rstrip(":")
    unsent = Message.objects.filter(Q(event_key=below) | Q(event_key__startswith=below + ":"), state__in=TO_SEND)
    return sum(_move(message, "obsolete", reason=below) for message in unsent)


def _note(message: Message, verb: str, before: str, after: str, *, actor: User | None = None, reason: str = "") -> None:
    _event(message, verb, before, after, actor=actor, reason=reason).save(force_insert=True)


def _event(message: Message, verb: str, before: str, after: str, *, actor: User | None = None, reason: str = "") -> MessageEvent:
    return MessageEvent(subject=message, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                        to_state=after, reason=reason, data={"attempt": message.attempts})


def _move(message: Message, verb: str, *, actor: User | None = None, reason: str = "", **changes: Any) -> bool:
    """Take one step of the table if the row is still as it was read, with its event; whether it was."""
    before, after = TRANSITIONS[verb]
    with transaction.atomic():
        same = Message.objects.filter(pk=message.pk, state=message.state, attempts=message.attempts, claimed_at=message.claimed_at)
        if message.state not in before or same.update(state=after, claimed_at=None, queued_until=None, **changes) != 1:
            return False
        _note(message, verb, message.state, after, actor=actor, reason=reason)
    message.state = after
    return True


# --- sending ------------------------------------------------------------------------------------------------------

def send_all(pks: Sequence[int]) -> int:
    """Send the messages of one job, one after the other; how many are out. Stops early when nobody answers."""
    sent = silent = 0
    for pk in pks:
        outcome = send(pk)
        sent += isinstance(outcome, Sent)
        silent = silent + 1 if isinstance(outcome, Temporary) and outcome.unreachable else 0
        if silent >= UNREACHABLE_IN_A_ROW:
            break
    return sent


def send(pk: int) -> Outcome | None:
    """Claim, carry out, settle. None if the message is not due, or another worker has it. Not for use in a transaction."""
    message = claim(pk)
    if message is None:
        return None
    outcome = CARRIERS[Via(message.channel)](message)
    settle(message, outcome)
    return outcome


def claim(pk: int) -> Message | None:
    """Take a due message: one conditional UPDATE that changes exactly one row, committed before anything goes out."""
    moment = clock.now()
    due = Message.objects.filter(pk=pk).due(moment)
    if due.update(state=State.SENDING, claimed_at=moment, attempts=F("attempts") + 1) != 1:
        return None
    return Message.objects.get(pk=pk)


def settle(message: Message, outcome: Outcome) -> bool:
    """Write down what came of an attempt. A failure counts only for the worker that still holds the claim; a success always."""
    if isinstance(outcome, Sent):
        return _arrived(message, outcome)
    if isinstance(outcome, Permanent):
        return _move(message, "refuse", reason=outcome.reason, last_error=outcome.reason[:255])
    if message.attempts >= settings.SEND_MAX_ATTEMPTS:
        return _move(message, "give_up", reason=outcome.reason, last_error=outcome.reason[:255])
    later = clock.now() + pause_after(message.attempts)
    return _move(message, "try_later", reason=outcome.reason, last_error=outcome.reason[:255], next_attempt_at=later)


def _arrived(message: Message, outcome: Sent) -> bool:
    verb = "deliver" if outcome.delivered else "sent"
    with transaction.atomic():
        row = Message.objects.select_for_update().get(pk=message.pk)
        return _move(row, verb, sent_at=clock.now(), provider_id=outcome.provider_id, last_error="")


# --- sweeping -----------------------------------------------------------------------------------------------------

def sweep() -> int:
    """Give back what dead workers hold, then hand every due message to a job; how many were handed out (1,000 at
    most; then another sweep follows at once)."""
    release_stuck()
    pks = reserve_due(limit=PER_SWEEP)
    for start in range(0, len(pks), PER_JOB):
        enqueue_after_commit("notify.send", *pks[start:start + PER_JOB])
    if len(pks) == PER_SWEEP:
        enqueue_after_commit("notify.sweep")
    return len(pks)


def reserve_due(*, limit: int) -> list[int]:
    """Ids of due messages that no job is on its way for; they count as queued for one lease, so that the next sweep
    does not ask again. Oldest first."""
    moment = clock.now()
    waiting = Message.objects.due(moment).unqueued(moment).order_by("next_attempt_at", "pk")
    pks = list(waiting.values_list("pk", flat=True)[:limit])
    Message.objects.filter(pk__in=pks, state__in=TO_SEND).update(queued_until=moment + _lease())
    return pks


def release_stuck() -> int:
    """Messages whose worker has been silent for longer than the lease are due again, or given up after the last attempt."""
    stuck = Message.objects.stuck(clock.now() - _lease()).order_by("pk")[:PER_SWEEP]
    return sum(_release(message) for message in stuck)


def _release(message: Message) -> bool:
    reason = str(_("Tiến trình gửi đã dừng giữa chừng."))
    if message.attempts >= settings.SEND_MAX_ATTEMPTS:
        return _move(message, "give_up", reason=reason, last_error=reason)
    return _move(message, "try_later", reason=reason, last_error=reason, next_attempt_at=clock.now())


def _lease() -> timedelta:
    return timedelta(seconds=settings.SEND_LEASE_SECONDS)


# --- by hand ------------------------------------------------------------------------------------------------------

def retry(*, actor: User, message: Message) -> Message:
    """Let a failed message be tried again from the start, under the same key. Raises Refused."""
    return _by_hand(actor, message, "retry", policies.can_retry, attempts=0, next_attempt_at=clock.now(), last_error="")


def discard(*, actor: User, message: Message) -> Message:
    """Take back one message that has not been sent. Doing it twice changes nothing. Raises Refused."""
    return _by_hand(actor, message, "obsolete", policies.can_discard)


def _by_hand(actor: User, message: Message, verb: str, allowed: Any, **changes: Any) -> Message:
    with transaction.atomic():
        row = Message.objects.select_for_update(of=("self",)).select_related("office").get(pk=message.pk)
        if not allowed(actor, row):
            raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
        if row.state == TRANSITIONS[verb][1]:
            return row
        step(TRANSITIONS, verb, row.state, sentence=_("Tin nhắn không còn ở trạng thái cho phép thao tác này."))
        _move(row, verb, actor=actor, **changes)
        if verb == "retry":
            enqueue_after_commit("notify.send", row.pk)
    row.refresh_from_db()
    return row
