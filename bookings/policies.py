"""Who may do what with sessions, appointments and rooms. Pure: rows and roles in, yes or no out."""
from typing import Any

from bookings.models import SEES_OFFICE, SEES_PROVINCE, Appointment, CallTask, Relocation, Session
from bookings.states import BookedBy
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role

# Channels through which only staff (or a partner's token) books; the others are the citizen's own.
BY_STAFF = frozenset({BookedBy.HOTLINE, BookedBy.COUNTER, BookedBy.OUTREACH})
AT_THE_DOOR = frozenset({Role.GUARD, Role.DESK, Role.LEADER})


def _in_province(actor: User, office: Office, roles: Any) -> bool:
    return any(item.role in roles and item.office.province_id == office.province_id for item in actor.current_assignments())


def _at(actor: User, office_id: int, roles: Any) -> bool:
    return any(item.role in roles and item.office_id == office_id for item in actor.current_assignments())


def can_see(actor: User, appointment: Appointment) -> bool:
    """Staff of the office, and those who work for the whole province."""
    return _at(actor, appointment.office_id, SEES_OFFICE) or _in_province(actor, appointment.office, SEES_PROVINCE)


def can_book(actor: User | None, office: Office, channel: str) -> bool:
    """Anybody through the citizen's channels; for others only the hotline and the office's own staff."""
    if actor is None or channel not in BY_STAFF:
        return True
    at_the_door = AT_THE_DOOR if channel == BookedBy.COUNTER else {Role.DESK, Role.LEADER}
    return _in_province(actor, office, {Role.HOTLINE, Role.ADMINISTRATOR}) or _at(actor, office.pk, at_the_door)


def can_overbook(actor: User | None, office: Office) -> bool:
    """Going over the declared number is a right of its own (booking.md, guard 5)."""
    if actor is None:
        return False
    return _at(actor, office.pk, {Role.LEADER}) or _in_province(actor, office, {Role.ADMINISTRATOR})


def can_change(actor: User | None, appointment: Appointment) -> bool:
    """Cancel or move: the person with the secret (no actor), the hotline, and those of the office who call people (see can_call)."""
    if actor is None:
        return True
    return (_in_province(actor, appointment.office, {Role.HOTLINE, Role.ADMINISTRATOR})
            or _at(actor, appointment.office_id, {Role.DESK, Role.SPECIALIST, Role.LEADER}))


def can_set_limits(actor: User, session: Session) -> bool:
    """The office declares its own most dossiers (letter Cà Mau 1): its leader, or the province's administrator."""
    return can_set_limits_at(actor, session.office)


def can_set_limits_at(actor: User, office: Office) -> bool:
    """The same for an office, whatever the buổi: declared numbers, extra buổi, rooms, roster."""
    return _at(actor, office.pk, {Role.LEADER}) or _in_province(actor, office, {Role.ADMINISTRATOR})


def can_receive(actor: User | None, appointment: Appointment) -> bool:
    """Check in, let in, let out: guard, desk and leader of that office. No actor: a partner whose token was checked."""
    return actor is None or _at(actor, appointment.office_id, AT_THE_DOOR)


def can_move(actor: User | None, appointment: Appointment) -> bool:
    """Another time: whoever may cancel, and the guard for whoever stands at the door and can't be let in (Cà Mau 2)."""
    return can_change(actor, appointment) or can_receive(actor, appointment)


def can_move_to(actor: User | None, appointment: Appointment, office: Office) -> bool:
    """Staff move people within the province; another province only by those who work for it too."""
    return (actor is None or office.province_id == appointment.office.province_id
            or _in_province(actor, office, {Role.HOTLINE, Role.ADMINISTRATOR}))


def can_take_walk_in(actor: User | None, office: Office) -> bool:
    """Take somebody without an appointment, or turn them away: those at the door of that office (Cà Mau 1)."""
    return actor is None or _at(actor, office.pk, AT_THE_DOOR)


def can_see_no_shows(actor: User) -> bool:
    """How often nobody came: the office's leader and the province's administrator."""
    return actor.has_role(Role.LEADER, Role.ADMINISTRATOR)


def can_attach(actor: User | None, appointment: Appointment) -> bool:
    """Turn a visit into a dossier: the desk of that office."""
    return actor is None or _at(actor, appointment.office_id, {Role.DESK, Role.LEADER})


def can_call(actor: User, task: CallTask) -> bool:
    """Who works a call list: the office's desk, specialist and leader; for the whole province the hotline and the administrator."""
    return (_at(actor, task.office_id, {Role.DESK, Role.SPECIALIST, Role.LEADER})
            or _in_province(actor, task.office, {Role.HOTLINE, Role.ADMINISTRATOR}))


def can_hand_over(actor: User, office: Office) -> bool:
    """Hand a caller's case to an office of the province: the hotline."""
    return _in_province(actor, office, {Role.HOTLINE, Role.ADMINISTRATOR})


def can_invite(actor: User, office_id: int) -> bool:
    """Invite people of a list (letter Cà Mau 3): the office's own desk and leader; nobody else sees the names."""
    return _at(actor, office_id, {Role.DESK, Role.LEADER})


def can_plan(actor: User, office: Office) -> bool:
    """Extra buổi, desks and Saturdays against a crowd (letter Cà Mau 2): the office's leader, the province's administrator."""
    return _at(actor, office.pk, {Role.LEADER}) or _in_province(actor, office, {Role.ADMINISTRATOR})


def can_reconcile(actor: User, office_id: int) -> bool:
    """Type in the paper list of a day when the line was down: the office's desk and leader."""
    return _at(actor, office_id, {Role.DESK, Role.LEADER})


def can_serve(actor: User, office_id: int) -> bool:
    """Call numbers to a counter and serve them: the desk and the leader of that office."""
    return _at(actor, office_id, {Role.DESK, Role.LEADER})


def can_relocate(actor: User, run: Relocation) -> bool:
    """Close a place and move its people (Cà Mau 1): the office's leader for the own office, the administrator in the province."""
    if any(item.role == Role.ADMINISTRATOR and item.office.province_id == run.province_id for item in actor.current_assignments()):
        return True
    return run.office_id is not None and _at(actor, run.office_id, {Role.LEADER})
