"""Proposing a time for each person of a list: real appointments through the guard, spread over the days, nobody told yet."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, queries
from bookings.models import Appointment, Outreach, OutreachPerson, Slot
from bookings.services import appointments
from bookings.services.outreach.steps import PER_JOB, check_right, claim, go_on, take_step
from bookings.states import BookedBy, OutreachState
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused

TRY_ELSEWHERE = frozenset({"slot_full", "session_full", "closed", "slot_past", "unknown_slot"})
NO_REMINDER = 0  # nearer than every reminder: nobody is reminded of what they were not told
NO_PLACE = _("Không còn chỗ trống trong khoảng ngày mời.")


@transaction.atomic
def propose(*, actor: User, run: Outreach) -> Outreach:
    """Start (or start again for those without a time) the background run that finds a time for each. Raises Refused('wrong_state', 409)."""
    row = claim(run)
    check_right(actor, row)
    take_step(row, "propose", _("Danh sách này không xếp giờ được nữa."), actor=actor)
    row.people.filter(appointment=None).exclude(trouble="").update(trouble="")
    go_on(row)
    return row


def pending(run: Outreach) -> list[int]:
    """Those for whom no time was looked for yet, in the order of the list."""
    return list(run.people.filter(appointment=None, trouble="").order_by("row", "pk").values_list("pk", flat=True)[:PER_JOB])


def propose_some(run: Outreach) -> bool:
    """One job's share, each person in a transaction of its own; whether somebody is left. Killed in between, nothing is done twice."""
    people = pending(run)
    if not people:
        return False
    board = _board(run)
    for pk in people:
        _propose_one(pk, board)
    return bool(pending(run))


@dataclass
class _Board:
    """The free slots of a list's days as this job knows them, and how many of the list each already has."""

    run: Outreach
    slots: list[Slot]
    refusal: str
    actor: User  # who asked for the times: whoever made the list may work elsewhere by now
    by_day: Counter[date] = field(default_factory=Counter)
    by_session: Counter[int] = field(default_factory=Counter)
    by_slot: Counter[int] = field(default_factory=Counter)

    def next(self) -> Slot | None:
        """The day with the fewest of this list first, then the buổi, then the slot, then the earliest."""
        return min(self.slots, default=None, key=lambda slot: (
            self.by_day[slot.session.date], self.by_session[slot.session_id], self.by_slot[slot.pk], slot.starts_at, slot.pk))

    def took(self, slot: Slot) -> None:
        self.by_day[slot.session.date] += 1
        self.by_session[slot.session_id] += 1
        self.by_slot[slot.pk] += 1

    def gone(self, slot: Slot, code: str) -> None:
        """What turned out full is not tried again."""
        self.slots = [item for item in self.slots if item.pk != slot.pk and (code != "session_full" or item.session_id != slot.session_id)]


def _board(run: Outreach) -> _Board:
    """A fixed number of queries, whatever the length of the list."""
    first, last = max(run.first_day, clock.today()), min(run.last_day, eligibility.last_bookable_day(clock.today()))
    refusals = eligibility.day_refusals(run.office, run.procedure, run.purpose, first, last) if first <= last else {}
    days = [day for day, refusal in refusals.items() if refusal is None]
    said = [str(refusal.sentence) for refusal in refusals.values() if refusal is not None]
    free = queries.open_slots(urgent=run.procedure.urgent).filter(session__office=run.office, session__date__in=days)
    asked = run.events.filter(verb="propose").select_related("actor").order_by("-pk").first()
    actor = asked.actor if asked is not None else run.created_by
    board = _Board(run, list(free.select_related("session")), said[0] if said and not days else "", actor)
    for slot in Slot.objects.filter(appointments__outreach_people__outreach=run).select_related("session"):
        board.took(slot)
    return board


def _propose_one(pk: int, board: _Board) -> None:
    """Try slots until one is taken; what can't be helped is written beside the name, a busy database is left to the next job."""
    for _attempt in range(settings.OUTREACH_TRIES):
        slot = board.next()
        if slot is None:
            return _note(pk, board.refusal or str(NO_PLACE))
        try:
            if _take(pk, slot, board):
                board.took(slot)
            return None
        except Refused as refusal:
            if refusal.code == "busy":
                return None
            if refusal.code not in TRY_ELSEWHERE:
                return _note(pk, str(refusal.sentence))
            board.gone(slot, refusal.code)
    return None


@transaction.atomic
def _take(pk: int, slot: Slot, board: _Board) -> bool:
    """Book for one person, who is not told yet; False where another job was quicker or the list went on meanwhile."""
    run = board.run
    if Outreach.objects.select_for_update(no_key=True).get(pk=run.pk).state != OutreachState.PROPOSED:
        return False
    person = OutreachPerson.objects.select_for_update(of=("self",)).select_related("dossier").get(pk=pk)
    if person.appointment_id is not None or person.trouble:
        return False
    applicant = appointments.Applicant(full_name=person.full_name, phone=person.phone, citizen_id=person.citizen_id)
    booked = appointments.book(applicant=applicant, procedure=run.procedure, purpose=run.purpose, channel=BookedBy.OUTREACH,
                               slot_id=slot.pk, actor=board.actor, dossier=person.dossier)
    Appointment.objects.filter(pk=booked.appointment.pk).update(reminded_hours=NO_REMINDER)
    person.appointment = booked.appointment
    person.save(update_fields=["appointment"])
    return True


def _note(pk: int, sentence: str) -> None:
    OutreachPerson.objects.filter(pk=pk, appointment=None).update(trouble=sentence[:255])
