"""Settling what the import could not take: one by one, and by a rule that can be undone."""
from datetime import timedelta
from decimal import Decimal

import pytest

from onestop import clock
from onestop.catalogue import queries
from onestop.catalogue.models import Procedure, ReviewItem, ReviewRule
from onestop.catalogue.services.review import apply_rule, preview_rule, settle_item, undo_rule
from onestop.transitions import Refused
from tests.catalogue.conftest import channel, line

WORKING_DAYS = {"unit": "working_day"}


def settle(actor, answer, reason="Quyết định 1/QĐ", **which):
    return settle_item(actor=actor, item_id=ReviewItem.objects.get(**which).pk, answer=answer, reason=reason)


@pytest.fixture
def some(imported):
    """Three procedures without units, one of them also without a usable fee."""
    imported(line("8.1", cach_thuc=[channel(unit="")]), line("8.2", cach_thuc=[channel(unit=""), channel("Trực tiếp", 3, "")]),
             line("8.3", linh_vuc="Đất đai", cach_thuc=[channel(unit="", fee=5, currency="%")]))


@pytest.mark.parametrize(("row", "answer", "term", "fee"), [
    (channel(unit=""), {"unit": "hour"}, (Decimal(5), "hour"), Decimal(0)),
    (channel(unit=""), {"amount": "6", "unit": "month"}, (Decimal(6), "month"), Decimal(0)),
    (channel(amount=None, unit=""), {"no_term": True}, (None, ""), Decimal(0)),
    (channel(amount=None, unit=""), {"amount": "1,5", "unit": "working_day"}, (Decimal("1.5"), "working_day"), Decimal(0)),
    (channel(fee=5, currency="%"), {"fee_unknown": True}, (Decimal(5), "working_day"), None),
    (channel(fee=5), {"fee_amount": "5000", "fee_currency": "VND"}, (Decimal(5), "working_day"), Decimal(5000)),
])
def test_an_answer_makes_the_procedure_usable(imported, cast, row, answer, term, fee):
    imported(line(cach_thuc=[row]))
    settle(cast.administrator, answer)
    procedure = Procedure.objects.get(code="8.000001")
    assert procedure.is_usable()
    found = queries.term_of(procedure.current, "online")
    assert (found.amount, found.unit, found.fee_amount) == (*term, fee)
    event = procedure.events.get(verb="settled")
    assert (event.actor, event.reason, event.to_state) == (cast.administrator, "Quyết định 1/QĐ", "ready")


def test_channels_levels_and_names_can_be_given(imported, cast):
    imported(line(name="", cap_thuc_hien=[], cach_thuc=[]), line("8.2", cach_thuc=[channel("Qua fax"), channel()]))
    settle(cast.administrator, {"name": "Tên  được  ghi"}, problem="no_name")
    settle(cast.administrator, {"levels": ["commune"]}, problem="no_level")
    settle(cast.administrator, {"channels": ["online", "postal"], "amount": "2", "unit": "working_day"}, problem="no_channel")
    settle(cast.administrator, {"channel": "postal", "no_term": True}, problem="unknown_channel")
    first, second = Procedure.objects.get(code="8.000001"), Procedure.objects.get(code="8.2")
    assert (first.name, first.levels, first.is_usable()) == ("Tên được ghi", ["commune"], True)
    assert [term.channel for term in first.current.channels.all()] == ["online", "postal"]
    assert queries.term_of(second.current, "postal").amount is None
    assert queries.search("ten duoc ghi").first() == first


@pytest.mark.parametrize(("answer", "field"), [
    ({}, "unit"), ({"unit": "tuần"}, "unit"), ({"unit": "hour", "amount": "-1"}, "amount"), ({"unit": "hour", "amount": "nhiều"}, "amount"),
    ({"unit": "hour", "amount": "10000"}, "amount"),
])
def test_an_answer_that_does_not_fit_is_refused(some, cast, answer, field):
    with pytest.raises(Refused) as refused:
        settle(cast.administrator, answer, procedure__code="8.1")
    assert field in refused.value.fields


def test_only_an_administrator_settles_and_gives_a_reason(some, cast):
    for actor in (cast.desk, cast.leader, cast.citizen, cast.hotline):
        with pytest.raises(Refused) as refused:
            settle(actor, WORKING_DAYS, procedure__code="8.1")
        assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        settle(cast.administrator, WORKING_DAYS, reason="  ", procedure__code="8.1")
    assert refused.value.code == "reason_missing"
    assert ReviewItem.objects.open().count() == 5


