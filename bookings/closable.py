"""What somebody may close: rooms, offices, areas; and the letters one may name for it. Reads only."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.states import RelocationKind
from onestop import clock
from onestop.directives.models import Directive
from onestop.offices.models import Area, Office, Room
from onestop.offices.states import RoomKind
from onestop.people.models import User
from onestop.people.shown import day
from onestop.people.states import Role


@dataclass(frozen=True)
class Target:
    """What is to be closed: a room, an office, or an area with all its offices."""

    office: Office | None = None
    room: Room | None = None
    area: Area | None = None

    @property
    def kind(self) -> str:
        return RelocationKind.ROOM if self.room else RelocationKind.OFFICE if self.office else RelocationKind.AREA

    @property
    def province(self) -> Area:
        """The province in which it lies."""
        if self.office is not None:
            return self.office.province
        above = self.area
        while above is not None and above.parent is not None:
            above = above.parent
        if above is None:
            raise ValueError("a target is a room, an office or an area")
        return above


@dataclass(frozen=True)
class Closable:
    """What somebody may close: the groups of a choice field, and what each value means."""

    groups: list[tuple[str, list[tuple[str, str]]]]
    targets: dict[str, Target]


def closable(user: User) -> Closable:
    """The administrator: areas, offices and rooms of the own provinces; a leader: the own offices and their rooms."""
    provinces = user.provinces_as(Role.ADMINISTRATOR)
    mine = Office.objects.active_on(clock.today()).filter(Q(province__in=provinces) | Q(pk__in=user.office_ids_as(Role.LEADER)))
    offices = list(mine.select_related("province", "area").prefetch_related("rooms").order_by("name"))
    targets = {f"office:{office.pk}": Target(office=office) for office in offices}
    targets |= {f"room:{room.pk}": Target(office=office, room=room) for office in offices
                for room in office.rooms.all() if room.kind == RoomKind.SERVICE}
    areas = list(areas_with_offices(provinces)) if provinces else []
    targets |= {f"area:{area.pk}": Target(area=area) for area in areas}
    groups = [(str(_("Mọi đơn vị của một địa bàn")), [(f"area:{area.pk}", area_label(area)) for area in areas]),
              (str(_("Một đơn vị")), [(f"office:{office.pk}", office.name) for office in offices]),
              (str(_("Một phòng")), [(key, f"{target.office} – {target.room}") for key, target in targets.items() if target.room])]
    return Closable([group for group in groups if group[1]], targets)


def area_label(area: Area) -> str:
    """'Phường Ninh Kiều'; a historical one says until when it existed."""
    if area.valid_to is None:
        return area.name
    return str(_("%(name)s (đến %(day)s)") % {"name": area.name, "day": day(area.valid_to)})


def areas_with_offices(provinces: Iterable[int]) -> QuerySet[Area]:
    """The provinces, the areas below them in which an office lies, and the historical areas that these came from."""
    lying = Office.objects.active_on(clock.today()).filter(province__in=list(provinces)).values("area")
    found = Q(pk__in=list(provinces)) | Q(pk__in=lying) | Q(became__in=lying) | Q(became__in=list(provinces))
    return Area.objects.filter(found).select_related("parent__parent").distinct().order_by("valid_to", "level", "name")


def citable() -> QuerySet[Directive]:
    """The letters that a closure may name: those in force, the newest first."""
    return Directive.objects.in_force(clock.today()).order_by("-issued_on", "pk")
