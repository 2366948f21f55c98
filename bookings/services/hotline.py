"""What the hotline does while talking: book, move, cancel, end the call. Each through the same verb as everybody's, and logged."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import collecting, eligibility, refusals
from bookings.models import Appointment, Call, CallTask
from bookings.services import appointments, calls, holds
from bookings.states import BookedBy, CallOutcome, Purpose
from dossiers.models import Dossier
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

BY_PHONE = "tổng đài"
FULL = frozenset({"slot_full", "session_full"})


@dataclass(frozen=True)
class Wish:
    """What the caller wants: a slot, or the place that is held for them while they talk."""

    procedure: Procedure
    slot_id: int | None = None
    hold_token: str = ""
    dossiers: int = 1
    people: int = 1
    priority: str = ""
    overbook_reason: str = ""
    dossier: Dossier | None = None  # whose result is to be collected

    @property
    def purpose(self) -> str:
        return Purpose.SUBMIT if self.dossier is None else Purpose.COLLECT


def book_for_caller(*, actor: User, applicant: appointments.Applicant, wish: Wish, started_at: datetime | None = None,
                    channel: str = BookedBy.HOTLINE) -> appointments.Booked:
    """Book through the same gate as everybody and log the call.

    Raises Refused like appointments.book(); of a result to be collected 'not_ready', 'already_booked' 409, 'wrong_office' 422.
    """
    booked = (_book(actor, applicant, wish, channel) if wish.dossier is None
              else _book_collection(actor, applicant, wish, channel, dossier_id=wish.dossier.pk))
    _log(actor, booked.appointment, CallOutcome.BOOKED, started_at)
    return booked


def _book(actor: User, applicant: appointments.Applicant, wish: Wish, channel: str) -> appointments.Booked:
    return appointments.book(
        applicant=applicant, procedure=wish.procedure, purpose=wish.purpose, channel=channel, slot_id=wish.slot_id,
        hold_token=wish.hold_token, dossiers=wish.dossiers, people=wish.people, actor=actor, priority=wish.priority,
        overbook_reason=wish.overbook_reason, dossier=wish.dossier)


@patiently
@transaction.atomic
def _book_collection(actor: User, applicant: appointments.Applicant, wish: Wish, channel: str, *, dossier_id: int) -> appointments.Booked:
    """With the dossier's row locked: two operators make one time for one result."""
    _check_result(Dossier.objects.select_for_update(no_key=True).get(pk=dossier_id), wish)
    return _book(actor, applicant, wish, channel)


def _check_result(dossier: Dossier, wish: Wish) -> None:
    """The rules of the tracking page: the result waits at the counter, nobody has a time for it yet, and it is collected where it lies."""
    if not collecting.can_collect(dossier):
        raise Refused("not_ready", _("Kết quả hồ sơ này chưa có hoặc không chờ trả tại quầy."), status=409)
    if collecting.booked_for(dossier) is not None:
        raise Refused("already_booked", _("Hồ sơ này đã có lịch hẹn nhận kết quả."), status=409)
    slot = holds.find_hold(wish.hold_token).slot if wish.hold_token else eligibility.find_slot(wish.slot_id or 0)
    if slot.session.office_id != dossier.received_office_id:
        raise refusals.result_elsewhere()


def keep_place(*, hold_token: str, slot_id: int, procedure: Procedure, purpose: str, dossiers: int = 1, people: int = 1) -> str:
    """Keep a place while talking and give back the one kept before; gives the new token. After a refusal the old place is still kept.

    Raises Refused like holds.place_hold().
    """
    wanted: dict[str, Any] = {"slot_id": slot_id, "procedure": procedure, "purpose": purpose, "dossiers": dossiers, "people": people}
    try:
        _hold, token = holds.place_hold(**wanted)
    except Refused as refusal:
        if not hold_token or refusal.code not in FULL:
            raise
        with transaction.atomic():  # the old place may be the one that is missing
            holds.let_go(token=hold_token)
            return holds.place_hold(**wanted)[1]
    holds.let_go(token=hold_token)
    return token


def move_for_caller(*, actor: User, appointment: Appointment, slot_id: int, started_at: datetime | None = None) -> Appointment:
    """Another time for an appointment, by phone. Raises Refused like appointments.reschedule()."""
    moved = appointments.reschedule(appointment=appointment, slot_id=slot_id, actor=actor)
    _log(actor, moved, CallOutcome.CHANGED, started_at)
    return moved


def cancel_for_caller(*, actor: User, appointment: Appointment, reason: str = "", started_at: datetime | None = None) -> Appointment:
    """Cancel by phone; twice changes nothing. Raises Refused like appointments.cancel()."""
    ended = appointments.cancel(appointment=appointment, by_label=BY_PHONE, actor=actor, reason=reason)
    _log(actor, ended, CallOutcome.CHANGED, started_at)
    return ended


def _log(actor: User, appointment: Appointment, outcome: str, started_at: datetime | None) -> Call:
    return calls.log(operator=actor, outcome=outcome, province=appointment.office.province, full_name=appointment.full_name,
                     phone=appointment.phone, procedure=appointment.procedure, appointment=appointment, dossier=appointment.dossier,
                     started_at=started_at)


def end_call(*, actor: User, outcome: str, hold_token: str = "", full_name: str = "", phone: str = "", note: str = "",
             procedure: Procedure | None = None, office: Office | None = None, started_at: datetime | None = None) -> CallTask | None:
    """The call is over: the held place is given back and the call logged; with an office named, the case is handed to it.

    Raises Refused('note_needed' | 'phone_needed' 422, 'not_allowed' 403) where a case can't be handed over; the place stays held then.
    """
    task = None
    if office is not None:
        task = calls.hand_over(actor=actor, office=office, full_name=full_name, phone=phone, note=note)
    holds.let_go(token=hold_token)
    calls.log(operator=actor, outcome=CallOutcome.HANDED_OVER if office is not None else outcome, full_name=clean(full_name), phone=phone,
              procedure=procedure, task=task, note=note, started_at=started_at, province=office.province if office is not None else None)
    return task
