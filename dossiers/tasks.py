"""Celery's doors: four lines each; the work is in services."""
from celery import shared_task

from dossiers.services import extensions, scanning, sweeps


@shared_task(name="dossiers.execute_extension")
def execute_extension(pk: int) -> None:
    """Carry out an approved (or lifted) request for more time."""
    extensions.execute(pk)


@shared_task(name="dossiers.sweep")
def sweep() -> None:
    """Limits, letters, files, interrupted work."""
    sweeps.sweep()


@shared_task(name="dossiers.scan_upload")
def scan_upload(pk: int) -> None:
    """Look an uploaded file through for viruses."""
    scanning.scan(pk)
