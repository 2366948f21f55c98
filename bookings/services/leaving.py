"""A page that was left behind gives its place back soon; one that was only loaded again keeps it.

A browser can't say whether a page is closed or reloaded: so leaving cuts the hold short, and coming back takes it up again.
"""
from __future__ import annotations

from datetime import datetime, timedelta

from bookings.models import Hold
from bookings.states import HoldState
from onestop import clock
from onestop.people.tokens import digest

SECONDS = 30  # between leaving and the place being free again


def let_go(*, token: str) -> datetime | None:
    """End a hold SECONDS from now unless it ends sooner; gives until when it would have lasted, None if there was nothing to cut."""
    now = clock.now()
    hold = Hold.objects.filter(token_digest=digest(token), state=HoldState.HELD, expires_at__gt=now + timedelta(seconds=SECONDS)).first()
    if hold is None:
        return None
    row = Hold.objects.filter(pk=hold.pk, state=HoldState.HELD, expires_at=hold.expires_at)
    return hold.expires_at if row.update(expires_at=now + timedelta(seconds=SECONDS)) == 1 else None


def take_up(*, token: str, until: datetime) -> Hold | None:
    """Give a hold that was cut short its old end again, if it still lives; None once it is over."""
    now = clock.now()
    row = Hold.objects.filter(token_digest=digest(token), state=HoldState.HELD, expires_at__gt=now, expires_at__lt=until)
    row.update(expires_at=until)
    return Hold.objects.filter(token_digest=digest(token), state=HoldState.HELD, expires_at__gt=now).first()
