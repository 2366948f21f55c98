"""Messages about what citizens wish beside an appointment: the waiting list, a group, a code for the phone."""
from __future__ import annotations

from typing import Any

from bookings import links
from bookings.models import GroupBooking, PhoneCode, WaitingEntry, WaitingOffer
from onestop import clock
from onestop.notify.services import Recipient, tell
from onestop.people import shown


def tell_waiting(entry: WaitingEntry, event: str, template: str, *, offer: WaitingOffer | None = None) -> None:
    """One message about an event of the waiting list, with the link that answers it."""
    words: dict[str, Any] = {
        "code": entry.code, "office": entry.office.name, "procedure": entry.procedure,
        "first": shown.day(entry.first_day), "last": shown.day(entry.last_day), "link": links.waiting_url(entry.code),
    }
    if offer is not None:
        starts_at, until = offer.hold.slot.starts_at, offer.expires_at
        words |= {"time": shown.time_of_day(starts_at), "day": shown.day(starts_at), "until": shown.time_of_day(until),
                  "until_day": f"{clock.local(until):%d/%m}"}
    tell(event_key=f"waiting:{entry.pk}:{event}", template=template, context=words, office=entry.office,
         useless_at=offer.expires_at if offer is not None else None,
         recipient=Recipient(name=entry.full_name, phone=entry.phone, email=entry.email, language=entry.language))


def tell_group(group: GroupBooking, *, people: int, day: str, language: str) -> None:
    """The contact gets the link to the whole list; each person is told about their own appointment."""
    words = {"code": group.code, "organisation": group.organisation, "people": str(people), "day": day, "office": group.office.name,
             "link": links.group_url(group.code)}
    tell(event_key=f"group:{group.pk}:booked", template="group_booked", context=words, office=group.office,
         recipient=Recipient(name=group.contact_name, phone=group.contact_phone, language=language))


def tell_code(row: PhoneCode, *, code: str, minutes: int, language: str) -> None:
    """The code for a phone; it goes to nobody but that phone."""
    tell(event_key=f"phone_code:{row.pk}", template="phone_code", context={"code": code, "minutes": str(minutes)},
         recipient=Recipient(name="", phone=row.phone, language=language), useless_at=row.expires_at)
