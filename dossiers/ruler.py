"""PURE: measuring time while the legal clock runs: gaps as sets, and rulers in working hours or shares of days."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import ceil

from onestop import worktime
from onestop.catalogue.states import Unit
from onestop.worktime import DAY, TZ, Calendar

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Gaps:
    """When the clock does not run: whole days and moments, as sets, so that nothing is counted twice."""

    days: frozenset[date] = frozenset()
    spans: tuple[Span, ...] = ()

    def __or__(self, other: Gaps) -> Gaps:
        return Gaps(self.days | other.days, merged([*self.spans, *other.spans]))


NO_GAPS = Gaps()


def merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same moments as disjoint spans in order."""
    result: list[Span] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return tuple(result)


def without(span: Span, gaps: Sequence[Span]) -> Iterator[Span]:
    """What of a span lies outside of disjoint, ordered gaps."""
    begin, end = span
    for gap_begin, gap_end in gaps:
        if gap_end <= begin or gap_begin >= end:
            continue
        if gap_begin > begin:
            yield begin, gap_begin
        begin = max(begin, gap_end)
    if begin < end:
        yield begin, end


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return worktime.moment_of(day, time.min)


def local_day(moment: datetime) -> date:
    """The Vietnamese day of a moment."""
    return moment.astimezone(TZ).date()


def last_day(until: datetime) -> date:
    """The day that ends at or holds `until` (24:00 belongs to the day it ends)."""
    return local_day(until - timedelta(microseconds=1))


@dataclass(frozen=True)
class Ruler:
    """Measures running time: in seconds of working time (hours), or in shares of days (working days, or all 24 hours)."""

    cal: Calendar
    unit: str

    def day(self, day: date) -> list[Span]:
        """The spans of a day that count. Raises CalendarMissing."""
        working = worktime.spans(self.cal, day)
        return [(midnight(day), midnight(day + DAY))] if self.unit == Unit.CALENDAR_DAY else working

    def rate(self, spans: Sequence[Span]) -> Fraction:
        """What one second of these spans counts."""
        if self.unit == Unit.HOUR:
            return Fraction(1)
        return 1 / Fraction(sum((end - begin for begin, end in spans), timedelta(0)) / timedelta(seconds=1))

    def running(self, start: datetime, gaps: Gaps) -> Iterator[tuple[datetime, datetime, Fraction]]:
        """Spans in which the clock runs, from `start` on, with what a second counts. Raises CalendarMissing at the end."""
        day = local_day(start)
        while True:
            spans = self.day(day)
            if spans and day not in gaps.days:
                rate = self.rate(spans)
                for begin, end in spans:
                    for piece in without((max(begin, start), end), gaps.spans) if end > start else ():
                        yield *piece, rate
            day += DAY

    def reach(self, start: datetime, need: Fraction, gaps: Gaps) -> datetime:
        """The moment at which `need` has been used up since `start`."""
        if need <= 0:
            return start
        for begin, end, rate in self.running(start, gaps):
            gain = seconds(end - begin) * rate
            if gain >= need:
                return begin + timedelta(microseconds=ceil(need / rate * 1_000_000))
            need -= gain
        raise AssertionError("running ends by an exception only")

    def measure(self, start: datetime, end: datetime, gaps: Gaps) -> Fraction:
        """What is used up from `start` to `end`; 0 where `end` is not later."""
        used = Fraction(0)
        if end <= start:
            return used
        for begin, stop, rate in self.running(start, gaps):
            if begin >= end:
                return used
            used += seconds(min(stop, end) - begin) * rate
            if stop >= end:
                return used
        return used

    def close_of(self, moment: datetime, gaps: Gaps) -> datetime:
        """The end of work of the day that `moment` ends or lies in, or of the next working day on which the clock runs."""
        day = last_day(moment)
        while day in gaps.days or not any(piece for span in worktime.spans(self.cal, day) for piece in without(span, gaps.spans)):
            day += DAY
        return worktime.day_end(self.cal, day)


def seconds(length: timedelta) -> Fraction:
    """A length in exact seconds."""
    return Fraction(length // timedelta(microseconds=1), 1_000_000)
