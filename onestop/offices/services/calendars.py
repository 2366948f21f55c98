"""Propose, change, approve and redraft the calendar of a year. Who proposes is free to edit; only an approved one counts as law."""
from datetime import date

import holidays
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices import policies
from onestop.offices.calendars import fingerprint
from onestop.offices.models import CalendarDay, OfficeEvent, WorkCalendar
from onestop.offices.services.rights import by, permit, wrong
from onestop.offices.states import CALENDAR_TRANSITIONS, CalendarState, DayKind
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step

# The two half days of the peer systems' default, eight hours together (rules.md 5.1).
HALF_DAYS = [["07:00", "11:30"], ["13:30", "17:00"]]
FIRST_YEAR, LAST_YEAR = 2010, 2100


def propose_calendar(*, actor: User | None, year: int) -> WorkCalendar:
    """A draft of a year's holidays and worked Saturdays from the holidays library, for an administrator to check and approve.

    A draft that is already there is returned as it is. Raises Refused('calendar_approved', 409) if the year has an
    approved calendar: that one is changed by redraft_calendar. Source: Labour Code 2019 Art. 112 and rules.md 5.1.
    """
    permit(actor, actor is not None and policies.can_manage_calendars(actor))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("bad_year", _("Năm phải từ 2010 đến 2100."))
    try:
        return _propose(actor, year)
    except IntegrityError:  # somebody else proposed the same year at the same moment
        return WorkCalendar.objects.get(year=year, state=CalendarState.DRAFT)


@transaction.atomic
def _propose(actor: User | None, year: int) -> WorkCalendar:
    rows = {row.state: row for row in WorkCalendar.objects.select_for_update().filter(year=year)}
    if CalendarState.DRAFT in rows:
        return rows[CalendarState.DRAFT]
    if CalendarState.APPROVED in rows:
        raise Refused("calendar_approved", _("Lịch năm %(year)s đã được phê duyệt; hãy lập bản sửa đổi.") % {"year": year}, status=409)
    calendar = _new_version(year, HALF_DAYS, str(_("Đề xuất từ dữ liệu ngày lễ, chờ đối chiếu văn bản chính thức")))
    CalendarDay.objects.bulk_create([CalendarDay(calendar=calendar, date=day, kind=kind, name=name)
                                     for day, kind, name in special_days(year)])
    OfficeEvent.objects.create(calendar=calendar, verb="propose", to_state=calendar.state, **by(actor))
    return calendar


def special_days(year: int) -> list[tuple[date, str, str]]:
    """(day, kind, name) of a year's days that are not plain: holidays, days off in lieu, worked Saturdays."""
    table = holidays.country_holidays("VN", years=(year - 1, year, year + 1), language="vi")
    off = [(day, DayKind.OFF.value, clean(name)) for day, name in table.items() if day.year == year]
    worked = [(day, DayKind.WORKING.value, str(_("Ngày làm việc bù"))) for day in table.weekend_workdays if day.year == year]
    return sorted(off + worked)


def redraft_calendar(*, actor: User, calendar: WorkCalendar) -> WorkCalendar:
    """A new draft version with the days of an approved calendar, to be changed and approved in its place.

    Where the year has a draft already, that one. Raises Refused: 'forbidden' (403), 'wrong_state' (409).
    """
    permit(actor, policies.can_manage_calendars(actor))
    with transaction.atomic():
        source = WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
        draft = WorkCalendar.objects.filter(year=source.year, state=CalendarState.DRAFT).first()
        if draft is not None:
            return draft
        if source.state != CalendarState.APPROVED:
            raise Refused("wrong_state", _("Chỉ lập bản sửa đổi từ lịch đang có hiệu lực."), status=409)
        draft = _new_version(source.year, source.hours, source.basis)
        CalendarDay.objects.bulk_create([CalendarDay(calendar=draft, date=day.date, kind=day.kind, name=day.name, basis=day.basis)
                                         for day in source.days.all()])
        OfficeEvent.objects.create(calendar=draft, verb="redraft", to_state=draft.state, data={"from_version": source.version}, **by(actor))
    return draft


