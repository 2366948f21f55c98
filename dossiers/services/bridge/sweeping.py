"""What beat does for the bridge."""
from __future__ import annotations

from dossiers.services.bridge.collecting import collect
from dossiers.services.bridge.importing import pull
from dossiers.services.bridge.sending import send_due
from onestop.patience import each_part


def sweep() -> dict[str, int]:
    """Fetch what was filed, make the packets that are missing, send what is due; how much of each."""
    return each_part("the bridge", {"pulled": pull, "collected": collect, "sent": send_due})
