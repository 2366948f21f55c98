"""The timers of shipments: what the rules in force give, and the administrator's wish to count again what was given before."""
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.jobs import enqueue_after_commit
from onestop.offices.calendars import work_calendar, years
from onestop.offices.models import Office
from onestop.offices.states import DayKind
from onestop.patience import or_next_sweep
from onestop.people.models import User
from onestop.transitions import Refused
from onestop.worktime import Calendar, CalendarMissing
from postal import policies
from postal.models import Carrier, CarrierChange, Shipment, ShipmentQuerySet
from postal.services.steps import note
from postal.states import UNFETCHED
from postal.timers import Collection, collection, own_calendar

LOOK_AHEAD = timedelta(days=30)  # no holiday is as long
AT_ONCE, PER_JOB = 50, 500  # shipments whose time is counted again while somebody waits, and by one job
NOT_YOURS = _("Chỉ quản trị hệ thống của tỉnh được tính lại hạn đến lấy.")


def collection_for(*, carrier: Carrier, office: Office, start: datetime) -> Collection:
    """Until when a carrier that hears of something at `start` has to have fetched it.

    The hours of a letter in force at the office (collect_within; Khánh Hòa 3: four), else the carrier's own; by its working hours or the
    clock on the wall, as the carrier is set. Without a calendar for these days the wall clock counts.
    """
    first = clock.local(start).date()
    letter = rules_for(office=office, on=first).get(RuleKind.COLLECT_WITHIN)
    hours = int(letter.params.get("hours") or carrier.collect_hours) if letter else carrier.collect_hours
    return collection(start=start, hours=hours, calendar=calendar_of(carrier, first), working_hours_only=carrier.working_hours_only,
                      legal_basis=f"{letter.number}, {letter.clause}" if letter else "")


def calendar_of(carrier: Carrier, first: date) -> Calendar | None:
    """The carrier's working time from a day on: its own week, else the offices' calendar; None where that is not known."""
    last = first + LOOK_AHEAD
    if carrier.hours:
        return own_calendar(carrier.hours, first=first, last=last, rests_on=_holidays(first, last) if carrier.rests_on_holidays else ())
    try:
        return work_calendar(first, last)
    except CalendarMissing:
        return None


def _holidays(first: date, last: date) -> frozenset[date]:
    """Public holidays as the offices' calendars name them; a year without a calendar names none."""
    known = years(first.year, last.year).values()
    return frozenset(day for year in known for day, kind in year.special.items() if kind == DayKind.OFF and first <= day <= last)


def columns(found: Collection, start: datetime) -> dict[str, Any]:
    """A timer as the columns of a shipment."""
    return {"timer_from": start, "collect_due_at": found.due_at, "wall_due_at": found.wall_due_at, "working_due_at": found.working_due_at}


def started(shipment: Shipment, moment: datetime) -> dict[str, Any]:
    """What being told of a shipment at `moment` changes: its timer starts, unless it runs already. A technical retry never gives the
    carrier more time; only a new message after a dead letter does (handling.retry takes the timer off)."""
    if shipment.timer_from is not None:
        return {}
    return columns(collection_for(carrier=shipment.carrier, office=shipment.office, start=moment), moment)


# --- counting again -----------------------------------------------------------------------------------------------

def recalculate(*, actor: User, carrier: Carrier) -> int:
    """Give everything the carrier has not fetched yet the time its present setting gives, the first ones at once, the rest in the
    background; how many there are.

    A change of the setting alone changes no time that was given. What now is in time again is warned of and escalated anew. Raises
    Refused: 'forbidden' 403.
    """
    if not policies.can_recalculate(actor, carrier):
        raise Refused("forbidden", NOT_YOURS, status=403)
    waiting = to_recalculate(carrier).count()
    with transaction.atomic():
        if waiting:
            CarrierChange.objects.create(subject=carrier, actor=actor, verb="recalculate", data={"count": waiting})
    go_on(carrier.pk, actor.pk, 0, most=AT_ONCE)
    return waiting


def to_recalculate(carrier: Carrier) -> ShipmentQuerySet:
    """What a carrier was given time for and has not fetched."""
    return Shipment.objects.filter(carrier=carrier, state__in=UNFETCHED, timer_from__isnull=False)


def go_on(carrier: int, actor: int, after: int, *, most: int = PER_JOB) -> int:
    """The next ones after a shipment's id, each in its own transaction; how many were looked at. Doing it again changes nothing."""
    keeper, user = Carrier.objects.get(pk=carrier), User.objects.get(pk=actor)
    pks = list(to_recalculate(keeper).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:most])
    for pk in pks:
        or_next_sweep(f"the time of shipment {pk}", _count_again, pk, user)
    if len(pks) == most:
        enqueue_after_commit("postal.recalculate", carrier, actor, pks[-1])
    return len(pks)


def _count_again(pk: int, actor: User) -> bool:
    with transaction.atomic():
        rows = Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "office", "office__area")
        row = rows.filter(pk=pk, state__in=UNFETCHED, timer_from__isnull=False).first()
        if row is None or row.timer_from is None:
            return False
        found = collection_for(carrier=row.carrier, office=row.office, start=row.timer_from)
        before, changes = row.collect_due_at, columns(found, row.timer_from)
        if all(getattr(row, name) == value for name, value in changes.items()):
            return False
        Shipment.objects.filter(pk=pk).update(**changes, **_told_anew(found.due_at))
        note(row, "recalculate", row.state, row.state, actor=actor, legal_basis=found.legal_basis, hours=found.hours,
             was=clock.local(before).isoformat() if before else "", due=clock.local(found.due_at).isoformat())
    return True


def _told_anew(due_at: datetime) -> dict[str, Any]:
    return {"warned_at": None, "escalated_at": None} if due_at >= clock.now() else {}
