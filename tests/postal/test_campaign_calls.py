"""Calls of an address campaign: one person at a time, held by who calls, the same form once, what was agreed goes to the dossier."""
from datetime import timedelta

import pytest

from dossiers.models import HomeVisit
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.transitions import Refused
from postal.models import CampaignItem, Shipment, WaiverCampaign
from postal.services import campaigns
from postal.services.campaigns import Answer
from postal.services.pulling import pull_decided
from postal.states import ItemOutcome, ItemState
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, agreed, item_of, made

pytestmark = pytest.mark.usefixtures("morning")


def test_who_waits_longest_is_called_first_and_held(cast: Cast, decided) -> None:
    first, second = decided(1, **WAITING), decided(2, **WAITING)
    decided(3, **WAITING, received_office=cast.other_office)
    campaign = made(cast)
    mine = campaigns.claim_next(actor=cast.desk, campaign=campaign)
    theirs = campaigns.claim_next(actor=cast.specialist, campaign=campaign)
    assert mine is not None and theirs is not None
    assert (mine.dossier_id, theirs.dossier_id) == (first.pk, second.pk)
    assert campaigns.claim_next(actor=cast.desk, campaign=campaign).pk == mine.pk  # still the same
    assert campaigns.claim_next(actor=cast.leader, campaign=campaign) is None
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert campaigns.claim_next(actor=cast.leader, campaign=campaign).pk == mine.pk


