"""A buổi's limits and state, set by the office; extra buổi of the surge plan. Making them ahead: generating.py."""
from collections.abc import Sequence
from datetime import date, time

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from bookings import plans, policies, refusals
from bookings.models import Hold, QueueCounter, Session, SessionEvent, Slot
from bookings.plans import slot_times
from bookings.services.generating import Generated, generate, generate_all
from bookings.services.holds import expire_holds
from bookings.states import OpenState
from onestop import clock
from onestop.directives.rules import rules_between
from onestop.offices.models import Office, OpeningHours, Room
from onestop.offices.services import DeclaredRow, declare_days
from onestop.offices.services.hours import MOST_DOSSIERS
from onestop.offices.states import Part
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

__all__ = ["Generated", "add_special", "generate", "generate_all", "set_capacity", "set_state", "slot_times"]
SPECIAL_MINUTES = 30  # the đợt of an extra buổi where the office has no hours to take them from


def set_capacity(*, actor: User, session: Session, capacity: int, reason: str) -> Session:
    """Declare the most dossiers of this one buổi. Raises Refused('strands', 409), naming how many, below what is held and booked.

    It becomes the day's declared number, so that it holds however often sessions are made again (limits.declare opens a
    rebooking run where somebody must go).
    """
    if not policies.can_set_limits(actor, session):
        raise refusals.not_allowed()
    if not 0 <= capacity <= MOST_DOSSIERS or not clean(reason):
        raise Refused("invalid_capacity", _("Vui lòng ghi số hồ sơ từ 0 đến 500 và lý do thay đổi."))
    expire_holds(Hold.objects.filter(slot__session=session))  # in transactions of their own: they lock slots before the session
    return _declare(actor=actor, session=session, capacity=capacity, reason=clean(reason))


@patiently
@transaction.atomic
def _declare(*, actor: User, session: Session, capacity: int, reason: str) -> Session:
    before = session.capacity
    if not session.special:
        declare_days(actor=actor, office=session.office, rows=[DeclaredRow(session.date, session.part, capacity)], reason=reason)
    over = Greatest(F("held") + F("booked") - capacity, 0)
    row = Session.objects.filter(Q(capacity__lte=capacity) | Q(held__lte=capacity - F("booked")), pk=session.pk)
    changed = row.update(capacity=capacity, extra=over, urgent_only=Least(F("urgent_only"), capacity))
    session.refresh_from_db()
    if changed != 1:
        raise Refused("strands", _("Buổi này đã có %(taken)s hồ sơ được đặt hoặc đang giữ chỗ, không thể giảm xuống %(capacity)s.") % {
            "taken": session.held + session.booked, "capacity": capacity}, status=409)
    SessionEvent.objects.create(subject=session, actor=actor, verb="set_capacity", from_state=session.state, to_state=session.state,
                                reason=reason, data={"before": before, "after": capacity})
    return session


@patiently
@transaction.atomic
def set_state(*, actor: User, session: Session, state: str, reason: str, slot: Slot | None = None) -> Session:
    """Open or close a session, or one slot of it, for new bookings; what is booked stays and is counted in the event."""
    if not policies.can_set_limits(actor, session):
        raise refusals.not_allowed()
    if state not in OpenState.values or not clean(reason):
        raise Refused("invalid_state", _("Vui lòng chọn mở hoặc đóng và ghi lý do."))
    thing: Session | Slot = slot if slot is not None else session
    row = (Slot.objects.filter(pk=slot.pk, session=session) if slot is not None else Session.objects.filter(pk=session.pk))
    if row.exclude(state=state).update(state=state) == 1:
        thing.refresh_from_db()
        SessionEvent.objects.create(
            subject=session, actor=actor, verb="set_state", from_state=_other(state), to_state=state, reason=clean(reason)[:500],
            data={"slot": slot.pk if slot is not None else None, "booked": thing.booked, "held": thing.held})
    return session


def _other(state: str) -> str:
    return OpenState.OPEN if state == OpenState.CLOSED else OpenState.CLOSED


