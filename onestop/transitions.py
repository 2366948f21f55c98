"""Transition tables, and the one kind of refusal that every verb uses.

A table is {verb: (from-states, to-state)}. It is data: pages, services and tests read the same table.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Table = Mapping[str, tuple[frozenset[str], str]]


class Refused(Exception):
    """A verb was refused. `code` is for programs, `sentence` is for people (already translated or lazy).

    `status` is the HTTP status of the answer: 409 for a conflict with a state, 422 when a rule refuses, 403/404 for
    rights. `directive` names {number, clause} where a letter is the reason. `fields` maps a field to its sentences.
    """

    def __init__(self, code: str, sentence: Any, *, status: int = 422, directive: dict[str, str] | None = None,
                 fields: Mapping[str, list[Any]] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.directive = directive
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class Step:
    """One allowed step: the state before and the state after."""

    verb: str
    before: str
    after: str


def verb(before: Iterable[str], after: str) -> tuple[frozenset[str], str]:
    """One row of a table, written from plain states or enum members."""
    return frozenset(str(state) for state in before), str(after)


def step(table: Table, name: str, state: str, *, sentence: Any) -> Step:
    """The step that verb `name` makes from `state`. Raises Refused('wrong_state', sentence, 409) where it may not."""
    before, after = table[name]
    if str(state) not in before:
        raise Refused("wrong_state", sentence, status=409)
    return Step(name, str(state), after)


def allowed(table: Table, state: str) -> frozenset[str]:
    """The verbs that may be done from `state`."""
    return frozenset(name for name, (before, _) in table.items() if str(state) in before)