def test_the_second_officer_is_told_who_is_calling(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    campaigns.take(actor=cast.desk, item=item)
    for verb in (lambda: campaigns.take(actor=cast.specialist, item=item),
                 lambda: campaigns.record(actor=cast.specialist, item=item, answer=Answer("no_answer"), seen=0)):
        with pytest.raises(Refused) as refused:
            verb()
        assert refused.value.code == "held" and cast.desk.full_name in str(refused.value)
    _row, is_new = campaigns.record(actor=cast.desk, item=item, answer=Answer("no_answer"), seen=0)
    assert is_new


def item_of_campaign(cast: Cast, decided, **fields) -> CampaignItem:
    dossier = decided(1, **WAITING | fields)
    made(cast)
    return item_of(dossier)


def test_the_same_form_twice_counts_one_call(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    for expected in (True, False):
        row, is_new = campaigns.record(actor=cast.desk, item=item, answer=Answer("no_answer"), seen=0)
        assert is_new is expected and row.attempts == 1
    assert item.events.filter(verb="try").count() == 1


def test_nobody_answers_again_later_doubling_then_given_up(cast: Cast, decided, settings) -> None:
    settings.CALL_AGAIN_MINUTES, settings.CALL_ATTEMPTS = 30, 3
    item = item_of_campaign(cast, decided)
    for seen, minutes in ((0, 30), (1, 60)):
        row, _new = campaigns.record(actor=cast.desk, item=item, answer=Answer("no_answer"), seen=seen)
        assert (row.state, row.next_at) == (ItemState.WAITING, clock.now() + timedelta(minutes=minutes))
    row, _new = campaigns.record(actor=cast.desk, item=item, answer=Answer("no_answer"), seen=2)
    assert row.state == ItemState.UNREACHED
    assert campaigns.claim_next(actor=cast.desk, campaign=item.campaign) is None
    back = campaigns.call_again(actor=cast.desk, item=item)
    assert (back.state, back.attempts) == (ItemState.WAITING, 0)


def test_a_wrong_number_is_given_up_and_another_time_is_kept(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    with pytest.raises(Refused):
        campaigns.record(actor=cast.desk, item=item, answer=Answer("later", again_at=clock.now()), seen=0)
    at = clock.now() + timedelta(days=1)
    row, _new = campaigns.record(actor=cast.desk, item=item, answer=Answer("later", again_at=at), seen=0)
    assert (row.state, row.next_at) == (ItemState.WAITING, at)
    row, _new = campaigns.record(actor=cast.desk, item=item, answer=Answer("wrong_number"), seen=1)
    assert row.state == ItemState.UNREACHED


def test_post_is_registered_with_the_dossier_and_goes_to_the_carrier(cast: Cast, decided, carrier) -> None:
    item = item_of_campaign(cast, decided)
    row, _new = campaigns.record(actor=cast.desk, item=item, answer=agreed(cast), seen=0)
    dossier = item_of(item.dossier).dossier
    assert (dossier.return_method, dossier.return_address, dossier.return_area_id) == ("post", "Số 7, đường Mẫu", cast.commune.pk)
    assert (row.state, row.consent_via, row.consent_by_id) == (ItemState.POST, "phone", cast.desk.pk)
    assert "đồng ý" in row.consent_words and row.consent_at is not None
    assert dossier.events.filter(verb="change_return", actor=cast.desk).count() == 1
    pull_decided()
    assert Shipment.objects.get(dossier=dossier).address == "Số 7, đường Mẫu"
    assert campaigns.sweep() == 0  # what is under way stays on the list


def test_the_payer_named_by_the_campaign_pays(cast: Cast, decided, carrier) -> None:
    period = {"province": cast.province, "starts_on": clock.today() - timedelta(days=9), "legal_basis": "khoản 2", "state": "running"}
    WaiverCampaign.objects.create(name="Đợt chung", payer="Ngân sách", **period)
    named = WaiverCampaign.objects.create(name="Đợt của danh sách", payer="Nguồn cải cách hành chính", only_campaigns=True, **period)
    dossier = decided(1, **WAITING)
    made(cast, waiver=named)
    campaigns.record(actor=cast.desk, item=item_of(dossier), answer=agreed(cast), seen=0)
    pull_decided()
    shipment = Shipment.objects.get(dossier=dossier)
    assert (shipment.campaign_item, shipment.waiver, shipment.payer) == (item_of(dossier), named, "waiver")


def test_post_before_the_result_waits_for_it(cast: Cast, decided, carrier) -> None:
    dossier = decided(1, **WAITING | {"state": DossierState.PROCESSING, "decided_at": None})
    made(cast, kind="not_registered", since=None)
    campaigns.record(actor=cast.desk, item=item_of(dossier), answer=agreed(cast), seen=0)
    assert pull_decided() == 0
    type(dossier).objects.filter(pk=dossier.pk).update(state=DossierState.DECIDED, decided_at=clock.now())
    assert pull_decided() == 1


def test_nothing_is_registered_without_address_commune_and_consent(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    for changes, field in (({"address": " "}, "address"), ({"area": None}, "commune"), ({"consent": False}, "consent"),
                           ({"wish": ""}, "wish")):
        with pytest.raises(Refused) as refused:
            campaigns.record(actor=cast.desk, item=item, answer=agreed(cast, **changes), seen=0)
        assert field in refused.value.fields
    item.refresh_from_db()
    assert (item.state, item.attempts, item.dossier.return_method) == (ItemState.WAITING, 0, ReturnMethod.COUNTER)


def test_an_officer_is_sent_home_in_the_same_step(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    answer = agreed(cast, "home", officer=cast.specialist, planned_on=clock.today() + timedelta(days=1))
    row, _new = campaigns.record(actor=cast.desk, item=item, answer=answer, seen=0)
    visit = HomeVisit.objects.get(dossier=item.dossier)
    assert (row.state, visit.officer_id, visit.address) == (ItemState.HOME, cast.specialist.pk, "Số 7, đường Mẫu")


def test_a_wrong_plan_registers_nothing(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    for changes, field in (({"officer": cast.outsider, "planned_on": clock.today()}, "officer"), ({"officer": cast.desk}, "planned_on"),
                           ({"planned_on": clock.today()}, "officer"),
                           ({"officer": cast.desk, "planned_on": clock.today() - timedelta(days=1)}, "planned_on")):
        with pytest.raises(Refused) as refused:
            campaigns.record(actor=cast.desk, item=item, answer=agreed(cast, "home", **changes), seen=0)
        assert field in refused.value.fields
    item = item_of(item.dossier)
    assert (item.state, item.dossier.return_method) == (ItemState.WAITING, ReturnMethod.COUNTER)


def test_who_comes_or_declines_keeps_the_counter(cast: Cast, decided) -> None:
    found = [decided(number, **WAITING) for number in (1, 2)]
    made(cast)
    for dossier, outcome in zip(found, (ItemOutcome.WILL_COME, ItemOutcome.DECLINED), strict=True):
        row, _new = campaigns.record(actor=cast.desk, item=item_of(dossier), answer=Answer(outcome), seen=0)
        assert (row.state, row.outcome, row.consent_at) == (ItemState.COUNTER, outcome, None)
        assert item_of(dossier).dossier.return_method == ReturnMethod.COUNTER


def test_other_offices_and_other_roles_call_nobody(cast: Cast, decided) -> None:
    item = item_of_campaign(cast, decided)
    for actor in (cast.outsider, cast.administrator, cast.hotline, cast.monitor, cast.carrier):
        assert campaigns.claim_next(actor=actor, campaign=item.campaign) is None
        for verb in (lambda who=actor: campaigns.take(actor=who, item=item), lambda who=actor: campaigns.call_again(actor=who, item=item),
                     lambda who=actor: campaigns.record(actor=who, item=item, answer=agreed(cast), seen=0)):
            with pytest.raises(Refused) as refused:
                verb()
            assert refused.value.status == 403
    campaigns.close(actor=cast.administrator, campaign=item.campaign)
    with pytest.raises(Refused) as refused:
        campaigns.record(actor=cast.desk, item=item, answer=agreed(cast), seen=0)
    assert refused.value.code == "ended"
