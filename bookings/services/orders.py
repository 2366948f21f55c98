"""One booking as it is asked for, and the rows it becomes: the same for every way of writing them."""
from dataclasses import dataclass

from bookings import links
from bookings.models import Appointment, AppointmentEvent, GroupBooking, Hold, Slot
from bookings.services.counters import Places
from bookings.services.reminders import reminder_settled
from bookings.states import AppointmentState
from dossiers.models import Dossier
from onestop.catalogue.models import Procedure
from onestop.people.models import User
from onestop.people.tokens import digest, new_secret
from onestop.people.words import fold, person_key

CODE_LENGTH = 8


@dataclass(frozen=True)
class Applicant:
    """Who comes. A phone number is enough; the identity number makes the person certain."""

    full_name: str
    phone: str
    citizen_id: str = ""
    email: str = ""
    language: str = "vi"

    @property
    def key(self) -> str:
        """Who counts as the same person: the identity number, else name without tone marks and phone."""
        return self.citizen_id or person_key(self.full_name, self.phone)


@dataclass(frozen=True)
class Booked:
    """A new appointment and its secret, which is shown only now."""

    appointment: Appointment
    secret: str


@dataclass(frozen=True)
class Order:
    """All that one booking needs, checked."""

    applicant: Applicant
    procedure: Procedure
    purpose: str
    channel: str
    slot: Slot
    places: Places
    actor: User | None
    actor_label: str
    dossier: Dossier | None
    priority: str
    partner: str
    group: GroupBooking | None
    hold: Hold | None = None
    overbook_reason: str = ""
    walk_in: bool = False
    told: bool = True  # whether the person is texted about it


def new_booking(order: Order, number: int) -> Booked:
    """The appointment of an order with its queue number, not saved."""
    code, person, office = new_secret(CODE_LENGTH), order.applicant, order.slot.session.office
    secret = links.secret_of(code)
    return Booked(Appointment(
        code=code, secret_digest=digest(secret), office=office, slot=order.slot, procedure=order.procedure,
        purpose=order.purpose, dossiers=order.places.dossiers, people=order.places.people, full_name=person.full_name,
        search_name=fold(person.full_name)[:120], phone=person.phone, email=person.email, citizen_id=person.citizen_id,
        person_key=person.key[:160], channel=order.channel, language=person.language, queue_date=order.slot.session.date,
        queue_number=number, reminded_hours=reminder_settled(order.slot), booked_by=order.actor, dossier=order.dossier,
        priority=order.priority, partner=order.partner[:120], group=order.group, walk_in=order.walk_in), secret)


def booked_event(order: Order, appointment: Appointment) -> AppointmentEvent:
    """The first event of an appointment, not saved."""
    return AppointmentEvent(
        subject=appointment, actor=order.actor, actor_label=order.actor_label, verb="book", to_state=AppointmentState.BOOKED,
        reason=order.overbook_reason, data={"queue_number": appointment.queue_number, "slot": order.slot.pk,
                                            "over_limit": bool(order.overbook_reason)})
