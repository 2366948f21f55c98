"""Jobs of the post: hints about rows, never the work itself."""
from celery import shared_task

from postal.services import dispatch as services


@shared_task(name="postal.dispatch")
def dispatch(*pks: int) -> None:
    """Tell the carrier of these shipments, if they are still due."""
    services.dispatch_all(pks)


@shared_task(name="postal.sweep")
def sweep() -> None:
    """Find decided dossiers, what is due, and what a dead worker left."""
    services.sweep()
