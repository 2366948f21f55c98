"""The demonstration of the outbox."""
from collections.abc import Callable

from onestop.notify import demo_broadcasts, demo_gateways, demo_words


def load(*, password: str, say: Callable[[str], None]) -> None:
    """What is missing."""
    say(f"Notify: {demo_broadcasts.load()} subscribers made, {demo_words.load()} texts written, {demo_gateways.load()} gateways")
