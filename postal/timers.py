"""PURE: until when a carrier has to fetch something (letter Khánh Hòa, clause 3: four hours)."""
from datetime import datetime, timedelta

from onestop.worktime import Calendar, add_working_minutes


def wall_due(start: datetime, hours: int) -> datetime:
    """`hours` by the clock on the wall."""
    return start + timedelta(hours=hours)


def working_due(calendar: Calendar, start: datetime, hours: int) -> datetime:
    """`hours` of working time after `start`. Raises worktime.CalendarMissing where the calendar ends too early."""
    return add_working_minutes(calendar, start, hours * 60)
