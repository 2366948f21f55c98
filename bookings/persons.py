"""What one person may still do: bookings a day from one phone, notice after no-shows, until when to move or cancel. Reads only."""
from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings import policies
from bookings.models import Appointment, WaitingEntry
from bookings.services import noshow
from bookings.states import AppointmentState, WaitingState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.history import CITIZEN
from onestop.people import shown
from onestop.people.models import User
from onestop.people.shown import minutes
from onestop.transitions import Refused

CITIZENS = frozenset({"", CITIZEN})  # how the history names whoever acts with nothing but the link's secret


def refusal(*, phone: str, person_key: str, procedure: Procedure, purpose: str, channel: str, day: date,
            actor: User | None) -> Refused | None:
    """Why this person may not book now, by what was booked before; None where they may. Staff and their channels are exempt.

    'phone_limit': BOOKINGS_PER_PHONE_DAY bookings were made from this phone today, whatever became of them (booking.md: resale,
    one person booking everywhere).
    'short_notice': several no-shows a while ago, and the day is farther than such a person may book (see services.noshow).
    """
    return _phone_limit(phone, most_a_day(channel, actor)) or short_notice(person_key, day, channel=channel, actor=actor)


def short_notice(person_key: str, day: date, *, channel: str, actor: User | None) -> Refused | None:
    """Why a day is too far for this person after repeated no-shows: shorter notice, not a ban. Staff and their channels are exempt."""
    notice = noshow.longest_notice(person_key) if most_missed(day, channel, actor) else None
    if notice is None:
        return None
    sentence = _("Trong %(days)s ngày qua bạn đã nhiều lần có hẹn mà không đến nên chỉ đặt được lịch đến hết ngày %(last)s. Vui lòng "
                 "chọn ngày gần hơn, gọi tổng đài, nộp trực tuyến hoặc qua bưu chính.") % {
                     "days": settings.NO_SHOW_DAYS, "last": shown.day(clock.today() + timedelta(days=notice))}
    return Refused("short_notice", sentence)


def most_missed(day: date, channel: str, actor: User | None) -> int:
    """From how many no-shows on a person may not book this day; 0: whatever their number, they may."""
    near = day <= clock.today() + timedelta(days=settings.NO_SHOW_NOTICE_DAYS)
    return 0 if near or actor is not None or channel in policies.BY_STAFF else max(settings.NO_SHOWS_COUNTED, 0)


def most_a_day(channel: str, actor: User | None) -> int:
    """How often one phone may book in a day; 0: no limit. Staff and their channels are exempt."""
    return 0 if actor is not None or channel in policies.BY_STAFF else max(settings.BOOKINGS_PER_PHONE_DAY, 0)


def _phone_limit(phone: str, most: int) -> Refused | None:
    if not most:
        return None
    midnight = clock.at(clock.today())
    if Appointment.objects.filter(phone=phone, created_at__gte=midnight, booked_by__isnull=True).count() < most:
        return None
    sentence = ngettext(
        "Mỗi số điện thoại chỉ đặt được %(most)s lịch hẹn trong một ngày. Vui lòng đặt tiếp vào ngày mai hoặc gọi tổng đài.",
        "Mỗi số điện thoại chỉ đặt được %(most)s lịch hẹn trong một ngày. Vui lòng đặt tiếp vào ngày mai hoặc gọi tổng đài.",
        most) % {"most": most}
    return Refused("phone_limit", sentence, fields={"phone": [sentence]})


def change_until(starts_at: datetime) -> datetime:
    """The moment until which a citizen may move or cancel on the page: BOOKING_CUTOFF_MINUTES before the time."""
    return starts_at - timedelta(minutes=settings.BOOKING_CUTOFF_MINUTES)


def cut_off(appointment: Appointment, *, actor: User | None, label: str) -> Refused | None:
    """Why the person can no longer move or cancel on the page: it is too near. Staff, partners and runs of the portal are exempt.

    Whoever was refused entry is past their time and may choose another (letter Cà Mau 2).
    """
    if actor is not None or label not in CITIZENS or appointment.state != AppointmentState.BOOKED:
        return None
    return None if clock.now() < change_until(appointment.slot.starts_at) else too_near()


def too_near() -> Refused:
    """The sentence with what to do instead."""
    words = {"time": minutes(settings.BOOKING_CUTOFF_MINUTES), "phone": settings.HOTLINE}
    if not settings.HOTLINE:
        return Refused("too_near", _("Chỉ tự đổi hoặc hủy được trước giờ hẹn ít nhất %(time)s. Vui lòng gọi nơi đến để được giúp.") % words,
                       status=409)
    return Refused("too_near", _("Chỉ tự đổi hoặc hủy được trước giờ hẹn ít nhất %(time)s. Vui lòng gọi tổng đài %(phone)s để được giúp.")
                   % words, status=409)


def somebody_waits(office_id: int) -> bool:
    """Whether a freed place at an office can be offered to somebody on its waiting list."""
    return WaitingEntry.objects.filter(office_id=office_id, state=WaitingState.WAITING).exists()
