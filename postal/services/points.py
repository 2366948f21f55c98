"""Reception points of a carrier, by commune (letter Khánh Hòa 3): kept, closed, brought in from a list; which one serves a commune."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from onestop import clock
from onestop.offices import communes
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import fold
from onestop.transitions import Refused
from postal import point_lists, policies
from postal.models import Carrier, CarrierChange, ReceptionPoint

COMPARED = ("name", "search_name", "area_id", "address", "phone", "hours", "opens", "closes", "latitude", "longitude", "valid_from",
            "valid_to")


@dataclass(frozen=True)
class Brought:
    """What bringing in a list did, or would do."""

    created: int
    changed: int
    unchanged: int


def point_for(area: Area | None, carrier: Carrier) -> ReceptionPoint | None:
    """Where the carrier receives in a commune today; None where it has no point, or the commune is not known. One query."""
    if area is None:
        return None
    return ReceptionPoint.objects.open_on(clock.today()).filter(carrier=carrier, area=area).order_by("name", "pk").first()


@patiently
def save_point(*, actor: User, carrier: Carrier, values: dict[str, Any], point: ReceptionPoint | None = None) -> ReceptionPoint:
    """Add a point, or change one, which stays its carrier's. Raises Refused: 'forbidden' 403, 'invalid' for a code that another point has,
    and for a beginning after the end."""
    carrier = point.carrier if point is not None else carrier
    _allow(actor, carrier)
    if point is not None and point.valid_to is not None and values.get("valid_from", point.valid_from) > point.valid_to:
        late = _("Điểm này đã ghi ngày nhận cuối cùng %(day)s.") % {"day": shown.day(point.valid_to)}
        raise Refused("invalid", late, fields={"valid_from": [late]})
    try:
        with transaction.atomic():
            row = point or ReceptionPoint(carrier=carrier)
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
            _note(carrier, actor, "change_point" if point else "add_point", point=row.code)
    except IntegrityError as error:
        sentence = _("Mã điểm này đã có.")
        raise Refused("invalid", sentence, fields={"code": [sentence]}) from error
    return row


@patiently
def close_point(*, actor: User, point: ReceptionPoint, last_day: date) -> ReceptionPoint:
    """The point receives until a day, that day included; it stays in the books. Raises Refused: 'forbidden' 403, 'invalid'."""
    _allow(actor, point.carrier)
    if last_day < point.valid_from:
        sentence = _("Ngày cuối phải từ ngày %(day)s.") % {"day": shown.day(point.valid_from)}
        raise Refused("invalid", sentence, fields={"last_day": [sentence]})
    with transaction.atomic():
        row = ReceptionPoint.objects.select_for_update().get(pk=point.pk)
        if row.valid_to != last_day:
            row.valid_to = last_day
            row.save(update_fields=["valid_to"])
            _note(point.carrier, actor, "close_point", point=row.code, until=last_day.isoformat())
    return row


def read(content: bytes) -> point_lists.Found:
    """The points of an uploaded list. Raises sheets.Unreadable."""
    codes = {area.code: area for area in Area.objects.filter(level=AreaLevel.COMMUNE)}

    @cache
    def places(text: str) -> Sequence[Area]:
        return [codes[text]] if text in codes else communes.called(text)

    return point_lists.read(content, places)


def preview(carrier: Carrier, points: Sequence[point_lists.Point]) -> Brought:
    """What bring_in would do, without doing it."""
    new, changed = _sorted_out(carrier, points)
    return Brought(len(new), len(changed), len(points) - len(new) - len(changed))


@patiently
def bring_in(*, actor: User | None, carrier: Carrier, points: Sequence[point_lists.Point]) -> Brought:
    """Add and change the points of a list, known by their code; a second time changes nothing. What the list does not name stays.
    `actor` None: the command line. Raises Refused('forbidden', 403)."""
    if actor is not None:
        _allow(actor, carrier)
    with transaction.atomic():
        Carrier.objects.select_for_update().get(pk=carrier.pk)
        new, changed = _sorted_out(carrier, points)
        ReceptionPoint.objects.bulk_create(new, batch_size=500)
        ReceptionPoint.objects.bulk_update(changed, list(COMPARED), batch_size=200)
        if new or changed:
            _note(carrier, actor, "bring_in_points", created=len(new), changed=len(changed))
    return Brought(len(new), len(changed), len(points) - len(new) - len(changed))


def _sorted_out(carrier: Carrier, points: Sequence[point_lists.Point]) -> tuple[list[ReceptionPoint], list[ReceptionPoint]]:
    known = {row.code.casefold(): row for row in ReceptionPoint.objects.filter(carrier=carrier)}
    new, changed = [], []
    for point in points:
        row, columns = known.get(point.code.casefold()), point.columns()
        columns["search_name"] = fold(f"{columns['name']} {columns['address']}")[:160]
        if row is None:
            new.append(ReceptionPoint(carrier=carrier, code=point.code, **columns))
        elif any(getattr(row, name) != value for name, value in columns.items()):
            for name, value in columns.items():
                setattr(row, name, value)
            changed.append(row)
    return new, changed


def _allow(actor: User, carrier: Carrier) -> None:
    if not policies.can_manage_points(actor, carrier):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)


def _note(carrier: Carrier, actor: User | None, verb: str, **data: Any) -> None:
    CarrierChange.objects.create(subject=carrier, actor=actor, actor_label="" if actor else "manage.py", verb=verb, data=data)
