"""Celery's doors: the work is in services."""
from celery import shared_task

from onestop.directives.services import switches


@shared_task(name="directives.carry_out_switch")
def carry_out_switch(pk: int) -> None:
    """Open or close channels of the catalogue, as a switch says."""
    switches.carry_out(pk)


@shared_task(name="directives.sweep")
def sweep() -> None:
    """Switches whose day has come, or whose job stands still."""
    switches.sweep()
