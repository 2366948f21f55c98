"""The waiting list: in order, one offer a place, an hour to answer, booked from its own hold; never offered twice, none lost."""
from datetime import timedelta

import pytest

from bookings import wishes
from bookings.models import Appointment, Hold, Session, Slot, WaitingEntry, WaitingOffer
from bookings.services import appointments, moving, sessions, waiting
from bookings.services.audit import audit_capacity
from bookings.states import BookedBy, HoldState, OfferState, WaitingState
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person
from tests.bookings.crowd import Crowd, rounds


@pytest.fixture
def full(open_office, session, slot, book):
    """One place in the days ahead, and it is taken by person 1."""
    Session.objects.exclude(pk=session.pk).update(state="closed")
    Session.objects.filter(pk=session.pk).update(capacity=1)
    return book(1)


def join(cast, number, **more):
    given = {"first": DAY, "last": DAY + timedelta(days=5), "office": cast.office, "procedure": cast.procedure} | more
    return waiting.join(applicant=person(number), **given)


def state_of(*joined):
    return [WaitingEntry.objects.get(pk=item.entry.pk).state for item in joined]


def offer_of(joined):
    return WaitingOffer.objects.filter(entry=joined.entry).last()


def test_a_freed_place_goes_to_who_joined_first_and_to_nobody_else(open_office, full):
    first, second = join(open_office, 2), join(open_office, 3)
    assert waiting.offer_next() == 0
    moving.cancel(appointment=full.appointment, by_label="citizen")
    assert waiting.offer_next() == 1
    assert waiting.offer_next() == 0
    assert state_of(first, second) == [WaitingState.OFFERED, WaitingState.WAITING]
    text = Message.objects.get(template_key="waiting_offer")
    assert text.phone == person(2).phone and first.secret in text.body and "10:00" in text.body  # an hour to answer
    assert Slot.objects.get(pk=full.appointment.slot_id).held == 1


def test_accepting_books_from_the_hold_and_twice_is_once(open_office, full):
    joined = join(open_office, 2)
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    booked = waiting.accept(offer=offer_of(joined))
    assert waiting.accept(offer=offer_of(joined)).appointment == booked.appointment
    assert booked.appointment.phone == person(2).phone and booked.appointment.channel == BookedBy.WEB
    assert state_of(joined) == [WaitingState.BOOKED]
    assert Hold.objects.get().state == HoldState.BOOKED
    assert audit_capacity() == []


def test_declining_and_silence_pass_the_place_on(open_office, full):
    first, second, third = (join(open_office, number) for number in (2, 3, 4))
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    waiting.decline(offer=offer_of(first))
    waiting.decline(offer=offer_of(first))
    assert waiting.offer_next() == 1 and offer_of(second).state == OfferState.OPEN
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        with pytest.raises(Refused) as caught:
            waiting.accept(offer=offer_of(second))
        assert caught.value.code == "offer_over"
        assert waiting.offer_next() == 1
        assert [offer_of(item).state for item in (first, second, third)] == [OfferState.DECLINED, OfferState.LAPSED, OfferState.OPEN]
        assert state_of(first, second, third) == [WaitingState.WAITING, WaitingState.WAITING, WaitingState.OFFERED]
        assert wishes.ahead_of(first.entry) == 0  # the entry as it was read before its offer
        assert Session.objects.get(pk=full.appointment.slot.session_id).held == 1
    assert audit_capacity() == []


def test_who_never_answers_leaves_the_list_after_some_offers(open_office, full, settings):
    settings.OFFERS_MOST = 1
    joined = join(open_office, 2)
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        waiting.offer_next()
    assert state_of(joined) == [WaitingState.EXPIRED]
    assert Message.objects.filter(template_key="waiting_expired", phone=person(2).phone).count() == 1


def test_the_same_place_is_not_offered_to_the_same_person_again(open_office, full):
    joined = join(open_office, 2)
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    waiting.decline(offer=offer_of(joined))
    assert waiting.offer_next() == 1  # another slot of the session
    assert len({offer.hold.slot_id for offer in WaitingOffer.objects.all()}) == 2


def test_nobody_is_texted_at_night(open_office, full):
    join(open_office, 2)
    moving.cancel(appointment=full.appointment, by_label="citizen")
    with clock.frozen(clock.at(clock.today(), 22)):
        assert waiting.offer_next() == 0
        assert waiting.offer_for(office=open_office.office, first=DAY, last=DAY) == 0


def test_only_days_and_places_that_fit(open_office, session, book):
    joined = join(open_office, 2, first=DAY + timedelta(days=1), last=DAY + timedelta(days=1))
    party = join(open_office, 3, people=4, dossiers=3)
    waiting.offer_next()
    assert clock.local(offer_of(joined).hold.slot.starts_at).date() == DAY + timedelta(days=1)
    assert (offer_of(party).hold.people, offer_of(party).hold.dossiers) == (4, 3)


def test_added_capacity_is_offered_at_once(open_office, full, session):
    joined = join(open_office, 2)
    Session.objects.filter(pk=session.pk).update(capacity=2)
    assert waiting.offer_for(office=open_office.office, first=DAY + timedelta(days=1), last=DAY + timedelta(days=2)) == 0
    assert waiting.offer_for(office=open_office.office, first=DAY, last=DAY) == 1
    assert state_of(joined) == [WaitingState.OFFERED]


