"""Work of people in the background."""
from celery import shared_task

from onestop.people import services


@shared_task(name="people.heartbeat")  # type: ignore[untyped-decorator]
def heartbeat() -> None:
    """Beat asked, a worker answered."""
    services.beat()
