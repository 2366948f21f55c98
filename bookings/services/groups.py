"""Group bookings: one contact of an organisation books for several people, spread over a day's free slots, all or none."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings import availability, persons
from bookings.models import Appointment, GroupBooking
from bookings.services import appointments, counters, moving, notices
from bookings.services.appointments import Applicant, Booked, checked_applicant
from bookings.states import AppointmentState, BookedBy, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.history import CITIZEN
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.tokens import derived_secret, digest, new_secret
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused

CODE_LENGTH = 8
LINE_CODES = frozenset({"already_booked", "phone_limit", "invalid_applicant"})


@dataclass(frozen=True)
class Person:
    """One line of the list."""

    line: int
    full_name: str
    phone: str


@dataclass(frozen=True)
class GroupBooked:
    """The group, its secret, and an appointment for each person in the order of the list."""

    group: GroupBooking
    secret: str
    booked: list[Booked]


def book_group(*, organisation: str, contact_name: str, contact_phone: str, office: Office, procedure: Procedure, day: date,
               people: Sequence[Person], language: str = "vi") -> GroupBooked:
    """Book one place for each person on a day, the earliest slots first; a refusal of one leaves nothing booked.

    Raises Refused: 'too_few_places' 409 with how many are left, 'group_size', 'group_limit', 'invalid_contact' 422; a person's
    refusal names the line in its fields under 'lines'; and whatever booking refuses.
    """
    contact = _contact(organisation, contact_name, contact_phone)
    most = settings.GROUP_MOST
    if not 2 <= len(people) <= most:
        raise _line_refusal("group_size", _("Mỗi nhóm có từ 2 đến %(most)s người.") % {"most": most})
    for person in people:
        _check_line(person, contact, procedure, day)
    slots = _spread(office, procedure, day, len(people))
    order = _Order(*contact, office, procedure, language)
    return _book(order, list(zip(people, slots, strict=True)))


@dataclass(frozen=True)
class _Order:
    organisation: str
    contact_name: str
    contact_phone: str
    office: Office
    procedure: Procedure
    language: str


def _contact(organisation: str, name: str, phone: str) -> tuple[str, str, str]:
    """The organisation and its contact, checked; a phone makes at most GROUPS_PER_PHONE_DAY groups a day."""
    who = clean(organisation)[:200], clean(name)[:120], phone_number(clean(phone))
    if not all(who):
        missing = _("Vui lòng ghi tên tổ chức, người liên hệ và số điện thoại.")
        raise Refused("invalid_contact", missing, fields={"contact_phone": [missing]})
    today = GroupBooking.objects.filter(contact_phone=who[2], created_at__gte=clock.at(clock.today()))
    most = settings.GROUPS_PER_PHONE_DAY
    if most and today.count() >= most:
        sentence = ngettext("Mỗi số điện thoại chỉ đặt được %(most)s nhóm trong một ngày. Vui lòng gọi tổng đài nếu cần thêm.",
                            "Mỗi số điện thoại chỉ đặt được %(most)s nhóm trong một ngày. Vui lòng gọi tổng đài nếu cần thêm.",
                            most) % {"most": most}
        raise Refused("group_limit", sentence, fields={"contact_phone": [sentence]})
    return who


def _line_refusal(code: str, sentence: object, *, status: int = 422) -> Refused:
    return Refused(code, sentence, status=status, fields={"lines": [sentence]})


def _at_line(person: Person, refusal: Refused) -> Refused:
    """A person's refusal, told with the line it is about."""
    sentence = _("Dòng %(line)s (%(name)s): %(why)s") % {"line": person.line, "name": person.full_name, "why": str(refusal.sentence)}
    return _line_refusal(refusal.code, sentence, status=refusal.status)


