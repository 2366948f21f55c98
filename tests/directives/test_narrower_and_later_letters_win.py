"""Which letter holds: narrower, then later; periods include both ends; contradictions are named."""
from datetime import date, timedelta

import pytest

from onestop.directives import services
from onestop.directives.rules import conflicts_at, rules_at, rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from tests.cast import Cast
from tests.directives.letters import letter, rule

DAY = date(2026, 11, 25)


def cap(cast: Cast, on: date = DAY) -> tuple[int, str]:
    found = rules_for(office=cast.office, on=on).get(RuleKind.ROOM_CAP)
    assert found is not None
    return found.params["people"], found.number


def test_an_area_includes_everything_below_it(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.HEALTH_CHECK, "khoản 2"), area=cast.province)
    found = rules_for(office=cast.office, on=DAY).get(RuleKind.HEALTH_CHECK)
    assert found is not None
    assert found.source == {"number": "1/TP", "clause": "khoản 2"}
    assert rules_for(office=cast.centre, on=DAY).has(RuleKind.HEALTH_CHECK)


def test_a_commune_letter_stays_in_its_commune(cast: Cast) -> None:
    letter("1/P", rule(RuleKind.HEALTH_CHECK), area=cast.commune)
    assert rules_for(office=cast.office, on=DAY).has(RuleKind.HEALTH_CHECK)
    assert not rules_for(office=cast.other_office, on=DAY).has(RuleKind.HEALTH_CHECK)
    assert not rules_for(office=cast.centre, on=DAY).has(RuleKind.HEALTH_CHECK)


def test_the_narrower_letter_wins_even_if_it_is_older(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.ROOM_CAP, people=10), area=cast.province, issued=date(2026, 11, 9))
    letter("1/P", rule(RuleKind.ROOM_CAP, people=8), area=cast.commune, issued=date(2026, 11, 5))
    assert cap(cast) == (8, "1/P")
    letter("1/O", rule(RuleKind.ROOM_CAP, people=9), office=cast.office, issued=date(2026, 11, 2))
    assert cap(cast) == (9, "1/O")


def test_the_later_of_two_equally_narrow_letters_wins(cast: Cast) -> None:
    letter("2/TP", rule(RuleKind.ROOM_CAP, people=10), area=cast.province, issued=date(2026, 11, 9))
    letter("1/TP", rule(RuleKind.ROOM_CAP, people=5), area=cast.province, issued=date(2026, 11, 5))
    assert cap(cast) == (10, "2/TP")
    assert rules_for(office=cast.office, on=DAY).conflicts == ()


def test_of_two_equal_caps_the_strictest_holds_and_the_conflict_is_named(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.ROOM_CAP, people=6), area=cast.province)
    letter("2/TP", rule(RuleKind.ROOM_CAP, people=8), area=cast.province)
    assert cap(cast) == (6, "1/TP")
    (conflict,) = rules_for(office=cast.office, on=DAY).conflicts
    assert (conflict.winner.number, conflict.other.number, conflict.same_rank) == ("1/TP", "2/TP", True)


def test_equal_letters_that_say_the_same_are_no_conflict(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.ROOM_CAP, people=6), area=cast.province)
    letter("2/TP", rule(RuleKind.ROOM_CAP, people=6), area=cast.province)
    assert rules_for(office=cast.office, on=DAY).conflicts == ()


def test_a_narrow_old_letter_against_a_wide_new_one_is_reported_to_the_administrator(cast: Cast) -> None:
    letter("1/P", rule(RuleKind.COUNTER_LAST, online_only=True), area=cast.commune, issued=date(2026, 11, 2))
    letter("1/TP", rule(RuleKind.COUNTER_LAST, online_only=False), area=cast.province, issued=date(2026, 11, 9))
    ((conflict, offices),) = conflicts_at(offices=Office.objects.select_related("area__parent__parent", "province"), on=DAY)
    assert conflict.winner.number == "1/P"
    assert not conflict.same_rank
    assert offices == [cast.office]


