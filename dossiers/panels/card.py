"""One card."""
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Card:
    """A template (given `data`) and whether it stands in the narrow column."""

    template: str
    data: dict[str, Any] = field(default_factory=dict)
    aside: bool = False
