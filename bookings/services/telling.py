"""Messages about appointments: rows of the outbox in the business transaction; short, without anything personal but the time."""
from datetime import datetime, timedelta
from typing import Any

from bookings import links
from bookings.models import Appointment, Slot
from onestop import clock
from onestop.notify import services as notify
from onestop.notify.models import Message
from onestop.notify.services import Recipient, obsolete, tell
from onestop.notify.states import Urgency
from onestop.notify.texts import render
from onestop.people import shown

REMINDER = "appointment_reminder"
NEAR = timedelta(hours=14)  # longer than the hours in which no message goes out, and the way to the office
# What stands in a text until it is known; nobody can have such a name or address.
CODE, NUMBER, LINK = "⟦code⟧", "⟦number⟧", "⟦link⟧"


def key(appointment: Appointment, event: str) -> str:
    return f"appointment:{appointment.pk}:{event}"


def recipient(appointment: Appointment) -> Recipient:
    return Recipient(name=appointment.full_name, phone=appointment.phone, email=appointment.email, language=appointment.language)


def words(appointment: Appointment) -> dict[str, Any]:
    """What the templates say; the rule of sensitive procedures is notify.texts' own."""
    starts_at = appointment.slot.starts_at
    return {
        "code": appointment.code, "number": str(appointment.queue_number), "time": shown.time_of_day(starts_at),
        "day": shown.day(starts_at),
        "office": appointment.office.name, "address": appointment.office.address,
        "procedure": appointment.procedure,
        "link": links.manage_url(appointment.code, links.secret_of(appointment.code)),
    }


def tell_again(appointment: Appointment, turn: str) -> Message | None:
    """The message of the booking once more; the same `turn` twice gives one message."""
    return tell(event_key=key(appointment, f"again:{turn}"), template="appointment_booked", context=words(appointment),
                recipient=recipient(appointment), office=appointment.office)


def tell_person(appointment: Appointment, event: str, template: str, *, useless_at: datetime | None = None, **more: Any) -> Message | None:
    """Write one message about an event of an appointment, of no use from `useless_at` on; the same event twice gives one message. None
    where no channel reaches them."""
    return tell(event_key=key(appointment, event), template=template, context={**words(appointment), **more},
                recipient=recipient(appointment), office=appointment.office, urgency=urgency(appointment.slot), useless_at=useless_at)


def urgency(slot: Slot) -> Urgency | None:
    """What changes about a time that is near is told at once, also at night: by the morning somebody would be on the way. None: as
    the message's template is."""
    return Urgency.NOW if timedelta() < slot.starts_at - clock.now() < NEAR else None


def draft(appointment: Appointment, event: str, template: str, known: dict[tuple[int, int, str], tuple[str, str]]) -> Message | None:
    """The row that tell_person writes, not saved, for an appointment without a key and number yet: NUMBER stands in its body. The
    words around code and link are kept in `known` by slot, procedure and language. None where no channel reaches the person."""
    message = notify.draft(event_key=key(appointment, event), template=template, recipient=recipient(appointment),
                           office=appointment.office)
    if message is None:
        return None
    place = (appointment.slot_id, appointment.procedure_id, message.language)
    message.sensitive = appointment.procedure.sensitive
    if place not in known:
        marks = {"code": CODE, "number": NUMBER, "link": LINK}
        known[place] = render(template=template, context={**words(appointment), **marks}, language=appointment.language)
    link = links.manage_url(appointment.code, links.secret_of(appointment.code))
    subject, body = (text.replace(CODE, appointment.code).replace(LINK, link) for text in known[place])
    message.subject, message.body = subject, body
    return message


def remind(appointment: Appointment, hours: int) -> None:
    """The reminder of a place, of no use once it has begun. Back at a time they left, people are reminded of it anew."""
    starts_at = appointment.slot.starts_at
    event = f"remind:{hours}:{clock.local(starts_at).isoformat()}"
    before = Message.objects.filter(event_key__startswith=key(appointment, event)).count()
    tell(event_key=key(appointment, f"{event}:{before}" if before else event), template=REMINDER, context=words(appointment),
         recipient=recipient(appointment), office=appointment.office, useless_at=starts_at)


def appointment_of(message: Message) -> int:
    """The id of the appointment that a message is about."""
    return int(message.event_key.split(":")[1])


def names_time_of(message: Message, appointment: Appointment) -> bool:
    """Whether a reminder speaks of the time the appointment has now."""
    return clock.local(appointment.slot.starts_at).isoformat() in message.event_key


def forget_reminders(appointment: Appointment) -> None:
    """Reminders written but not yet sent are no longer true once the appointment moved or ended."""
    obsolete(event_key_prefix=key(appointment, "remind:"))


def forget_place(appointment: Appointment) -> None:
    """Whatever was written about a place that was left and is not sent yet: it would come after the news that it is given up."""
    obsolete(event_key_prefix=f"appointment:{appointment.pk}")
