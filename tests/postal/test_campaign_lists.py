"""The list of an address campaign: who stands on it, written in chunks, resumed after a kill, nobody twice (Khánh Hòa 2, Thường Tín 5)."""
from datetime import timedelta

import pytest

from dossiers.models import Dossier
from dossiers.states import State as DossierState
from onestop import clock
from onestop.transitions import Refused
from postal import campaigns as reading
from postal.models import AddressCampaign, CampaignItem
from postal.services import campaigns
from postal.services.campaigns import freezing, sweeping
from postal.states import CampaignKind, CampaignState, ItemState
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, item_of, made, plan

pytestmark = pytest.mark.usefixtures("morning")


def test_results_that_wait_at_the_counter_stand_on_the_list(cast: Cast, decided) -> None:
    wanted = decided(1, **WAITING)
    decided(2)  # by post
    decided(3, **WAITING, decided_at=clock.now() - timedelta(days=90))
    decided(4, **WAITING, state=DossierState.RETURNED)
    decided(5, **WAITING, state=DossierState.PROCESSING, decided_at=None)
    campaign = made(cast)
    assert (campaign.state, campaign.total) == (CampaignState.OPEN, 1)
    assert [item.dossier_id for item in campaign.items.all()] == [wanted.pk]


def test_dossiers_handed_in_without_post_stand_on_the_other_list(cast: Cast, decided) -> None:
    early, late = clock.now() - timedelta(days=20), clock.now()
    running = decided(1, **WAITING, state=DossierState.PROCESSING, decided_at=None, submitted_at=early)
    ready = decided(2, **WAITING, submitted_at=early)
    decided(3, **WAITING, submitted_at=late)  # after the letter
    decided(4, **WAITING, state=DossierState.WITHDRAWN, decided_at=None, submitted_at=early)
    before = clock.today() - timedelta(days=1)
    campaign = made(cast, kind=CampaignKind.NOT_REGISTERED, since=None, until=before)
    assert set(campaign.items.values_list("dossier_id", flat=True)) == {running.pk, ready.pk}


def test_the_preview_counts_by_office_what_the_list_then_holds(cast: Cast, decided) -> None:
    decided(1, **WAITING)
    decided(2, **WAITING)
    decided(3, **WAITING, received_office=cast.other_office)
    shown = reading.preview(reading.Extent(CampaignKind.UNCOLLECTED, cast.province.pk, None, clock.today()))
    assert {row["office"]: row["count"] for row in shown} == {cast.office.name: 2, cast.other_office.name: 1}
    assert made(cast).total == 3
    assert reading.preview(reading.Extent(CampaignKind.UNCOLLECTED, cast.province.pk, None, clock.today())) == []


def test_a_job_that_dies_is_taken_up_where_it_stopped(cast: Cast, decided, monkeypatch) -> None:
    monkeypatch.setattr(freezing, "CHUNK", 2)
    monkeypatch.setattr(freezing, "CHUNKS_A_JOB", 1)
    for number in range(1, 6):
        decided(number, **WAITING)
    campaign = campaigns.make(actor=cast.administrator, plan=plan(cast))
    assert campaigns.freeze(campaign.pk) is True
    campaign.refresh_from_db()
    assert (campaign.state, campaign.total) == (CampaignState.DRAFT, 2)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        campaigns.sweep()  # asks for the job again; it is run here
        while campaigns.freeze(campaign.pk):
            pass
    assert campaigns.freeze(campaign.pk) is False  # once more changes nothing
    campaign.refresh_from_db()
    assert (campaign.state, campaign.total, campaign.items.count()) == (CampaignState.OPEN, 5, 5)
    assert campaign.events.filter(verb="open").count() == 1


