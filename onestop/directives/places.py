"""Where somebody may announce something or send word: the administrator's provinces with all below them, a leader's offices."""
from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.people.states import Role

Places = dict[str, Area | Office]  # by what stands in a form: 'area:12', 'office:3'


def places_of(user: User, *, every_office: bool = True) -> Places:
    """The places of a person today; without `every_office` only those offices that they lead. Two queries."""
    provinces, led = user.provinces_as(Role.ADMINISTRATOR), user.office_ids_as(Role.LEADER)
    inside = Q(pk__in=provinces) | Q(parent__in=provinces) | Q(parent__parent__in=provinces)
    areas = Area.objects.filter(inside).valid_on(clock.today()).select_related("parent__parent").order_by("level", "name")
    wanted = Q(pk__in=led) | Q(province__in=provinces) if every_office else Q(pk__in=led)
    offices = Office.objects.filter(wanted).active_on(clock.today()).select_related("province", "area__parent__parent").order_by("name")
    rows: list[Area | Office] = [*areas, *offices]
    return {f"{'office' if isinstance(row, Office) else 'area'}:{row.pk}": row for row in rows}


def grouped(places: Places) -> list[tuple[Any, list[tuple[str, str]]]]:
    """The same as groups of choices."""
    whole = [(key, row.name) for key, row in places.items() if isinstance(row, Area) and row.parent_id is None]
    below = [(key, row.name) for key, row in places.items() if isinstance(row, Area) and row.parent_id is not None]
    offices = [(key, row.name) for key, row in places.items() if isinstance(row, Office)]
    groups: list[tuple[Any, list[tuple[str, str]]]] = [
        (_("Cả tỉnh, thành phố"), whole), (_("Phường, xã"), sorted(below, key=lambda item: item[1])), (_("Riêng một đơn vị"), offices)]
    return [(name, rows) for name, rows in groups if rows]


def province_of(area: Area) -> Area:
    """The province that an area, read with its parents, lies in."""
    while area.parent is not None:
        area = area.parent
    return area
