"""Who may do what with a letter. Pure: everything asked for is given."""
from collections.abc import Iterable

from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.people.states import Role


def can_manage(actor: User) -> bool:
    """The administrator of a province enters letters; nobody else."""
    return actor.has_role(Role.ADMINISTRATOR)


def can_scope(actor: User, areas: Iterable[Area], offices: Iterable[Office]) -> bool:
    """A letter may only be made to hold inside the administrator's own provinces."""
    own = set(actor.provinces_as(Role.ADMINISTRATOR))
    return all(_province_of(area) in own for area in areas) and all(office.province_id in own for office in offices)


def _province_of(area: Area) -> int:
    while area.parent is not None:
        area = area.parent
    return area.pk


def can_announce(actor: User, province_id: int, office_id: int | None) -> bool:
    """The administrator of the province; a leader for the own office."""
    if province_id in actor.provinces_as(Role.ADMINISTRATOR):
        return True
    return office_id is not None and office_id in actor.office_ids_as(Role.LEADER)


def inside(area: Area, province_id: int) -> bool:
    """Whether an area, read with its parents, lies in a province."""
    return _province_of(area) == province_id
