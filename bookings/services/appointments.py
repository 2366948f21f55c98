"""Booking a place. The order of locks is slot, session, queue counter, appointment (see the package)."""
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, links, persons, policies, refusals
from bookings.models import Appointment, AppointmentEvent, GroupBooking, Hold, Slot
from bookings.services import counters, holds, rooms, telling
from bookings.services.counters import Places
from bookings.services.moving import cancel, reschedule
from bookings.services.reminders import reminder_settled
from bookings.states import AppointmentState, BookedBy, HoldState, Priority
from dossiers.models import Dossier
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.tokens import digest, new_secret
from onestop.people.words import clean, fold, person_key, phone_number
from onestop.transitions import Refused

__all__ = ["Applicant", "Booked", "book", "cancel", "checked_applicant", "reschedule"]
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
class _Order:
    """All that one booking needs, checked."""

    applicant: Applicant
    procedure: Procedure
    purpose: str
    channel: str
    slot: Slot
    places: Places
    hold: Hold | None
    actor: User | None
    actor_label: str
    overbook_reason: str
    dossier: Dossier | None
    priority: str
    partner: str
    group: GroupBooking | None
    walk_in: bool


def checked_applicant(applicant: Applicant) -> Applicant:
    """The same person in NFC, with a normal phone number. Raises Refused('invalid_applicant', 422) naming each field."""
    name, citizen_id, email = clean(applicant.full_name), clean(applicant.citizen_id).replace(" ", ""), clean(applicant.email)
    phone = phone_number(clean(applicant.phone))
    fields: dict[str, list[object]] = {}
    if not 2 <= len(name) <= 120 or not any(char.isalpha() for char in name):
        fields["full_name"] = [_("Vui lòng ghi họ và tên, từ 2 đến 120 ký tự.")]
    if not phone:
        fields["phone"] = [_("Vui lòng ghi số điện thoại, ví dụ 0912345678.")]
    if citizen_id and not (len(citizen_id) == 12 and citizen_id.isascii() and citizen_id.isdigit()):
        fields["citizen_id"] = [_("Số định danh cá nhân gồm đúng 12 chữ số.")]
    if email and not _is_email(email):
        fields["email"] = [_("Địa chỉ thư điện tử không hợp lệ.")]
    if fields:
        raise Refused("invalid_applicant", _("Thông tin người đến chưa hợp lệ, vui lòng xem từng mục."), fields=fields)
    language = applicant.language if applicant.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return Applicant(name, phone, citizen_id, email, language)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def book(*, applicant: Applicant, procedure: Procedure, purpose: str, channel: str, slot_id: int | None = None, hold_token: str = "",
         dossiers: int = 1, people: int = 1, actor: User | None = None, actor_label: str = "", overbook_reason: str = "",
         dossier: Dossier | None = None, priority: str = "", partner: str = "", group: GroupBooking | None = None,
         walk_in: bool = False, at: datetime | None = None) -> Booked:
    """Book a slot, or turn a hold into a booking; with a hold its own people and dossiers count.

    `dossier` is the one whose result is to be collected; `partner` names the token that books. Who walks in is taken into the
    slot that is running, above its declared number where need be, never above the room's cap (Cà Mau 1); `at`: when they came,
    where the line was down.

    Raises Refused: what eligibility and persons refuse 422; 'slot_full', 'session_full', 'closed', 'hold_expired', 'hold_used',
    'already_booked' 409; 'not_allowed' 403; 'unknown_slot', 'unknown_hold' 404; 'busy' 503.
    """
    if channel not in BookedBy.values:
        raise Refused("unknown_channel", _("Kênh đặt lịch không hợp lệ."), fields={"channel": [_("Kênh đặt lịch không hợp lệ.")]})
    if priority and priority not in Priority.values:
        raise Refused("unknown_priority", _("Diện ưu tiên không hợp lệ."), fields={"priority": [_("Diện ưu tiên không hợp lệ.")]})
    applicant = checked_applicant(applicant)
    hold = _live_hold(hold_token, procedure, purpose) if hold_token else None
    if hold is not None:
        people, dossiers = hold.people, hold.dossiers
    slot = eligibility.find_slot(hold.slot_id if hold is not None else slot_id or 0)
    eligibility.check_place(slot, procedure, purpose, people, dossiers, walk_in=walk_in, at=at)
    if not policies.can_book(actor, slot.session.office, channel):
        raise refusals.not_allowed()
    overbook_reason = clean(overbook_reason)
    if overbook_reason and not policies.can_overbook(actor, slot.session.office):
        raise refusals.not_allowed()
    refusal = None if walk_in or group is not None else persons.refusal(
        phone=applicant.phone, person_key=applicant.key, procedure=procedure, purpose=purpose, channel=channel, day=slot.session.date,
        actor=actor)
    if refusal is not None:
        raise refusal
    if hold is None and not overbook_reason and not walk_in:
        slot = holds.with_room(slot, people, dossiers, urgent=procedure.urgent)
    return _place(_Order(applicant, procedure, purpose, channel, slot, Places(slot.pk, slot.session_id, people, dossiers), hold,
                         actor, actor_label, overbook_reason, dossier, priority, partner, group, walk_in))


