"""One step of the transition table, with its event: how every other part of the outbox changes a message."""
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from onestop.history import WORKER
from onestop.notify.models import Message, MessageEvent
from onestop.notify.states import TRANSITIONS
from onestop.people.models import User


def event(message: Message, verb: str, before: str, after: str, *, actor: User | None = None, label: str = "",
          reason: str = "") -> MessageEvent:
    """What happened to a message, not saved."""
    return MessageEvent(subject=message, actor=actor, actor_label="" if actor else label or WORKER, verb=verb, from_state=before,
                        to_state=after, reason=reason, data={"attempt": message.attempts})


def note(events: Iterable[MessageEvent]) -> None:
    """Write events with one statement."""
    MessageEvent.objects.bulk_create(list(events))


def move(message: Message, verb: str, *, actor: User | None = None, label: str = "", reason: str = "", **changes: Any) -> bool:
    """Take one step of the table if the row is still as it was read, with its event; whether it was."""
    before, after = TRANSITIONS[verb]
    with transaction.atomic():
        same = Message.objects.filter(pk=message.pk, state=message.state, attempts=message.attempts, claimed_at=message.claimed_at)
        if message.state not in before or same.update(state=after, claimed_at=None, queued_until=None, **changes) != 1:
            return False
        event(message, verb, message.state, after, actor=actor, label=label, reason=reason).save(force_insert=True)
    message.state = after
    return True
