"""Address campaigns where things cross: nobody is called twice, asked what is settled, or answered for after the end."""
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, HomeVisit
from dossiers.states import Handover, ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from onestop.transitions import Refused
from postal import campaigns as reading
from postal.models import AddressCampaign, CampaignItem
from postal.services import campaigns
from postal.services.campaigns import answering
from postal.services.campaigns.answering import Choice
from postal.states import CampaignState, ItemState
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, agreed, item_of, made
from tests.postal.test_campaign_invitations import token_of

pytestmark = pytest.mark.usefixtures("morning")


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def invited_link(cast: Cast, campaign: AddressCampaign) -> str:
    """The secret of the first person's link."""
    campaigns.invite(campaigns.start_inviting(actor=cast.administrator, campaign=campaign).pk)
    return token_of(campaign.items.get().dossier)


# --- one officer a person ---------------------------------------------------------------------------------------------

def test_the_form_of_a_call_is_shown_to_whoever_holds_the_person(cast: Cast, decided: Any) -> None:
    decided(1, **WAITING)
    item = made(cast).items.get()
    browser, address = as_(cast.desk), reverse("postal:campaign_item", args=[item.pk])
    page = browser.get(address).content.decode()
    assert "Ghi cuộc gọi" not in page and "Tôi gọi người này" in page
    browser.post(reverse("postal:campaign_take", args=[item.pk]))
    assert "Ghi cuộc gọi" in browser.get(address).content.decode()
    colleague = as_(cast.specialist).get(address).content.decode()
    assert "Ghi cuộc gọi" not in colleague and "Tôi gọi người này" not in colleague


def test_a_call_of_ten_minutes_is_nobody_elses(cast: Cast, decided: Any) -> None:
    decided(1, **WAITING)
    campaign = made(cast)
    item = campaigns.claim_next(actor=cast.desk, campaign=campaign)
    assert item is not None
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        assert campaigns.claim_next(actor=cast.specialist, campaign=campaign) is None


def test_people_without_a_telephone_are_not_one_person(cast: Cast, decided: Any) -> None:
    decided(1, **WAITING, phone="")
    decided(2, **WAITING, phone="")
    made(cast)
    assert not reading.same_person(cast.desk, CampaignItem.objects.select_related("dossier")[0]).exists()


# --- what is settled is not asked -------------------------------------------------------------------------------------

@pytest.mark.parametrize("settled", [{"state": DossierState.RETURNED}, {"state": DossierState.WITHDRAWN},
                                     {"return_method": ReturnMethod.POST, "return_address": "Số 1"}])
def test_who_has_settled_it_elsewhere_is_neither_called_nor_invited(cast: Cast, decided: Any, settled: dict[str, Any]) -> None:
    dossier = decided(1, **WAITING)
    campaign = made(cast)
    started = campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
    Dossier.objects.filter(pk=dossier.pk).update(**settled)
    campaigns.invite(started.pk)
    assert campaigns.claim_next(actor=cast.desk, campaign=campaign) is None
    assert not Message.objects.filter(template_key="campaign_invited").exists()
    campaigns.sweep()
    assert item_of(dossier).state in (ItemState.DONE, ItemState.DROPPED)


def test_home_is_refused_while_the_result_is_on_its_way_and_nothing_is_written(cast: Cast, decided: Any) -> None:
    dossier = decided(1, **WAITING)
    made(cast)
    Dossier.objects.filter(pk=dossier.pk).update(handover=Handover.ON_THE_WAY)
    answer = agreed(cast, "home", officer=cast.specialist, planned_on=clock.today())
    with pytest.raises(Refused) as refused:
        campaigns.record(actor=cast.desk, item=item_of(dossier), answer=answer, seen=0)
    assert refused.value.status == 409
    item = item_of(dossier)
    assert (item.state, item.attempts, item.consent_at) == (ItemState.WAITING, 0, None)
    assert not HomeVisit.objects.exists()


# --- the link ---------------------------------------------------------------------------------------------------------

def test_a_campaign_closed_while_somebody_answers_takes_no_answer(cast: Cast, decided: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = decided(1, **WAITING)
    campaign = made(cast)
    token = invited_link(cast, campaign)
    found = answering.found_by(token)
    AddressCampaign.objects.filter(pk=campaign.pk).update(state=CampaignState.CLOSED)
    monkeypatch.setattr(answering, "found_by", lambda _token: found)
    with pytest.raises(Refused) as refused:
        campaigns.answer(token=token, factor=dossier.phone[-4:], choice=Choice("post", "Số 1", cast.commune, True))
    assert refused.value.code == "link_ended"
    assert item_of(dossier).state == ItemState.WAITING


def test_who_comes_to_the_counter_answered_behind_the_link_too(cast: Cast, decided: Any) -> None:
    dossier = decided(1, **WAITING)
    campaign = made(cast)
    campaigns.answer(token=invited_link(cast, campaign), factor=dossier.phone[-4:], choice=Choice("counter"))
    assert reading.summed(reading.progress(cast.administrator, campaign))["by_link"] == 1


# --- odd input, long lists --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("again_at", ["0001-01-01T00:00", "9999-12-31T23:59", "\x00", "x"])
def test_an_impossible_time_is_told(cast: Cast, decided: Any, again_at: str) -> None:
    decided(1, **WAITING)
    item = made(cast).items.get()
    answer = as_(cast.desk).post(reverse("postal:campaign_record", args=[item.pk]), {"seen": 0, "outcome": "later", "again_at": again_at})
    assert answer.status_code == 422
