"""Many officers, workers and citizens at once: nobody is called by two, listed, invited or registered twice."""
import random

from dossiers.models import DossierEvent
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from postal.models import AddressCampaign, CampaignItem, CampaignItemEvent
from postal.services import campaigns
from postal.services.campaigns import Answer, freezing
from postal.services.campaigns.answering import Choice
from postal.states import ItemState
from tests.bookings.crowd import Crowd, rounds
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, agreed, item_of, made, plan
from tests.postal.test_campaign_invitations import token_of

OFFICERS = 12


def test_each_person_is_called_by_one_officer(live_cast: Cast, decided_of) -> None:
    make, count = decided_of(live_cast), rounds(36, 18)
    for number in range(1, count + 1):
        make(number, **WAITING)
    campaign, crowd = made(live_cast), Crowd()
    pks = [user.pk for user in (live_cast.desk, live_cast.specialist, live_cast.leader)]

    def officer(number: int, chance: random.Random) -> None:
        actor = User.objects.get(pk=pks[number % 3])
        for _round in range(count):
            item = crowd.try_("next", campaigns.claim_next, actor=actor, campaign=campaign)
            if item is None:
                continue
            answer = agreed(live_cast) if chance.random() < 0.7 else Answer("will_come")
            done = crowd.try_("record", campaigns.record, actor=actor, item=item, answer=answer, seen=item.attempts)
            if done is not None and done[1]:
                crowd.note("counted: once")

    crowd.run(officer, OFFICERS, seconds=120)
    assert {outcome.split(": ")[1] for outcome in crowd.outcomes} <= {"done", "busy", "held", "once"}, crowd.outcomes
    called = CampaignItem.objects.exclude(state=ItemState.WAITING)
    assert set(called.values_list("attempts", flat=True)) == {1}
    assert called.count() == crowd.outcomes["counted: once"] == CampaignItemEvent.objects.count()
    posted = CampaignItem.objects.filter(state=ItemState.POST).count()
    assert DossierEvent.objects.filter(verb="change_return").count() == posted
    if not crowd.outcomes["next: busy"] and not crowd.outcomes["record: busy"]:
        assert called.count() == count


def test_two_workers_write_one_list_and_invite_once(live_cast: Cast, decided_of, monkeypatch) -> None:
    monkeypatch.setattr(freezing, "CHUNK", 5)
    make, crowd = decided_of(live_cast), Crowd()
    for number in range(1, 31):
        make(number, **WAITING)
    first = campaigns.make(actor=live_cast.administrator, plan=plan(live_cast))
    second = campaigns.make(actor=live_cast.administrator, plan=plan(live_cast, office=live_cast.office))

    def worker(number: int, _chance: random.Random) -> None:
        for _round in range(10):
            crowd.try_("freeze", campaigns.freeze, pk=(first, second)[number % 2].pk)

    crowd.run(worker, 4)
    assert CampaignItem.objects.count() == 30
    assert sum(AddressCampaign.objects.values_list("total", flat=True)) == 30
    for campaign in (first, second):
        if campaign.items.exists():
            campaigns.start_inviting(actor=live_cast.administrator, campaign=campaign)

    def inviter(number: int, _chance: random.Random) -> None:
        for _round in range(3):
            crowd.try_("invite", campaigns.invite, pk=(first, second)[number % 2].pk)

    crowd.run(inviter, 4)
    assert Message.objects.filter(template_key="campaign_invited").count() == 30
    assert set(CampaignItem.objects.values_list("invitations", flat=True)) == {1}


def test_officer_and_citizen_at_once_register_one_way(live_cast: Cast, decided_of) -> None:
    with clock.frozen(clock.now()):
        dossier = decided_of(live_cast)(1, **WAITING)
        campaign = made(live_cast)
        campaigns.start_inviting(actor=live_cast.administrator, campaign=campaign)
        campaigns.invite(campaign.pk)
        token, item, crowd = token_of(dossier), item_of(dossier), Crowd()
        choice = Choice(wish="post", address="Của công dân", area=live_cast.commune, consent=True)

        def either(number: int, _chance: random.Random) -> None:
            if number % 2:
                crowd.try_("citizen", campaigns.answer, token=token, factor="5678", choice=choice)
            else:
                crowd.try_("officer", campaigns.record, actor=live_cast.desk, item=item, answer=agreed(live_cast), seen=0)

        crowd.run(either, 6)
    assert CampaignItemEvent.objects.filter(verb="register").count() == 1
    assert DossierEvent.objects.filter(verb="change_return").count() == 1
    kept = item_of(dossier)
    assert kept.address == kept.dossier.return_address