def test_the_same_answer_again_writes_nothing(some, cast):
    settle(cast.administrator, WORKING_DAYS, procedure__code="8.1")
    settle(cast.administrator, WORKING_DAYS, procedure__code="8.1")
    assert Procedure.objects.get(code="8.1").events.filter(verb="settled").count() == 1


def test_a_corrected_answer_of_a_usable_procedure_is_a_new_version(some, cast):
    settle(cast.administrator, WORKING_DAYS, procedure__code="8.1")
    settle(cast.administrator, {"unit": "calendar_day"}, procedure__code="8.1")
    procedure = Procedure.objects.get(code="8.1")
    assert queries.term_of(procedure.current, "online").unit == "calendar_day"
    assert queries.term_of(queries.version_on(procedure, clock.today() - timedelta(days=1)), "online").unit == "working_day"


def test_a_rule_shows_what_it_would_do_and_changes_nothing(some):
    preview = preview_rule(problem="no_unit", answer=WORKING_DAYS)
    assert (preview.items, preview.procedures, preview.usable) == (4, 3, 2)
    assert preview_rule(problem="no_unit", answer=WORKING_DAYS, field="Đất đai").items == 1
    assert ReviewItem.objects.open().count() == 5
    assert not ReviewRule.objects.exists()


def test_a_rule_settles_all_and_says_who_and_why(some, cast):
    rule = apply_rule(actor=cast.administrator, problem="no_unit", answer=WORKING_DAYS, reason="Công văn 2", expected=4)
    assert rule.count == 4
    assert set(Procedure.objects.usable().filter(code__startswith="8.").values_list("code", flat=True)) == {"8.1", "8.2"}
    event = Procedure.objects.get(code="8.2").events.get(verb="settled_by_rule")
    assert (event.actor, event.reason, event.data["rule"]) == (cast.administrator, "Công văn 2", rule.pk)
    with pytest.raises(Refused, match="Không còn"):
        apply_rule(actor=cast.administrator, problem="no_unit", answer=WORKING_DAYS, reason="Công văn 2")


def test_a_rule_is_not_applied_to_something_else_than_was_shown(some, cast):
    with pytest.raises(Refused) as refused:
        apply_rule(actor=cast.administrator, problem="no_unit", answer=WORKING_DAYS, reason="x", expected=3)
    assert (refused.value.code, refused.value.status) == ("preview_outdated", 409)


def test_a_rule_needs_an_administrator_and_a_problem_that_rules_can_settle(some, cast):
    with pytest.raises(Refused) as refused:
        apply_rule(actor=cast.leader, problem="no_unit", answer=WORKING_DAYS, reason="x")
    assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        apply_rule(actor=cast.administrator, problem="no_name", answer={"name": "x"}, reason="x")
    assert refused.value.code == "bad_rule"


def test_undo_restores_what_the_rule_settled_and_nobody_changed_since(some, cast):
    rule = apply_rule(actor=cast.administrator, problem="no_unit", answer=WORKING_DAYS, reason="Công văn 2")
    settle(cast.administrator, {"unit": "hour"}, procedure__code="8.1")
    _rule, number = undo_rule(actor=cast.administrator, rule_id=rule.pk, reason="Áp dụng nhầm")
    assert number == 3
    kept, undone = Procedure.objects.get(code="8.1"), Procedure.objects.get(code="8.2")
    assert kept.is_usable() and queries.term_of(kept.current, "online").unit == "hour"
    assert not undone.is_usable()
    term = queries.term_of(undone.current, "online")
    assert (term.amount, term.unit) == (Decimal(5), "")
    assert undone.events.get(verb="rule_undone").reason == "Áp dụng nhầm"
    assert undo_rule(actor=cast.administrator, rule_id=rule.pk, reason="lần hai")[1] == 0


def test_dossiers_of_the_time_between_keep_their_term_after_an_undo(some, cast):
    rule = apply_rule(actor=cast.administrator, problem="no_unit", answer=WORKING_DAYS, reason="Công văn 2")
    used = Procedure.objects.get(code="8.2").current
    undo_rule(actor=cast.administrator, rule_id=rule.pk, reason="Áp dụng nhầm")
    assert queries.term_of(used, "online").unit == "working_day"
