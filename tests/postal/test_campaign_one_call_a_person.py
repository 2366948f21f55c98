"""Several dossiers of one telephone number in a campaign: one invitation, one call, and each dossier ends in exactly one state."""
import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from dossiers.models import DossierEvent
from dossiers.states import Handover, ReturnMethod
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from onestop.transitions import Refused
from postal import campaigns as reading
from postal.models import AddressCampaign, CampaignItem, CampaignItemEvent
from postal.services import campaigns
from postal.services.campaigns import Answer
from postal.services.campaigns.answering import Choice
from postal.states import ItemState
from tests.bookings.crowd import Crowd
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, agreed, item_of, made
from tests.postal.test_campaign_invitations import token_of

pytestmark = pytest.mark.usefixtures("morning")
ONE = WAITING | {"phone": "0977000111"}


def invited(cast: Cast, campaign: AddressCampaign) -> int:
    """How many messages an invitation of the campaign wrote."""
    before = Message.objects.filter(template_key="campaign_invited").count()
    campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
    while campaigns.invite(campaign.pk):
        pass
    return Message.objects.filter(template_key="campaign_invited").count() - before


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def states() -> dict[int, str]:
    return {item.dossier_id: str(item.state) for item in CampaignItem.objects.all()}


# --- invitations ------------------------------------------------------------------------------------------------------

def test_one_message_names_the_count_and_no_procedure(cast: Cast, decided: Any) -> None:
    first, second = decided(1, **ONE), decided(2, **ONE, received_office=cast.other_office)
    decided(3, **WAITING)
    campaign = made(cast)
    assert reading.people_in(reading.to_invite(campaign)) == 2
    assert invited(cast, campaign) == 2
    body = Message.objects.get(template_key="campaign_invited", body__contains=first.number).body
    assert "có 2 hồ sơ" in body and second.number not in body and cast.procedure.name not in body
    assert campaign.events.get(verb="invited").data == {"invited": 2}
    assert reading.summed(reading.progress(cast.administrator, campaign))["invited"] == 3  # progress counts dossiers


def test_a_number_that_was_invited_gets_no_second_message_for_a_dossier_added_later(cast: Cast, decided: Any) -> None:
    decided(1, **ONE)
    campaign = made(cast)
    assert invited(cast, campaign) == 1
    later = decided(2, **ONE)
    campaigns.add_new(actor=cast.administrator, campaign=campaign)
    campaigns.freeze(campaign.pk)
    with pytest.raises(Refused, match="nobody"):
        try:
            campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
        except Refused as refusal:
            raise Refused(refusal.code, refusal.code) from refusal
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert invited(cast, campaign) == 1
        assert item_of(later).invitations == 1


def test_people_without_a_telephone_are_invited_one_by_one(cast: Cast, decided: Any) -> None:
    for number in (1, 2):
        decided(number, **WAITING | {"phone": "", "email": f"mau{number}@example.vn"})
    assert invited(cast, made(cast)) == 2


# --- the link ---------------------------------------------------------------------------------------------------------

def test_the_page_lists_the_dossiers_and_takes_one_answer_for_all(cast: Cast, decided: Any, client: Client) -> None:
    first, second = decided(1, **ONE), decided(2, **ONE, received_office=cast.other_office, procedure=cast.field_procedure)
    type(cast.field_procedure).objects.filter(pk=cast.field_procedure.pk).update(sensitive=True)
    other = decided(3, **WAITING)
    invited(cast, made(cast))
    address = reverse("postal:campaign_answer", args=[token_of(first)])
    page = client.get(address).content.decode()
    assert first.number in page and second.number in page and other.number not in page
    assert cast.procedure.name in page and cast.field_procedure.name not in page
    assert first.full_name not in page and first.phone not in page
    keys = [item_of(first).pk, item_of(second).pk]
    chosen = {"wish": "post", "address": "Số 8", "commune": "Phường Ninh Kiều, Thành phố Cần Thơ", "consent": "on", "factor": "0111"}
    assert client.post(address, chosen).status_code == 422  # nothing is ticked
    assert client.post(address, chosen | {"dossiers": [*keys, item_of(other).pk]}).status_code == 422
    assert client.post(address, chosen | {"dossiers": keys}).status_code == 302
    assert states() == {first.pk: "post", second.pk: "post", other.pk: "waiting"}
    assert "Không còn hồ sơ nào cần chọn" in client.get(address).content.decode()
    assert DossierEvent.objects.filter(verb="change_return").count() == 2


def test_or_one_answer_each(cast: Cast, decided: Any, client: Client) -> None:
    first, second = decided(1, **ONE), decided(2, **ONE)
    invited(cast, made(cast))
    address = reverse("postal:campaign_answer", args=[token_of(first)])
    assert client.post(address, {"wish": "counter", "factor": "0111", "dossiers": [item_of(first).pk]}).status_code == 302
    assert Message.objects.get(template_key="campaign_invited").state != "obsolete"  # one is still asked about
    page = client.get(address).content.decode()
    assert "Còn 1 hồ sơ cần chọn" in page and "Đã ghi nhận" in page
    both = {"wish": "counter", "factor": "0111", "dossiers": [item_of(first).pk, item_of(second).pk]}  # a form opened before
    assert client.post(address, both).status_code == 302
    assert states() == {first.pk: "counter", second.pk: "counter"}
    assert CampaignItemEvent.objects.filter(verb="keep").count() == 2
    assert Message.objects.get(template_key="campaign_invited").state == "obsolete"


