"""Taking messages: what is due is locked, sorted by what may go out now, and claimed together, committed before anything goes out."""
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from onestop import clock
from onestop.notify import hours
from onestop.notify.channels.gateway import is_plain, one_line
from onestop.notify.models import Message, Preference, Provider
from onestop.notify.segments import count
from onestop.notify.services import spending, steps
from onestop.notify.services.preferences import UNASKED, Reach, email_of, ways, wishes_of
from onestop.notify.services.providers import GATEWAYS, Gateways, standing
from onestop.notify.states import TRANSITIONS, State, Urgency, Via

NO_GATEWAY = "Chưa có cổng nào cho kênh này."
GATEWAY_GONE = "Cổng đã nhận tin này không còn được dùng; không rõ tin đã đến hay chưa."
WITHOUT_GATEWAY = timedelta(minutes=15)  # until a message looks again for one


@dataclass(eq=False)
class Attempt:
    """A claimed message on its way out. `charged`: đồng reserved by this claim; `sticks`: this gateway may have it already."""

    message: Message
    before: str
    provider: Provider | None = None
    charged: int = 0
    sticks: bool = False


def claim_many(pks: Sequence[int], gateways: Gateways) -> list[Attempt]:
    """Take all of these messages that are due, may go out now and that nobody else is at: one locking SELECT, one conditional UPDATE a
    gateway. What may not go out now is put off, or is not needed any more; what belongs to a paused broadcast stays as it is."""
    moment = clock.now()
    with transaction.atomic():
        rows = Message.objects.filter(pk__in=pks).due(moment).not_paused().select_for_update(skip_locked=True).order_by("pk")
        attempts = [Attempt(row, row.state) for row in _still_useful(list(rows), moment)]
        attempts = _awake(_routed(attempts, gateways), moment)
        attempts = _paid(_with_gateway(attempts, gateways))
        by_gateway: dict[int | None, list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            by_gateway[attempt.provider.pk if attempt.provider else None].append(attempt)
        for gateway, chosen in by_gateway.items():
            _take(chosen, gateway, moment)
    return attempts


def _take(attempts: Sequence[Attempt], gateway: int | None, moment: datetime) -> None:
    """The claim itself. Whoever holds the locks can't be outrun; if it were, nothing at all would be claimed."""
    due = Message.objects.filter(pk__in=[attempt.message.pk for attempt in attempts]).due(moment)
    if due.update(state=State.SENDING, claimed_at=moment, attempts=F("attempts") + 1, gateway_id=gateway) != len(attempts):
        raise RuntimeError("messages changed under a lock")
    for attempt in attempts:
        message = attempt.message
        message.state, message.claimed_at, message.gateway_id = State.SENDING, moment, gateway
        message.attempts += 1


# --- what may go out now ------------------------------------------------------------------------------------------

def _still_useful(rows: Sequence[Message], moment: datetime) -> list[Message]:
    """A reminder of what has passed is not sent late."""
    late = [row for row in rows if row.useless_at is not None and row.useless_at <= moment]
    drop_useless(late)
    return [row for row in rows if row not in late]


def drop_useless(rows: Sequence[Message]) -> None:
    """Messages (locked, not yet sent) whose moment has passed are not needed any more. Two statements, or none."""
    if rows:
        after = TRANSITIONS["obsolete"][1]
        Message.objects.filter(pk__in=[row.pk for row in rows]).update(state=after, queued_until=None)
        steps.note(steps.event(row, "obsolete", row.state, after, reason="Đã quá lúc cần báo.") for row in rows)


def _routed(attempts: Sequence[Attempt], gateways: Gateways) -> list[Attempt]:
    """By the person's own order where nobody has asked for it yet, and by the next channel where one has no gateway; whom only a call
    reaches is left to the callers."""
    unasked = [row.message for row in attempts if UNASKED in row.message.ways]
    wishes = wishes_of(message.recipient_key for message in unasked) if unasked else {}
    for message in unasked:
        _ask(message, wishes.get(message.recipient_key))
    for message in (row.message for row in attempts):
        lacking = message.channel in GATEWAYS and message.gateway_id is None and not gateways.any_for(message.channel)
        if lacking and message.ways:
            message.channel, message.ways = message.ways[0], message.ways[1:]
            message.save(update_fields=["channel", "ways"])
    return [row for row in attempts if row.message.channel != Via.CALL]


def _ask(message: Message, wish: Preference | None) -> None:
    """What the person wishes, as long as nothing was tried."""
    message.ways = [name for name in message.ways if name != UNASKED]
    if wish is None or message.attempts:
        return
    message.zalo_id = wish.zalo_id
    message.email = email_of(wish, message.template_key, message.phone) or message.email
    found = ways(Reach(message.phone, message.email, message.zalo_id), order=wish.order, call=message.can_be_read_out)
    if not found:
        return
    message.channel, message.ways = found[0], [str(via) for via in found[1:]]
    message.save(update_fields=["channel", "ways", "zalo_id", "email"])


def _awake(attempts: Sequence[Attempt], moment: datetime) -> list[Attempt]:
    """At night only what answers somebody, or what rings nowhere."""
    opens = hours.opening(moment, settings.MESSAGE_HOURS)
    if opens == moment:
        return list(attempts)
    ringing = [row for row in attempts if row.message.urgency != Urgency.NOW and row.message.channel != Via.FILE]
    _put_off(ringing, opens, "")
    return [row for row in attempts if row not in ringing]


def _with_gateway(attempts: Sequence[Attempt], gateways: Gateways) -> list[Attempt]:
    """Each text with the gateway that may have it already, else with the one whose turn it is; without one it waits."""
    ready = []
    for attempt in attempts:
        message = attempt.message
        if message.channel not in GATEWAYS:
            ready.append(attempt)
            continue
        held = gateways.known(message.gateway_id)
        attempt.sticks, attempt.provider = held is not None, held or gateways.first(message.channel)
        if held is not None and not gateways.in_use(held):
            _give_up(message)
        elif attempt.provider is not None and not standing(attempt.provider).resting(clock.now()):
            ready.append(attempt)
        else:
            rested = attempt.provider.rest_until if attempt.provider else gateways.rested_at(message.channel)
            _put_off([attempt], rested or clock.now() + WITHOUT_GATEWAY, "" if rested else NO_GATEWAY)
    return ready


def _give_up(message: Message) -> None:
    """Its gateway was switched off while nobody knew whether it has the message: no other one is asked, somebody calls."""
    steps.move(message, "give_up", reason=GATEWAY_GONE, last_error=GATEWAY_GONE)


def _paid(attempts: Sequence[Attempt]) -> list[Attempt]:
    """What still fits below the day's cap; the rest waits for tomorrow morning."""
    unpaid = [attempt for attempt in attempts if attempt.provider is not None and not attempt.sticks]
    for attempt in attempts:
        if attempt.provider is not None:
            price(attempt, attempt.provider)
    refused: list[Attempt] = []
    for channel in {attempt.message.channel for attempt in unpaid}:
        refused += charge([attempt for attempt in unpaid if attempt.message.channel == channel], channel)
    put_off_until_tomorrow(refused)
    return [attempt for attempt in attempts if attempt not in refused]


def price(attempt: Attempt, provider: Provider) -> None:
    """How many parts a text has at a gateway, and what they cost."""
    plain = is_plain(provider)
    attempt.message.segments = count(one_line(attempt.message.body, plain=plain)).parts
    attempt.message.cost = attempt.message.segments * provider.price


def charge(attempts: Sequence[Attempt], channel: str) -> list[Attempt]:
    """Reserve what these cost beyond what was reserved for them already; gives those that do not fit. In a transaction."""
    urgent = [row for row in attempts if row.message.urgency == Urgency.NOW]
    others = [row for row in attempts if row.message.urgency != Urgency.NOW]
    missing = [max(row.message.cost - row.charged, 0) for row in others]
    fitting = spending.reserve(channel, missing, exempt=sum(max(row.message.cost - row.charged, 0) for row in urgent))
    for row in (*urgent, *others[:fitting]):
        row.charged = max(row.message.cost, row.charged)
    return others[fitting:]


def put_off_until_tomorrow(attempts: Sequence[Attempt]) -> None:
    """The day's money is spent."""
    _put_off(attempts, hours.next_morning(clock.now(), settings.MESSAGE_HOURS), spending.CAP_REACHED)


def _put_off(attempts: Sequence[Attempt], until: datetime, error: str) -> None:
    """Not tried and not counted. One statement."""
    if attempts:
        pks = [attempt.message.pk for attempt in attempts]
        Message.objects.filter(pk__in=pks).update(next_attempt_at=until, queued_until=None, last_error=error)


def put_back(attempts: Iterable[Attempt], *, pause: float = 0.0, until: datetime | None = None, error: str = "") -> None:
    """Claimed, but surely not taken by anybody: as before the claim, due again after `pause` seconds or at `until`; the money comes
    back."""
    groups: Mapping[tuple[str, int | None, Any], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        kept = attempt.provider.pk if attempt.sticks and attempt.provider else None
        groups[(attempt.before, kept, attempt.message.claimed_at)].append(attempt)
    for (before, gateway, claimed_at), some in groups.items():
        with transaction.atomic():
            held = Message.objects.filter(pk__in=[row.message.pk for row in some], state=State.SENDING, claimed_at=claimed_at)
            held.update(state=before, attempts=F("attempts") - 1, claimed_at=None, queued_until=None, gateway_id=gateway,
                        next_attempt_at=until or clock.now() + timedelta(seconds=pause), last_error=error)
            refund(some)


def refund(attempts: Iterable[Attempt]) -> None:
    """Give back what was reserved for these by this claim. One statement a channel, or none."""
    sums: dict[str, int] = defaultdict(int)
    for attempt in attempts:
        sums[attempt.message.channel] += attempt.charged
        attempt.charged = 0
    for channel, amount in sums.items():
        spending.give_back(channel, amount)
