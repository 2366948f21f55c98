"""What pages and the API ask about the waiting list and groups. Reads only."""
from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from bookings import queries
from bookings.models import Appointment, GroupBooking, WaitingEntry, WaitingOffer
from bookings.states import ACTIVE, OfferState, WaitingState
from onestop import clock
from onestop.people.tokens import derived_secret, matches

OPEN = (WaitingState.WAITING, WaitingState.OFFERED)


def secret_of(code: str) -> str:
    """The secret of a waiting entry's link, by its code."""
    return derived_secret("waiting", code)


def by_link(code: str, secret: str) -> WaitingEntry | None:
    """The entry, if the secret of its link is right."""
    rows = WaitingEntry.objects.select_related("office", "procedure", "appointment")
    found = rows.filter(code=queries.plain_code(code)).first()
    return found if found is not None and matches(queries.plain_code(secret), found.secret_digest) else None


def in_order(rows: QuerySet[WaitingEntry]) -> QuerySet[WaitingEntry]:
    """The order of offers: by joining; who let an offer pass comes after those who had fewer offers."""
    return rows.order_by("offers_made", "created_at", "pk")


def ahead_of(entry: WaitingEntry) -> int:
    """How many at the same office, for the same procedure and purpose, are asked before this entry."""
    same = Q(offers_made=entry.offers_made)
    earlier = Q(created_at__lt=entry.created_at) | Q(created_at=entry.created_at, pk__lt=entry.pk)
    sooner = Q(offers_made__lt=entry.offers_made) | same & earlier
    rows = WaitingEntry.objects.filter(sooner, office=entry.office_id, procedure=entry.procedure_id, purpose=entry.purpose, state__in=OPEN)
    return rows.exclude(pk=entry.pk).count()


def open_offer(entry: WaitingEntry) -> WaitingOffer | None:
    """The offer that can be answered now, with its place."""
    rows = entry.offers.filter(state=OfferState.OPEN, expires_at__gt=clock.now())
    return rows.select_related("hold__slot__session__office", "hold__slot__room").first()


def with_appointment(rows: QuerySet[WaitingEntry]) -> QuerySet[WaitingEntry]:
    """Entries whose person has booked the same thing by another way meanwhile."""
    same = Appointment.objects.filter(person_key=OuterRef("person_key"), procedure=OuterRef("procedure"), purpose=OuterRef("purpose"),
                                      state__in=ACTIVE)
    return rows.filter(Exists(same))


def group_by_link(code: str, secret: str) -> GroupBooking | None:
    """The group booking, if the secret of its link is right."""
    found = GroupBooking.objects.select_related("office", "procedure").filter(code=queries.plain_code(code)).first()
    return found if found is not None and matches(queries.plain_code(secret), found.secret_digest) else None


def members(group: GroupBooking) -> QuerySet[Appointment]:
    """The group's appointments by time, then number."""
    return group.appointments.select_related("slot__room", "office").order_by("slot__starts_at", "queue_number")
