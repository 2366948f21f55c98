"""What a day's messages cost: money is reserved before anything goes out, and given back for what was not taken."""
from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.notify import policies
from onestop.notify.models import Message, Spending
from onestop.notify.states import TO_SEND, Via
from onestop.people.models import User
from onestop.transitions import Refused

CAP_REACHED = "Đã hết mức chi tin nhắn của ngày."  # last_error of what waits for the next day, known by these words


def cap_of(channel: str, row: Spending | None) -> int:
    """The cap of a day in đồng: what somebody raised it to, else the setting; 0: none."""
    if row is not None and row.cap is not None:
        return row.cap
    caps: dict[str, int] = {Via.SMS: settings.SMS_DAILY_CAP, Via.ZALO: settings.ZALO_DAILY_CAP}
    return caps.get(channel, 0)


def reserve(channel: str, costs: Sequence[int], *, exempt: int = 0) -> int:
    """Count `exempt` đồng in any case, then as many of `costs`, from the first on, as fit below the day's cap; how many did.

    Inside the caller's transaction: the day's row stays locked until its end, and is changed by a conditional UPDATE only.
    """
    if not exempt and not any(costs):
        return len(costs)
    row, _made = Spending.objects.get_or_create(date=clock.today(), channel=channel)
    day, cap = Spending.objects.filter(pk=row.pk), cap_of(channel, row)
    if exempt:
        day.update(spent=F("spent") + exempt)
    if not cap:
        day.update(spent=F("spent") + sum(costs))
        return len(costs)
    if day.filter(spent__lte=cap - sum(costs)).update(spent=F("spent") + sum(costs)):
        return len(costs)
    held = Spending.objects.select_for_update().get(pk=row.pk)
    fitting, room = 0, cap_of(channel, held) - held.spent
    while fitting < len(costs) and costs[fitting] <= room:
        room, fitting = room - costs[fitting], fitting + 1
    day.update(spent=F("spent") + sum(costs[:fitting]))
    return fitting


def give_back(channel: str, amount: int) -> None:
    """What was reserved for messages that nobody took."""
    if amount:
        Spending.objects.filter(date=clock.today(), channel=channel).update(spent=Greatest(F("spent") - amount, 0))


@transaction.atomic
def raise_cap(*, actor: User, channel: str, cap: int) -> Spending:
    """Let today cost up to `cap` đồng (0: without limit); what waits for tomorrow because of the cap is due again.

    Raises Refused('not_allowed' 403, 'bad_cap' 422).
    """
    if not policies.can_manage_providers(actor):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    if not 0 <= cap <= 10**12:
        sentence = _("Vui lòng ghi số tiền từ 0 đến 1.000.000.000.000 đồng.")
        raise Refused("bad_cap", sentence, fields={"cap": [sentence]})
    row, _made = Spending.objects.select_for_update().get_or_create(date=clock.today(), channel=channel)
    row.cap, row.raised_by = cap, actor
    row.save(update_fields=["cap", "raised_by"])
    waiting = Message.objects.filter(state__in=TO_SEND, channel=channel, last_error=CAP_REACHED, next_attempt_at__gt=clock.now())
    waiting.update(next_attempt_at=clock.now(), queued_until=None, last_error="")
    enqueue_after_commit("notify.sweep")
    return row


def spent_on(day: date) -> dict[str, Spending]:
    """A day's rows by channel. One query."""
    return {row.channel: row for row in Spending.objects.filter(date=day).select_related("raised_by")}
