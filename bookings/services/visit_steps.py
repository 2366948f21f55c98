"""What every verb of a visit does: who acts and when, the fresh row, the rights, the day, the conditional change with its event."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec

from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import Appointment, AppointmentEvent
from bookings.states import APPOINTMENT_TRANSITIONS
from onestop import clock
from onestop.people import shown
from onestop.people.models import User
from onestop.transitions import Refused, Step, step

P = ParamSpec("P")


@dataclass(frozen=True)
class Who:
    """Who acts: a member of staff, or a partner's token by its label. `at`: when it really happened, told later because the line
    was down. Not `counted`: it is over by now, so no room is asked for a place."""

    actor: User | None
    label: str = ""
    at: datetime | None = None
    counted: bool = True

    @property
    def moment(self) -> datetime:
        return self.at or clock.now()

    @property
    def lives(self) -> bool:
        """Whether the person may still be here: what happened on a past day touches neither rooms nor the line."""
        return self.counted and clock.local(self.moment).date() == clock.today()


def fresh(appointment: Appointment) -> Appointment:
    rows = Appointment.objects.select_related("slot__session", "slot__room", "room", "office", "procedure")
    return rows.get(pk=appointment.pk)


def seen_done(*states: str) -> Callable[[Callable[P, Appointment]], Callable[P, Appointment]]:
    """Wrap a verb (outside of its transaction): who finds that somebody else did the same at the same instant sees it done."""

    def decorate(verb: Callable[P, Appointment]) -> Callable[P, Appointment]:
        @wraps(verb)
        def done(*args: P.args, **kwargs: P.kwargs) -> Appointment:
            try:
                return verb(*args, **kwargs)
            except Refused as refusal:
                row = fresh(kwargs["appointment"]) if refusal.code == "changed_meanwhile" else None  # type: ignore[arg-type]
                if row is None or row.state not in states:
                    raise
                return row

        return done

    return decorate


def may(row: Appointment, actor: User | None) -> None:
    if not policies.can_receive(actor, row):
        raise refusals.not_allowed()


def step_of(row: Appointment, verb: str, sentence: Any) -> Step:
    return step(APPOINTMENT_TRANSITIONS, verb, row.state, sentence=sentence)


def today_only(row: Appointment, who: Who) -> None:
    """A visit happens on its day; what is told later happened on it, and has happened."""
    if who.moment > clock.now():
        raise Refused("not_yet", _("Thời điểm ghi nhận chưa đến."), fields={"at": [_("Thời điểm ghi nhận chưa đến.")]})
    if row.queue_date != clock.local(who.moment).date():
        if who.at is not None:
            sentence = _("Lịch hẹn này là của ngày %(day)s, không phải ngày đang ghi bù.")
        else:
            sentence = _("Lịch hẹn này là của ngày %(day)s, không phải hôm nay.")
        raise Refused("wrong_day", sentence % {"day": shown.day(row.queue_date)})


def change(row: Appointment, done: Step, who: Who, *, reason: str = "", legal_basis: str = "", data: dict[str, Any] | None = None,
           **values: Any) -> None:
    """The conditional update of one appointment with its event. Raises Refused('changed_meanwhile', 409).

    The room is part of the condition: a place in a room is given back once, by whoever changes the row.
    """
    changed = Appointment.objects.filter(pk=row.pk, state=done.before, slot=row.slot_id, room=row.room_id)
    if changed.update(state=done.after, **values) != 1:
        raise refusals.changed_meanwhile()
    for name, value in {"state": done.after, **values}.items():
        setattr(row, name, value)
    told = {**(data or {}), **({"offline": True} if who.at is not None else {})}
    AppointmentEvent.objects.create(subject=row, actor=who.actor, actor_label=who.label, verb=done.verb, from_state=done.before,
                                    to_state=done.after, reason=reason, legal_basis=legal_basis[:255], data=told, at=who.moment)
