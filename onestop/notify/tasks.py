"""Jobs of the outbox: hints about rows, never the work itself."""
from celery import shared_task

from onestop.notify import services
from onestop.notify.services import broadcast_lists, broadcast_sending, purging


@shared_task(name="notify.send")
def send(*pks: int) -> None:
    """Send these messages, if they are still due."""
    services.send_all(pks)


@shared_task(name="notify.sweep")
def sweep() -> None:
    """Find what is due, and what a dead worker left."""
    services.sweep()


@shared_task(name="notify.fill_audience")
def fill_audience(pk: int) -> None:
    """Make the list of a broadcast to subscribers or to an uploaded list."""
    broadcast_lists.fill_here(pk)


@shared_task(name="notify.hand_out")
def hand_out(pk: int) -> None:
    """Give the outbox what a running broadcast has earned."""
    broadcast_sending.hand_out(pk)


@shared_task(name="notify.sweep_broadcasts")
def sweep_broadcasts() -> None:
    """Broadcasts that run, lists whose making stands still."""
    broadcast_sending.sweep()


@shared_task(name="notify.purge")
def purge() -> None:
    """Subscriptions that nobody confirmed, the people of broadcasts that are over."""
    purging.sweep()
