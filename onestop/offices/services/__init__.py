"""The only writers of offices, calendars, rosters and closures, by activity."""
from onestop.offices.services.calendars import approve_calendar, change_day, propose_calendar, redraft_calendar
from onestop.offices.services.closures import close_office, reopen_office
from onestop.offices.services.duty import DutyEntry, copy_week, set_duty
from onestop.offices.services.hours import HoursRow, declare_maximum, set_hours

__all__ = [
    "DutyEntry", "HoursRow", "approve_calendar", "change_day", "close_office", "copy_week", "declare_maximum", "propose_calendar",
    "redraft_calendar", "reopen_office", "set_duty", "set_hours",
]
