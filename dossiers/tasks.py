"""Celery's doors: four lines each; the work is in services."""
from celery import shared_task

from dossiers.services import (
    assigning,
    audiences,
    bridge,
    bulk,
    calendar_shift,
    digest,
    extensions,
    payments,
    reminders,
    scanning,
    sweeps,
    upkeep,
)


@shared_task(name="dossiers.execute_extension")
def execute_extension(pk: int) -> None:
    """The next dossiers of a request for more time that is frozen, carried out or lifted."""
    extensions.work(pk)


@shared_task(name="dossiers.follow_up_extension")
def follow_up_extension(pk: int) -> None:
    """The annex and the notices of a request that was carried out."""
    extensions.follow_up(pk)


@shared_task(name="dossiers.shift_calendar")
def shift_calendar(pk: int) -> None:
    """Move dossiers by a new version of a year's calendar."""
    calendar_shift.run(pk)


@shared_task(name="dossiers.sweep")
def sweep() -> None:
    """Limits, letters, files, interrupted work."""
    sweeps.sweep()


@shared_task(name="dossiers.scan_upload")
def scan_upload(pk: int) -> None:
    """Look an uploaded file through for viruses."""
    scanning.scan(pk)


@shared_task(name="dossiers.carry_out_bulk")
def carry_out_bulk(pk: int) -> None:
    """The next dossiers of a verb that is done for many."""
    bulk.carry_out(pk)


@shared_task(name="dossiers.cover")
def cover() -> None:
    """Dossiers of officers who are off duty."""
    assigning.cover()


@shared_task(name="dossiers.sweep_payments")
def sweep_payments() -> None:
    """Silent tries to pay, reminders, requests whose time is over."""
    payments.sweep()


@shared_task(name="dossiers.ask_gateway")
def ask_gateway(pk: int) -> None:
    """Ask the gateway about a try to pay that a browser just came back from."""
    payments.ask_gateway(pk, first_only=True)


@shared_task(name="dossiers.sweep_intake")
def sweep_intake() -> None:
    """Unattended submissions, drafts, unchecked files, missing proofs of filing."""
    upkeep.sweep()


@shared_task(name="dossiers.remind")
def remind() -> None:
    """Results nobody fetched; reminders that are not true any more."""
    reminders.sweep()


@shared_task(name="dossiers.digest")
def write_digests() -> None:
    """What is late and due soon, to officers and leaders in the morning."""
    digest.sweep()


@shared_task(name="dossiers.issue_filing")
def issue_filing(pk: int) -> None:
    """The proof that a dossier was handed in online."""
    upkeep.issue_filing(pk)


@shared_task(name="dossiers.sweep_bridge")
def sweep_bridge() -> None:
    """Dossiers from the National Portal, status packets to it."""
    bridge.sweep()


@shared_task(name="dossiers.fill_audience")
def fill_audience(pk: int) -> None:
    """The people of a broadcast's list."""
    audiences.fill_audience(pk)
