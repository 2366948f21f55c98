"""A letter is the ground of an announcement, a broadcast, a waiver or a campaign only where and while it holds: one rule for all."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from onestop import clock
from onestop.directives import basis
from onestop.directives.models import Directive, DirectiveScope
from onestop.directives.services import announcements
from onestop.directives.services.announcements import Notice
from onestop.notify.models import Broadcast
from onestop.notify.services import broadcasts
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.transitions import Refused
from postal.models import WaiverCampaign
from postal.services import campaigns, waivers
from postal.services.campaigns import Plan
from postal.services.waivers import NewWaiver
from postal.states import CampaignKind
from tests.cast import Cast
from tests.notify.broadcasting import counted, drafted, started, subscribers

DAY = date(2026, 11, 25)
Make = Callable[..., Directive]


@pytest.fixture
def letter(cast: Cast) -> Make:
    """A published letter for the cast's province, on one day only."""

    def make(place: Any = None, **fields: Any) -> Directive:
        values = {"number": f"{Directive.objects.count() + 1}/THU", "issuer": "Ủy ban nhân dân (thử)", "issued_on": DAY, "title": "Thử",
                  "starts_on": DAY, "ends_on": DAY}
        made = Directive.objects.create(**{**values, **fields})
        where = {"office": place} if hasattr(place, "province_id") else {"area": place or cast.province}
        DirectiveScope.objects.create(directive=made, **where)
        return made

    return make


@pytest.fixture
def elsewhere(db: Any) -> Area:
    return Area.objects.create(code="98", name="Tỉnh Khác", search_name="tinh khac", level=AreaLevel.PROVINCE, valid_from=date(2020, 1, 1))


def doors(cast: Cast, made: Directive) -> list[Callable[[], Any]]:
    """Everything that a letter may stand as the ground of."""
    who, today = cast.administrator, clock.today()
    return [
        lambda: announcements.announce(actor=who, notice=Notice(cast.province, "Thử", "Thử", clock.now(), directive=made,
                                                                ends_at=clock.now() + timedelta(minutes=1))),
        lambda: drafted(cast, directive=made),
        lambda: waivers.draft(actor=who, waiver=NewWaiver("Thử", cast.province, "Khoản 2", "Ngân sách", today, today, directive=made)),
        lambda: campaigns.make(actor=who, plan=Plan("Thử", CampaignKind.UNCOLLECTED, cast.province, directive=made, since=today)),
    ]


def code(door: Callable[[], Any]) -> str:
    try:
        door()
    except Refused as refusal:
        assert list(refusal.fields) == ["directive"] and "THU" in str(refusal.sentence)
        return refusal.code
    return ""


def test_every_door_asks_for_period_and_place(cast: Cast, letter: Make, elsewhere: Area) -> None:
    here, there = letter(), letter(elsewhere)
    for days, expected in ((-1, "not_in_force"), (0, ""), (1, "not_in_force")):
        with clock.frozen(clock.at(DAY + timedelta(days=days), 23, 59)):
            assert [code(door) for door in doors(cast, here)] == [expected] * 4
            assert [code(door) for door in doors(cast, there)] == [expected or "foreign_letter"] * 4


def test_a_withdrawn_letter_and_a_draft_have_no_force(cast: Cast, letter: Make) -> None:
    with clock.frozen(clock.at(DAY, 9)):
        for made in (letter(withdrawn_at=clock.now()), letter(published_at=None)):
            assert {code(door) for door in doors(cast, made)} == {"not_in_force"}


def test_part_of_a_place_is_enough_and_its_neighbour_is_not(cast: Cast, letter: Make, django_assert_num_queries: Any) -> None:
    province, commune, one_office = letter(), letter(cast.commune), letter(cast.office)
    for made in (province, commune, one_office):
        assert all(basis.holds_at(made, place) for place in (cast.province, cast.office.area, cast.office))
    assert basis.holds_at(province, cast.other_office)
    assert not basis.holds_at(one_office, cast.other_office)
    if cast.other_office.area_id != cast.commune.pk:
        assert not basis.holds_at(commune, cast.other_office) and not basis.holds_at(commune, cast.other_office.area)
    with django_assert_num_queries(1):
        basis.check(commune, first=DAY, last=DAY, place=cast.province)


def test_what_is_to_come_may_be_announced_and_what_is_over_is_not_published(cast: Cast, letter: Make) -> None:
    made = letter()
    with clock.frozen(clock.at(DAY - timedelta(days=3), 9)):
        row = announcements.announce(actor=cast.administrator, notice=Notice(cast.province, "Thử", "Thử", clock.now(), directive=made))
    with clock.frozen(clock.at(DAY + timedelta(days=1))), pytest.raises(Refused) as refusal:
        announcements.publish(actor=cast.administrator, announcement=row)
    assert refusal.value.code == "not_in_force"
    with clock.frozen(clock.at(DAY, 23, 59)):
        assert announcements.publish(actor=cast.administrator, announcement=row).published_at


def test_a_broadcast_whose_letter_has_ended_is_not_started(cast: Cast, letter: Make) -> None:
    subscribers(cast.commune, 2)
    with clock.frozen(clock.at(DAY, 9)):
        row = counted(cast, drafted(cast, directive=letter()))
    with clock.frozen(clock.at(DAY + timedelta(days=1))), pytest.raises(Refused) as refusal:
        started(cast, row)
    assert (refusal.value.code, Broadcast.objects.get().state) == ("not_in_force", "ready")
    assert broadcasts.made_by_event(row)


def test_a_waiver_whose_letter_was_withdrawn_since_is_not_started(cast: Cast, letter: Make) -> None:
    with clock.frozen(clock.at(DAY, 9)):
        made, today = letter(), clock.today()
        row = waivers.draft(actor=cast.administrator,
                            waiver=NewWaiver("Thử", cast.province, "Khoản 2", "Ngân sách", today, today, directive=made))
        Directive.objects.filter(pk=made.pk).update(withdrawn_at=clock.now())
        assert code(lambda: waivers.start(actor=cast.administrator, campaign=WaiverCampaign.objects.get(pk=row.pk))) == "not_in_force"
    assert WaiverCampaign.objects.get().state == "draft"
