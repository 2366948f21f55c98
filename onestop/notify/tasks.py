"""Jobs of the outbox: hints about rows, never the work itself."""
from celery import shared_task

from onestop.notify import services


@shared_task(name="notify.send")
def send(*pks: int) -> None:
    """Send these messages, if they are still due."""
    services.send_all(pks)


@shared_task(name="notify.sweep")
def sweep() -> None:
    """Find what is due, and what a dead worker left."""
    services.sweep()
