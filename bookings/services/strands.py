"""Whom a smaller limit strands (booking.md, guard 7): shown before anything is saved; then refused, or moved by a rebooking run."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals, relocations
from bookings.models import Appointment, AppointmentEvent, Hold, Relocation, Session, Slot
from bookings.services import counters, generating, holds
from bookings.services.relocation import open_limits_run
from bookings.states import AppointmentState, HoldState
from onestop import clock
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused


@dataclass(frozen=True)
class Excess:
    """What lies above the limits: people by slot, dossiers by session."""

    slots: dict[int, int] = field(default_factory=dict)
    sessions: dict[int, int] = field(default_factory=dict)

    def grown(self, before: Excess) -> Excess:
        """What came on top since `before`. Pure."""
        return Excess(_grown(self.slots, before.slots), _grown(self.sessions, before.sessions))

    @property
    def is_any(self) -> bool:
        return bool(self.slots or self.sessions)


@dataclass(frozen=True)
class Stranded:
    """The appointments and the places held that would have to go."""

    appointments: tuple[Appointment, ...] = ()
    holds: tuple[Hold, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.appointments or self.holds)

    @property
    def people(self) -> int:
        return sum(item.people for item in self.appointments)


@dataclass(frozen=True)
class Saved:
    """What a change of supply did: rows changed, and the rebooking run if it needed one."""

    changed: int
    stranded: Stranded = field(default_factory=Stranded)
    run: Relocation | None = None


class Strands(Refused):
    """Refused('strands', 409), with the list for the page."""

    def __init__(self, stranded: Stranded) -> None:
        sentence = _("Thay đổi này làm %(appointments)s lịch hẹn (%(people)s người) và %(holds)s chỗ đang giữ vượt quá giới hạn mới."
                     " Chưa có gì được lưu.") % {"appointments": len(stranded.appointments), "people": stranded.people,
                                                 "holds": len(stranded.holds)}
        super().__init__("strands", sentence, status=409)
        self.stranded = stranded


def _grown(now: dict[int, int], before: dict[int, int]) -> dict[int, int]:
    return {pk: more - before.get(pk, 0) for pk, more in now.items() if more > before.get(pk, 0)}


def pick(sizes: Sequence[int], excess: int) -> list[int]:
    """The places in `sizes` whose sum is at least `excess`: from the front, and none that could stay. All if they don't suffice. Pure."""
    chosen, total = [], 0
    for index, size in enumerate(sizes):
        if total >= excess:
            break
        chosen.append(index)
        total += size
    for index in list(chosen):
        if total - sizes[index] >= excess:
            chosen.remove(index)
            total -= sizes[index]
    return chosen


def excess(*, office: Office, first: date, last: date) -> Excess:
    """What lies above the limits of slots and sessions still to come. Two queries."""
    now, over = clock.now(), F("held") + F("booked") - F("capacity")
    slots = Slot.objects.filter(session__office=office, session__date__range=(first, last), ends_at__gt=now, extra__gt=0)
    sessions = Session.objects.filter(office=office, date__range=(first, last), ends_at__gt=now, extra__gt=0)
    return Excess(dict(slots.annotate(over=over).order_by().values_list("pk", "over")),
                  dict(sessions.annotate(over=over).order_by().values_list("pk", "over")))


def granted(*, office: Office, first: date, last: date) -> Excess:
    """What was booked above the limits on purpose, with the right to it (guard 5), walk-ins that were taken, and people who were let
    in with more companions than booked."""
    purposely = Q(verb="book", data__over_limit=True) | Q(verb="check_in", data__has_key="people_before")
    over = AppointmentEvent.objects.filter(purposely).values("subject")
    rows = Appointment.objects.taking_places().filter(slot__session__office=office, slot__session__date__range=(first, last))
    rows = (rows.filter(pk__in=over) | rows.filter(walk_in=True)).order_by()
    return Excess(dict(rows.values_list("slot_id").annotate(total=Sum("people"))),
                  dict(rows.values_list("slot__session_id").annotate(total=Sum("dossiers"))))


def over(*, office: Office, first: date, last: date) -> list[Appointment]:
    """Appointments above the present limits, apart from what was granted and from those whom a run is about to move: the latest
    booked first, urgent procedures last."""
    above = excess(office=office, first=first, last=last)
    if not above.is_any:
        return []
    found = stranded_by(above.grown(granted(office=office, first=first, last=last))).appointments
    under_way = relocations.under_way(found)
    return [item for item in found if item.pk not in under_way]