def change_day(*, actor: User | None, calendar: WorkCalendar, day: date, kind: str, name: str = "", basis: str = "") -> CalendarDay | None:
    """Set what a day of a draft is, with the document it rests on; kind '' makes it a plain day again (returns None).

    Raises Refused: 'wrong_state' (409) for a calendar that is no draft, 'wrong_year', 'bad_kind'.
    """
    permit(actor, actor is not None and policies.can_manage_calendars(actor))
    _check_day(calendar, day, kind)
    with transaction.atomic():
        row = _claim_draft(calendar)
        before = CalendarDay.objects.filter(calendar=row, date=day).first()
        changed = None
        if kind:
            values = {"kind": kind, "name": clean(name)[:160], "basis": clean(basis)[:255]}
            changed, _made = CalendarDay.objects.update_or_create(calendar=row, date=day, defaults=values)
        elif before is not None:
            CalendarDay.objects.filter(pk=before.pk).delete()
        OfficeEvent.objects.create(calendar=row, verb="change_day", from_state=before.kind if before else "", to_state=kind,
                                   reason=clean(name), legal_basis=clean(basis)[:255], data={"date": day.isoformat()}, **by(actor))
    return changed


def approve_calendar(*, actor: User, calendar: WorkCalendar, basis: str = "") -> WorkCalendar:
    """Put a draft in force; the version before it becomes 'replaced'. Approving it again changes nothing.

    `basis` is the document that fixes the year's days off. Raises Refused: 'forbidden' (403), 'wrong_state' (409).
    """
    if actor is None or not policies.can_manage_calendars(actor):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được phê duyệt lịch làm việc."), status=403)
    with transaction.atomic():
        row = WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
        if row.state == CalendarState.APPROVED:
            return row
        taken = step(CALENDAR_TRANSITIONS, "approve", row.state, sentence=_("Bản lịch này đã được thay thế, không phê duyệt được nữa."))
        _replace_approved(actor, row.year)
        row.state, row.approved_by, row.approved_at = taken.after, actor, clock.now()
        row.basis = clean(basis)[:255] or row.basis
        row.fingerprint = fingerprint(row, row.days.values_list("date", "kind"))
        row.save(update_fields=["state", "approved_by", "approved_at", "basis", "fingerprint"])
        OfficeEvent.objects.create(calendar=row, verb="approve", from_state=taken.before, to_state=taken.after, legal_basis=row.basis,
                                   **by(actor))
    return row


def _new_version(year: int, hours: list[list[str]], basis: str) -> WorkCalendar:
    last = WorkCalendar.objects.filter(year=year).aggregate(last=Max("version"))["last"] or 0
    return WorkCalendar.objects.create(year=year, version=last + 1, hours=hours, basis=basis)


def _claim_draft(calendar: WorkCalendar) -> WorkCalendar:
    row = WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
    if row.state != CalendarState.DRAFT:
        raise Refused("wrong_state", _("Lịch đã phê duyệt không sửa trực tiếp được; hãy lập bản sửa đổi."), status=409)
    return row


def _check_day(calendar: WorkCalendar, day: date, kind: str) -> None:
    if day.year != calendar.year:
        raise wrong("wrong_year", "day", _("Ngày này không thuộc năm của lịch."))
    if kind and kind not in DayKind.values:
        raise wrong("bad_kind", "kind", _("Loại ngày không có trong danh mục."))


def _replace_approved(actor: User, year: int) -> None:
    for old in WorkCalendar.objects.select_for_update().filter(year=year, state=CalendarState.APPROVED):
        taken = step(CALENDAR_TRANSITIONS, "replace", old.state, sentence=_("Bản lịch này không ở trạng thái có hiệu lực."))
        old.state = taken.after
        old.save(update_fields=["state"])
        OfficeEvent.objects.create(calendar=old, verb="replace", from_state=taken.before, to_state=taken.after, **by(actor))
