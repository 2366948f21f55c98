"""PURE: who may do what with offices, calendars, rosters and closures."""
from onestop.offices.models import Office, WorkCalendar
from onestop.offices.states import CalendarState
from onestop.people.models import User
from onestop.people.states import Role

# Who sees the pages of offices at all; carriers' clerks and citizens have their own pages.
READERS = (Role.DESK, Role.SPECIALIST, Role.LEADER, Role.ADMINISTRATOR, Role.HOTLINE, Role.MONITOR, Role.GUARD)
# Who can be put on a duty roster.
ROSTERED = (Role.DESK, Role.SPECIALIST, Role.LEADER)


def can_manage_calendars(actor: User) -> bool:
    """Calendars hold for every office: an administrator of any province."""
    return actor.has_role(Role.ADMINISTRATOR)


def can_change_calendar(actor: User, calendar: WorkCalendar) -> bool:
    """Only a draft can be changed."""
    return can_manage_calendars(actor) and calendar.state == CalendarState.DRAFT


def is_administrator_of(actor: User, office: Office) -> bool:
    """Whether the actor administers the office's province."""
    return any(item.role == Role.ADMINISTRATOR and item.office.province_id == office.province_id
               for item in actor.current_assignments())


def can_declare_maximum(actor: User, office: Office) -> bool:
    """Hours and the declared maximum (Cà Mau clause 1): the office's leader or the administrator."""
    return office.pk in actor.office_ids_as(Role.LEADER) or is_administrator_of(actor, office)


def can_set_duty(actor: User, office: Office) -> bool:
    """The roster (Cần Thơ 1b): the office's leader or the administrator."""
    return office.pk in actor.office_ids_as(Role.LEADER) or is_administrator_of(actor, office)


def can_set_rooms(actor: User, office: Office) -> bool:
    """Room caps, kept places and the fewest officers at the counters: the office's leader or the administrator."""
    return office.pk in actor.office_ids_as(Role.LEADER) or is_administrator_of(actor, office)


def can_close_office(actor: User, office: Office) -> bool:
    """Closing and reopening: the office's leader or the administrator."""
    return office.pk in actor.office_ids_as(Role.LEADER) or is_administrator_of(actor, office)
