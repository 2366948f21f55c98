"""The only writers of offices, calendars, rosters and closures, by activity."""
from onestop.offices.services.calendars import approve_calendar, change_day, propose_calendar, redraft_calendar
from onestop.offices.services.closures import close_office, reopen_office
from onestop.offices.services.declaring import DeclaredRow, RoomRow, WeeklyRow, declare_days, declare_week, set_rooms
from onestop.offices.services.duty import DutyEntry, copy_week, rostered, set_duty
from onestop.offices.services.hours import HoursRow, declare_maximum, set_hours
from onestop.offices.services.teams import Rotation, remove_team, rotate, save_team

__all__ = [
    "DeclaredRow",
    "DutyEntry",
    "HoursRow",
    "RoomRow",
    "Rotation",
    "WeeklyRow",
    "approve_calendar",
    "change_day",
    "close_office",
    "copy_week",
    "declare_days",
    "declare_maximum",
    "declare_week",
    "propose_calendar",
    "redraft_calendar",
    "remove_team",
    "reopen_office",
    "rostered",
    "rotate",
    "save_team",
    "set_duty",
    "set_hours",
    "set_rooms",
]
