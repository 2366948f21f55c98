"""Jobs of the post: hints about rows, never the work itself."""
from celery import shared_task

from postal.services import asked, campaigns, dead, events, files, money, settlements, stuck, timing, waivers
from postal.services import dispatch as services
from postal.services.campaigns import purging


@shared_task(name="postal.dispatch")
def dispatch(*pks: int) -> None:
    """Tell the carrier of these shipments, if they are still due."""
    services.dispatch_all(pks)


@shared_task(name="postal.sweep")
def sweep() -> None:
    """Find decided dossiers, what is due, and what a dead worker left."""
    services.sweep()


@shared_task(name="postal.exchange_files")
def exchange_files() -> None:
    """Manifests out, carriers' files in."""
    files.sweep()


@shared_task(name="postal.apply_words")
def apply_words(carrier: int) -> None:
    """Events of a carrier whose word has been explained."""
    events.apply_waiting(carrier)


@shared_task(name="postal.retry_dead")
def retry_dead(carrier: int, actor: int, asked: int) -> None:
    """Go on letting a carrier's dead letters be tried again."""
    dead.go_on(carrier, actor, asked)


@shared_task(name="postal.recalculate")
def recalculate(carrier: int, actor: int, after: int) -> None:
    """Go on counting the times again that a carrier was given."""
    timing.go_on(carrier, actor, after)


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
    """People who leave a campaign's list; jobs that died; files that nobody needs any more."""
    campaigns.sweep()


@shared_task(name="postal.make_file")
def make_file(pk: int) -> None:
    """Make a list that somebody asked for as a file."""
    asked.make(pk)


@shared_task(name="postal.watch")
def watch() -> None:
    """Warn of times that run out, escalate those that have, find what stands still."""
    stuck.sweep()


@shared_task(name="postal.apply_waiver")
def apply_waiver(pk: int) -> None:
    """Apply a waiver that was started to some of what was made before."""
    waivers.apply(pk)


@shared_task(name="postal.work_settlement")
def work_settlement(pk: int) -> None:
    """Write a share of a settlement's lines, or compare them with the carrier's file."""
    settlements.work(pk)


@shared_task(name="postal.export_settlement")
def export_settlement(pk: int) -> None:
    """Make the files of an approved settlement."""
    settlements.export(pk)


@shared_task(name="postal.sweep_money")
def sweep_money() -> None:
    """Final prices, waivers and settlements that stand still or fall due."""
    money.sweep()


@shared_task(name="postal.purge")
def purge() -> None:
    """Contact data of address campaigns that are over."""
    purging.sweep()
