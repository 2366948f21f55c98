"""Who may do what with a message."""
from onestop.notify.models import READ_OFFICE, READ_PROVINCE, Message
from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.people.states import Role

READERS = (*READ_PROVINCE, *READ_OFFICE)
WORDS_READERS = (Role.ADMINISTRATOR, Role.MONITOR)


def can_read_text(actor: User) -> bool:
    """Texts hold links that act for the citizen: for those who serve citizens, not for those who only count."""
    return actor.has_role(Role.ADMINISTRATOR, Role.HOTLINE, *READ_OFFICE)


def can_retry(actor: User, message: Message) -> bool:
    """The administrator of the province whose office wrote it."""
    return _administers(actor, message)


def can_discard(actor: User, message: Message) -> bool:
    """The administrator of the province whose office wrote it."""
    return _administers(actor, message)


def can_note_preference(actor: User) -> bool:
    """Those who talk to citizens."""
    return actor.has_role(Role.ADMINISTRATOR, Role.HOTLINE, *READ_OFFICE)


def can_write_words(actor: User) -> bool:
    """The portal's words are the administrator's."""
    return actor.has_role(Role.ADMINISTRATOR)


def can_manage_providers(actor: User) -> bool:
    """Gateways, their price and the day's cap: the administrators."""
    return actor.has_role(Role.ADMINISTRATOR)


def can_broadcast(actor: User, province_id: int, office: Office | None) -> bool:
    """The administrator of the province; a leader for the area of the own office."""
    if province_id in actor.provinces_as(Role.ADMINISTRATOR):
        return True
    return office is not None and office.pk in actor.office_ids_as(Role.LEADER)


def reaches(province: Area, office: Office | None, area: Area | None) -> bool:
    """Whether an area (None: all of the province), read with its parents, lies where a broadcast may go: an office's in its own area."""
    found = {area.pk} if area is not None else {province.pk}
    while area is not None and area.parent is not None:
        area = area.parent
        found.add(area.pk)
    return (office.area_id if office is not None else province.pk) in found


def can_note_subscription(actor: User, province_id: int) -> bool:
    """Whoever talks to the citizens of a province."""
    return province_id in actor.provinces_as(Role.ADMINISTRATOR, Role.HOTLINE, *READ_OFFICE)


def _administers(actor: User, message: Message) -> bool:
    return message.office is not None and message.office.province_id in actor.provinces_as(Role.ADMINISTRATOR)
