"""Who may do what with a shipment."""
from onestop.people.models import User
from onestop.people.states import Role
from postal.models import Shipment

READERS = (Role.CARRIER, Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE, Role.DESK, Role.SPECIALIST, Role.LEADER)


def can_collect(actor: User, shipment: Shipment) -> bool:
    """The carrier's clerk of the province, or the office's own desk, who watched the postman take it."""
    return _of_province(actor, shipment, Role.CARRIER) or shipment.office_id in actor.office_ids_as(Role.DESK)


def can_retry(actor: User, shipment: Shipment) -> bool:
    """The administrator of the province."""
    return _of_province(actor, shipment, Role.ADMINISTRATOR)


def _of_province(actor: User, shipment: Shipment, role: str) -> bool:
    return shipment.office.province_id in actor.provinces_as(role)