def stranded_by(above: Excess) -> Stranded:
    """Who would have to go: holds first, then the latest booked, urgent procedures last; slots before sessions. Two queries."""
    if not above.is_any:
        return Stranded()
    rows = (Appointment.objects.filter(slot_id__in=above.slots) | Appointment.objects.filter(slot__session_id__in=above.sessions))
    rows = rows.filter(state=AppointmentState.BOOKED, walk_in=False, slot__ends_at__gt=clock.now()).order_by("procedure__urgent", "-pk")
    booked = list(rows.select_related("slot__session", "slot__room", "procedure", "office"))
    kept = Hold.objects.filter(slot_id__in=above.slots) | Hold.objects.filter(slot__session_id__in=above.sessions)
    held = list(kept.filter(state=HoldState.HELD).select_related("slot").order_by("-pk"))
    return _chosen(above, booked, held)


def _chosen(above: Excess, booked: list[Appointment], held: list[Hold]) -> Stranded:
    everybody: list[Appointment | Hold] = [*held, *booked]
    gone: list[Appointment | Hold] = []
    for slot_id, people in above.slots.items():
        here = [item for item in everybody if item.slot_id == slot_id]
        gone += [here[index] for index in pick([item.people for item in here], people)]
    for session_id, dossiers in above.sessions.items():
        already = sum(item.dossiers for item in gone if item.slot.session_id == session_id)
        left = [item for item in everybody if item.slot.session_id == session_id and item not in gone]
        gone += [left[index] for index in pick([item.dossiers for item in left], dossiers - already)]
    appointments = [item for item in booked if item in gone]
    return Stranded(tuple(sorted(appointments, key=lambda item: (item.slot.starts_at, item.queue_number))),
                    tuple(item for item in held if item in gone))


def guarded(*, actor: User, office: Office, first: date, last: date, change: Callable[[], Any], rebook: bool = False,
            reason: str = "") -> Saved:
    """Do `change` (it gives how much it changed), fit the sessions of the span, and look whom that strands.

    Raises Strands ('strands', 409) and saves nothing if it strands anybody, unless `rebook`: then the change holds, places held
    above it end, and a rebooking run finds those people another place. Refused('reason_needed') without a reason for them.
    """
    if rebook:
        _need_reason(reason)
    first = max(first, clock.today())
    holds.expire_holds(Hold.objects.filter(slot__session__office=office, slot__session__date__range=(first, last)))
    return _guarded(actor, office, first, last, change, rebook, clean(reason)[:255])


@patiently
@transaction.atomic
def _guarded(actor: User, office: Office, first: date, last: date, change: Callable[[], Any], rebook: bool, reason: str) -> Saved:
    days = (last - first).days + 1
    generating.generate(office=office, first=first, days=days)  # so that only what this change does counts
    before = excess(office=office, first=first, last=last) if days > 0 else Excess()
    changed = int(change())
    if not changed or days <= 0:
        return Saved(changed)
    generating.generate(office=office, first=first, days=days)
    found = stranded_by(excess(office=office, first=first, last=last).grown(before))
    if found and not rebook:
        raise Strands(found)
    for hold in found.holds:
        _end(hold)
    run = open_limits_run(actor=actor, office=office, appointments=found.appointments, reason=reason) if found.appointments else None
    return Saved(changed, found, run)


def _end(hold: Hold) -> None:
    """A place held above the new limit ends at once, or it would become a booking above it."""
    freed = counters.free(holds.places_of(hold), "held")
    if not freed or Hold.objects.filter(pk=hold.pk, state=HoldState.HELD).update(state=HoldState.RELEASED) != 1:
        raise Refused("changed_meanwhile", _("Chỗ đang giữ vừa được thay đổi ở nơi khác. Vui lòng thử lại."), status=409)


def move_over(*, actor: User, office: Office, first: date, last: date, reason: str) -> Relocation | None:
    """A rebooking run for the appointments above the present limits; None where there are none.

    They came there without the office's hand: a letter with a smaller cap, a new day off. Raises Refused: 'not_allowed' 403,
    'reason_needed'.
    """
    if not policies.can_set_limits_at(actor, office):
        raise refusals.not_allowed()
    _need_reason(reason)
    found = over(office=office, first=first, last=last)
    return open_limits_run(actor=actor, office=office, appointments=found, reason=clean(reason)[:255]) if found else None


def _need_reason(reason: str) -> None:
    if not clean(reason):
        raise Refused("reason_needed", _("Vui lòng ghi lý do; người có lịch hẹn bị chuyển sẽ được báo lý do này."),
                      fields={"reason": [_("Vui lòng ghi lý do.")]})
