"""Offering freed places to the waiting list: in order, one offer a place, kept by a hold of its own until it is answered.

The order of locks is entry, offer, then those of booking: slot, session, hold.
"""
from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from bookings import availability, eligibility, links, queries, wishes
from bookings.models import Hold, WaitingEntry, WaitingEvent, WaitingOffer
from bookings.month import Party
from bookings.services import appointments, counters, holds, notices
from bookings.services.counters import Places
from bookings.states import OFFER_TRANSITIONS, WAITING_TRANSITIONS, OfferState, WaitingState
from onestop import clock
from onestop.history import CITIZEN, WORKER
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people.tokens import derived_secret, digest
from onestop.transitions import Refused, step

log = logging.getLogger(__name__)
TRIES = 5  # places tried for one entry before the next sweep


def offer_next() -> int:
    """End offers and entries whose time is over, then offer free places in order; gives how many offers were made.

    Offers are texted between OFFER_HOURS only: nobody is woken at night to answer within the hour.
    """
    end_lapsed()
    end_past()
    return _offer(WaitingEntry.objects.all(), None, None) if may_text(clock.now()) else 0


def offer_for(*, office: Office, first: date, last: date) -> int:
    """The same at once for one office's places from `first` to `last` (capacity was added there)."""
    return _offer(WaitingEntry.objects.filter(office=office), first, last) if may_text(clock.now()) else 0


def may_text(moment: datetime) -> bool:
    """Whether people may be texted about an offer at this hour of the day."""
    first, last = settings.OFFER_HOURS
    return bool(first <= clock.local(moment).hour < last)


def token_of(entry: WaitingEntry) -> str:
    """The token of the hold that keeps the place of an entry's latest offer."""
    return derived_secret("offer", f"{entry.code}:{entry.offers_made}", 16)


# --- making offers --------------------------------------------------------------------------------------------------

@dataclass
class _Board:
    """The free places as one sweep sees them; what it offers is counted off at once."""

    first: date | None
    last: date | None
    days: dict[tuple[int, int, str], list[availability.Day]] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)  # {slot: offered in this sweep}
    dossiers: dict[int, int] = field(default_factory=dict)  # {session: the same}

    def places(self, entry: WaitingEntry) -> Iterator[Places]:
        """What could be offered to an entry, soonest first: within its days, far enough ahead to answer, not offered before."""
        party, had = Party(entry.people, entry.dossiers), set(entry.offers.values_list("hold__slot_id", flat=True))
        begins = clock.now() + timedelta(minutes=settings.OFFER_MINUTES)
        for day in self._days(entry):
            if not entry.first_day <= day.date <= entry.last_day or (self.first and self.last and not self.first <= day.date <= self.last):
                continue
            for session in day.sessions:
                for slot in session.slots:
                    left = slot.people_left - self.people.get(slot.id, 0), session.dossiers_left - self.dossiers.get(session.id, 0)
                    if left[0] >= party.people and left[1] >= party.dossiers and slot.starts_at > begins and slot.id not in had:
                        yield Places(slot.id, session.id, entry.people, entry.dossiers)

    def _days(self, entry: WaitingEntry) -> list[availability.Day]:
        key = (entry.office_id, entry.procedure_id, entry.purpose)
        if key not in self.days:
            today = clock.today()
            try:
                found = availability.period(entry.office, entry.procedure, entry.purpose, today, eligibility.last_bookable_day(today))
            except Refused:
                found = []
            self.days[key] = found
        return self.days[key]

    def count(self, places: Places) -> None:
        self.people[places.slot_id] = self.people.get(places.slot_id, 0) + places.people
        self.dossiers[places.session_id] = self.dossiers.get(places.session_id, 0) + places.dossiers


def _offer(entries: QuerySet[WaitingEntry], first: date | None, last: date | None) -> int:
    """Go through the waiting entries of offices with anything free, in order."""
    free = queries.open_slots().order_by().values("session__office_id")
    rows = entries.filter(state=WaitingState.WAITING, office__in=free).select_related("office__area", "office__province",
                                                                                      "procedure__current")
    board, made = _Board(first, last), 0
    for entry in list(wishes.in_order(rows)):
        made += _offer_one(entry, board)
    return made


