"""The demo's sessions: those of the coming days at every office, made by the same service as the nightly job."""
from collections.abc import Callable

from bookings.services.sessions import generate_all


def load(*, password: str, say: Callable[[str], None]) -> None:
    """Make what is missing; a second run adds nothing."""
    say(f"Slots added: {generate_all()}")
