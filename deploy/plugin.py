"""Pytest plugin of `make test`: the counts in a file, skips as failures, and the choice of tests for the second pass."""
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase

# Tests that say nothing about the database: run once, on the first pass.
ONCE = ("tests/house/", "tests/journeys/", "tests/faults/", "tests/deploy/", "tests/realdata/")
_counts: Counter[str] = Counter()
_bad: set[str] = set()


def _beside(item: pytest.Item) -> bool:
    """Long tests of which one run is enough, on either database: the second pass takes them while the first one is busy."""
    return item.nodeid.startswith("tests/house/") or (item.nodeid.startswith("tests/pages/") and bool(item.get_closest_marker("browser")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second pass (SQLite) keep what depends on the database; what runs beside runs only there."""
    if not os.environ.get("PORTAL_SECOND_PASS"):
        left_out = [item for item in items if _beside(item)] if os.environ.get("PORTAL_TWO_PASSES") else []
        items[:] = [item for item in items if not left_out or not _beside(item)]
        config.hook.pytest_deselected(items=left_out)
        return
    kept, left_out = [], []
    for item in items:
        if _beside(item):
            kept.append(item)
            continue
        once = item.nodeid.startswith(ONCE) and item.get_closest_marker("both") is None
        elsewhere = any(item.get_closest_marker(name) for name in ("postgres_only", "browser"))
        needs_database = item.get_closest_marker("django_db") or _uses_database(item)
        (left_out if once or elsewhere or not needs_database else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


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