def test_withdrawing_gives_an_offered_place_to_the_next(open_office, full):
    first, second = join(open_office, 2), join(open_office, 3)
    moving.cancel(appointment=full.appointment, by_label="citizen")
    waiting.offer_next()
    waiting.withdraw(entry=first.entry)
    waiting.withdraw(entry=first.entry)
    assert waiting.offer_next() == 1
    assert state_of(first, second) == [WaitingState.CANCELLED, WaitingState.OFFERED]
    with pytest.raises(Refused):
        waiting.accept(offer=offer_of(first))
    assert audit_capacity() == []


def test_entries_end_with_their_days_or_with_an_appointment(open_office, book, full, session):
    past, other = join(open_office, 2, last=DAY), join(open_office, 3)
    Session.objects.filter(pk=session.pk).update(capacity=2)
    book(3)
    with clock.frozen(clock.now() + timedelta(days=2)):
        waiting.offer_next()
    assert state_of(past, other) == [WaitingState.EXPIRED, WaitingState.BOOKED]


@pytest.mark.parametrize(("more", "code"), [
    ({"first": DAY + timedelta(days=2), "last": DAY}, "bad_period"),
    ({"first": DAY - timedelta(days=9), "last": DAY - timedelta(days=8)}, "bad_period"),
    ({"first": DAY + timedelta(days=40), "last": DAY + timedelta(days=41)}, "bad_period"), ({"people": 0}, "too_many"),
    ({"dossiers": 999}, "too_many"), ({"purpose": "x"}, "unknown_purpose"), ({"channel": "x"}, "unknown_channel"),
])
def test_what_cannot_be_waited_for(open_office, more, code):
    with pytest.raises(Refused) as caught:
        join(open_office, 2, **more)
    assert caught.value.code == code and not WaitingEntry.objects.exists()


def test_once_a_person_and_not_beside_an_appointment(open_office, full, settings):
    join(open_office, 2)
    for number, code in ((2, "already_waiting"), (1, "already_booked")):
        with pytest.raises(Refused) as caught:
            join(open_office, number)
        assert caught.value.code == code
    settings.BOOKINGS_PER_PHONE_DAY = 1
    with pytest.raises(Refused) as caught:
        join(open_office, 2, office=open_office.other_office)
    assert caught.value.code == "phone_limit"


@pytest.fixture
def hot(live_cast):
    """A session of 6 places two days ahead of the real day, nothing else open."""
    sessions.generate(office=live_cast.office, first=clock.today() + timedelta(days=2), days=8)
    session = Session.objects.filter(office=live_cast.office).order_by("date", "starts_at").first()
    Session.objects.exclude(pk=session.pk).update(state="closed")
    Session.objects.filter(pk=session.pk).update(capacity=6)
    return Session.objects.get(pk=session.pk)


def test_many_sweeps_at_once_offer_each_place_once_and_in_order(live_cast, hot, settings):
    settings.OFFER_HOURS = [0, 24]
    joined = [join(live_cast, number, first=hot.date, last=hot.date) for number in range(1, 15)]
    crowd = Crowd()
    crowd.run(lambda number, chance: crowd.try_("sweep", waiting.offer_next), rounds(12, 4))
    crowd.assert_honest()
    waiting.offer_next()
    offers = list(WaitingOffer.objects.order_by("entry__created_at", "entry__pk"))
    hot.refresh_from_db()
    assert len(offers) == 6 == hot.held and {offer.state for offer in offers} == {OfferState.OPEN}
    assert [offer.entry_id for offer in offers] == [item.entry.pk for item in joined[:6]]
    assert audit_capacity() == []


def test_offers_answers_and_bookings_at_once_sell_no_place_twice(live_cast, hot, settings):
    settings.OFFER_HOURS = [0, 24]
    slots = [slot.pk for slot in hot.slots.order_by("starts_at")[:3]]
    joined = [join(live_cast, number, first=hot.date, last=hot.date) for number in range(1, 11)]
    crowd = Crowd()

    def client(number, chance):
        for _turn in range(rounds(4, 2)):
            crowd.try_("sweep", waiting.offer_next)
            entry = chance.choice(joined).entry
            offer = WaitingOffer.objects.filter(entry=entry).last()
            if offer is not None and chance.random() < 0.8:
                answer = chance.choice([waiting.accept, waiting.accept, waiting.decline])
                crowd.try_("answer", answer, offer=offer)
            else:
                crowd.try_("book", appointments.book, slot_id=chance.choice(slots), applicant=person(500 + number * 10 + _turn),
                           procedure=live_cast.procedure, purpose="submit", channel=BookedBy.WEB)

    crowd.run(client, rounds(16, 4))
    told = {outcome.split(": ")[1] for outcome in crowd.outcomes} - {"done"}
    assert told <= {"slot_full", "session_full", "busy", "offer_over", "wrong_state", "already_booked", "hold_expired",
                    "hold_used"}, crowd.outcomes
    hot.refresh_from_db()
    assert hot.booked + hot.held <= hot.capacity == 6
    assert hot.held == WaitingOffer.objects.filter(state=OfferState.OPEN).count()
    accepted = WaitingOffer.objects.filter(state=OfferState.ACCEPTED).count()
    assert accepted == WaitingEntry.objects.filter(state=WaitingState.BOOKED).count()
    assert hot.booked == Appointment.objects.taking_places().count()
    assert audit_capacity() == []
