"""Pytest plugin of `make test`: the counts in a file, skips as failures, and which tests each of the three passes takes.

PORTAL_PASS: 'main' (PostgreSQL and Redis), 'processes' (the same, on servers of its own: what kills or drives whole processes, and mostly
waits), 'sqlite' (a sample of what depends on the database once more, on the embedded one, and the house rules). Without it: everything.
"""
import gc
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.test import TestCase, TransactionTestCase

# Tests that say nothing about the database: run once.
ONCE = ("tests/house/", "tests/journeys/", "tests/faults/", "tests/deploy/", "tests/realdata/")
_counts: Counter[str] = Counter()
_bad: set[str] = set()


def _of_processes(item: pytest.Item) -> bool:
    """Long tests that start the portal's own processes or a browser."""
    return item.nodeid.startswith(("tests/journeys/", "tests/faults/")) or bool(item.get_closest_marker("browser"))


def _again(item: pytest.Item) -> bool:
    """What is run on the embedded database, too: everything that uses a database, unless it says that once is enough."""
    if item.nodeid.startswith("tests/house/"):
        return True
    once = item.nodeid.startswith(ONCE) and item.get_closest_marker("both") is None
    elsewhere = any(item.get_closest_marker(name) for name in ("postgres_only", "browser"))
    return not once and not elsewhere and bool(item.get_closest_marker("django_db") or _uses_database(item))


def _sample(items: list[pytest.Item]) -> list[pytest.Item]:
    """What is run on the embedded database of all that could be: whatever commits, where the two databases differ most, and the house
    rules; of the rest every second test of a file. Of a test with many cases, the first and the last: the cases differ in what they ask,
    not in what the database does with it."""
    files: dict[str, dict[str, list[pytest.Item]]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], {}).setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept: list[pytest.Item] = []
    for name, tests in files.items():
        for number, cases in enumerate(tests.values()):
            if name.startswith("tests/house/"):
                kept += cases
            elif number % 2 == 0 or any(commits(case) for case in cases):
                kept += cases[:1] + cases[1:][-1:]
    return kept


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays until the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what belongs to this pass."""
    chosen = os.environ.get("PORTAL_PASS")
    if not chosen:
        return
    if chosen == "sqlite":
        kept = _sample([item for item in items if _again(item)])
    else:
        kept = [item for item in items if _of_processes(item) == (chosen == "processes") and not item.nodeid.startswith("tests/house/")]
    staying = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in staying])
    items[:] = [item for item in items if item in staying]


def commits(item: pytest.Item) -> bool:
    """Whether a test works without a transaction that is rolled back under it."""
    names: Any = getattr(item, "fixturenames", ())
    marker, case = item.get_closest_marker("django_db"), getattr(item, "cls", None)
    whole = case is not None and issubclass(case, TransactionTestCase) and not issubclass(case, TestCase)
    return whole or bool({"transactional_db", "live_server"} & set(names)) or bool(marker and marker.kwargs.get("transaction"))


def _uses_database(item: pytest.Item) -> bool:
    names: Any = getattr(item, "fixturenames", ())
    case: Any = getattr(item, "cls", None)
    if case is not None and issubclass(case, TransactionTestCase):
        return True
    return bool({"db", "transactional_db", "django_db_setup", "live_server"} & set(names))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count each test once; a skip, an expected failure or a failing teardown counts as failed."""
    if report.failed or report.skipped:
        _bad.add(report.nodeid)
    if report.when == "teardown":
        _counts["failed" if report.nodeid in _bad else "passed"] += 1


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that can't be collected, or that skips itself, is one failure."""
    if report.failed or report.skipped:
        _counts["failed"] += 1


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what was skipped: it is counted as failed."""
    for kind in ("skipped", "xfailed", "xpassed"):
        for report in terminalreporter.getreports(kind):
            terminalreporter.write_line(f"{kind.upper()} counts as failed: {getattr(report, 'nodeid', report)}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write the counts where deploy/test.py reads them."""
    target = os.environ.get("PORTAL_COUNTS")
    if target and not hasattr(config, "workerinput"):
        Path(target).write_text(json.dumps({"passed": _counts["passed"], "failed": _counts["failed"]}))
