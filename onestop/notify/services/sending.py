"""Sending has three parts, so that nothing outside is called inside a transaction: a claim commits who tries and by which gateway, a
channel carries the messages out with our key, settling commits the outcome.

Claims and outcomes are written for many messages at once; what goes by a way that knows no repeated request is settled one by one. A
worker that dies in between leaves claimed rows, which release_stuck() gives back after SEND_LEASE_SECONDS: they go to the same gateway
under the same key, which takes each message once.
"""
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import groupby

from django.conf import settings
from django.db import transaction

from onestop import clock
from onestop.notify.channels import Outcome, Sent, Temporary, email, file, gateway
from onestop.notify.models import Message, Provider
from onestop.notify.services.attempts import Attempt, charge, claim_many, price, put_back, put_off_until_tomorrow
from onestop.notify.services.providers import Gateways, note_answers, pace
from onestop.notify.services.settling import settle_many
from onestop.notify.states import State, Via

log = logging.getLogger(__name__)
UNREACHABLE_IN_A_ROW = 3  # then the rest waits, or goes by the next gateway: nobody answers
PER_CLAIM = 50
Tried = list[tuple[Attempt, Outcome]]


def send_all(pks: Sequence[int]) -> int:
    """Send the messages of one job; how many are out. Stops early when nobody answers. Not for use in a transaction."""
    job = Job()
    sent = 0
    for start in range(0, len(pks), PER_CLAIM):
        sent += job.send(pks[start:start + PER_CLAIM])
        if job.nobody_answers:
            break
    return sent


def send(pk: int) -> Outcome | None:
    """Claim, carry out, settle one message. None if it is not due, may not go out now, or another worker has it."""
    job = Job()
    job.send([pk])
    return job.last


def claim(pk: int) -> Message | None:
    """Take one due message: committed before anything goes out."""
    found = claim_many([pk], Gateways())
    return found[0].message if found else None


class Job:
    """What one job learns on its way: which gateways there are, and who does not answer."""

    def __init__(self) -> None:
        self.gateways = Gateways()
        self.nobody_answers = False
        self.last: Outcome | None = None
        self.pause = 0.0  # seconds that somebody asked to be left alone

    def send(self, pks: Sequence[int]) -> int:
        """Claim these together and carry them out, gateway by gateway; how many are out."""
        attempts = sorted(claim_many(pks, self.gateways), key=_way)
        return sum(self._by_one_way(list(some), asked=[]) for _key, some in groupby(attempts, key=_way))

    def _by_one_way(self, attempts: list[Attempt], asked: list[int]) -> int:
        """By one channel and gateway; what a gateway has surely not taken goes by the next one."""
        provider, channel = attempts[0].provider, attempts[0].message.channel
        sent, silent, untried, elsewhere = 0, 0, list(attempts), list[Attempt]()
        for some in _slices(attempts, _at_once(channel, provider)):
            tried = carry(some, provider)
            untried = untried[len(some):] if len(tried) == len(some) else _without(untried, tried)
            silent = self._note(tried, provider, silent)
            following = self._next(channel, provider, asked)
            moving = [row for row, outcome in tried if following is not None and _may_go_elsewhere(row, outcome)]
            elsewhere += moving
            sent += self._settled([(row, outcome) for row, outcome in tried if row not in moving])
            if silent >= UNREACHABLE_IN_A_ROW or len(tried) < len(some):
                break
        return sent + self._rest(untried, elsewhere, provider, asked, silent)

    def _rest(self, untried: list[Attempt], elsewhere: list[Attempt], provider: Provider | None, asked: list[int], silent: int) -> int:
        """What was not taken: by the next gateway, else back to where it was."""
        if not untried and not elsewhere:
            return 0
        following = self._next((untried or elsewhere)[0].message.channel, provider, asked)
        moving = elsewhere + [row for row in untried if silent >= UNREACHABLE_IN_A_ROW and not row.sticks]
        if provider is None or following is None or not moving:
            self.nobody_answers = self.nobody_answers or silent >= UNREACHABLE_IN_A_ROW
            put_back([*elsewhere, *untried], pause=self.pause)
            return 0
        put_back([row for row in untried if row not in moving], pause=self.pause)
        moved = hand_on(moving, following)
        return self._by_one_way(moved, [*asked, provider.pk]) if moved else 0

    def _next(self, channel: str, provider: Provider | None, asked: Sequence[int]) -> Provider | None:
        return self.gateways.first(channel, but=[*asked, provider.pk]) if provider is not None else None

    def _note(self, tried: Tried, provider: Provider | None, silent: int) -> int:
        """How many in a row nobody answered now, and what that means for the gateway's breaker."""
        failures, answered = 0, False
        for _attempt, outcome in tried:
            failed = isinstance(outcome, Temporary) and not outcome.pause
            answered = answered or not failed
            failures = failures + 1 if failed else 0
            silent = silent + 1 if isinstance(outcome, Temporary) and outcome.unreachable else 0
            self.last, self.pause = outcome, max(self.pause, _pause(outcome))
        if provider is not None and tried:
            note_answers(provider, answered=answered, failures=failures)
        return silent

    def _settled(self, tried: Tried) -> int:
        waiting = [(row, outcome) for row, outcome in tried if isinstance(outcome, Temporary) and outcome.pause]
        for row, outcome in waiting:  # asked for patience: not a failed try
            put_back([row], pause=_pause(outcome), error=outcome.reason[:255])
        rest = [pair for pair in tried if pair not in waiting]
        settle_many(rest)
        return sum(isinstance(outcome, Sent) for _row, outcome in rest)


