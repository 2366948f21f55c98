"""What people of a run are told: once, with the letter's number, the new place and the link to answer."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from bookings import links, relocations
from bookings.models import Appointment, RelocationItem
from bookings.services import calls
from bookings.services.telling import recipient, urgency, words
from bookings.states import CallKind, RelocationKind
from onestop.notify.models import Message
from onestop.notify.services import tell
from onestop.notify.states import Via
from onestop.people import shown


def tell_moved(item: RelocationItem, row: Appointment) -> None:
    """The new office, time and number."""
    _tell(item, row, "relocation_moved")


def tell_guided(item: RelocationItem, row: Appointment, ways: list[str]) -> None:
    """There is no place: how to hand it in online or by post."""
    query = urlencode({"don_vi": item.from_slot.session.office.code})
    address = links.absolute(f"{reverse('guide:procedure', args=[row.procedure.code])}?{query}")
    _tell(item, row, "relocation_guided", online="online" in ways, postal="postal" in ways, guide=address)


def tell_unplaced(item: RelocationItem, row: Appointment) -> None:
    """There is no place yet: somebody will call."""
    _tell(item, row, "relocation_unplaced")
    add_call(item, row, CallKind.MOVED, _("Chưa tìm được chỗ mới cho lịch hẹn bị chuyển."))


def tell_it_stands(item: RelocationItem, row: Appointment) -> None:
    """The office is open again and the old place is still there."""
    _tell(item, row, "relocation_stands", event=f"{relocations.message_key(item)}:stands")


def _tell(item: RelocationItem, row: Appointment, template: str, *, event: str = "", **more: Any) -> None:
    run, lost = item.relocation, item.from_slot
    facts = {"lost_office": lost.session.office.name, "lost_time": shown.moment_lazy(lost.starts_at),
             "letter": run.directive.number if run.directive else "", "reason": run.reason,
             "closed": run.kind != RelocationKind.LIMITS}
    sent = tell(event_key=event or relocations.message_key(item), template=template, context={**words(row), **facts, **more},
                recipient=recipient(row), office=row.office, urgency=urgency(lost))
    if (sent is None or sent.channel == Via.CALL) and not event:
        add_call(item, row, CallKind.UNREACHED, _("Không có cách nào nhắn tin cho người này về lịch hẹn bị chuyển."), sent)


def add_call(item: RelocationItem, row: Appointment, kind: str, reason: str, message: Message | None = None) -> None:
    """Put the person on the call list of the office the appointment is at now; once for each item."""
    calls.add_task(kind=kind, office=row.office, full_name=row.full_name, phone=row.phone, reason=reason, appointment=row,
                   relocation_item=item, message=message)
