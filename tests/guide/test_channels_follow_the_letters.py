"""What each letter leaves open: online, post, counter, with the sentence and the source (letters.md CT1, CM1, CM2, CM11, TT1, KH1, VP2)."""
from datetime import date

import pytest

from onestop import clock
from onestop.catalogue.models import ChannelTerm, Procedure
from onestop.catalogue.states import Channel, ReviewState
from onestop.directives.states import RuleKind
from onestop.guide.channels import ChannelOption, channel_options, counter_refusal, needs_appointment
from onestop.offices.models import Closure
from tests.cast import Cast
from tests.directives.letters import letter, rule

DAY = date(2026, 11, 25)


def offered(cast: Cast, procedure: Procedure | None = None, on: date = DAY) -> dict[str, ChannelOption]:
    options = channel_options(office=cast.office, procedure=procedure or cast.procedure, on=on)
    assert [option.channel for option in options] == ["online", "postal", "in_person"]
    return {option.channel: option for option in options}


def only(procedure: Procedure, *channels: str) -> Procedure:
    ChannelTerm.objects.filter(version=procedure.current).exclude(channel__in=channels).delete()
    return Procedure.objects.select_related("current").get(pk=procedure.pk)


def test_without_letters_the_catalogue_decides_and_the_counter_comes_last(cast: Cast) -> None:
    found = offered(cast)
    assert all(option.available for option in found.values())
    assert found["in_person"].term is not None
    assert counter_refusal(office=cast.office, procedure=cast.procedure, on=DAY) is None
    alone = offered(cast, only(cast.procedure, Channel.IN_PERSON))
    assert not alone["online"].available and "trực tuyến" in alone["online"].reason
    assert alone["online"].source is None


def test_cm1_online_or_post_closes_the_counter_and_names_the_letter(cast: Cast) -> None:
    letter("4708/TEST", rule(RuleKind.COUNTER_LAST, "phần mở đầu", online_only=False), area=cast.province)
    refused = counter_refusal(office=cast.office, procedure=cast.procedure, on=DAY)
    assert refused is not None
    assert (refused.code, refused.directive) == ("counter_last", {"number": "4708/TEST", "clause": "phần mở đầu"})
    assert "4708/TEST" in str(refused.sentence) and "trực tuyến, bưu chính công ích" in str(refused.sentence)
    by_post = only(cast.procedure, Channel.POSTAL, Channel.IN_PERSON)
    assert not offered(cast, by_post)["in_person"].available


def test_cm1_what_can_be_neither_stays_at_the_counter(cast: Cast) -> None:
    letter("4708/TEST", rule(RuleKind.COUNTER_LAST, online_only=False), area=cast.province)
    assert offered(cast, only(cast.procedure, Channel.IN_PERSON))["in_person"].available


def test_tt1_only_online_closes_the_counter_post_does_not(cast: Cast) -> None:
    letter("332/TEST", rule(RuleKind.COUNTER_LAST, "đoạn 3", online_only=True), area=cast.commune)
    assert not offered(cast)["in_person"].available
    assert offered(cast, only(cast.procedure, Channel.POSTAL, Channel.IN_PERSON))["in_person"].available


def test_kh1_opens_online_and_post_from_its_day_with_the_counters_term(cast: Cast) -> None:
    letter("2964/TEST", rule(RuleKind.OPEN_CHANNELS, starts=date(2026, 11, 20)), area=cast.province)
    alone = only(cast.procedure, Channel.IN_PERSON)
    assert not offered(cast, alone, date(2026, 11, 19))["online"].available
    opened = offered(cast, alone, date(2026, 11, 20))
    assert opened["online"].available and opened["postal"].available
    assert opened["postal"].source == {"number": "2964/TEST", "clause": "khoản 1"}
    assert opened["online"].term == opened["in_person"].term


def test_kh1_leaves_out_what_needs_the_person_there(cast: Cast) -> None:
    letter("2964/TEST", rule(RuleKind.OPEN_CHANNELS), rule(RuleKind.COUNTER_LAST), area=cast.province)
    cast.procedure.presence_required = True
    found = offered(cast)
    assert not found["online"].available and not found["postal"].available
    assert "trực tiếp" in found["online"].reason
    assert found["in_person"].available


def test_cm11_an_opened_channel_closes_the_counter_under_cm1(cast: Cast) -> None:
    letter("4708/TEST", rule(RuleKind.OPEN_CHANNELS), rule(RuleKind.COUNTER_LAST), area=cast.province)
    assert not offered(cast, only(cast.procedure, Channel.IN_PERSON))["in_person"].available


@pytest.mark.parametrize("urgent", [True, False])
def test_vp2_urgent_procedures_pass_where_the_counter_is_closed(cast: Cast, urgent: bool) -> None:
    letter("1/TEST", rule(RuleKind.URGENT_SERVED), rule(RuleKind.COUNTER_LAST), rule(RuleKind.BLOCKADE), area=cast.province)
    Closure.objects.create(office=cast.office, starts_on=DAY, ends_on=DAY, reason="Khử khuẩn")
    cast.procedure.urgent = urgent
    assert offered(cast)["in_person"].available is urgent


def test_cm2_the_counter_asks_for_an_appointment(cast: Cast) -> None:
    assert needs_appointment(office=cast.office, procedure=cast.procedure, on=DAY) is None
    letter("4708/TEST", rule(RuleKind.APPOINTMENT_ONLY), area=cast.province)
    found = needs_appointment(office=cast.office, procedure=cast.procedure, on=DAY)
    assert found is not None and found.source == {"number": "4708/TEST", "clause": "khoản 1"}


def test_a_closure_and_a_blockade_close_the_counter_with_their_reasons(cast: Cast) -> None:
    Closure.objects.create(office=cast.office, starts_on=DAY, ends_on=date(2026, 11, 30), reason="Khử khuẩn", legal_basis="12/QĐ")
    closed = offered(cast)["in_person"]
    assert (closed.code, closed.source) == ("office_closed", {"number": "12/QĐ", "clause": ""})
    assert "30/11/2026" in closed.reason and "Khử khuẩn" in closed.reason
    assert offered(cast, on=date(2026, 12, 1))["in_person"].available
    letter("9/TEST", rule(RuleKind.BLOCKADE), area=cast.commune, starts=date(2026, 12, 1))
    assert offered(cast, on=date(2026, 12, 1))["in_person"].code == "blockade"


def test_what_needs_review_or_belongs_elsewhere_can_be_handed_in_nowhere(cast: Cast) -> None:
    found = channel_options(office=cast.centre, procedure=cast.procedure, on=DAY)
    assert [option.code for option in found] == ["not_here"] * 3
    cast.procedure.state = ReviewState.NEEDS_REVIEW
    found = channel_options(office=cast.office, procedure=cast.procedure, on=DAY)
    assert [(option.available, option.code) for option in found] == [(False, "needs_review")] * 3
    assert all("rà soát" in option.reason for option in found)


def test_an_office_that_ceased_takes_nothing(cast: Cast) -> None:
    cast.office.valid_to = date(2026, 11, 24)
    assert {option.code for option in offered(cast).values()} == {"office_ended"}


def test_options_take_a_fixed_number_of_queries(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    letter("1/TEST", *[rule(kind) for kind in RuleKind.values if kind != RuleKind.BLOCKADE], area=cast.province)
    with clock.frozen(clock.at(DAY, 9)), django_assert_max_num_queries(5):
        channel_options(office=cast.office, procedure=cast.procedure, on=DAY)
