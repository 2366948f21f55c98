"""Delivery reports of gateways: each taken once, in whatever order they come; what has arrived stays so."""
import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.notify.channels.dialect import DELIVERED, FAILED, Told, told
from onestop.notify.models import DeliveryReport, Message, Provider
from onestop.notify.services.settling import other_way_or
from onestop.notify.services.steps import move
from onestop.notify.states import TRANSITIONS
from onestop.patience import patiently
from onestop.transitions import Refused


@patiently
def receive(*, provider: Provider, data: Mapping[str, Any]) -> tuple[str, bool]:
    """Take a report in the gateway's own words; its id, and whether it was new. A word without a meaning is kept and changes nothing.

    Raises Refused: 'invalid' 400 where no message or no status is named, 'unknown_message' 404 (the gateway asks again later: its report
    may be faster than our worker), 'busy' 503.
    """
    report = told(data, provider.reports)
    if not report.word or not (report.key or report.provider_id):
        raise Refused("invalid", _("Báo cáo phải nêu tin nhắn và trạng thái."), status=400)
    known_as = (report.report or _digest(report))[:120]
    with transaction.atomic():
        message = _message(provider, report)
        try:
            with transaction.atomic():
                DeliveryReport(provider=provider, report_id=known_as, message=message, status=report.word[:60]).save(force_insert=True)
        except IntegrityError:
            return known_as, False
        _apply(message, provider, report)
    return known_as, True


def _message(provider: Provider, report: Told) -> Message:
    """The message, locked: by our key, else by the gateway's own id."""
    rows = Message.objects.select_for_update()
    key = _uuid(report.key)
    found = rows.filter(key=key).first() if key is not None else None
    if found is None and report.provider_id:
        found = rows.filter(gateway=provider, provider_id=report.provider_id[:80]).first()
    if found is None:
        raise Refused("unknown_message", _("Không có tin nhắn này."), status=404)
    return found


def _apply(message: Message, provider: Provider, report: Told) -> None:
    """What a report does. Arrival is believed whoever tells of it and however late; a failure only of the gateway that has the message now,
    and never after an arrival."""
    if report.meaning == DELIVERED:
        verb = "deliver_late" if message.state in TRANSITIONS["deliver_late"][0] else "deliver"
        moment = clock.now()
        move(message, verb, label=provider.name[:120], reason=report.word, last_error="", delivered_at=moment,
             sent_at=message.sent_at or moment)
    elif report.meaning == FAILED and message.gateway_id == provider.pk and message.state in TRANSITIONS["refuse"][0]:
        other_way_or(message, "refuse", report.word, label=provider.name[:120])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _digest(report: Told) -> str:
    """The id of a report that has none: the same words about the same message are the same report."""
    return hashlib.sha256(f"{report.key}|{report.provider_id}|{report.word}".encode()).hexdigest()
