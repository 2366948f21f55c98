"""Each of the five letters holds at its true date with its true number, and its marked copy holds now."""
from collections.abc import Callable
from datetime import date

import pytest

from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.states import Channel
from onestop.directives.models import Directive
from onestop.directives.rules import Rules, rules_for
from onestop.directives.states import RuleKind
from onestop.guide.channels import counter_refusal
from onestop.offices.models import Office
from tests.cast import Cast
from tests.directives.conftest import TODAY

Offices = Callable[[str], Office]


def replay(office: Office, day: date) -> Rules:
    """The rules as the portal sees them on a replayed day."""
    with clock.frozen(clock.at(day, 8)):
        return rules_for(office=office, on=clock.today())


def told(rules: Rules) -> dict[str, tuple[str, str]]:
    return {item.kind: (item.number, item.clause) for item in rules.all()}


def test_there_are_five_letters_and_five_marked_copies_and_loading_twice_makes_no_more(letters: Offices) -> None:
    numbers = set(Directive.objects.filter(demonstration=False).values_list("number", flat=True))
    assert numbers == {"2468/VPUB-KSTT", "4708/UBND-CCHC", "332/UBND-VP", "…/UBND-KSTT2", "2964/UBND-KSTT"}
    copies = set(Directive.objects.filter(demonstration=True).values_list("number", flat=True))
    assert copies == {f"{number} (minh họa)" for number in numbers}


@pytest.mark.parametrize(("number", "issued"), [
    ("2468/VPUB-KSTT", date(2021, 7, 13)), ("4708/UBND-CCHC", date(2021, 8, 22)), ("332/UBND-VP", date(2020, 4, 6)),
    ("2964/UBND-KSTT", date(2020, 4, 1))])
def test_each_holds_from_the_day_it_was_issued(letters: Offices, number: str, issued: date) -> None:
    made = Directive.objects.get(number=number)
    assert (made.issued_on, made.starts_on, made.issued_text) == (issued, issued, "")


def test_can_tho_steers_online_and_lets_offices_extend(letters: Offices) -> None:
    assert replay(letters("ninh-kieu"), date(2021, 7, 12)).all() == []
    assert told(replay(letters("ninh-kieu"), date(2021, 7, 13))) == {
        "steer_online": ("2468/VPUB-KSTT", "điểm a khoản 1"), "may_extend": ("2468/VPUB-KSTT", "điểm c khoản 1")}


def test_ca_mau_closes_the_counter_but_for_appointments(letters: Offices) -> None:
    assert replay(letters("an-xuyen"), date(2021, 8, 21)).all() == []
    found = told(replay(letters("an-xuyen"), date(2021, 8, 23)))
    assert found == {
        "appointment_only": ("4708/UBND-CCHC", "khoản 1"), "counter_last": ("4708/UBND-CCHC", "phần mở đầu"),
        "room_cap": ("4708/UBND-CCHC", "khoản 1"), "open_channels": ("4708/UBND-CCHC", "khoản 4"),
        "health_check": ("4708/UBND-CCHC", "khoản 2"), "declared_maximum": ("4708/UBND-CCHC", "khoản 1")}


def test_thuong_tin_holds_in_the_district_only(letters: Offices) -> None:
    assert replay(letters("ha-noi"), date(2020, 4, 7)).all() == []
    rules = replay(letters("huyen-thuong-tin"), date(2020, 4, 7))
    assert set(told(rules)) == {"counter_last", "room_cap", "waiting_cap", "return_home"}
    caps = [rules.get(kind) for kind in ("room_cap", "waiting_cap")]
    assert [item.params["people"] for item in caps if item] == [10, 10]
    last = rules.get(RuleKind.COUNTER_LAST)
    assert last is not None and last.params == {"online_only": True}


def test_vinh_phuc_keeps_its_blank_number_and_day(letters: Offices) -> None:
    made = Directive.objects.get(number="…/UBND-KSTT2")
    assert made.issued_text == "năm 2020"
    assert set(told(replay(letters("vinh-yen-cu"), date(2020, 4, 20)))) == {"urgent_served", "steer_online"}


def test_khanh_hoa_stops_the_clock_until_the_fifteenth_inclusive(letters: Offices, cast: Cast) -> None:
    rules = replay(letters("nha-trang"), date(2020, 4, 15))
    stop = rules.get(RuleKind.STOP_CLOCK)
    assert stop is not None and (stop.params["until"], stop.clause) == ("2020-04-15", "khoản 4")
    assert not replay(letters("nha-trang"), date(2020, 4, 16)).has(RuleKind.STOP_CLOCK)
    collect = rules.get(RuleKind.COLLECT_WITHIN)
    assert collect is not None and collect.params["hours"] == 4
    assert rules.has(RuleKind.POST_FREE) and rules.has(RuleKind.OPEN_CHANNELS)


@pytest.mark.parametrize(("code", "kinds"), [
    ("ninh-kieu", {"steer_online", "may_extend"}),
    ("an-xuyen", {"appointment_only", "counter_last", "room_cap", "open_channels", "health_check", "declared_maximum"}),
    ("thuong-tin", {"counter_last", "room_cap", "waiting_cap", "return_home"}),
    ("phu-tho", {"urgent_served", "steer_online"}),
    ("nha-trang", {"open_channels", "stop_clock", "collect_within", "post_free"})])
def test_the_copies_hold_today_and_say_that_they_are_copies(letters: Offices, code: str, kinds: set[str]) -> None:
    rules = replay(letters(code), TODAY)
    assert {item.kind for item in rules.all()} == kinds
    assert all(item.demonstration and item.number.endswith("(minh họa)") for item in rules.all())
    assert rules.conflicts == ()


def test_the_copy_stops_the_clock_for_three_weeks(letters: Offices) -> None:
    stop = replay(letters("nha-trang"), TODAY).get(RuleKind.STOP_CLOCK)
    assert stop is not None and stop.params["until"] == "2026-12-16" and "16/12/2026" in stop.text


def test_the_old_letters_have_ended_with_the_districts(letters: Offices) -> None:
    assert all(made.ends_on == date(2025, 6, 30) for made in Directive.objects.filter(demonstration=False))
    for code in ("ninh-kieu", "an-xuyen", "huyen-thuong-tin", "vinh-phuc", "nha-trang"):
        assert replay(letters(code), date(2025, 7, 1)).all() == []


def test_a_birth_can_be_booked_at_ninh_kieu_today_but_not_at_an_xuyen(letters: Offices, cast: Cast) -> None:
    assert counter_refusal(office=letters("ninh-kieu"), procedure=cast.procedure, on=TODAY) is None
    refused = counter_refusal(office=letters("an-xuyen"), procedure=cast.procedure, on=TODAY)
    assert refused is not None and refused.directive == {"number": "4708/UBND-CCHC (minh họa)", "clause": "phần mở đầu"}


def test_what_needs_the_person_may_be_booked_at_an_xuyen(letters: Offices, cast: Cast) -> None:
    Procedure.objects.filter(pk=cast.procedure.pk).update(presence_required=True)
    procedure = Procedure.objects.select_related("current").get(pk=cast.procedure.pk)
    procedure.current.channels.exclude(channel=Channel.IN_PERSON).delete()
    assert counter_refusal(office=letters("an-xuyen"), procedure=procedure, on=TODAY) is None
