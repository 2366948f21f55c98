"""The price of a shipment: table, zone, social discount, payer. Whole đồng only."""
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal import fees
from postal.fees import Facts, Price, Terms
from postal.states import Direction, Discount, Payer, Service, SocialGroup, State, Zone

DAY = date(2020, 4, 10)
AMOUNTS = st.integers(min_value=0, max_value=10_000_000)
DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2021, 12, 31))
GROUPS = st.sampled_from(["", *SocialGroup.values])


@pytest.mark.parametrize("value", [1.0, True, False, "1000", None, 10.5, float("nan")])
def test_nothing_but_an_int_is_an_amount(value):
    with pytest.raises(TypeError):
        fees.dong(value)
    with pytest.raises(TypeError):
        fees.after(value, Discount.HALF)
    with pytest.raises(TypeError):
        Price(Service.STANDARD, Zone.SAME, value, DAY)
    if value is not None:
        with pytest.raises(TypeError):
            fees.bill(fee=value, group="", direction=Direction.OUT, waiver=None)


def test_no_amount_is_negative():
    with pytest.raises(ValueError, match="negative"):
        fees.dong(-1)


@given(AMOUNTS)
def test_half_of_an_odd_amount_is_rounded_down_for_the_person(fee):
    half = fees.after(fee, Discount.HALF)
    assert type(half) is int
    assert half * 2 in (fee, fee - 1)
    assert fees.after(fee, Discount.NONE) == fee
    assert fees.after(fee, Discount.FREE) == 0


def test_the_odd_dong():
    assert fees.after(31_501, Discount.HALF) == 15_750


@pytest.mark.parametrize(("group", "discount"), [
    ("", Discount.NONE), (SocialGroup.REVOLUTIONARY, Discount.FREE), (SocialGroup.HEROIC_MOTHER, Discount.FREE),
    (SocialGroup.HERO, Discount.HALF), (SocialGroup.INVALID, Discount.HALF), (SocialGroup.SICK_SOLDIER, Discount.HALF),
    (SocialGroup.TOXIC, Discount.HALF), (SocialGroup.IMPRISONED, Discount.HALF), (SocialGroup.MARTYR_FAMILY, Discount.HALF),
    (SocialGroup.POOR, Discount.HALF)])
def test_each_group_of_the_circular(group, discount):
    assert fees.discount_of(group) == discount


@given(fee=st.none() | AMOUNTS, group=GROUPS, direction=st.sampled_from(Direction.values), waiver=st.none() | st.integers(1, 9))
def test_a_bill_always_adds_up(fee, group, direction, waiver):
    bill = fees.bill(fee=fee, group=group, direction=direction, waiver=waiver)
    assert (bill.payable is None) == (fee is None)
    if fee is not None:
        assert type(bill.payable) is int
        assert 0 <= bill.payable <= fee
    assert (bill.payer == Payer.WAIVER) == (waiver is not None)
    assert not (bill.payer == Payer.CITIZEN and direction == Direction.BETWEEN)


@given(st.lists(st.tuples(DAYS, AMOUNTS), min_size=1, max_size=8, unique_by=lambda row: row[0]), DAYS)
def test_the_table_in_force_on_the_day_counts(versions, day):
    versions = sorted(versions)
    table = [Price(Service.STANDARD, Zone.SAME, amount, first,
                   versions[index + 1][0] - timedelta(days=1) if index + 1 < len(versions) else None)
             for index, (first, amount) in enumerate(versions)]
    expected = next((amount for first, amount in reversed(versions) if first <= day), None)
    found = fees.price(table, service=Service.STANDARD, direction=Direction.OUT, zone=Zone.SAME, day=day)
    assert found == expected
    assert fees.price(reversed(table), service=Service.STANDARD, direction=Direction.OUT, zone=Zone.SAME, day=day) == expected
    assert fees.price(table, service=Service.EXPRESS, direction=Direction.OUT, zone=Zone.SAME, day=day) is None


def test_a_line_for_the_direction_goes_before_one_for_all():
    table = [Price(Service.STANDARD, Zone.SAME, 20_000, DAY),
             Price(Service.STANDARD, Zone.SAME, 15_000, date(2019, 1, 1), None, Direction.IN)]
    asked = {"service": Service.STANDARD, "zone": Zone.SAME, "day": DAY}
    assert fees.price(table, direction=Direction.IN, **asked) == 15_000
    assert fees.price(table, direction=Direction.OUT, **asked) == 20_000


@pytest.mark.parametrize(("there", "zone"), [
    ((7, 1), Zone.SAME), ((8, 1), Zone.PROVINCE), ((8, 3, 1), Zone.PROVINCE), ((9, 2), Zone.OUTSIDE), ((), Zone.PROVINCE)])
def test_zones(there, zone):
    assert fees.zone((7, 1), there) == zone


TERMS = Terms(province=1, starts_on=date(2020, 4, 1), ends_on=date(2020, 4, 20), carrier=2, direction=Direction.OUT,
              submitted_before=date(2020, 4, 1), only_campaigns=True, procedures=frozenset({5}), offices=frozenset({6}))
FACTS = Facts(province=1, carrier=2, direction=Direction.OUT, day=DAY, submitted_on=date(2020, 3, 31), by_campaign=True, procedure=5,
              office=6)
WRONG = {"province": 9, "carrier": 9, "direction": Direction.IN, "day": date(2020, 4, 21), "submitted_on": date(2020, 4, 1),
         "by_campaign": False, "procedure": 9, "office": 9}


def test_all_conditions_of_a_waiver_must_hold():
    assert fees.eligible(TERMS, FACTS)


@pytest.mark.parametrize("name", WRONG)
def test_one_condition_that_does_not_hold_is_enough(name):
    assert not fees.eligible(TERMS, Facts(**{**FACTS.__dict__, name: WRONG[name]}))


@given(day=DAYS, procedure=st.integers(1, 9), office=st.integers(1, 9), carrier=st.integers(1, 9), by_campaign=st.booleans())
def test_without_conditions_only_province_and_period_count(day, procedure, office, carrier, by_campaign):
    terms = Terms(province=1, starts_on=date(2020, 4, 1))
    facts = Facts(1, carrier, Direction.OUT, day, day, by_campaign, procedure, office)
    assert fees.eligible(terms, facts) == (day >= date(2020, 4, 1))


def test_both_days_of_the_period_are_included():
    for day in (TERMS.starts_on, TERMS.ends_on):
        assert fees.eligible(TERMS, Facts(**{**FACTS.__dict__, "day": day}))


def test_between_offices_a_waiver_must_say_so():
    facts = Facts(**{**FACTS.__dict__, "direction": Direction.BETWEEN})
    open_terms = Terms(province=1, starts_on=date(2020, 4, 1))
    assert not fees.eligible(open_terms, facts)
    assert fees.eligible(Terms(province=1, starts_on=date(2020, 4, 1), direction=Direction.BETWEEN), facts)


def test_when_nobody_can_have_paid_yet():
    assert fees.unpaid(Direction.OUT, State.IN_TRANSIT)
    assert not fees.unpaid(Direction.OUT, State.DELIVERED)
    assert fees.unpaid(Direction.IN, State.ORDERED)
    assert not fees.unpaid(Direction.IN, State.COLLECTED)
