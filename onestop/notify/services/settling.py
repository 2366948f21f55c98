"""Writing down what came of an attempt. A failure counts only for the worker that still holds the claim; a success always."""
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, CharField, Value, When

from onestop import clock
from onestop.jobs import pause_after
from onestop.notify.channels import Outcome, Permanent, Sent, Temporary
from onestop.notify.models import Message
from onestop.notify.services import steps
from onestop.notify.services.attempts import Attempt, refund
from onestop.notify.services.preferences import UNASKED
from onestop.notify.states import TRANSITIONS, State

Pair = tuple[Attempt, Outcome]


def settle_many(pairs: Sequence[Pair]) -> None:
    """The outcomes of several attempts: successes with three statements for all, whatever else one by one."""
    good = [(attempt, outcome) for attempt, outcome in pairs if isinstance(outcome, Sent)]
    if good and not _all_sent(good):
        for attempt, sent in good:
            settle(attempt.message, sent)
    for attempt, outcome in pairs:
        if not isinstance(outcome, Sent):
            _failed(attempt, outcome)


def settle(message: Message, outcome: Outcome) -> bool:
    """The outcome of one attempt; whether it changed the message."""
    if isinstance(outcome, Sent):
        return _arrived(message, outcome)
    if isinstance(outcome, Permanent):
        return _refused(message, outcome.reason)
    reason = outcome.reason[:255]
    if message.attempts >= settings.SEND_MAX_ATTEMPTS:
        return _refused(message, reason) if outcome.untaken and message.ways else steps.move(message, "give_up", reason=reason,
                                                                                          last_error=reason)
    later = clock.now() + pause_after(message.attempts)
    return steps.move(message, "try_later", reason=reason, last_error=reason, next_attempt_at=later, gateway_id=message.gateway_id)


def other_way_or(message: Message, verb: str, reason: str, **more: Any) -> bool:
    """One channel could not bring it: the person's next one does, else the message ends with `verb`."""
    left = [name for name in message.ways if name != UNASKED]
    if not left:
        return steps.move(message, verb, reason=reason, last_error=reason[:255], **more)
    following, *rest = left
    return steps.move(message, "other_way", reason=reason, last_error=reason[:255], channel=following, ways=rest, attempts=0,
                      gateway=None, provider_id="", next_attempt_at=clock.now(), **more)


def _refused(message: Message, reason: str) -> bool:
    return other_way_or(message, "refuse", reason)


def _failed(attempt: Attempt, outcome: Permanent | Temporary) -> None:
    """A failure, and the money of what was surely not taken. Nothing taken by this gateway: the next try may ask any."""
    message = attempt.message
    untaken = isinstance(outcome, Permanent) or (outcome.untaken and not attempt.sticks)
    if untaken and isinstance(outcome, Temporary):
        message.gateway = None
    with transaction.atomic():
        if settle(message, outcome) and untaken:
            refund([attempt])


def _all_sent(pairs: Sequence[tuple[Attempt, Sent]]) -> bool:
    """Successes of claims that are all still held: few statements. False, and nothing is written, where one is not held any more."""
    groups: dict[tuple[Any, ...], list[tuple[Message, Sent]]] = defaultdict(list)
    for attempt, outcome in pairs:
        message = attempt.message
        verb = "deliver" if outcome.delivered else "sent"
        groups[(verb, message.claimed_at, message.segments, message.cost)].append((message, outcome))
    with transaction.atomic():
        changed = sum(_group_sent(verb, held, some) for (verb, *held), some in groups.items())
        if changed != len(pairs):
            transaction.set_rollback(True)
            return False
        steps.note(steps.event(message, verb, State.SENDING, TRANSITIONS[verb][1])
                   for (verb, *_rest), some in groups.items() for message, _outcome in some)
    return True


def _group_sent(verb: str, held_as: Sequence[Any], some: Sequence[tuple[Message, Sent]]) -> int:
    now, state, (claimed_at, segments, cost) = clock.now(), TRANSITIONS[verb][1], held_as
    named = [When(pk=message.pk, then=Value(outcome.provider_id)) for message, outcome in some if outcome.provider_id]
    provider_id: Any = Case(*named, default=Value(""), output_field=CharField()) if named else ""
    held = Message.objects.filter(pk__in=[message.pk for message, _outcome in some], state=State.SENDING, claimed_at=claimed_at)
    delivered = {"delivered_at": now} if state == State.DELIVERED else {}
    return held.update(state=state, claimed_at=None, queued_until=None, sent_at=now, last_error="", segments=segments, cost=cost,
                       provider_id=provider_id, **delivered)


def _arrived(message: Message, outcome: Sent) -> bool:
    """One success, even if the lease has given the message back meanwhile; a delivery report may have been faster. Where it told of a
    failure, the message is on its way by another channel: what this one took has not arrived."""
    verb, now = "deliver" if outcome.delivered else "sent", clock.now()
    with transaction.atomic():
        row = Message.objects.select_for_update().get(pk=message.pk)
        if row.state != State.DELIVERED and (row.channel, row.gateway_id) != (message.channel, message.gateway_id):
            return False
        told: dict[str, Any] = {"sent_at": now, "provider_id": outcome.provider_id, "segments": message.segments, "cost": message.cost}
        if row.state == State.DELIVERED and not row.provider_id:
            return bool(Message.objects.filter(pk=row.pk).update(**told))
        if outcome.delivered:
            told["delivered_at"] = now
        return steps.move(row, verb, last_error="", **told)
