"""PURE: working-time arithmetic over a calendar that is given as data. Moments are aware and told in Asia/Ho_Chi_Minh.

A term in days excludes its first day (Civil Code 2015, articles 147 and 148); hours run in working hours only.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Ho_Chi_Minh")
Interval = tuple[time, time]
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class CalendarMissing(Exception):
    """The calendar does not know a day that was asked for."""

    def __init__(self, day: date) -> None:
        super().__init__(f"no work calendar for {day.isoformat()}")
        self.day = day


@dataclass(frozen=True)
class Calendar:
    """The working intervals of every day from `first` to `last`, both included; an empty tuple is a day off."""

    first: date
    last: date
    days: Mapping[date, tuple[Interval, ...]]

    def hours(self, day: date) -> tuple[Interval, ...]:
        """The working intervals of a day in order. Raises CalendarMissing for a day it does not know."""
        try:
            return self.days[day]
        except KeyError:
            raise CalendarMissing(day) from None


def moment_of(day: date, clock_time: time) -> datetime:
    """An aware moment of a Vietnamese day."""
    return datetime.combine(day, clock_time, TZ)


def spans(cal: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """The working intervals of a day as moments."""
    return [(moment_of(day, opens), moment_of(day, closes)) for opens, closes in cal.hours(day)]


def is_working_day(cal: Calendar, day: date) -> bool:
    """Whether any work is done on a day. Raises CalendarMissing."""
    return bool(cal.hours(day))


def this_or_next_working_day(cal: Calendar, day: date) -> date:
    """The day itself if it is a working day, else the first one after it. Raises CalendarMissing."""
    while not is_working_day(cal, day):
        day += DAY
    return day


def next_working_day(cal: Calendar, day: date) -> date:
    """The first working day strictly after `day`. Raises CalendarMissing."""
    return this_or_next_working_day(cal, day + DAY)


def add_working_days(cal: Calendar, day: date, n: int) -> date:
    """The n-th working day after `day`, which is not counted itself; n = 0 is `day`. Raises CalendarMissing, ValueError."""
    if n < 0:
        raise ValueError("n must not be negative")
    for _unused in range(n):
        day = next_working_day(cal, day)
    return day


def working_days_between(cal: Calendar, a: date, b: date) -> int:
    """Working days after `a` up to and including `b`; negative where `b` is before `a`. Raises CalendarMissing."""
    if b < a:
        return -working_days_between(cal, b, a)
    return sum(is_working_day(cal, a + DAY * step) for step in range(1, (b - a).days + 1))


def day_start(cal: Calendar, day: date) -> datetime:
    """When work begins on a working day. Raises CalendarMissing, ValueError for a day off."""
    hours = cal.hours(day)
    if not hours:
        raise ValueError(f"{day} is a day off")
    return moment_of(day, hours[0][0])


def day_end(cal: Calendar, day: date) -> datetime:
    """The end of a working day's last interval. Raises CalendarMissing, ValueError for a day off."""
    hours = cal.hours(day)
    if not hours:
        raise ValueError(f"{day} is a day off")
    return moment_of(day, hours[-1][1])


def working_moment(cal: Calendar, moment: datetime) -> datetime:
    """`moment` if work is done then, else the next beginning of work. Raises CalendarMissing."""
    return next(max(begin, moment.astimezone(TZ)) for begin, _end in working_spans(cal, moment))


def working_spans(cal: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Working intervals from `start` on, the first one cut at it. Raises CalendarMissing where the calendar ends."""
    start = start.astimezone(TZ)
    day = start.date()
    while True:
        for begin, end in spans(cal, day):
            if end > start:
                yield max(begin, start), end
        day += DAY


def add_working_time(cal: Calendar, moment: datetime, length: timedelta) -> datetime:
    """The moment at which `length` of working time has passed since `moment`; a zero length is `moment` itself.

    A length that ends with an interval gives that interval's end, never the next one's beginning. Raises CalendarMissing,
    ValueError for a negative length.
    """
    if length < timedelta(0):
        raise ValueError("length must not be negative")
    if not length:
        return moment.astimezone(TZ)
    for begin, end in working_spans(cal, moment):
        if end - begin >= length:
            return begin + length
        length -= end - begin
    raise AssertionError("working_spans ends by an exception only")


def add_working_minutes(cal: Calendar, moment: datetime, minutes: int) -> datetime:
    """`moment` plus minutes of working time, as add_working_time. Raises CalendarMissing, ValueError."""
    return add_working_time(cal, moment, MINUTE * minutes)


def working_time_between(cal: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; negative where `end` is before `start`. Raises CalendarMissing."""
    if end < start:
        return -working_time_between(cal, end, start)
    start, end = start.astimezone(TZ), end.astimezone(TZ)
    total = timedelta(0)
    for step in range((end.date() - start.date()).days + 1):
        for opens, closes in spans(cal, start.date() + DAY * step):
            total += max(min(closes, end) - max(opens, start), timedelta(0))
    return total


def working_minutes_between(cal: Calendar, start: datetime, end: datetime) -> int:
    """Whole minutes of working time from `start` to `end`, cut towards zero. Raises CalendarMissing."""
    return int(working_time_between(cal, start, end) / MINUTE)
