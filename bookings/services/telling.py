"""Messages about appointments: rows of the outbox in the business transaction; short, without anything personal but the time."""
from typing import Any

from bookings import links
from bookings.models import Appointment
from onestop import clock
from onestop.notify.models import Message
from onestop.notify.services import Recipient, obsolete, tell


def key(appointment: Appointment, event: str) -> str:
    return f"appointment:{appointment.pk}:{event}"


def recipient(appointment: Appointment) -> Recipient:
    return Recipient(name=appointment.full_name, phone=appointment.phone, email=appointment.email, language=appointment.language)


def words(appointment: Appointment) -> dict[str, Any]:
    """What the templates say. A sensitive procedure's name is left out (rules.md 9)."""
    starts_at = clock.local(appointment.slot.starts_at)
    procedure = appointment.procedure
    return {
        "code": appointment.code, "number": str(appointment.queue_number), "time": f"{starts_at:%H:%M}", "day": f"{starts_at:%d/%m/%Y}",
        "office": appointment.office.name, "address": appointment.office.address,
        "procedure": "" if procedure.sensitive else procedure.name,
        "link": links.manage_url(appointment.code, links.secret_of(appointment.code)),
    }


def tell_again(appointment: Appointment, turn: str) -> Message | None:
    """The message of the booking once more; the same `turn` twice gives one message."""
    return tell(event_key=key(appointment, f"again:{turn}"), template="appointment_booked", context=words(appointment),
                recipient=recipient(appointment), office=appointment.office)


def tell_person(appointment: Appointment, event: str, template: str, **more: Any) -> None:
    """Write one message about an event of an appointment; the same event twice gives one message."""
    tell(event_key=key(appointment, event), template=template, context={**words(appointment), **more},
         recipient=recipient(appointment), office=appointment.office)


def forget_reminders(appointment: Appointment) -> None:
    """Reminders written but not yet sent are no longer true once the appointment moved or ended."""
    obsolete(event_key_prefix=key(appointment, "remind:"))
