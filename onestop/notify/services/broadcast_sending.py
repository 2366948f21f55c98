"""Handing a broadcast out: at most what the time that passed allows, in chunks that may be killed, nobody twice; and its figures."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify import broadcasting
from onestop.notify.models import Broadcast, BroadcastPerson, Message
from onestop.notify.services.broadcast_lists import objected
from onestop.notify.services.broadcasts import ask_for_list, event_key, forget_file, note
from onestop.notify.services.writing import News, Recipient, tell_batch
from onestop.notify.states import (
    BROADCAST_TRANSITIONS,
    FAILED,
    TO_SEND,
    BroadcastState,
    NotTold,
    State,
    Urgency,
    Via,
)
from onestop.patience import patiently
from onestop.transitions import step

CHUNK = 500
MINUTE = timedelta(minutes=1)


def hand_out(pk: int) -> int:
    """Give the outbox the messages that a running broadcast has earned since the last time; how many."""
    given = 0
    while more := hand_out_chunk(pk):
        given += more
    return given


@patiently
def hand_out_chunk(pk: int, size: int = CHUNK) -> int:
    """One chunk in one transaction: messages, who got which, and how far the list is, all or nothing. 0: nothing is due now."""
    with transaction.atomic():
        row = Broadcast.objects.select_for_update(of=("self",)).select_related("directive", "office").filter(
            pk=pk, state=BroadcastState.RUNNING).first()
        if row is None:
            return 0
        waiting = row.persons.filter(message__isnull=True, left_out="").order_by("pk")
        since, room = _earned(row, clock.now())
        people = list(waiting[:min(room, size)])
        if not people:
            if not waiting.exists():
                _finish(row)
            return 0
        _tell(row, people)
        told = sum(person.message is not None for person in people)
        row.handed_out, row.people, row.left_out = row.handed_out + told, row.people - len(people) + told, row.left_out + len(people) - told
        row.signed_on_at = since + MINUTE * len(people) / row.per_minute
        row.save(update_fields=["handed_out", "people", "left_out", "signed_on_at"])
    return len(people)


def _earned(row: Broadcast, now: datetime) -> tuple[datetime, int]:
    """(from when the pace is counted, how many messages that is till now). A long silence earns no more than a minute, and never more
    than a minute's messages wait in the outbox: at night it is not filled, and a pause is soon felt."""
    since = max(row.signed_on_at or now, now - MINUTE)
    earned = (now - since) * row.per_minute // MINUTE
    unsent = Message.objects.filter(broadcast=row, state__in=TO_SEND).count() if earned else 0
    return since, max(0, min(earned, row.per_minute - unsent))


def _tell(row: Broadcast, people: list[BroadcastPerson]) -> None:
    silent = objected(row, {person.contact for person in people})
    for person in people:
        person.left_out = NotTold.OBJECTED if person.contact in silent else ""
    _write(row, [person for person in people if not person.left_out])
    BroadcastPerson.objects.bulk_update(people, ["message", "left_out"], batch_size=250)


def _write(row: Broadcast, people: list[BroadcastPerson]) -> None:
    ways = [Via(row.channel), *(via for via in (Via.SMS, Via.EMAIL) if via != row.channel)]
    if Via.FILE in settings.NOTIFY_CHANNELS:  # a portal that is tried out: the file takes what nothing else of it reaches
        ways = [*(via for via in ways if via in settings.NOTIFY_CHANNELS), Via.FILE]
    told = tell_batch([News(
        event_key(row), "broadcast", {}, Recipient(person.name, person.phone, person.email, person.language), row.office, Urgency.BULK,
        ways=ways, broadcast=row, subject=row.subject or row.name, body=broadcasting.body(row, person.language, person.pk),
    ) for person in people])
    for person, message in zip(people, told, strict=True):
        person.message, person.left_out = message, "" if message is not None else NotTold.NO_WAY


def _finish(row: Broadcast) -> None:
    """Done once everything is handed out and nothing waits in the outbox any more."""
    if Message.objects.filter(broadcast=row, state__in=[*TO_SEND, State.SENDING]).exists():
        return
    move = step(BROADCAST_TRANSITIONS, "finish", row.state, sentence="")
    row.state, row.ended_at = BroadcastState(move.after), clock.now()
    row.save(update_fields=["state", "ended_at"])
    note(row, "finish", move.before, data=dict(figures(row).by_state))
    forget_file(row)


def sweep() -> int:
    """Wake the jobs of broadcasts that run, and of lists whose making stands still; how many."""
    silent = clock.now() - timedelta(seconds=settings.BROADCAST_STALL_SECONDS)
    running = list(Broadcast.objects.filter(state=BroadcastState.RUNNING).values_list("pk", flat=True))
    still = Broadcast.objects.filter(Q(signed_on_at__isnull=True) | Q(signed_on_at__lte=silent), state=BroadcastState.COUNTING)
    lists = list(still.values_list("pk", "audience"))
    with transaction.atomic():
        for pk in running:
            enqueue_after_commit("notify.hand_out", pk)
        for pk, audience in lists:
            ask_for_list(pk, audience)
    return len(running) + len(lists)


# --- figures ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Figures:
    """How many people of a list are where. `by_state` of their messages, `left_out` by reason, `waiting`: no message yet."""

    by_state: Counter[str]
    left_out: Counter[str]
    waiting: int

    @property
    def handed_out(self) -> int:
        return self.by_state.total()

    @property
    def people(self) -> int:
        """Who gets or got it."""
        return self.handed_out + self.waiting

    @property
    def reached(self) -> int:
        return self.by_state[State.DELIVERED]

    @property
    def failed(self) -> int:
        return sum(self.by_state[state] for state in FAILED)


def figures(broadcast: Broadcast) -> Figures:
    """The list by state and by reason: one query; of a list that was deleted the figures it had then."""
    if broadcast.purged_at is not None:
        kept = broadcast.totals
        return Figures(Counter(kept["by_state"]), Counter(kept["left_out"]), kept["waiting"])
    rows = BroadcastPerson.objects.filter(broadcast=broadcast).order_by().values_list("left_out", "message__state").annotate(
        many=Count("pk"))
    by_state: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    waiting = 0
    for why, state, many in rows:
        if why:
            left_out[why] += many
        elif state is None:
            waiting += many
        else:
            by_state[state] += many
    return Figures(by_state, left_out, waiting)


def not_reached(broadcast: Broadcast) -> Any:
    """People whom nothing reached: their message failed or must be told by telephone, or there was no contact to send to."""
    lost = Q(message__state__in=FAILED) | Q(message__channel=Via.CALL, message__state__in=TO_SEND)
    unsendable = Q(left_out__in=[NotTold.NO_CONTACT, NotTold.BAD_ROW, NotTold.NO_WAY])
    return BroadcastPerson.objects.filter(lost | unsendable, broadcast=broadcast).select_related("message").order_by("pk")