def _offer_one(entry: WaitingEntry, board: _Board) -> bool:
    """Offer the first place that is still free when it is taken; a busy or full one leads to the next."""
    for tried, places in enumerate(board.places(entry)):
        if tried == TRIES:
            break
        try:
            made = _make(entry, places)
        except Refused as refusal:
            log.info("no offer of slot %s to entry %s: %s", places.slot_id, entry.pk, refusal.code)
            continue
        if made:
            board.count(places)
        return made
    return False


@patiently
@transaction.atomic
def _make(entry: WaitingEntry, places: Places) -> bool:
    """Claim the entry, keep the place, write the offer and its text. False: somebody else was quicker with this entry."""
    row = WaitingEntry.objects.filter(pk=entry.pk, state=WaitingState.WAITING, offers_made=entry.offers_made)
    if row.update(state=WaitingState.OFFERED, offers_made=F("offers_made") + 1) != 1:
        return False
    entry = WaitingEntry.objects.select_related("office", "procedure").get(pk=entry.pk)
    counters.take(places, "held", urgent=entry.procedure.urgent)
    until = clock.now() + timedelta(minutes=settings.OFFER_MINUTES)
    hold = Hold.objects.create(slot_id=places.slot_id, token_digest=digest(token_of(entry)), procedure=entry.procedure,
                               purpose=entry.purpose,
                               dossiers=places.dossiers, people=places.people, expires_at=until, extensions=settings.HOLD_EXTENSIONS)
    offer = WaitingOffer.objects.create(entry=entry, hold=hold, expires_at=until)
    _note(entry, "offer", WaitingState.WAITING, WORKER, slot=places.slot_id)
    notices.tell_waiting(entry, f"offer:{offer.pk}", "waiting_offer", offer=offer)
    return True


def _note(entry: WaitingEntry, verb: str, before: str, label: str, **data: object) -> None:
    WaitingEvent.objects.create(subject=entry, actor_label=label, verb=verb, from_state=before, to_state=entry.state, data=data)


# --- answers --------------------------------------------------------------------------------------------------------

def _over() -> Refused:
    return Refused("offer_over", _("Lời mời này không còn hiệu lực. Chỗ đã được nhường cho người tiếp theo."), status=409)


@patiently
@transaction.atomic
def accept(*, offer: WaitingOffer) -> appointments.Booked:
    """Book the offered place from its hold, in one transaction; accepting twice gives the same appointment.

    Raises Refused('offer_over', 409) once it lapsed or was declined, and whatever booking refuses; then all stays as it was.
    """
    entry = WaitingEntry.objects.select_for_update(of=("self",)).select_related("procedure", "appointment").get(pk=offer.entry_id)
    offer = WaitingOffer.objects.get(pk=offer.pk)
    if offer.state == OfferState.ACCEPTED and entry.appointment is not None:
        return appointments.Booked(entry.appointment, links.secret_of(entry.appointment.code))
    done = step(WAITING_TRANSITIONS, "book", entry.state, sentence=_over().sentence)
    _answer(offer, "accept")
    booked = appointments.book(
        applicant=appointments.Applicant(entry.full_name, entry.phone, entry.citizen_id, entry.email, entry.language), group=None,
        procedure=entry.procedure, purpose=entry.purpose, channel=entry.channel, hold_token=token_of(entry), actor_label=CITIZEN)
    entry.state, entry.appointment = done.after, booked.appointment
    entry.save(update_fields=["state", "appointment"])
    _note(entry, "book", done.before, CITIZEN, appointment=booked.appointment.pk)
    return booked


def _answer(offer: WaitingOffer, verb: str) -> None:
    """Move an open offer; too late is told as such."""
    done = step(OFFER_TRANSITIONS, verb, offer.state, sentence=_over().sentence)
    row = WaitingOffer.objects.filter(pk=offer.pk, state=done.before)
    if verb == "accept":
        row = row.filter(expires_at__gt=clock.now())
    if row.update(state=done.after, answered_at=clock.now()) != 1:
        raise _over()