def test_a_chunk_that_broke_off_left_nothing_behind(cast: Cast, decided, monkeypatch) -> None:
    decided(1, **WAITING)
    campaign = campaigns.make(actor=cast.administrator, plan=plan(cast))

    def dies(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(freezing, "take_step", dies)
        with pytest.raises(KeyboardInterrupt):
            campaigns.freeze(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.total, campaign.frozen_to, CampaignItem.objects.count()) == (0, 0, 0)
    campaigns.freeze(campaign.pk)
    assert campaign.items.count() == 1


def test_a_dossier_is_in_one_open_campaign_only(cast: Cast, decided) -> None:
    dossier = decided(1, **WAITING)
    first = made(cast)
    second = made(cast, office=cast.office, name="Đợt khác")
    assert (first.items.count(), second.items.count()) == (1, 0)
    campaigns.close(actor=cast.administrator, campaign=first)
    campaigns.sweep()
    assert item_of(dossier).state == ItemState.DROPPED
    assert campaigns.add_new(actor=cast.administrator, campaign=second)
    campaigns.freeze(second.pk)
    second.refresh_from_db()
    assert (second.total, second.items.count()) == (1, 1)


def test_new_dossiers_are_added_and_known_ones_are_not(cast: Cast, decided) -> None:
    decided(1, **WAITING)
    campaign = made(cast)
    decided(2, **WAITING)
    assert campaigns.add_new(actor=cast.administrator, campaign=campaign)
    assert not campaigns.add_new(actor=cast.administrator, campaign=campaign)  # one search at a time
    campaigns.freeze(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.total, campaign.items.count()) == (2, 2)
    assert list(campaign.events.values_list("verb", flat=True)) == ["make", "open", "add", "added"]


def test_who_may_make_and_run_one(cast: Cast, decided) -> None:
    decided(1, **WAITING)
    for actor, office in ((cast.specialist, cast.office), (cast.leader, None), (cast.desk, cast.other_office), (cast.outsider, cast.office),
                          (cast.monitor, None), (cast.hotline, cast.office)):
        with pytest.raises(Refused) as refused:
            campaigns.make(actor=actor, plan=plan(cast, office=office))
        assert refused.value.status == 403
    own = made(cast, cast.desk, office=cast.office)
    for verb in (campaigns.add_new, campaigns.close, campaigns.start_inviting, campaigns.stop_inviting):
        with pytest.raises(Refused) as refused:
            verb(actor=cast.outsider, campaign=own)
        assert refused.value.status == 403
    campaigns.close(actor=cast.leader, campaign=own)
    assert AddressCampaign.objects.get(pk=own.pk).state == CampaignState.CLOSED
    campaigns.close(actor=cast.leader, campaign=own)
    assert own.events.filter(verb="close").count() == 1


def test_a_plan_that_makes_no_sense_is_refused(cast: Cast) -> None:
    for changes, field in (({"since": None}, "since"), ({"name": "  "}, "name"), ({"kind": "x"}, "kind"),
                           ({"until": clock.today() - timedelta(days=60)}, "until")):
        with pytest.raises(Refused) as refused:
            campaigns.make(actor=cast.administrator, plan=plan(cast, **changes))
        assert field in refused.value.fields


def test_people_leave_the_list_when_their_dossier_does(cast: Cast, decided) -> None:
    fates = {"returned": {"state": DossierState.RETURNED}, "post": {"return_method": "post", "return_address": "Số 1"},
             "still": {}}
    found = {name: decided(number, **WAITING) for number, name in enumerate(fates, 1)}
    campaign = made(cast)
    for name, changes in fates.items():
        if changes:
            Dossier.objects.filter(pk=found[name].pk).update(**changes)
    assert campaigns.sweep() == 2
    assert campaigns.sweep() == 0
    states = {name: item_of(dossier).state for name, dossier in found.items()}
    assert states == {"returned": ItemState.DONE, "post": ItemState.DROPPED, "still": ItemState.WAITING}
    assert item_of(found["post"]).events.get(verb="drop").reason
    sums = reading.summed(reading.progress(cast.administrator, campaign))
    assert (sums["total"], sums["done"], sums["dropped"], sums["waiting"]) == (3, 1, 1, 1)


@pytest.mark.parametrize("state", list(ItemState))
def test_the_sweep_finds_exactly_those_who_leave(cast: Cast, decided, state) -> None:
    agreed_at = {"consent_at": clock.now()} if state in (ItemState.POST, ItemState.HOME) else {}
    ways = ("counter", "post", "home", "electronic")
    for at, (fate, way) in enumerate((fate, way) for fate in ("decided", "returned", "withdrawn", "processing") for way in ways):
        decided(at + 1, **WAITING | {"state": fate})
        Dossier.objects.filter(reference=f"THU{at + 1:07d}").update(return_method=way, return_address="Số 1")
    rows = [AddressCampaign(name=name, kind="uncollected", province=cast.province, made_by=cast.administrator, state=name)
            for name in ("open", "closed")]
    for number, campaign in enumerate(rows):
        campaign.save()
        CampaignItem.objects.all().delete()
        CampaignItem.objects.bulk_create([CampaignItem(campaign=campaign, dossier=dossier, office=cast.office, state=state, **agreed_at)
                                          for dossier in Dossier.objects.all()])
        found = set(reading.out_of_step().values_list("pk", flat=True))
        every = CampaignItem.objects.select_related("campaign", "dossier")
        assert found == {item.pk for item in every if sweeping._because(item) is not None}, (state, number)
