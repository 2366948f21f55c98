"""Invitations by message: one each, so many a minute, again only after a pause; the citizen's link answers once, with a second factor."""
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.states import ReturnMethod
from onestop import clock
from onestop.history import CITIZEN
from onestop.notify.models import Message
from onestop.transitions import Refused
from postal import campaigns as reading
from postal.models import CampaignItem
from postal.services import campaigns
from postal.services.campaigns import Answer, inviting
from postal.services.campaigns.answering import Choice
from postal.states import ItemState
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, item_of, made

pytestmark = pytest.mark.usefixtures("morning")
TOKEN = re.compile(r"/xac-nhan/([^/\s]+)/")


def invited(cast: Cast, decided, count: int = 1, **fields):
    """A campaign whose people have been invited."""
    for number in range(1, count + 1):
        decided(number, **WAITING | fields)
    campaign = made(cast)
    campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
    while campaigns.invite(campaign.pk):
        pass
    campaign.refresh_from_db()
    return campaign


def token_of(dossier: Dossier) -> str:
    message = Message.objects.filter(template_key="campaign_invited", body__contains=dossier.number).latest("pk")
    return TOKEN.findall(message.body)[0]


def post(cast: Cast, **changes) -> Choice:
    return Choice(**{"wish": "post", "address": "Số 8, đường Mẫu", "area": cast.commune, "consent": True} | changes)


def test_everybody_is_invited_once(cast: Cast, decided) -> None:
    campaign = invited(cast, decided, 3)
    assert Message.objects.filter(template_key="campaign_invited").count() == 3
    assert campaign.inviting_at is None and campaign.events.get(verb="invited").data == {"invited": 3}
    with pytest.raises(Refused) as refused:
        campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
    assert refused.value.code == "nobody"
    item = CampaignItem.objects.first()
    assert item.token_digest and token_of(item.dossier) not in (item.token_digest, "")


def test_a_killed_job_invites_nobody_twice(cast: Cast, decided, monkeypatch) -> None:
    for number in (1, 2, 3):
        decided(number, **WAITING)
    campaign = made(cast)
    campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
    real, seen = inviting._invite_one, []

    def dies(key: int) -> bool:
        if len(seen) == 1:
            raise KeyboardInterrupt
        seen.append(key)
        return real(key)

    with monkeypatch.context() as patch:
        patch.setattr(inviting, "_invite_one", dies)
        with pytest.raises(KeyboardInterrupt):
            campaigns.invite(campaign.pk)
    assert Message.objects.filter(template_key="campaign_invited").count() == 1
    assert campaigns.sweep() >= 1  # asks for the job
    campaigns.invite(campaign.pk)
    assert Message.objects.filter(template_key="campaign_invited").count() == 3
    assert set(CampaignItem.objects.values_list("invitations", flat=True)) == {1}


def test_so_many_a_minute(cast: Cast, decided, settings) -> None:
    settings.CAMPAIGN_INVITES_A_MINUTE = 2
    campaign = invited(cast, decided, 3)
    assert (CampaignItem.objects.filter(invitations=1).count(), campaigns.invite(campaign.pk)) == (2, 0)
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert campaigns.invite(campaign.pk) == 1
    campaign.refresh_from_db()
    assert campaign.inviting_at is None


def test_stopping_sends_no_more_and_starting_goes_on(cast: Cast, decided, settings) -> None:
    settings.CAMPAIGN_INVITES_A_MINUTE = 1
    campaign = invited(cast, decided, 2)
    campaigns.stop_inviting(actor=cast.administrator, campaign=campaign)
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert campaigns.invite(campaign.pk) == 0
        campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
        assert campaigns.invite(campaign.pk) == 1


def test_only_who_has_not_answered_is_invited_again_after_a_pause(cast: Cast, decided) -> None:
    campaign = invited(cast, decided, 3)
    silent, coming, wrong = CampaignItem.objects.order_by("pk")
    old = token_of(silent.dossier)
    campaigns.record(actor=cast.desk, item=coming, answer=Answer("will_come"), seen=0)
    campaigns.record(actor=cast.desk, item=wrong, answer=Answer("wrong_number"), seen=0)
    with clock.frozen(clock.now() + timedelta(days=4)):
        campaigns.start_inviting(actor=cast.administrator, campaign=campaign)
        assert campaigns.invite(campaign.pk) == 1
        silent.refresh_from_db()
        assert silent.invitations == 2
        with pytest.raises(Refused) as refused:
            campaigns.found_by(old)  # the newer link replaces it
        assert refused.value.code == "link_ended"


