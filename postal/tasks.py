"""Jobs of the post: hints about rows, never the work itself."""
from celery import shared_task

from postal.services import campaigns, stuck
from postal.services import dispatch as services


@shared_task(name="postal.dispatch")
def dispatch(*pks: int) -> None:
    """Tell the carrier of these shipments, if they are still due."""
    services.dispatch_all(pks)


@shared_task(name="postal.sweep")
def sweep() -> None:
    """Find decided dossiers, what is due, and what a dead worker left."""
    services.sweep()


@shared_task(name="postal.freeze_campaign")
def freeze_campaign(pk: int) -> None:
    """Write a share of a campaign's list."""
    campaigns.freeze(pk)


@shared_task(name="postal.invite")
def invite(pk: int) -> None:
    """Invite some of a campaign's people by message."""
    campaigns.invite(pk)


@shared_task(name="postal.sweep_campaigns")
def sweep_campaigns() -> None:
    """People who leave a campaign's list; jobs that died."""
    campaigns.sweep()


@shared_task(name="postal.watch")
def watch() -> None:
    """Warn of times that run out, escalate those that have, find what stands still."""
    stuck.sweep()
