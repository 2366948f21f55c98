"""PURE: the hours of a day in which nobody minds a message."""
from collections.abc import Sequence
from datetime import datetime, timedelta


def opening(moment: datetime, hours: Sequence[int]) -> datetime:
    """The first moment from `moment` on (aware, in local time) that lies within the hours `from` (inclusive) to `to` (exclusive)."""
    first, last = hours
    if first <= moment.hour < last:
        return moment
    day = moment if moment.hour < first else moment + timedelta(days=1)
    return day.replace(hour=first, minute=0, second=0, microsecond=0)


def next_morning(moment: datetime, hours: Sequence[int]) -> datetime:
    """When the hours of the day after `moment` begin."""
    return (moment + timedelta(days=1)).replace(hour=hours[0], minute=0, second=0, microsecond=0)
