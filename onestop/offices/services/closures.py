"""Close an office or one of its rooms to people, and open it again. Who had booked is the bookings' own care."""
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices import policies
from onestop.offices.models import Closure, Office, OfficeEvent, Room
from onestop.offices.services.rights import by, permit, wrong
from onestop.people.models import User
from onestop.people.words import clean


def close_office(*, actor: User | None, office: Office, starts_on: date, reason: str, ends_on: date | None = None,
                 legal_basis: str = "", room: Room | None = None) -> Closure:
    """Take nobody in person from `starts_on` to `ends_on`, both included (no end: until reopened).

    The same closure again changes nothing. Source: letter Cà Mau, clause 1. Raises Refused: 'forbidden' (403),
    'past_day', 'bad_period', 'reason_needed', 'foreign_room'.
    """
    permit(actor, actor is not None and policies.can_close_office(actor, office))
    reason, legal_basis = clean(reason)[:255], clean(legal_basis)[:255]
    _check(office, starts_on, ends_on, reason, room)
    with transaction.atomic():
        Office.objects.select_for_update(no_key=True).get(pk=office.pk)
        same = Closure.objects.filter(office=office, room=room, starts_on=starts_on, ends_on=ends_on).first()
        if same is not None:
            return same
        closure = Closure.objects.create(office=office, room=room, starts_on=starts_on, ends_on=ends_on, reason=reason,
                                         legal_basis=legal_basis)
        OfficeEvent.objects.create(office=office, verb="close", reason=reason, legal_basis=legal_basis, data=_told(closure), **by(actor))
    return closure


def reopen_office(*, actor: User | None, closure: Closure, reason: str = "") -> None:
    """End a closure so that today is an open day again; one that begins today or later is taken back.

    Doing it twice changes nothing. Raises Refused('forbidden', 403).
    """
    permit(actor, actor is not None and policies.can_close_office(actor, closure.office))
    yesterday = clock.today() - timedelta(days=1)
    with transaction.atomic():
        row = Closure.objects.select_for_update().filter(pk=closure.pk).first()
        if row is None or (row.ends_on is not None and row.ends_on <= yesterday):
            return
        told = _told(row)
        if row.starts_on > yesterday:
            Closure.objects.filter(pk=row.pk).delete()
        else:
            row.ends_on = yesterday
            row.save(update_fields=["ends_on"])
        OfficeEvent.objects.create(office=closure.office, verb="reopen", reason=clean(reason), legal_basis=row.legal_basis, data=told,
                                   **by(actor))


def _check(office: Office, starts_on: date, ends_on: date | None, reason: str, room: Room | None) -> None:
    if not reason:
        raise wrong("reason_needed", "reason", _("Cần ghi lý do đóng cửa."))
    if starts_on < clock.today():
        raise wrong("past_day", "starts_on", _("Ngày đóng cửa không được ở quá khứ."))
    if ends_on is not None and ends_on < starts_on:
        raise wrong("bad_period", "ends_on", _("Ngày cuối phải sau hoặc trùng ngày đầu."))
    if room is not None and room.office_id != office.pk:
        raise wrong("foreign_room", "room", _("Phòng này không thuộc đơn vị."))


def _told(closure: Closure) -> dict[str, object]:
    return {"starts_on": closure.starts_on.isoformat(), "ends_on": closure.ends_on.isoformat() if closure.ends_on else None,
            "room": closure.room_id}