@pytest.mark.parametrize(("day", "holds"), [
    (date(2026, 11, 9), False), (date(2026, 11, 10), True), (date(2026, 11, 20), True), (date(2026, 11, 21), False)])
def test_a_letter_holds_from_its_first_day_to_its_last_both_included(cast: Cast, day: date, holds: bool) -> None:
    letter("1/TP", rule(RuleKind.HEALTH_CHECK), area=cast.province, starts=date(2026, 11, 10), ends=date(2026, 11, 20))
    assert rules_for(office=cast.office, on=day).has(RuleKind.HEALTH_CHECK) is holds


@pytest.mark.parametrize(("day", "holds"), [
    (date(2026, 11, 11), False), (date(2026, 11, 12), True), (date(2026, 11, 15), True), (date(2026, 11, 16), False)])
def test_a_rule_may_hold_for_less_than_its_letter(cast: Cast, day: date, holds: bool) -> None:
    letter("1/TP", rule(RuleKind.HEALTH_CHECK, starts=date(2026, 11, 12), ends=date(2026, 11, 15)), area=cast.province,
           starts=date(2026, 11, 10), ends=date(2026, 11, 20))
    assert rules_for(office=cast.office, on=day).has(RuleKind.HEALTH_CHECK) is holds


def test_a_draft_and_a_withdrawn_letter_have_no_force(cast: Cast) -> None:
    made = letter("1/TP", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    services.withdraw(actor=cast.administrator, directive=made, reason="Hết dịch")
    draft = services.draft(actor=cast.administrator, areas=[cast.province], letter=services.Letter(
        number="2/TP", issuer="x", issued_on=DAY, title="x", starts_on=DAY))
    services.add_rule(actor=cast.administrator, directive=draft, rule=rule(RuleKind.HEALTH_CHECK))
    assert rules_for(office=cast.office, on=DAY).all() == []


def test_a_demonstration_never_overrides_a_real_letter(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.ROOM_CAP, people=10), area=cast.province, issued=date(2026, 11, 2))
    letter("1/TP (minh họa)", rule(RuleKind.ROOM_CAP, people=4), office=cast.office, issued=date(2026, 11, 20), demonstration=True)
    assert cap(cast) == (10, "1/TP")


def test_rules_about_some_procedures_are_not_told_for_others(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.STOP_CLOCK, until="2026-12-15"), rule(RuleKind.URGENT_SERVED), area=cast.province)
    assert [item.kind for item in rules_for(office=cast.office, procedure=cast.procedure, on=DAY).all()] == []
    assert rules_for(office=cast.office, procedure=cast.field_procedure, on=DAY).has(RuleKind.STOP_CLOCK)
    assert len(rules_for(office=cast.office, on=DAY).all()) == 2


def test_a_blockade_holds_where_it_is_named(cast: Cast) -> None:
    letter("1/TP", rule(RuleKind.BLOCKADE, areas=[cast.commune.code], offices=[]), area=cast.province)
    assert rules_for(office=cast.office, on=DAY).has(RuleKind.BLOCKADE)
    assert not rules_for(office=cast.other_office, on=DAY).has(RuleKind.BLOCKADE)


def test_reading_the_rules_takes_two_queries_and_for_many_offices_one(
        cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(5):
        letter(f"{number}/TP", rule(RuleKind.ROOM_CAP, people=number + 1), area=cast.province, issued=DAY - timedelta(days=number))
    with django_assert_num_queries(2):
        rules_for(office=cast.office, procedure=cast.procedure, on=DAY)
    offices = list(Office.objects.select_related("area__parent__parent", "province"))
    with django_assert_num_queries(1):
        many = rules_at(offices=offices, on=DAY)
    assert many[cast.office.pk].by_kind == rules_for(office=cast.office, on=DAY).by_kind