def _check_line(person: Person, contact: tuple[str, str, str], procedure: Procedure, day: date) -> None:
    """The person can be told, and their own phone has bookings left today; the contact's phone may stand for several."""
    try:
        who = checked_applicant(Applicant(person.full_name, person.phone))
    except Refused as refusal:
        raise _at_line(person, refusal) from refusal
    if who.phone == contact[2]:
        return
    refused = persons.refusal(phone=who.phone, person_key=who.key, procedure=procedure, purpose=Purpose.SUBMIT, channel=BookedBy.WEB,
                              day=day, actor=None)
    if refused is not None:
        raise _at_line(person, refused)


def _spread(office: Office, procedure: Procedure, day: date, people: int) -> list[int]:
    """A slot for each person in the order of time: one in each slot before a second in any (letter Cần Thơ, 1b: never a crowd at
    one moment), within what slots and sessions have left."""
    shown = availability.period(office, procedure, Purpose.SUBMIT, day, day)[0]
    if shown.refusal is not None:
        raise shown.refusal
    order = {slot.id: place for place, slot in enumerate(slot for session in shown.sessions for slot in session.slots)}
    rounds: list[tuple[int, int]] = []
    for session in shown.sessions:
        here = sorted((turn, order[slot.id], slot.id) for slot in session.slots for turn in range(slot.people_left))
        rounds += [(turn, slot_id) for turn, _place, slot_id in here[:session.dossiers_left]]
    chosen = [slot_id for _turn, slot_id in sorted(rounds, key=lambda item: (item[0], order[item[1]]))[:people]]
    if len(chosen) < people:
        sentence = _("Ngày này chỉ còn %(free)s chỗ cho %(people)s người. Vui lòng chọn ngày khác hoặc chia thành nhiều nhóm.")
        told = sentence % {"free": len(chosen), "people": people}
        raise Refused("too_few_places", told, status=409, fields={"day": [told]})
    return sorted(chosen, key=lambda slot_id: order[slot_id])


@patiently
@transaction.atomic
def _book(order: _Order, places: list[tuple[Person, int]]) -> GroupBooked:
    """All in one transaction, with all its slots and sessions locked first."""
    counters.lock({slot for _person, slot in places})
    code = new_secret(CODE_LENGTH)
    secret = derived_secret("group", code)
    group = GroupBooking.objects.create(code=code, secret_digest=digest(secret), organisation=order.organisation,
                                        contact_name=order.contact_name,
                                        contact_phone=order.contact_phone, office=order.office, procedure=order.procedure)
    booked = [_book_one(order, group, person, slot) for person, slot in places]
    day = booked[0].appointment.queue_date
    notices.tell_group(group, people=len(booked), day=shown.day(day), language=order.language)
    return GroupBooked(group, secret, booked)


def _book_one(order: _Order, group: GroupBooking, person: Person, slot_id: int) -> Booked:
    try:
        return appointments.book(applicant=Applicant(person.full_name, person.phone, language=order.language), procedure=order.procedure,
                                 purpose=Purpose.SUBMIT, channel=BookedBy.WEB, slot_id=slot_id, group=group, actor_label="group")
    except Refused as refusal:
        if refusal.code in LINE_CODES:
            raise _at_line(person, refusal) from refusal
        raise


def cancel_one(*, group: GroupBooking, appointment: Appointment) -> Appointment:
    """The contact cancels one person's appointment. Raises Refused('not_in_group', 404), 'too_near' and what cancelling refuses."""
    if appointment.group_id != group.pk:
        raise Refused("not_in_group", _("Lịch hẹn này không thuộc nhóm."), status=404)
    return moving.cancel(appointment=appointment, by_label=CITIZEN, reason=str(_("Người liên hệ của nhóm hủy.")))


def cancel_all(*, group: GroupBooking) -> tuple[int, int]:
    """Cancel all that can still be cancelled, each in a transaction of its own; gives (cancelled, left)."""
    rows = list(group.appointments.filter(state=AppointmentState.BOOKED).select_related("slot"))
    done = 0
    for row in rows:
        try:
            cancel_one(group=group, appointment=row)
        except Refused:
            continue
        done += 1
    return done, len(rows) - done