def hand_on(attempts: Sequence[Attempt], following: Provider) -> list[Attempt]:
    """Give claimed messages that nobody has taken to another gateway, committed before it is asked; those it may carry."""
    with transaction.atomic():
        held = [row for row in attempts if _still_held(row)]
        for row in held:
            row.provider = following
            price(row, following)
        dear = charge(held, following.channel)
        going = [row for row in held if row not in dear]
        Message.objects.filter(pk__in=[row.message.pk for row in going]).update(gateway_id=following.pk)
        for row in going:
            row.message.gateway_id = following.pk
    put_back(dear)
    put_off_until_tomorrow(dear)
    return going


def _still_held(attempt: Attempt) -> bool:
    message = attempt.message
    rows = Message.objects.filter(pk=message.pk, state=State.SENDING, claimed_at=message.claimed_at, attempts=message.attempts)
    return rows.select_for_update().exists()


# --- carrying -----------------------------------------------------------------------------------------------------

def carry(attempts: Sequence[Attempt], provider: Provider | None) -> Tried:
    """Carry these out, several at the same time; in their order, without those that were not tried any more because somebody asked for
    patience, nobody answered, or the claim is about to run out. Nothing here touches the database."""
    way = _channel(attempts[0].message.channel, provider)
    stop = threading.Event()
    first = _tried(attempts[0], way, provider, stop)
    if first is None or stop.is_set() or len(attempts) == 1 or settings.SEND_AT_ONCE == 1 or isinstance(first, Temporary):
        rest = _one_by_one(attempts[1:], way, provider, stop, silent=isinstance(first, Temporary) and first.unreachable)
    else:
        rest = _pool(os.getpid()).map(partial(_tried, way=way, provider=provider, stop=stop), attempts[1:])
    found = zip(attempts, [first, *rest], strict=False)
    return [(attempt, outcome) for attempt, outcome in found if outcome is not None]


def _one_by_one(attempts: Sequence[Attempt], way: Callable[[Message], Outcome], provider: Provider | None, stop: threading.Event, *,
                silent: bool) -> Iterator[Outcome | None]:
    in_a_row = int(silent)
    for attempt in attempts:
        outcome = _tried(attempt, way, provider, stop) if in_a_row < UNREACHABLE_IN_A_ROW else None
        in_a_row = in_a_row + 1 if isinstance(outcome, Temporary) and outcome.unreachable else 0 if outcome else in_a_row
        yield outcome


def _tried(attempt: Attempt, way: Callable[[Message], Outcome], provider: Provider | None, stop: threading.Event) -> Outcome | None:
    if stop.is_set():
        return None
    if provider is not None:
        pace.wait(provider)
    if _runs_out(attempt.message):
        stop.set()
        return None
    try:
        outcome = way(attempt.message)
    except Exception as error:  # nobody knows whether it was taken; the others of the job must not wait for this one
        log.exception("message %s by %s", attempt.message.pk, attempt.message.channel)
        outcome = Temporary(type(error).__name__)
    if isinstance(outcome, Temporary) and outcome.pause:
        stop.set()
    return outcome


def _runs_out(message: Message) -> bool:
    """Whether a request could outlive the claim: somebody else would send the message meanwhile."""
    claimed = message.claimed_at
    left = settings.SEND_LEASE_SECONDS - (clock.now() - claimed).total_seconds() if claimed else 0.0
    return bool(left < min(settings.SEND_TIMEOUT_SECONDS + 3, settings.SEND_LEASE_SECONDS / 2))


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """The threads of one process: one that is split off can't use those of the other."""
    return ThreadPoolExecutor(settings.SEND_AT_ONCE, thread_name_prefix="carry")


def _channel(channel: str, provider: Provider | None) -> Callable[[Message], Outcome]:
    if provider is not None:
        return partial(_through, provider)
    return {Via.FILE: file.send, Via.EMAIL: email.send}[Via(channel)]


def _through(provider: Provider, message: Message) -> Outcome:
    return gateway.send(message, provider)


def _at_once(channel: str, provider: Provider | None) -> int:
    """How many outcomes may be lost with a worker that dies: many where the other side knows a repeated request, or is ourselves."""
    if provider is None:
        return PER_CLAIM if channel == Via.FILE else 1
    return PER_CLAIM if gateway.dialect_of(provider).knows_repeats else 1


def _slices(attempts: Sequence[Attempt], size: int) -> list[Sequence[Attempt]]:
    return [attempts[start:start + size] for start in range(0, len(attempts), size)]


def _without(attempts: Sequence[Attempt], tried: Tried) -> list[Attempt]:
    known = {id(attempt) for attempt, _outcome in tried}
    return [attempt for attempt in attempts if id(attempt) not in known]


def _way(attempt: Attempt) -> tuple[str, int]:
    return attempt.message.channel, attempt.provider.pk if attempt.provider else 0


def _may_go_elsewhere(attempt: Attempt, outcome: Outcome) -> bool:
    return isinstance(outcome, Temporary) and outcome.untaken and not outcome.pause and not attempt.sticks


def _pause(outcome: Outcome | None) -> float:
    return outcome.pause if isinstance(outcome, Temporary) else 0.0

