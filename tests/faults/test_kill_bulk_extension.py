"""kill -9 of the worker amid more time for hundreds of dossiers: it goes on, nobody is moved twice and everybody told once."""
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from deploy import servers
from dossiers.models import ClockEntry, Extension
from dossiers.services import extensions
from dossiers.states import ExtensionState, Kind
from onestop import clock
from onestop.notify.models import Message
from tests.bookings.crowd import rounds
from tests.cast import Cast
from tests.dossiers.bulk import ask, grounds, received
from tests.portal import Portal

pytestmark = [pytest.mark.faults, pytest.mark.both, pytest.mark.django_db(transaction=True)]
HASTE = {"EXTENSION_STALL_SECONDS": "2", "SEND_TIMEOUT_SECONDS": "6", "SEND_LEASE_SECONDS": "8"}


def moved() -> int:
    return ClockEntry.objects.filter(kind=Kind.EXTEND).count()


def test_a_killed_worker_moves_and_tells_nobody_twice(live_cast: Cast, broker: servers.Redis | None, tmp_path: Path) -> None:
    portal = Portal(tmp_path / "portal", broker.url if broker else "", **HASTE)
    many = rounds(800, 300)
    received(live_cast, many)
    try:
        asked = ask(live_cast, grounds(live_cast), until=clock.today() + timedelta(days=40))  # nobody is there to hear of the job
        portal.start("carrier", "worker", "beat")
        portal.wait_for(lambda: state_of(asked) == ExtensionState.REQUESTED, 120, "the list is written")
        assert asked.items.count() == many
        extensions.approve(actor=live_cast.administrator, extension=asked, via="web")
        for so_far in (many // 16, many * 3 // 8):
            portal.wait_for(lambda so_far=so_far: moved() >= so_far, 120, f"{so_far} dossiers are moved")
            kill(portal, broker)
        portal.wait_for(lambda: state_of(asked) == ExtensionState.DONE, 200, "every dossier is moved")
    finally:
        portal.stop()
    assert Counter(asked.items.values_list("state", flat=True)) == {"done": many}
    entries = Counter(ClockEntry.objects.filter(kind=Kind.EXTEND).values_list("dossier_id", flat=True))
    assert len(entries) == many and set(entries.values()) == {1}
    assert Message.objects.filter(template_key="dossier_new_date").count() == many


def state_of(asked: Extension) -> str:
    asked.refresh_from_db()
    return str(asked.state)


def kill(portal: Portal, broker: servers.Redis | None) -> None:
    """kill -9 of the worker; it comes back to an empty broker."""
    portal.kill("worker")
    assert state_of(Extension.objects.get()) in (ExtensionState.ASSESSING, ExtensionState.REQUESTED, ExtensionState.APPROVED)
    if broker is not None:
        broker.kill()
        broker.start()  # every job that waited is gone
    portal.start("worker")
