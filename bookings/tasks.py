"""The jobs of bookings; each calls one service."""
import logging

from celery import shared_task

from bookings.services import (
    audiences,
    audit,
    forecast,
    holds,
    noshow,
    offers,
    outreach,
    relocation,
    reminders,
    sessions,
    unreached,
    visits,
)
from bookings.services.outreach import purging

log = logging.getLogger(__name__)


@shared_task(name="bookings.remind")
def remind() -> None:
    reminders.remind()


@shared_task(name="bookings.expire_holds")
def expire_holds() -> None:
    holds.expire_holds()


@shared_task(name="bookings.note_no_shows")
def note_no_shows() -> None:
    noshow.record()


@shared_task(name="bookings.offer_places")
def offer_places() -> None:
    offers.offer_next()


@shared_task(name="bookings.close_past_days")
def close_past_days() -> None:
    visits.close_past_days()


@shared_task(name="bookings.generate_sessions")
def generate_sessions() -> None:
    sessions.generate_all()


@shared_task(name="bookings.work_outreach")
def work_outreach(pk: int) -> None:
    outreach.work(pk)


@shared_task(name="bookings.sweep_outreach")
def sweep_outreach() -> None:
    outreach.sweep()


@shared_task(name="bookings.audit")
def audit_capacity() -> None:
    for difference in audit.audit_capacity():
        log.error("capacity: %s", difference)


@shared_task(name="bookings.warn_of_crowds")
def warn_of_crowds() -> None:
    forecast.warn_of_crowds()


@shared_task(name="bookings.relocate")
def relocate(pk: int) -> None:
    relocation.work(relocation_id=pk)


@shared_task(name="bookings.sweep_relocations")
def sweep_relocations() -> None:
    relocation.sweep()


@shared_task(name="bookings.fill_audience")
def fill_audience(pk: int) -> None:
    """The people of a broadcast's list."""
    audiences.fill_audience(pk)


@shared_task(name="bookings.sweep_unreached")
def sweep_unreached() -> None:
    unreached.sweep()


@shared_task(name="bookings.purge")
def purge() -> None:
    """Contact data of invitation lists that are over."""
    purging.sweep()
