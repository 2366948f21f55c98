"""Coming without an appointment: taken where the letters allow it and there is room, else offered what there is; both are recorded
(letter Cà Mau 1)."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import doorway, policies, refusals
from bookings.models import Appointment, SessionEvent, Slot
from bookings.services import appointments, occupancy, rooms
from bookings.services.visit_steps import Who
from bookings.services.visits.arriving import Arrival, arrive
from bookings.states import AppointmentState, BookedBy
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

NO_ROOM = frozenset({"slot_full", "session_full", "waiting_full", "closed"})


def walk_in(*, actor: User | None, office: Office, procedure: Procedure, purpose: str, applicant: appointments.Applicant,
            priority: str = "", people: int = 1, dossiers: int = 1, health: Mapping[str, Any] | None = None, label: str = "",
            at: datetime | None = None) -> Appointment:
    """Take somebody who has no appointment: a queue number, checked in at once, straight into the room if nobody is before them.

    They come into the running slot, into places kept for walk-ins and above its number where need be; never above the room's cap,
    the session's declared dossiers, the places kept for urgent procedures or the waiting area.

    `at`: when they came, typed in from the paper list of a day when the line was down.

    Raises Refused: 'appointment_needed' with its letter, and what eligibility refuses, 422; 'no_room' 409; 'health_check' 422;
    'already_booked' 409; 'not_allowed' 403. A refusal for want of a right to walk in or of room is kept in the session's history.
    """
    if not policies.can_take_walk_in(actor, office):
        raise refusals.not_allowed()
    who = Who(actor, label, at)
    refusal = doorway.walk_in_refusal(office, procedure, purpose, clock.local(who.moment).date())
    if refusal is not None:
        raise _kept(refusal, office, who, procedure, purpose)
    order = {"applicant": applicant, "procedure": procedure, "purpose": purpose, "channel": BookedBy.COUNTER, "people": people,
             "dossiers": dossiers, "actor": actor, "actor_label": label, "priority": priority, "walk_in": True, "at": at}
    full = _no_room()
    for slot in doorway.running_slots(office, who.moment):
        try:
            return _taken(slot, order, who, Arrival(health, priority, straight=at is None))
        except Refused as refused:
            if refused.code not in NO_ROOM:
                raise
    raise _kept(full, office, who, procedure, purpose)


def _no_room() -> Refused:
    return Refused("no_room", _("Hiện không còn chỗ cho người chưa có lịch hẹn. Mời đặt khung giờ còn chỗ gần nhất, nộp trực tuyến hoặc "
                                "gửi qua bưu chính."), status=409)


@patiently
@transaction.atomic
def _taken(slot: Slot, order: dict[str, Any], who: Who, arrival: Arrival) -> Appointment:
    """Booked and checked in together, or not at all."""
    row = appointments.book(slot_id=slot.pk, **order).appointment
    _check_limits(slot, row)
    row = arrive(row, who, arrival)
    outside = row.state == AppointmentState.CHECKED_IN and row.room_id is None
    if outside and who.at is None and occupancy.waiting_rooms(row.office_id):
        raise Refused("waiting_full", _("Khu vực chờ đã đủ người."), status=409)
    return row


def _check_limits(slot: Slot, row: Appointment) -> None:
    """Both counters, locked by the booking in this transaction: the declared dossiers hold for walk-ins too (Cà Mau 1), and what is
    kept for urgent procedures stays kept (Vĩnh Phúc 2)."""
    taken = Slot.objects.select_related("session").get(pk=slot.pk)
    session, urgent = taken.session, row.procedure.urgent
    if session.held + session.booked > session.capacity - (0 if urgent else session.urgent_only):
        raise refusals.session_full()
    limit = rooms.citizens_limit(room=slot.room, office=row.office, on=session.date, part=session.part)
    if taken.held + taken.booked > limit - (0 if urgent else taken.urgent_only):
        raise refusals.slot_full()


def turn_away(*, actor: User | None, office: Office, procedure: Procedure, purpose: str, way: str, label: str = "") -> None:
    """Record that somebody without an appointment was not taken and was led to `way`: 'online', 'post', 'later' or ''."""
    if not policies.can_take_walk_in(actor, office):
        raise refusals.not_allowed()
    who = Who(actor, label)
    refusal = doorway.walk_in_refusal(office, procedure, purpose, clock.today()) or _no_room()
    _keep(refusal, office, who, procedure, purpose, way=way)


def _kept(refusal: Refused, office: Office, who: Who, procedure: Procedure, purpose: str) -> Refused:
    _keep(refusal, office, who, procedure, purpose)
    return refusal


@patiently
@transaction.atomic
def _keep(refusal: Refused, office: Office, who: Who, procedure: Procedure, purpose: str, way: str = "") -> None:
    """In the history of the session that runs, or the nearest one: without anything about the person."""
    session = doorway.session_at(office, who.moment)
    if session is None:
        return
    source = refusal.directive or {}
    basis = ", ".join(part for part in (source.get("number", ""), source.get("clause", "")) if part)
    SessionEvent.objects.create(
        subject=session, actor=who.actor, actor_label=who.label, verb="turn_away", from_state=session.state, to_state=session.state,
        reason=clean(str(refusal.sentence)), legal_basis=basis[:255], at=who.moment,
        data={"code": refusal.code, "procedure": procedure.code, "purpose": purpose, "way": way})
