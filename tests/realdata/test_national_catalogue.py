"""The whole file of the National Public Service Portal: taken in, reported, found again. SHARED names the folder beside the clone."""
import os
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from onestop.catalogue import queries
from onestop.catalogue.models import Procedure
from onestop.catalogue.services.importing import Report, import_procedures
from onestop.catalogue.services.review import apply_rule, preview_rule, undo_rule

TOTAL = 2642
WORKING_DAYS = {"unit": "working_day"}


def catalogue() -> Path:
    return Path(os.environ.get("SHARED", "../shared")) / "data" / "procedures.jsonl"


@pytest.fixture
def report(db: None) -> Report:
    return import_procedures(catalogue())


def test_all_are_taken_in_and_what_needs_review_is_told(report: Report):
    assert (report.created, report.updated, report.unchanged, report.rejected) == (TOTAL, 0, 0, [])
    assert report.problems == {"no_unit": 852, "no_term": 313, "bad_fee": 104, "no_channel": 15, "bad_term": 5}
    assert report.procedures_to_review == 543
    assert report.fees_not_stated == 934
    assert Procedure.objects.usable().count() == TOTAL - 543
    assert all(finding.line and finding.field and finding.problem for finding in report.to_review)


def test_a_second_run_changes_nothing_and_both_are_quick(report: Report):
    began = perf_counter()
    again = import_procedures(catalogue())
    assert (again.created, again.updated, again.unchanged, again.rejected) == (0, 0, TOTAL, [])
    assert perf_counter() - began < 15
    assert again.problems == report.problems


def seconds(q: str) -> float:
    """How long a search takes: the middle of nine."""
    times = []
    for _round in range(9):
        began = perf_counter()
        list(queries.search(q)[:20])
        times.append(perf_counter() - began)
    return median(times)


def test_search_answers_in_under_50_ms(report: Report):
    slow = {q: taken for q in ("khai sinh", "đăng ký kết hôn", "1.001193", "dat dai", "hộ kinh doanh", "thu tuc", "a", "khong co gi", "")
            if (taken := min(seconds(q) for _try in range(3))) >= 0.05}  # the best of three: other work on the machine is not its fault
    assert not slow


def test_birth_registration_is_found_first(report: Report):
    for q in ("khai sinh", "KHAI SINH", "đăng ký khai sinh", "thủ tục đăng ký khai sinh", "1.001193"):
        found = queries.search(q).first()
        assert found is not None and found.code == "1.001193", q


def test_no_unit_means_working_days_on_the_whole_catalogue_and_back(report: Report, cast):
    before = set(Procedure.objects.usable().values_list("code", flat=True))
    preview = preview_rule(problem="no_unit", answer=WORKING_DAYS)
    rule = apply_rule(actor=cast.administrator, problem="no_unit", answer=WORKING_DAYS, reason="Thử", expected=preview.items)
    after = set(Procedure.objects.usable().values_list("code", flat=True))
    assert len(after) - len(before) == preview.usable > 200
    assert undo_rule(actor=cast.administrator, rule_id=rule.pk, reason="Hoàn tác")[1] == preview.items
    assert set(Procedure.objects.usable().values_list("code", flat=True)) == before
