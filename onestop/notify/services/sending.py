"""Sending has three parts, so that nothing outside is called inside a transaction: claim() commits who tries, a channel
carries the message out with our key, settle() commits the outcome. A worker that dies in between leaves a claimed row,
which release_stuck() gives back after SEND_LEASE_SECONDS; the other side knows our key and takes the message once.
"""
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F

from onestop import clock
from onestop.jobs import pause_after
from onestop.notify.channels import Outcome, Permanent, Sent, Temporary, email, file, sms
from onestop.notify.models import Message
from onestop.notify.services.steps import move
from onestop.notify.states import State, Via

CARRIERS = {Via.FILE: file.send, Via.EMAIL: email.send, Via.SMS: sms.send}
UNREACHABLE_IN_A_ROW = 3  # then the rest of a job waits: nobody answers


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
        return move(message, "refuse", reason=outcome.reason, last_error=outcome.reason[:255])
    if message.attempts >= settings.SEND_MAX_ATTEMPTS:
        return move(message, "give_up", reason=outcome.reason, last_error=outcome.reason[:255])
    later = clock.now() + pause_after(message.attempts)
    return move(message, "try_later", reason=outcome.reason, last_error=outcome.reason[:255], next_attempt_at=later)


def _arrived(message: Message, outcome: Sent) -> bool:
    verb = "deliver" if outcome.delivered else "sent"
    with transaction.atomic():
        row = Message.objects.select_for_update().get(pk=message.pk)
        return move(row, verb, sent_at=clock.now(), provider_id=outcome.provider_id, last_error="")
