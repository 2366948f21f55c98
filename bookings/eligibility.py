"""One rule for the list and for the confirmation: which place may be taken, by whom, for what. Reads only."""
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings import refusals
from bookings.models import Slot
from bookings.states import OpenState, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does
from onestop.guide.channels import blockades, closure_sentence, counter_refusal, counter_refusals
from onestop.offices.models import Closure, Office
from onestop.transitions import Refused

BIGGEST_ID = 2**62
MOST_DOSSIERS, MOST_PEOPLE = 20, 8  # of one appointment or wish, as pages ask for them


def last_bookable_day(today: date) -> date:
    """Bookings are taken up to BOOKING_DAYS_AHEAD days from today, that day included."""
    return today + timedelta(days=settings.BOOKING_DAYS_AHEAD)


def find_slot(slot_id: int) -> Slot:
    """The slot with its session, office and room. Raises Refused('unknown_slot', 404)."""
    slot = None
    if 0 < slot_id < BIGGEST_ID:
        slot = Slot.objects.select_related("session__office__area", "room").filter(pk=slot_id).first()
    if slot is None:
        raise Refused("unknown_slot", _("Không tìm thấy khung giờ này."), status=404)
    return slot


def time_refusal(starts_at: datetime, now: datetime, *, ends_at: datetime | None = None) -> Refused | None:
    """Why a slot's time can't be booked now; with `ends_at` (whoever stands at the door) only once it is over. Pure."""
    if (ends_at or starts_at) <= now:
        return Refused("slot_past", _("Khung giờ này đã qua. Vui lòng chọn khung giờ khác."))
    if clock.local(starts_at).date() > last_bookable_day(clock.local(now).date()):
        return Refused("too_far", _("Chỉ đặt lịch trước tối đa %(days)s ngày.") % {"days": settings.BOOKING_DAYS_AHEAD})
    return None


def closure_refusal(office: Office, closure: Closure) -> Refused:
    """The refusal for a day on which the office takes nobody in person."""
    source = {"number": closure.legal_basis, "clause": ""} if closure.legal_basis else None
    return Refused("office_closed", closure_sentence(office, closure), directive=source)


def service_refusal(office: Office, procedure: Procedure, purpose: str) -> Refused | None:
    """Why this procedure can't be booked at this office at all, whatever the day."""
    if purpose not in Purpose.values:
        return Refused("unknown_purpose", _("Mục đích đến không hợp lệ."), fields={"purpose": [_("Chọn nộp hồ sơ hoặc nhận kết quả.")]})
    if not procedure.is_usable():
        return Refused("procedure_unusable", _("Thủ tục này đang được rà soát, chưa đặt lịch được."))
    if not does(office, procedure):
        return Refused("not_done_here", _("Đơn vị này không thực hiện thủ tục đã chọn."))
    return None


def day_refusal(office: Office, procedure: Procedure, purpose: str, on: date) -> Refused | None:
    """Why nobody may be booked here for this on a day: a closure, or a letter that keeps handing in away from the counter.

    Collecting a result is not handing in: only closures and blockades stop it (letters Cần Thơ 1b, Cà Mau 1).
    """
    if purpose == Purpose.SUBMIT:
        return counter_refusal(office=office, procedure=procedure, on=on)
    return day_refusals(office, procedure, purpose, on, on)[on]


def day_refusals(office: Office, procedure: Procedure, purpose: str, first: date, last: date) -> dict[date, Refused | None]:
    """`day_refusal` for every day of a span, with a fixed number of queries."""
    if purpose == Purpose.SUBMIT:
        return counter_refusals(office=office, procedure=procedure, first=first, last=last)
    closures = [item for item in office.closures.all() if item.room_id is None]
    return {day: next((closure_refusal(office, item) for item in closures if item.covers(day)), blockade)
            for day, blockade in blockades(office=office, procedure=procedure, first=first, last=last).items()}


def size_refusal(slot: Slot, people: int, dossiers: int) -> Refused | None:
    """Why so many people or dossiers can't be one booking, however empty the session is."""
    fields: dict[str, list[Any]] = {}
    if not 1 <= people <= max(slot.capacity, 1):
        fields["people"] = [_("Số người phải từ 1 đến %(most)s.") % {"most": max(slot.capacity, 1)}]
    if not 1 <= dossiers <= max(slot.session.capacity, 1):
        fields["dossiers"] = [_("Số hồ sơ phải từ 1 đến %(most)s.") % {"most": max(slot.session.capacity, 1)}]
    return Refused("too_many", _("Số người hoặc số hồ sơ không hợp lệ."), fields=fields) if fields else None


def room_refusal(slot: Slot, people: int, dossiers: int, *, urgent: bool = False) -> Refused | None:
    """A cheap look before any lock: closed or full already, the last `urgent_only` places kept for urgent procedures."""
    session = slot.session
    if slot.state != OpenState.OPEN or session.state != OpenState.OPEN:
        return refusals.closed()
    if slot.held + slot.booked + people > slot.capacity - (0 if urgent else slot.urgent_only):
        return refusals.slot_full()
    if dossiers and session.held + session.booked + dossiers > session.capacity - (0 if urgent else session.urgent_only):
        return refusals.session_full()
    return None


def check_place(slot: Slot, procedure: Procedure, purpose: str, people: int, dossiers: int, *, walk_in: bool = False,
                at: datetime | None = None) -> None:
    """Everything about a place except whether it is still free. Raises the first Refused that applies.

    Who walks in may be taken into the slot that is running; `at`: when they came, where a paper list is typed in later.
    """
    office = slot.session.office
    refusal = (service_refusal(office, procedure, purpose) or size_refusal(slot, people, dossiers)
               or time_refusal(slot.starts_at, at or clock.now(), ends_at=slot.ends_at if walk_in else None)
               or day_refusal(office, procedure, purpose, slot.session.date))
    if refusal is not None:
        raise refusal