def _live_hold(token: str, procedure: Procedure, purpose: str) -> Hold:
    hold = holds.find_hold(token)
    if not hold.is_live():
        raise holds.hold_over(hold)
    if hold.procedure_id != procedure.pk or hold.purpose != purpose:
        raise Refused("hold_for_another", _("Chỗ đang giữ là cho thủ tục hoặc mục đích khác. Vui lòng chọn lại khung giờ."), status=409)
    return hold


@patiently
def _place(order: _Order) -> Booked:
    """The one short transaction; what the database refuses is told as the rule it stands for."""
    try:
        with transaction.atomic():
            return _placed(order)
    except IntegrityError as error:
        if counters.broke(error, "appointment_one_active", columns=counters.ACTIVE_ONCE_COLUMNS):
            raise refusals.already_booked() from error
        if counters.broke(error, "slot_not_oversold"):
            raise refusals.slot_full() from error
        if counters.broke(error, "session_not_oversold"):
            raise refusals.session_full() from error
        raise


def _placed(order: _Order) -> Booked:
    _count(order)
    office, day = order.slot.session.office, order.slot.session.date
    number = counters.next_queue_number(office_id=office.pk, day=day)
    code = new_secret(CODE_LENGTH)
    secret = links.secret_of(code)
    person = order.applicant
    appointment = Appointment.objects.create(
        code=code, secret_digest=digest(secret), office=office, slot=order.slot, procedure=order.procedure,
        purpose=order.purpose, dossiers=order.places.dossiers, people=order.places.people, full_name=person.full_name,
        search_name=fold(person.full_name)[:120], phone=person.phone, email=person.email, citizen_id=person.citizen_id,
        person_key=person.key[:160], channel=order.channel, language=person.language, queue_date=day, queue_number=number,
        reminded_hours=reminder_settled(order.slot), booked_by=order.actor, dossier=order.dossier,
        priority=order.priority, partner=order.partner[:120], group=order.group, walk_in=order.walk_in)
    AppointmentEvent.objects.create(
        subject=appointment, actor=order.actor, actor_label=order.actor_label, verb="book", to_state=AppointmentState.BOOKED,
        reason=order.overbook_reason, data={"queue_number": number, "slot": order.slot.pk, "over_limit": bool(order.overbook_reason)})
    if order.channel != BookedBy.OUTREACH:  # people of a list are told by its invitation, once all have a time (Cà Mau 3)
        telling.tell_person(appointment, "booked", "appointment_booked")
    return Booked(appointment, secret)


def _count(order: _Order) -> None:
    """Take the places: from the hold, above the limit with the right to it, or from what is free."""
    if order.hold is not None:
        _use_hold(order.hold, order.places)
    elif order.overbook_reason or order.walk_in:
        limit = rooms.citizens_limit(room=order.slot.room, office=order.slot.session.office, on=order.slot.session.date,
                                     part=order.slot.session.part)
        counters.take_over_limit(order.places, people_limit=limit)
    else:
        counters.take(order.places, "booked", urgent=order.procedure.urgent)


def _use_hold(hold: Hold, places: Places) -> None:
    """Counts first, then the hold's row (the order of locks). A hold that ended meanwhile is told as such."""
    moved = counters.held_to_booked(places)
    live = Hold.objects.filter(pk=hold.pk, state=HoldState.HELD, expires_at__gt=clock.now())
    if not moved or live.update(state=HoldState.BOOKED) != 1:
        hold.refresh_from_db()
        raise refusals.closed() if hold.is_live() else holds.hold_over(hold)
