"""Reading announcements: which are shown where at a moment, and their form for reading aloud."""
from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from onestop import clock
from onestop.directives.models import Announcement, AnnouncementQuerySet
from onestop.moments import Moments
from onestop.offices.models import Area, Office
from onestop.people.shown import day, time_of_day

SECONDS = 5.0  # how long a process remembers what is published; when each begins and ends is told exactly all the same
AHEAD = timedelta(minutes=1)  # what begins within the time of remembering is remembered with the rest
MOST = 60  # announcements of a place
_kept: Moments[tuple[int, ...], list[Announcement]] = Moments(SECONDS, 500)
LOUD = {"urgent": 0, "warning": 1, "info": 2}


def shown(*, areas: Sequence[int], moment: datetime, office: Office | None = None) -> list[Announcement]:
    """What holds at a moment in a place, the loudest and newest first. `areas`: the province and the areas down to the place (see
    chain()); `office` adds the office's own. One query, remembered for SECONDS."""
    key = (office.pk if office else 0, *areas)
    rows = _kept.of(key, lambda: _read(Q(province__in=areas), Q(area__isnull=True) | Q(area__in=areas), office, moment))
    return _now(rows, moment)


def everywhere(moment: datetime) -> list[Announcement]:
    """What holds in whole provinces, for a page that knows no place. One query, remembered for SECONDS."""
    rows = _kept.of((), lambda: _read(Q(), Q(area__isnull=True), None, moment))
    return _now(rows, moment)


def of_letter(directive_id: int, moment: datetime) -> list[Announcement]:
    """What is shown about a letter."""
    return _now(list(with_places(Announcement.objects.shown_at(moment).filter(directive=directive_id))[:MOST]), moment)


def chain(area: Area | None, province_id: int) -> list[int]:
    """The ids of a province and of the areas down to one below it; `area` is read with its parents."""
    found = [province_id]
    while area is not None and area.pk != province_id:
        found.append(area.pk)
        area = area.parent
    return found


def at_office(office: Office, moment: datetime) -> list[Announcement]:
    """What is shown on an office's pages: its own, its area's, its province's."""
    return shown(areas=chain(office.area, office.province_id), moment=moment, office=office)


def with_places(rows: AnnouncementQuerySet) -> AnnouncementQuerySet:
    """Rows with what their page names beside them."""
    return rows.select_related("province", "area", "office", "directive")


def _read(province: Q, area: Q, office: Office | None, moment: datetime) -> list[Announcement]:
    place = Q(office__isnull=True) & area
    if office is not None:
        place |= Q(office=office)
    coming = Q(published_at__isnull=False, withdrawn_at__isnull=True, starts_at__lte=moment + AHEAD)
    alive = Q(ends_at__isnull=True) | Q(ends_at__gt=moment)
    return list(with_places(Announcement.objects.filter(coming & alive & province & place))[:MOST])


def _now(rows: list[Announcement], moment: datetime) -> list[Announcement]:
    return sorted((row for row in rows if row.is_shown(moment)), key=lambda row: (LOUD[row.tone], -row.starts_at.timestamp()))


# --- for the loudspeaker (rules.md 1, row 13) ------------------------------------------------------------------------

# What an announcer should not have to guess: letters as words. Longest first.
ABBREVIATIONS = (
    ("BHXH", "Bảo hiểm xã hội"), ("BHYT", "Bảo hiểm y tế"), ("CCCD", "Căn cước công dân"), ("DVCTT", "dịch vụ công trực tuyến"),
    ("HĐND", "Hội đồng nhân dân"), ("TTHC", "thủ tục hành chính"), ("UBND", "Ủy ban nhân dân"), ("DVC", "dịch vụ công"),
    ("TP.", "Thành phố"),
)
_DATE = re.compile(r"(?<!\d)(?:ngày\s+)?(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\d/])(?:\+84|0|1[89]00)[\d. ]{6,13}\d(?![\d/])")
_ADDRESS = re.compile(r"https?://(\S+?)/?(?=[\s,;)]|[.](?:\s|$)|$)")


def spoken(row: Announcement) -> str:
    """An announcement as plain text for reading aloud, always Vietnamese: abbreviations as words, dates and telephone numbers as they
    are said, the words that matter twice."""
    with override(settings.LANGUAGE_CODE):
        return "\n\n".join(_said(row)) + "\n"


def _said(row: Announcement) -> list[str]:
    said = aloud(row.text or row.short)
    opening = _("Kính thưa bà con, %(place)s xin thông báo.") % {"place": row.place}
    parts = [opening, aloud(row.title).rstrip(".") + ".", said]
    if row.directive is not None:
        parts.append(_("Thông báo này thực hiện văn bản số %(number)s.") % {"number": row.directive.number})
    if row.ends_at is not None:
        last = clock.local(row.ends_at)
        parts.append(_("Thông báo có hiệu lực đến %(time)s, %(day)s.") % {"time": time_of_day(last), "day": aloud(day(last))})
    parts += [_("Xin nhắc lại:") + " " + aloud(row.short), _("Trân trọng thông báo để bà con biết và thực hiện.")]
    return parts


def aloud(text: str) -> str:
    """PURE: 'UBND … 22/8/2021, gọi 0827271022' → 'Ủy ban nhân dân … ngày 22 tháng 8 năm 2021, gọi 0 8 2 7 2 7 1 0 2 2'."""
    for short, words in ABBREVIATIONS:
        text = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", words, text)
    text = _DATE.sub(lambda found: f"ngày {int(found[1])} tháng {int(found[2])} năm {found[3]}", text)
    text = _ADDRESS.sub(lambda found: found[1], text)
    return _PHONE.sub(lambda found: " ".join(char for char in found[0] if char.isdigit()), text)
