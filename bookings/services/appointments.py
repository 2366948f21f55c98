"""Booking a place. The order of locks is slot, session, queue counter, appointment (see the package)."""
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, facts, persons, policies, refusals
from bookings.facts import Facts
from bookings.models import GroupBooking, Hold
from bookings.services import counters, fast, holds, rooms, telling
from bookings.services.counters import Places
from bookings.services.moving import cancel, reschedule
from bookings.services.orders import Applicant, Booked, Order, booked_event, new_booking
from bookings.states import BookedBy, HoldState, Priority, Purpose
from dossiers.models import Dossier
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean, is_citizen_id, phone_number
from onestop.transitions import Refused

__all__ = ["Applicant", "Booked", "book", "cancel", "checked_applicant", "reschedule"]
# People of an office's list are told by its invitation, once everybody has a time (Cà Mau 3). Who is typed in from a paper list was there.
TOLD_LATER = frozenset({BookedBy.OUTREACH})


def checked_applicant(applicant: Applicant) -> Applicant:
    """The same person in NFC, with a normal phone number. Raises Refused('invalid_applicant', 422) naming each field."""
    name, citizen_id, email = clean(applicant.full_name), clean(applicant.citizen_id).replace(" ", ""), clean(applicant.email)
    phone = phone_number(clean(applicant.phone))
    fields: dict[str, list[object]] = {}
    if not 2 <= len(name) <= 120 or not any(char.isalpha() for char in name):
        fields["full_name"] = [_("Vui lòng ghi họ và tên, từ 2 đến 120 ký tự.")]
    if not phone:
        fields["phone"] = [_("Vui lòng ghi số điện thoại, ví dụ 0912345678.")]
    if citizen_id and not is_citizen_id(citizen_id):
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
        raise refusals.unknown_channel()
    if priority and priority not in Priority.values:
        raise refusals.unknown_priority()
    applicant = checked_applicant(applicant)
    overbook_reason = clean(overbook_reason)
    order = partial(Order, applicant, purpose=purpose, channel=channel, actor=actor, actor_label=actor_label, dossier=dossier,
                    priority=priority, partner=partner, group=group)
    if not (hold_token or overbook_reason or walk_in or dossier is not None or channel in TOLD_LATER):
        sold = fast.sell(lambda known: _plain(order, known, slot_id or 0, procedure.code, people, dossiers))
        if sold is not None:
            return sold
        procedure = facts.as_it_is(procedure)
    hold = _live_hold(hold_token, procedure, purpose) if hold_token else None
    if hold is not None:
        people, dossiers = hold.people, hold.dossiers
    slot = eligibility.find_slot(hold.slot_id if hold is not None else slot_id or 0)
    eligibility.check_place(slot, procedure, purpose, people, dossiers, walk_in=walk_in, at=at)
    if dossier is not None and purpose == Purpose.COLLECT and slot.session.office_id != dossier.received_office_id:
        raise refusals.result_elsewhere()
    if not policies.can_book(actor, slot.session.office, channel):
        raise refusals.not_allowed()
    if overbook_reason and not policies.can_overbook(actor, slot.session.office):
        raise refusals.not_allowed()
    refusal = None if walk_in or group is not None else persons.refusal(
        phone=applicant.phone, person_key=applicant.key, procedure=procedure, purpose=purpose, channel=channel, day=slot.session.date,
        actor=actor)
    if refusal is not None:
        raise refusal
    if hold is None and not overbook_reason and not walk_in:
        slot = holds.with_room(slot, people, dossiers, urgent=procedure.urgent)
    return _place(order(procedure=procedure, slot=slot, places=Places(slot.pk, slot.session_id, people, dossiers), hold=hold,
                        overbook_reason=overbook_reason, walk_in=walk_in, told=at is None and channel not in TOLD_LATER))


def _plain(order: Callable[..., Order], known: Facts, slot_id: int, code: str, people: int, dossiers: int) -> Order | None:
    """The order of a plain sale, by what is remembered."""
    slot, procedure = known.slot(slot_id), known.procedure(code)
    if procedure is None:
        return None
    return order(procedure=procedure, slot=slot, places=Places(slot.pk, slot.session_id, people, dossiers))


def _live_hold(token: str, procedure: Procedure, purpose: str) -> Hold:
    hold = holds.find_hold(token)
    if not hold.is_live():
        raise holds.hold_over(hold)
    if hold.procedure_id != procedure.pk or hold.purpose != purpose:
        raise Refused("hold_for_another", _("Chỗ đang giữ là cho thủ tục hoặc mục đích khác. Vui lòng chọn lại khung giờ."), status=409)
    return hold


@patiently
def _place(order: Order) -> Booked:
    """The one short transaction; what the database refuses is told as the rule it stands for."""
    try:
        with transaction.atomic():
            return _placed(order)
    except IntegrityError as error:
        counters.raise_as_refusal(error)
        raise


def _placed(order: Order) -> Booked:
    _count(order)
    office, day = order.slot.session.office, order.slot.session.date
    number = counters.next_queue_number(office_id=office.pk, day=day)
    booked = new_booking(order, number)
    booked.appointment.save(force_insert=True)
    booked_event(order, booked.appointment).save(force_insert=True)
    if order.told:
        telling.tell_person(booked.appointment, "booked", "appointment_booked")
    return booked


def _count(order: Order) -> None:
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
