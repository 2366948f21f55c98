"""What beat does for the bridge."""
from __future__ import annotations

import logging
from collections.abc import Callable

from dossiers.services.bridge.collecting import collect
from dossiers.services.bridge.importing import pull
from dossiers.services.bridge.sending import send_due

log = logging.getLogger(__name__)


def sweep() -> dict[str, int]:
    """Fetch what was filed, make the packets that are missing, send what is due; how much of each."""
    return {name: _tried(name, part) for name, part in (("pulled", pull), ("collected", collect), ("sent", send_due))}


def _tried(name: str, part: Callable[[], int]) -> int:
    """One part; a fault in it keeps none of the others waiting."""
    try:
        return part()
    except Exception:
        log.exception("%s of the bridge", name)
        return 0