@patiently
@transaction.atomic
def decline(*, offer: WaitingOffer) -> WaitingEntry:
    """Give the place to the next person and wait on; declining twice changes nothing. Raises Refused('offer_over' …, 409)."""
    entry = WaitingEntry.objects.select_for_update().get(pk=offer.entry_id)
    offer = WaitingOffer.objects.get(pk=offer.pk)
    if offer.state == OfferState.DECLINED:
        return entry
    _answer(offer, "decline")
    holds.release_hold(token=token_of(entry))
    _wait_on(entry, "decline", CITIZEN)
    return entry


def _wait_on(entry: WaitingEntry, why: str, label: str) -> None:
    """Back onto the list behind those who had fewer offers, or off it after OFFERS_MOST; the place goes to the next person."""
    verb = "put_back" if entry.offers_made < settings.OFFERS_MOST else "expire"
    done = step(WAITING_TRANSITIONS, verb, entry.state, sentence=_over().sentence)
    entry.state = done.after
    entry.save(update_fields=["state"])
    _note(entry, verb, done.before, label, why=why)
    if verb == "expire":
        notices.tell_waiting(entry, "expired", "waiting_expired")
    enqueue_after_commit("bookings.offer_places")


def drop_open(entry: WaitingEntry) -> None:
    """Take back an entry's open offer, inside the caller's transaction: the entry was withdrawn or has ended."""
    offer = entry.offers.filter(state=OfferState.OPEN).first()
    if offer is not None:
        _answer(offer, "decline")
        holds.release_hold(token=token_of(entry))
        enqueue_after_commit("bookings.offer_places")


# --- what ends by itself ----------------------------------------------------------------------------------------------

def end_lapsed() -> int:
    """Offers that nobody answered in time: the place is freed, the person waits on; gives how many."""
    late = WaitingOffer.objects.filter(state=OfferState.OPEN, expires_at__lte=clock.now())
    return sum(or_next_sweep(f"waiting list: offer {pk}", _lapse, pk) for pk in list(late.values_list("pk", flat=True)))


def end_past() -> int:
    """Entries whose days are over, and those whose person has an appointment by now; gives how many. Days end at midnight: that is
    texted in the morning."""
    waiting = WaitingEntry.objects.filter(state=WaitingState.WAITING)
    past = list(waiting.filter(last_day__lt=clock.today()).values_list("pk", flat=True)) if may_text(clock.now()) else []
    booked = list(wishes.with_appointment(waiting).values_list("pk", flat=True))
    over = [(_expire, pk) for pk in past] + [(_settle, pk) for pk in booked if pk not in past]
    return sum(or_next_sweep(f"waiting list: entry {pk}", end, pk) for end, pk in over)


@patiently
@transaction.atomic
def _lapse(pk: int) -> bool:
    offer = WaitingOffer.objects.select_related("entry").get(pk=pk)
    entry = WaitingEntry.objects.select_for_update().get(pk=offer.entry_id)
    row = WaitingOffer.objects.filter(pk=pk, state=OfferState.OPEN, expires_at__lte=clock.now())
    if row.update(state=OfferState.LAPSED, answered_at=clock.now()) != 1:
        return False
    holds.expire_holds(Hold.objects.filter(pk=offer.hold_id))
    _wait_on(entry, "lapse", WORKER)
    return True


def replace_past(entry: WaitingEntry) -> None:
    """End the person's earlier entry of the same wish whose days are over, without a word: they are just joining again."""
    same = WaitingEntry.objects.filter(person_key=entry.person_key, procedure=entry.procedure, purpose=entry.purpose, office=entry.office)
    for pk in list(same.filter(state=WaitingState.WAITING, last_day__lt=clock.today()).values_list("pk", flat=True)):
        _finish(pk, "expire", "")


def _expire(pk: int) -> bool:
    return _finish(pk, "expire", "waiting_expired")


def _settle(pk: int) -> bool:
    return _finish(pk, "book", "")


@patiently
@transaction.atomic
def _finish(pk: int, verb: str, template: str) -> bool:
    entry = WaitingEntry.objects.select_for_update(of=("self",)).select_related("office", "procedure").get(pk=pk)
    if entry.state != WaitingState.WAITING:
        return False
    done = step(WAITING_TRANSITIONS, verb, entry.state, sentence=_over().sentence)
    entry.state = done.after
    entry.save(update_fields=["state"])
    _note(entry, verb, done.before, WORKER)
    if template:
        notices.tell_waiting(entry, "expired", template)
    return True