def test_a_sensitive_procedure_is_not_named(cast: Cast, decided) -> None:
    type(cast.procedure).objects.filter(pk=cast.procedure.pk).update(sensitive=True)
    invited(cast, decided)
    assert cast.procedure.name not in Message.objects.get(template_key="campaign_invited").body


def test_the_citizen_chooses_the_post_behind_the_link(cast: Cast, decided, client) -> None:
    invited(cast, decided)
    dossier = Dossier.objects.get()
    address = reverse("postal:campaign_answer", args=[token_of(dossier)])
    page = client.get(address)
    body = page.content.decode()
    assert page.status_code == 200 and dossier.number in body and cast.procedure.name in body
    assert dossier.full_name not in body and dossier.phone not in body
    assert item_of(dossier).state == ItemState.WAITING  # reading changed nothing
    form = {"wish": "post", "address": "Số 8, đường Mẫu", "commune": "Phường Ninh Kiều, Thành phố Cần Thơ", "consent": "on",
            "factor": "5678"}
    assert client.post(address, form | {"commune": "Phường Không Có"}).status_code == 422
    assert client.post(address, form | {"consent": ""}).status_code == 422
    answer = client.post(address, form)
    assert answer.status_code == 302
    item = item_of(dossier)
    assert (item.state, item.consent_via, item.consent_by, item.area_id) == (ItemState.POST, "link", None, cast.commune.pk)
    dossier.refresh_from_db()
    assert (dossier.return_method, dossier.return_address) == ("post", "Số 8, đường Mẫu")
    event = dossier.events.get(verb="change_return")
    assert (event.actor, event.actor_label) == (None, CITIZEN)
    used = client.get(address)
    assert used.status_code == 200 and "Đã ghi nhận lựa chọn" in used.content.decode() and "Số 8" not in used.content.decode()
    assert client.post(address, form | {"address": "Số 9"}).status_code == 200
    assert item_of(dossier).address == "Số 8, đường Mẫu"
    sums = reading.summed(reading.progress(cast.administrator, item.campaign))
    assert (sums["post"], sums["by_link"], sums["invited"]) == (1, 1, 1)


def test_the_counter_needs_no_address(cast: Cast, decided, client) -> None:
    invited(cast, decided)
    dossier = Dossier.objects.get()
    address = reverse("postal:campaign_answer", args=[token_of(dossier)])
    assert client.post(address, {"wish": "counter", "factor": "5678"}).status_code == 302
    assert item_of(dossier).state == ItemState.COUNTER
    dossier.refresh_from_db()
    assert dossier.return_method == ReturnMethod.COUNTER


def test_home_is_not_the_citizens_to_choose(cast: Cast, decided) -> None:
    invited(cast, decided)
    with pytest.raises(Refused) as refused:
        campaigns.answer(token=token_of(Dossier.objects.get()), factor="5678", choice=post(cast, wish="home"))
    assert refused.value.code == "wish_missing"


def test_the_second_factor_may_be_tried_a_few_times(cast: Cast, decided, client, settings) -> None:
    settings.CAMPAIGN_LINK_FAILURES = 3
    invited(cast, decided)
    dossier = Dossier.objects.get()
    token = token_of(dossier)
    address = reverse("postal:campaign_answer", args=[token])
    form = {"wish": "counter", "factor": "0000"}
    assert [client.post(address, form).status_code for _try in range(3)] == [422, 422, 429]
    with pytest.raises(Refused) as refused:
        campaigns.answer(token=token, factor="5678", choice=post(cast))
    assert refused.value.code == "link_locked"
    assert client.get(address).status_code == 429
    assert item_of(dossier).state == ItemState.WAITING


def test_unknown_old_and_expired_links_say_one_plain_sentence(cast: Cast, decided, client) -> None:
    campaign = invited(cast, decided)
    address = reverse("postal:campaign_answer", args=[token_of(Dossier.objects.get())])
    unknown = client.get(reverse("postal:campaign_answer", args=["KHONGCO"]))
    with clock.frozen(clock.now() + timedelta(days=16)):
        expired = client.get(address)
    campaigns.close(actor=cast.administrator, campaign=campaign)
    closed = client.get(address)
    for answer in (unknown, expired, closed):
        assert answer.status_code == 404 and "Liên kết này không còn dùng được." in answer.content.decode()


def test_an_answer_stops_the_invitation_that_has_not_gone_out(cast: Cast, decided) -> None:
    invited(cast, decided)
    campaigns.record(actor=cast.desk, item=CampaignItem.objects.get(), answer=Answer("will_come"), seen=0)
    assert Message.objects.get(template_key="campaign_invited").state == "obsolete"