def test_wrong_tries_count_for_the_link_not_for_a_dossier(cast: Cast, decided: Any, settings: Any) -> None:
    settings.CAMPAIGN_LINK_FAILURES = 2
    first, second = decided(1, **ONE), decided(2, **ONE)
    invited(cast, made(cast))
    token, codes = token_of(first), []
    for dossier in (first, second, first):
        with pytest.raises(Refused) as refused:
            campaigns.answer(token=token, factor="0000", choice=Choice("counter"), dossiers=[item_of(dossier).pk])
        codes.append(refused.value.code)
    assert codes == ["wrong_factor", "link_locked", "link_locked"]


def test_right_digits_are_too_late_once_tries_of_the_same_moment_have_locked_the_link(cast: Cast, decided: Any, settings: Any) -> None:
    dossier = decided(1, **ONE)
    invited(cast, made(cast))
    token, seen = token_of(dossier), []

    def others_try(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and "postal_campaignitem" in sql:
            seen.append(sql)
            if len(seen) == 2:  # the link was looked up, its rows are not locked yet
                CampaignItem.objects.update(failures=settings.CAMPAIGN_LINK_FAILURES)
        return execute(sql, *rest)

    with connection.execute_wrapper(others_try), pytest.raises(Refused) as refused:
        campaigns.answer(token=token, factor="0111", choice=Choice("counter"))
    assert refused.value.code == "link_locked" and item_of(dossier).state == ItemState.WAITING


def test_what_can_not_be_sent_is_named_and_nothing_is_half_done(cast: Cast, decided: Any) -> None:
    first, second = decided(1, **ONE), decided(2, **ONE)
    invited(cast, made(cast))
    type(second).objects.filter(pk=second.pk).update(handover=Handover.ON_THE_WAY)
    with pytest.raises(Refused) as refused:
        campaigns.answer(token=token_of(first), factor="0111", choice=Choice("post", "Số 8", cast.commune, True))
    assert second.number in str(refused.value)
    assert set(states().values()) == {"waiting"}
    first.refresh_from_db()
    assert first.return_method == ReturnMethod.COUNTER


# --- the call ---------------------------------------------------------------------------------------------------------

def test_two_offices_do_not_call_one_person_at_once(cast: Cast, decided: Any) -> None:
    decided(1, **ONE)
    decided(2, **ONE, received_office=cast.other_office)
    campaign = made(cast)
    assert campaigns.claim_next(actor=cast.desk, campaign=campaign) is not None
    assert campaigns.claim_next(actor=cast.outsider, campaign=campaign) is None
    with pytest.raises(Refused) as refused:
        campaigns.take(actor=cast.outsider, item=CampaignItem.objects.select_related("campaign", "dossier").latest("pk"))
    assert refused.value.code == "held"


def test_one_outcome_for_all_that_are_ticked_and_the_other_one_is_next(cast: Cast, decided: Any) -> None:
    found = [decided(number, **ONE) for number in (1, 2, 3)]
    decided(4, **WAITING)
    campaign = made(cast)
    browser = as_(cast.desk)
    address = browser.post(reverse("postal:campaign_next", args=[campaign.pk]))["Location"]
    page = browser.get(address).content.decode()
    assert page.count("checked") >= 2 and all(dossier.number in page for dossier in found)
    assert f"({reading.people_in(reading.next_to_call(cast.desk, campaign))})" in browser.get(
        reverse("postal:campaign", args=[campaign.pk])).content.decode()
    form = {"seen": 0, "outcome": "agreed", "wish": "post", "address": "Số 7", "commune": "Ninh Kiều", "consent": "on", "tiep": "1",
            "others": [item_of(found[1]).pk]}
    done = browser.post(f"{address}ghi/", form)
    assert done["Location"] == reverse("postal:campaign_item", args=[item_of(found[2]).pk])  # the same person, the same call
    assert [item_of(dossier).state for dossier in found] == [ItemState.POST, ItemState.POST, ItemState.WAITING]
    assert browser.post(f"{address}ghi/", form).status_code == 302  # sent twice
    assert CampaignItemEvent.objects.filter(verb="register").count() == 2


def test_an_outcome_holds_for_another_office_whose_dossier_is_not_shown(cast: Cast, decided: Any) -> None:
    mine, theirs = decided(1, **ONE), decided(2, **ONE, received_office=cast.other_office, procedure=cast.field_procedure)
    campaign = made(cast)
    browser = as_(cast.desk)
    address = browser.post(reverse("postal:campaign_next", args=[campaign.pk]))["Location"]
    page = browser.get(address).content.decode()
    assert "Còn 1 hồ sơ ở đơn vị khác" in page and theirs.number not in page and cast.field_procedure.name not in page
    form = {"seen": 0, "outcome": "agreed", "wish": "post", "address": "Số 7", "commune": "Ninh Kiều", "consent": "on"}
    browser.post(f"{address}ghi/", form | {"elsewhere": "on", "others": []})
    assert states() == {mine.pk: "post", theirs.pk: "post"}
    event = DossierEvent.objects.get(subject=theirs, verb="change_return")
    assert (event.actor, event.actor_label) == (None, cast.desk.full_name)
    assert campaigns.claim_next(actor=cast.outsider, campaign=campaign) is None
    rows = {row["office__name"]: row["post"] for row in reading.progress(cast.administrator, campaign)}
    assert rows == {cast.office.name: 1, cast.other_office.name: 1}


def test_nobody_answered_is_so_for_every_office_and_unticked_stays_with_its_own(cast: Cast, decided: Any) -> None:
    mine, theirs = decided(1, **ONE), decided(2, **ONE, received_office=cast.other_office)
    campaign = made(cast)
    campaigns.claim_next(actor=cast.desk, campaign=campaign)
    campaigns.record(actor=cast.desk, item=item_of(mine), answer=Answer("no_answer"), seen=0, elsewhere=True)
    assert (item_of(theirs).attempts, item_of(theirs).held_by) == (1, None)
    assert campaigns.claim_next(actor=cast.outsider, campaign=campaign) is None
    with clock.frozen(clock.now() + timedelta(days=1)):
        campaigns.claim_next(actor=cast.desk, campaign=campaign)
        campaigns.record(actor=cast.desk, item=item_of(mine), answer=Answer("will_come"), seen=1)
        assert states() == {mine.pk: "counter", theirs.pk: "waiting"}
        found = campaigns.claim_next(actor=cast.outsider, campaign=campaign)
        assert found is not None and found.dossier_id == theirs.pk


def test_what_another_office_can_not_send_stays_with_it(cast: Cast, decided: Any) -> None:
    mine, theirs = decided(1, **ONE), decided(2, **ONE, received_office=cast.other_office)
    made(cast)
    type(theirs).objects.filter(pk=theirs.pk).update(handover=Handover.ON_THE_WAY)
    campaigns.record(actor=cast.desk, item=item_of(mine), answer=agreed(cast), seen=0, elsewhere=True)
    assert states() == {mine.pk: "post", theirs.pk: "waiting"}


def test_only_rows_of_the_same_person_and_office_are_taken_along(cast: Cast, decided: Any) -> None:
    mine, stranger, theirs = decided(1, **ONE), decided(2, **WAITING), decided(3, **ONE, received_office=cast.other_office)
    made(cast)
    keys = [item_of(stranger).pk, item_of(theirs).pk]
    campaigns.record(actor=cast.desk, item=item_of(mine), answer=Answer("will_come"), seen=0, others=keys)
    assert states() == {mine.pk: "counter", stranger.pk: "waiting", theirs.pk: "waiting"}


# --- all at once ------------------------------------------------------------------------------------------------------

def test_in_a_crowd_each_number_is_invited_once_and_each_dossier_settled_once(live_cast: Cast, decided_of: Any) -> None:
    make, chance = decided_of(live_cast), random.Random(7)
    offices = [live_cast.office, live_cast.other_office]
    for number in range(1, 25):
        make(number, **WAITING | {"phone": f"09770001{number % 6:02d}", "received_office": offices[chance.randrange(2)]})
    campaign, crowd = made(live_cast), Crowd()
    campaigns.start_inviting(actor=live_cast.administrator, campaign=campaign)
    callers = [live_cast.desk, live_cast.specialist, live_cast.outsider]

    def anybody(number: int, dice: random.Random) -> None:
        for _round in range(4):
            crowd.try_("invite", campaigns.invite, pk=campaign.pk)
            actor = User.objects.get(pk=callers[number % 3].pk)
            item = crowd.try_("next", campaigns.claim_next, actor=actor, campaign=campaign)
            if item is None:
                continue
            phones = CampaignItem.objects.filter(held_by=actor).values_list("dossier__phone", flat=True)
            others = CampaignItem.objects.filter(dossier__phone__in=set(phones)).values_list("pk", flat=True)
            answer = agreed(live_cast) if dice.random() < 0.6 else Answer("will_come")
            crowd.try_("record", campaigns.record, actor=actor, item=item, answer=answer, seen=item.attempts, others=list(others),
                       elsewhere=dice.random() < 0.7)

    crowd.run(anybody, 6, seconds=120)
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= {"done", "busy", "held"}, crowd.outcomes
    invited_items = CampaignItem.objects.filter(invitations__gt=0)
    told = Message.objects.filter(template_key="campaign_invited")
    assert told.count() == told.values("recipient_key").distinct().count() == invited_items.values("dossier__phone").distinct().count()
    settled = CampaignItem.objects.exclude(state=ItemState.WAITING)
    assert set(settled.values_list("attempts", flat=True)) <= {1}
    assert CampaignItemEvent.objects.filter(verb__in=["register", "keep"]).count() == settled.count()
    assert DossierEvent.objects.filter(verb="change_return").count() == CampaignItem.objects.filter(state=ItemState.POST).count()