def add_special(*, actor: User, office: Office, day: date, part: str, opens: time, closes: time, dossiers: int,
                room: Room | None = None, reason: str) -> Session:
    """An extra buổi outside of the opening hours (surge plan, letter Cà Mau 2), in one room or in every service room.

    The same again gives the one that is there. Raises Refused: 'not_allowed' 403; 'invalid_special', 'past_day' 422;
    'session_exists', 'overlaps' 409.
    """
    if not policies.can_set_limits_at(actor, office):
        raise refusals.not_allowed()
    if part not in Part.values or closes <= opens or not 1 <= dossiers <= MOST_DOSSIERS or not clean(reason):
        raise Refused("invalid_special", _("Vui lòng ghi buổi, giờ mở trước giờ đóng, số hồ sơ từ 1 đến 500 và lý do."))
    if plans.moment(day, closes) <= clock.now():
        raise Refused("past_day", _("Buổi này đã qua."))
    if room is not None and room.office_id != office.pk:
        raise Refused("invalid_special", _("Phòng này không thuộc đơn vị."))
    hours = OpeningHours(office=office, part=part, opens=opens, closes=closes, slot_minutes=_slot_minutes(office), max_dossiers=dossiers)
    return _add_special(actor, office, hours, day, room, clean(reason)[:500])


@patiently
@transaction.atomic
def _add_special(actor: User, office: Office, hours: OpeningHours, day: date, room: Room | None, reason: str) -> Session:
    opens, closes = plans.moment(day, hours.opens), plans.moment(day, hours.closes)
    made, new = Session.objects.get_or_create(office=office, date=day, part=hours.part, defaults={
        "starts_at": opens, "ends_at": closes, "capacity": hours.max_dossiers, "special": True})
    if not new:
        if made.special and (made.starts_at, made.ends_at) == (opens, closes):
            return made
        raise Refused("session_exists", _("Ngày này đã có %(part)s. Hãy tăng số hồ sơ của buổi đó.") % {
            "part": made.get_part_display().lower()}, status=409)
    if Session.objects.filter(office=office, date=day, starts_at__lt=closes, ends_at__gt=opens).exclude(pk=made.pk).exists():
        raise Refused("overlaps", _("Giờ này trùng với một buổi khác trong ngày."), status=409)
    QueueCounter.objects.bulk_create([QueueCounter(office=office, date=day)], ignore_conflicts=True)
    kept = _add_special_slots(made, hours, room)
    Session.objects.filter(pk=made.pk).update(urgent_only=min(kept, hours.max_dossiers))
    made.refresh_from_db()
    SessionEvent.objects.create(subject=made, actor=actor, verb="add_special", to_state=made.state, reason=reason,
                                data={"dossiers": hours.max_dossiers})
    return made


def _add_special_slots(session: Session, hours: OpeningHours, room: Room | None) -> int:
    """Its slots by the roster and the rooms as they are; gives how many places at one time are for urgent procedures."""
    day, office = session.date, session.office
    wanted = [item for item in plans.room_days(office, rules_between(office=office, first=day, last=day))
              if (room is None or item.room.pk == room.pk) and not item.closed_on(day)]
    if not wanted:
        raise Refused("invalid_special", _("Đơn vị không có phòng tiếp nhận nào mở trong ngày này."))
    Slot.objects.bulk_create([_special_slot(session, item, span) for item in wanted for span in slot_times(day, hours)])
    return sum(item.room.urgent_places for item in wanted)


def _special_slot(session: Session, room: plans.RoomDays, span: plans.Span) -> Slot:
    people = room.people(session.date, session.part)
    return Slot(session=session, room=room.room, starts_at=span[0], ends_at=span[1], capacity=people.most, urgent_only=people.urgent)


def _slot_minutes(office: Office) -> int:
    rows: Sequence[int] = list(office.opening_hours.values_list("slot_minutes", flat=True))
    return min(rows, default=SPECIAL_MINUTES)
