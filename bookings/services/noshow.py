"""Nobody came: recorded once the session and a grace are over, never for whoever checked in, never where the office was shut.

Several in a while mean shorter notice, not a ban: such a person books nearer days only, so that a place left empty can still
be given to somebody else.
"""
from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from bookings.models import Appointment, OutreachPerson
from bookings.services import telling
from bookings.services.visit_steps import Who, change, fresh, may, step_of
from bookings.states import AppointmentState, OpenState
from onestop import clock
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.history import WORKER
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import User
from onestop.transitions import Refused

PER_SWEEP = 1000


@patiently
@transaction.atomic
def no_show(*, actor: User | None, appointment: Appointment, label: str = "") -> Appointment:
    """Note that nobody came; only once the slot is over, and never for somebody who checked in. Twice changes nothing.

    Raises Refused: 'wrong_state', 'too_early', 'changed_meanwhile' 409; 'not_allowed' 403.
    """
    row = fresh(appointment)
    may(row, actor)
    return _noted(row, Who(actor, label))


def _noted(row: Appointment, who: Who) -> Appointment:
    if row.state == AppointmentState.NO_SHOW:
        return row
    done = step_of(row, "no_show", _("Người này đã đến hoặc lịch hẹn đã kết thúc, không thể ghi là không đến."))
    if row.slot.ends_at > clock.now():
        raise Refused("too_early", _("Chưa hết khung giờ hẹn, chưa thể ghi là không đến."), status=409)
    change(row, done, who)
    telling.forget_reminders(row)
    return row


def record() -> int:
    """The sweep: whoever was expected in a session that ended NO_SHOW_GRACE_MINUTES ago and has not come; how many.

    Each in a transaction of its own, so an interrupted sweep goes on. Whoever comes later all the same can still be checked in.
    """
    ended = clock.now() - timedelta(minutes=settings.NO_SHOW_GRACE_MINUTES)
    untold = OutreachPerson.objects.filter(appointment=OuterRef("pk"), told_at__isnull=True)  # nobody misses what they know nothing of
    due = Appointment.objects.filter(~Exists(untold), state=AppointmentState.BOOKED, slot__session__ends_at__lte=ended).order_by("pk")
    rows = list(due.select_related("slot__session", "office")[:PER_SWEEP])
    shut = cache(_shut)
    missing = [row for row in rows if not excused(row, shut(row.office, row.queue_date))]
    return sum(or_next_sweep(f"no-show of appointment {row.pk}", _record, row) for row in missing)


@patiently
@transaction.atomic
def _record(row: Appointment) -> bool:
    """Refused, and so left alone, where the person checked in meanwhile."""
    return _noted(fresh(row), Who(None, WORKER)).state == AppointmentState.NO_SHOW


def _shut(office: Office, on: date) -> tuple[bool, list[tuple[int | None, bool]]]:
    """(blockaded, [(closed room or None for the whole office, closed since before that day)]) of an office's day."""
    closures = [(item.room_id, item.starts_on < on) for item in office.closures.covering(on)]
    return rules_for(office=office, on=on).has(RuleKind.BLOCKADE), closures


def excused(row: Appointment, shut: tuple[bool, list[tuple[int | None, bool]]] | None = None) -> bool:
    """Whether the office, not the person, stayed away: a blockade, or a closure of the office or the room. A closure that began
    on the day itself counts for the sessions and slots it closed; those before it took place."""
    blockaded, closures = shut if shut is not None else _shut(row.office, row.queue_date)
    ended = OpenState.CLOSED in (row.slot.state, row.slot.session.state)
    return blockaded or any(room_id in (None, row.slot.room_id) and (before or ended) for room_id, before in closures)


def counted_since() -> date:
    """The first day whose no-shows still count."""
    return clock.today() - timedelta(days=settings.NO_SHOW_DAYS)


def longest_notice(person_key: str) -> int | None:
    """How many days ahead a person may book at most after NO_SHOWS_COUNTED no-shows within NO_SHOW_DAYS; None: as everybody."""
    if not settings.NO_SHOWS_COUNTED:
        return None
    rows = Appointment.objects.filter(person_key=person_key, state=AppointmentState.NO_SHOW, queue_date__gte=counted_since())
    missed = len(rows.order_by()[:settings.NO_SHOWS_COUNTED].values_list("pk"))
    return settings.NO_SHOW_NOTICE_DAYS if missed >= settings.NO_SHOWS_COUNTED else None
