"""The demo's sessions: those of the coming days at every office, made by the same service as the nightly job; some people in line
today, and one crowd ahead."""
from collections.abc import Callable

from bookings import demo_calls, demo_crowd
from bookings.demo_line import load_line
from bookings.services.sessions import generate_all


def load(*, password: str, say: Callable[[str], None]) -> None:
    """Make what is missing; a second run adds nothing."""
    say(f"Slots added: {generate_all()}")
    say(f"Warnings of a crowd: {demo_crowd.load()}")
    say(f"People in line: {load_line()}")
    say(f"People to call or invite: {demo_calls.load()}")
