"""The ways out. Each takes a message that is claimed and committed, and answers with what came of it; none of them writes."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The other side has it. `delivered`: the person can read it now."""

    provider_id: str = ""
    delivered: bool = False


@dataclass(frozen=True)
class Temporary:
    """Worth another try later. `unreachable`: nobody answered, so the next message would fare no better. `untaken`: the other side has
    surely taken nothing, so that another one may be asked; without it nobody knows. `pause`: seconds it asks to be left alone."""

    reason: str
    unreachable: bool = False
    untaken: bool = False
    pause: float = 0.0


@dataclass(frozen=True)
class Permanent:
    """No further try will help."""

    reason: str


Outcome = Sent | Temporary | Permanent
