"""Whether a letter may stand as the ground for something: one rule for announcements, broadcasts, waivers and campaigns."""
from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from onestop.directives.models import Directive, DirectiveScope
from onestop.directives.states import DirectiveState
from onestop.offices.models import Area, Office
from onestop.people.shown import day
from onestop.transitions import Refused


def check(letter: Directive | None, *, first: date, last: date | None, place: Area | Office) -> None:
    """Refuse a letter that does not hold at a place (nor in a part of it) on any of these days, both included; `last` None: without end.

    No letter is no trouble. Raises Refused, 422 with the field directive: 'not_in_force', 'foreign_letter'. One query.
    """
    if letter is None:
        return
    named = {"number": letter.number, "first": day(letter.starts_on), "last": day(letter.ends_on)}
    if letter.state != DirectiveState.PUBLISHED:
        raise _refused("not_in_force", _("Văn bản số %(number)s chưa ban hành hoặc đã thu hồi.") % named)
    if letter.ends_on is not None and letter.ends_on < first:
        raise _refused("not_in_force", _("Văn bản số %(number)s chỉ có hiệu lực đến hết ngày %(last)s.") % named)
    if last is not None and last < letter.starts_on:
        raise _refused("not_in_force", _("Văn bản số %(number)s chỉ có hiệu lực từ ngày %(first)s.") % named)
    if not holds_at(letter, place):
        raise _refused("foreign_letter", _("Văn bản số %(number)s không áp dụng tại %(place)s.") % {**named, "place": place.name})


def holds_at(letter: Directive, place: Area | Office) -> bool:
    """Whether a letter holds at an office, in an area, or in a part of that area."""
    scopes = DirectiveScope.objects.filter(directive=letter).select_related("area__parent__parent", "office__area__parent__parent")
    return any(_touches(scope, place) for scope in scopes)


def _touches(scope: DirectiveScope, place: Area | Office) -> bool:
    if isinstance(place, Office):
        return scope.office_id == place.pk or scope.area_id in _upwards(place.area)
    if scope.office is not None:
        return place.pk in (*_upwards(scope.office.area), scope.office.province_id)
    return scope.area_id in _upwards(place) or place.pk in _upwards(scope.area)


def _upwards(area: Area | None) -> list[int]:
    """An area and those it lies in."""
    found = []
    while area is not None:
        found.append(area.pk)
        area = area.parent
    return found


def _refused(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, fields={"directive": [sentence]})
