"""The only writers of announcements to the public: announce, change, publish, withdraw (letters Cà Mau 2, Vĩnh Phúc 2)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives import basis, policies
from onestop.directives.models import Announcement, AnnouncementEvent, Directive
from onestop.directives.states import ANNOUNCEMENT_TRANSITIONS, AnnouncementState, Tone
from onestop.offices.models import Area, Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean, clean_lines
from onestop.transitions import Refused, step

_OVER = _("Thông báo đã gỡ thì không đăng hoặc sửa lại được; hãy soạn thông báo mới.")


@dataclass(frozen=True)
class Notice:
    """What an announcement says, where and how long. `office` None and `area` None: the whole province. `ends_at` is the first moment
    at which it is no longer shown; None: until it is withdrawn."""

    province: Area
    title: str
    short: str
    starts_at: datetime
    text: str = ""
    title_en: str = ""
    short_en: str = ""
    text_en: str = ""
    area: Area | None = None
    office: Office | None = None
    directive: Directive | None = None
    tone: str = Tone.INFO
    ends_at: datetime | None = None


_LINES = {"title": 200, "title_en": 200, "short": 300, "short_en": 300}  # with their most characters
_FIELDS = ("province", "area", "office", "directive", "tone", "starts_at", "ends_at")


@patiently
def announce(*, actor: User | None, notice: Notice) -> Announcement:
    """A draft that nobody of the public sees yet. `actor` None: the demonstration. Raises Refused: 'forbidden' 403, 'incomplete',
    'bad_period', 'foreign_place', 'not_in_force', 'foreign_letter'."""
    _check(actor, notice)
    with transaction.atomic():
        row = Announcement(made_by=actor)
        _fill(row, notice)
        row.save(force_insert=True)
        _event(row, actor, "announce", "", AnnouncementState.DRAFT)
    return row


@patiently
def change(*, actor: User | None, announcement: Announcement, notice: Notice) -> Announcement:
    """Other words, another time or place; also of one that is shown already. Raises Refused as announce() and 'wrong_state' 409."""
    _check(actor, notice)
    with transaction.atomic():
        row = _claim(actor, announcement)
        move = step(ANNOUNCEMENT_TRANSITIONS, "change" if row.published_at is None else "correct", row.state, sentence=_OVER)
        before = {"title": row.title, "short": row.short, "text": row.text, "starts_at": row.starts_at.isoformat(),
                  "ends_at": row.ends_at.isoformat() if row.ends_at else ""}
        _fill(row, notice)
        row.save(update_fields=[*_FIELDS, *_LINES, "text", "text_en"])
        _event(row, actor, move.verb, move.before, move.after, data={"before": before})
    return row


@patiently
def publish(*, actor: User | None, announcement: Announcement) -> Announcement:
    """Show it from its first moment on. Doing it twice is harmless. Raises Refused: 'wrong_state' 409, 'forbidden' 403, 'past', and for its
    letter 'not_in_force', 'foreign_letter'."""
    with transaction.atomic():
        row = _claim(actor, announcement)
        if row.state == AnnouncementState.PUBLISHED:
            return row
        move = step(ANNOUNCEMENT_TRANSITIONS, "publish", row.state, sentence=_OVER)
        if row.ends_at is not None and row.ends_at <= clock.now():
            raise Refused("past", _("Thời gian của thông báo đã qua. Hãy sửa thời điểm kết thúc rồi đăng."))
        _check_letter(row.directive, row.office or row.area or row.province, max(row.starts_at, clock.now()), row.ends_at)
        row.published_at = clock.now()
        row.save(update_fields=["published_at"])
        _event(row, actor, "publish", move.before, move.after)
    return row


@patiently
def withdraw(*, actor: User | None, announcement: Announcement, reason: str) -> Announcement:
    """Take it down at once, for good, with a reason; it stays in the archive. Doing it twice is harmless. Raises Refused."""
    if not clean(reason):
        raise Refused("reason_missing", _("Cần ghi lý do gỡ thông báo."), fields={"reason": [_("Cần ghi lý do gỡ thông báo.")]})
    with transaction.atomic():
        row = _claim(actor, announcement)
        if row.state == AnnouncementState.WITHDRAWN:
            return row
        move = step(ANNOUNCEMENT_TRANSITIONS, "withdraw", row.state, sentence=_("Thông báo chưa đăng nên không cần gỡ."))
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        _event(row, actor, "withdraw", move.before, move.after, reason=clean(reason)[:500])
    return row


def _claim(actor: User | None, announcement: Announcement) -> Announcement:
    row = Announcement.objects.select_for_update(of=("self",)).select_related("province", "office", "directive").get(pk=announcement.pk)
    if actor is not None and not policies.can_announce(actor, row.province_id, row.office_id):
        raise _forbidden()
    return row


def _forbidden() -> Refused:
    return Refused("forbidden", _("Chỉ quản trị của tỉnh, hoặc lãnh đạo cho đơn vị mình, được đăng thông báo này."), status=403)


def _check(actor: User | None, notice: Notice) -> None:
    """Rights, words, period, and that place and letter belong together."""
    office = notice.office
    if actor is not None and not policies.can_announce(actor, notice.province.pk, office.pk if office else None):
        raise _forbidden()
    if not clean(notice.title) or not clean(notice.short):
        raise _wrong("incomplete", "short", _("Thông báo cần tiêu đề và nội dung ngắn."))
    if notice.ends_at is not None and notice.ends_at <= notice.starts_at:
        raise _wrong("bad_period", "ends_at", _("Thời điểm kết thúc phải sau thời điểm bắt đầu."))
    if office is not None and office.province_id != notice.province.pk:
        raise _wrong("foreign_place", "office", _("Đơn vị không thuộc tỉnh của thông báo."))
    if notice.area is not None and not policies.inside(notice.area, notice.province.pk):
        raise _wrong("foreign_place", "area", _("Địa bàn không thuộc tỉnh của thông báo."))
    _check_letter(notice.directive, office or notice.area or notice.province, notice.starts_at, notice.ends_at)


def _check_letter(letter: Directive | None, place: Area | Office, first: datetime, last: datetime | None) -> None:
    """It holds there on one of the days on which the announcement is shown: what is to come may be announced ahead."""
    shown_last = clock.local(last - timedelta(microseconds=1)).date() if last is not None else None
    basis.check(letter, first=clock.local(first).date(), last=shown_last, place=place)


def _wrong(code: str, name: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={name: [sentence]})


def _fill(row: Announcement, notice: Notice) -> None:
    for name in _FIELDS:
        setattr(row, name, getattr(notice, name))
    if row.area_id == row.province_id:
        row.area = None
    for name, most in _LINES.items():
        setattr(row, name, clean(getattr(notice, name))[:most])
    row.text, row.text_en = clean_lines(notice.text), clean_lines(notice.text_en)


def _event(row: Announcement, actor: User | None, name: str, before: str, after: str, *, reason: str = "",
           data: dict[str, Any] | None = None) -> None:
    label = "" if actor else str(_("bản trình diễn"))
    AnnouncementEvent.objects.create(subject=row, actor=actor, actor_label=label, verb=name, from_state=before, to_state=after,
                                     reason=reason, legal_basis=row.directive.number if row.directive else "", data=data or {})
