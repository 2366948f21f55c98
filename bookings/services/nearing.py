"""One message to whoever is about to be called: they may wait outside, two metres apart (letter Thường Tín 5)."""
from datetime import timedelta

from django.conf import settings

from bookings import lines
from bookings.services import telling
from onestop import clock
from onestop.offices.models import Office


def tell_nearing(office: Office) -> int:
    """Tell the first QUEUE_SMS_AHEAD of each room's line, each once for their place in the line; how many are near.

    Called in the transaction of a call, for then the line moves.
    """
    near = lines.nearest(lines.waiting(office, clock.today()), settings.QUEUE_SMS_AHEAD)
    tonight = clock.at(clock.today() + timedelta(days=1))
    for before, item in near:
        appointment = item.ticket.appointment
        telling.tell_person(appointment, f"line:{item.ticket.date.isoformat()}", "queue_near", useless_at=tonight, before=before,
                            line_link=lines.line_url(appointment))
    return len(near)
