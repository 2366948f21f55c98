"""Rows that many tests begin with are made once for a file, not once for a test.

Such rows lie in transactions that stay open while the tests of one file follow each other; each test works in a savepoint of its own
above them, finds them as if they had just been made, and is rolled back to them. A test that commits gets none of this: its fixture
makes the rows itself.
"""
from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.plugin import blocking_manager_key

from bookings import facts
from deploy.plugin import commits
from onestop import clock, moments
from tests import cast as casting

HELPER = "_django_db_helper"  # the fixture that opens a test's own transaction
Build = Callable[..., Any]
_held: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def rows(build: Build) -> Build:
    """A fixture out of what makes its rows, to be named as `build` is and given to pytest.fixture.

    `build` may ask for `morning` and for fixtures of this kind, nothing else. What it returns is copied for each test.
    """
    asked = list(inspect.signature(build).parameters.values())
    plain = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in (["request"] if asked else ["request", "db"])]

    def fixture(request: pytest.FixtureRequest, **given: Any) -> Any:
        held = request.node.stash.get(_held, {})
        if build.__name__ in held:
            return held[build.__name__]
        return build(**{each.name: given[each.name] for each in asked})

    fixture.__name__, fixture.__doc__ = build.__name__, build.__doc__
    fixture.__signature__ = inspect.Signature([*plain, *asked])  # type: ignore[attr-defined]
    fixture.build = build  # type: ignore[attr-defined]
    return fixture


@dataclass
class _Layer:
    build: Build
    value: Any
    end: Callable[[], Any]


class Layers:
    """The transactions that are open under the tests of one file."""

    def __init__(self) -> None:
        self.open: list[_Layer] = []

    def under(self, item: pytest.Function) -> None:
        """Before a test opens its own transaction: have those open that it asks for, and no other."""
        wanted = [] if commits(item) else _wanted(item)
        with item.config.stash[blocking_manager_key].unblock():
            if not _sound():
                self.end()
            while [layer.build for layer in self.open] != wanted[:len(self.open)]:
                self.end(len(self.open) - 1)
            for build in wanted[len(self.open):]:
                self.open.append(_begun(build, {layer.build.__name__: layer.value for layer in self.open}))
        if wanted:
            item.stash[_held] = copy.deepcopy({layer.build.__name__: layer.value for layer in self.open})

    def end(self, keep: int = 0) -> None:
        """Roll back all but the first `keep`."""
        while len(self.open) > keep:
            self.open.pop().end()

    def end_of_file(self, item: pytest.Item) -> None:
        """Roll back everything: the file's last test is over, and what a folder's tests share may end next."""
        with item.config.stash[blocking_manager_key].unblock():
            self.end()


def _wanted(item: pytest.Function) -> list[Build]:
    """What makes the rows that a test asks for: first what asks for nothing, last what rests on the others."""
    found: dict[str, Build] = {}
    for name in item.fixturenames:
        definitions = item._fixtureinfo.name2fixturedefs.get(name, ())
        build = getattr(definitions[-1].func, "build", None) if definitions else None
        if build is not None:
            found[name] = build
    while len(found) > len(sound := {name: build for name, build in found.items() if _rests_on(build) <= {*found, "morning"}}):
        found = sound  # a file that has its own fixture of a name makes by hand what rests on it
    return sorted(found.values(), key=lambda build: (_depth(build, found), build.__name__))


def _rests_on(build: Build) -> set[str]:
    return set(inspect.signature(build).parameters)


def _depth(build: Build, known: dict[str, Build]) -> int:
    return 1 + max((_depth(known[name], known) for name in _rests_on(build) if name in known), default=0)


def _begun(build: Build, values: dict[str, Any]) -> _Layer:
    stack = ExitStack()
    stack.enter_context(_rolled_back())
    moments.forget()
    facts.forget()
    asked = _rests_on(build)
    with ExitStack() as while_made:
        if "morning" in asked:
            values = {**values, "morning": while_made.enter_context(clock.frozen(casting.WORKDAY_MORNING))}
        value = build(**{name: values[name] for name in asked})
    connection.run_on_commit.clear()  # nothing of this is ever committed
    return _Layer(build, value, stack.close)


@contextmanager
def _rolled_back() -> Generator[None]:
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # code that insists on the outermost transaction still finds itself in it
    atomic.__enter__()
    try:
        yield
    finally:
        if _sound():
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)
        else:
            connection.close()


def _sound() -> bool:
    """Whether the transaction that lies open can be built on: no test has lost the connection or left it broken."""
    return connection.connection is None or (not connection.closed_in_transaction and not connection.needs_rollback)
