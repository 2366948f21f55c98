"""Places kept while a form is filled in: counted at once, for HOLD_MINUTES, extended at most HOLD_EXTENSIONS times."""
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from bookings import eligibility
from bookings.models import Hold, Slot
from bookings.services import counters
from bookings.services.counters import Places
from bookings.states import HoldState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.patience import or_next_sweep, patiently
from onestop.people.tokens import digest, new_secret
from onestop.transitions import Refused

TOKEN_LENGTH = 16


def place_hold(*, slot_id: int, procedure: Procedure, purpose: str, dossiers: int = 1, people: int = 1) -> tuple[Hold, str]:
    """Keep places in a slot. Gives the hold and its token, which is shown only now.

    Raises Refused: 'unknown_slot' 404; 'slot_full', 'session_full', 'closed' 409; what eligibility refuses 422; 'busy' 503.
    """
    slot = eligibility.find_slot(slot_id)
    eligibility.check_place(slot, procedure, purpose, people, dossiers)
    slot = with_room(slot, people, dossiers, urgent=procedure.urgent)
    return _take_hold(slot=slot, procedure=procedure, purpose=purpose, dossiers=dossiers, people=people)


@patiently
@transaction.atomic
def _take_hold(*, slot: Slot, procedure: Procedure, purpose: str, dossiers: int, people: int) -> tuple[Hold, str]:
    counters.take(Places(slot.pk, slot.session_id, people, dossiers), "held", urgent=procedure.urgent)
    token = new_secret(TOKEN_LENGTH)
    hold = Hold.objects.create(slot=slot, token_digest=digest(token), procedure=procedure, purpose=purpose, dossiers=dossiers,
                               people=people, expires_at=clock.now() + timedelta(minutes=settings.HOLD_MINUTES))
    return hold, token


def with_room(slot: Slot, people: int, dossiers: int, *, urgent: bool = False) -> Slot:
    """The slot, if it looks free; where it looks full, holds of its session that have expired are freed first (guard 2)."""
    refusal = eligibility.room_refusal(slot, people, dossiers, urgent=urgent)
    if refusal is not None and expire_holds(Hold.objects.filter(slot__session=slot.session_id)):
        slot = eligibility.find_slot(slot.pk)
        refusal = eligibility.room_refusal(slot, people, dossiers, urgent=urgent)
    if refusal is not None:
        raise refusal
    return slot


def find_hold(token: str) -> Hold:
    """The hold of a token. Raises Refused('unknown_hold', 404)."""
    hold = Hold.objects.select_related("slot__session", "procedure").filter(token_digest=digest(token)).first()
    if hold is None:
        raise Refused("unknown_hold", _("Không tìm thấy chỗ đang giữ. Vui lòng chọn lại khung giờ."), status=404)
    return hold


def places_of(hold: Hold) -> Places:
    return Places(hold.slot_id, hold.slot.session_id, hold.people, hold.dossiers)


def hold_over(hold: Hold) -> Refused:
    """Why a hold can no longer be used."""
    if hold.state == HoldState.BOOKED:
        return Refused("hold_used", _("Chỗ này đã được đặt bằng chính lượt giữ chỗ này."), status=409)
    return Refused("hold_expired", _("Thời gian giữ chỗ đã hết. Vui lòng chọn lại khung giờ."), status=409)


@patiently
@transaction.atomic
def extend_hold(*, token: str) -> Hold:
    """Keep the places HOLD_MINUTES from now. Raises Refused('hold_expired' | 'hold_used' | 'extended_enough', 409)."""
    hold = find_hold(token)
    now = clock.now()
    until = now + timedelta(minutes=settings.HOLD_MINUTES)
    row = Hold.objects.filter(pk=hold.pk, state=HoldState.HELD, expires_at__gt=now, extensions__lt=settings.HOLD_EXTENSIONS)
    if row.update(expires_at=until, extensions=F("extensions") + 1) != 1:
        hold.refresh_from_db()
        if not hold.is_live():
            raise hold_over(hold)
        raise Refused("extended_enough", _("Không thể giữ chỗ lâu hơn. Vui lòng hoàn tất đặt lịch."), status=409)
    hold.refresh_from_db()
    return hold


def release_hold(*, token: str) -> Hold:
    """Give the places back; doing it twice changes nothing. Raises Refused('hold_used', 409) once it became a booking."""
    hold = find_hold(token)
    if hold.state == HoldState.HELD:
        _end(hold.pk, HoldState.RELEASED)
        hold.refresh_from_db()
    if hold.state == HoldState.BOOKED:
        raise hold_over(hold)
    return hold


def let_go(*, token: str) -> None:
    """The same, where nobody asks whether there was one: nothing happens without a token, or where it became a booking."""
    if token:
        try:
            release_hold(token=token)
        except Refused:
            return


def expire_holds(holds: QuerySet[Hold] | None = None) -> int:
    """Free the places of holds past their time; gives how many ended here. Each in a transaction of its own."""
    found = (Hold.objects.all() if holds is None else holds).filter(state=HoldState.HELD, expires_at__lte=clock.now())
    pks = list(found.order_by("slot_id", "pk").values_list("pk", flat=True))
    return sum(or_next_sweep(f"hold {pk}", _end, pk, HoldState.EXPIRED) for pk in pks)


class _AlreadyEnded(Exception):
    """Somebody else ended the hold first; undo what this transaction counted."""


@patiently
def _end(pk: int, state: HoldState) -> bool:
    """Free a hold's places and close it, unless somebody was quicker (expired holds only if their time is really past)."""
    hold = Hold.objects.select_related("slot").get(pk=pk)
    row = Hold.objects.filter(pk=pk, state=HoldState.HELD)
    if state == HoldState.EXPIRED:
        row = row.filter(expires_at__lte=clock.now())
    try:
        with transaction.atomic():
            if not counters.free(places_of(hold), "held") or row.update(state=state) != 1:
                raise _AlreadyEnded
    except _AlreadyEnded:
        return False
    return True
