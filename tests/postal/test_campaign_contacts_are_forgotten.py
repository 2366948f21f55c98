"""Addresses and notes of a campaign that is over are forgotten at their hour; what came of each person, and so each figure, stays."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from onestop import clock
from postal import campaigns as reading
from postal import tasks
from postal.models import AddressCampaignEvent, CampaignItem, CampaignItemEvent
from postal.services import campaigns
from postal.services.campaigns import Answer
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, agreed, item_of, made


def test_at_its_hour(cast: Cast, morning: datetime, decided: Any) -> None:
    dossiers = [decided(number, phone=f"091234567{number}", **WAITING) for number in range(3)]
    campaign = made(cast)
    answers = (agreed(cast), Answer("will_come", note="Đến thứ Hai"), Answer("no_answer", note="Bận"))
    for dossier, answer in zip(dossiers, answers, strict=True):
        item = item_of(dossier)
        campaigns.take(actor=cast.desk, item=item)
        campaigns.record(actor=cast.desk, item=item, answer=answer, seen=0)
    campaigns.close(actor=cast.administrator, campaign=campaign)
    campaigns.sweep()
    figures = reading.summed(reading.progress(cast.administrator, campaign))
    waits = item_of(dossiers[0])
    assert waits.state == "post" and waits.address
    over = clock.now() + timedelta(days=settings.CONTACT_LIST_DAYS)
    for moment, noted in ((over - timedelta(microseconds=1), True), (over, False), (over, False)):
        with clock.frozen(moment):
            tasks.purge()
        assert CampaignItem.objects.exclude(note="").filter(state="dropped").exists() is noted
    assert item_of(dossiers[0]).address == waits.address  # the post has not brought it yet
    assert reading.summed(reading.progress(cast.administrator, campaign)) == figures
    assert [event.data for event in AddressCampaignEvent.objects.filter(verb="purge")] == [{"people": 2}]
    CampaignItem.objects.filter(pk=waits.pk).update(state="done")
    with clock.frozen(over):
        tasks.purge()
    assert not CampaignItemEvent.objects.filter(reason__contains="Bận") and not CampaignItemEvent.objects.filter(reason__contains="Hai")
    item = item_of(dossiers[0])
    assert (item.address, item.area, item.outcome, item.consent_words) == ("", None, waits.outcome, waits.consent_words)
    assert item.consent_at == waits.consent_at


def test_notes_of_all_calls_stand_with_the_person_the_newest_last(cast: Cast, morning: datetime, decided: Any, client: Any) -> None:
    dossier = decided(1, **WAITING)
    made(cast)
    item = item_of(dossier)
    for seen, note in enumerate(("Bận", "", "x" * 490)):
        with clock.frozen(morning + timedelta(days=seen)):
            campaigns.take(actor=cast.desk, item=item)
            campaigns.record(actor=cast.desk, item=item, answer=Answer("no_answer", note=note), seen=seen)
        assert len(item_of(dossier).note) <= 500
    assert item_of(dossier).note == "Bận · " + "x" * 490
    client.force_login(cast.desk)
    assert "Bận · xxx" in client.get(reverse("postal:campaign_item", args=[item.pk])).content.decode()
