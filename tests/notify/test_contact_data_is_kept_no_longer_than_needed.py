"""Unconfirmed subscriptions and the people of broadcasts that are over are deleted at their hour, not before; figures stay (rules.md 9)."""
from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings as kept
from django.test import Client
from django.urls import reverse

from onestop import clock
from onestop.notify import broadcast_reads, broadcasting, tasks
from onestop.notify.models import Broadcast, BroadcastEvent, BroadcastPerson, Message, Subscription
from onestop.notify.services import broadcast_lists, broadcast_sending, purging
from tests.cast import Cast
from tests.notify.broadcasting import listed, started

NINE = clock.at(date(2026, 11, 25), 9)
INSTANT = timedelta(microseconds=1)
AFTER = NINE + timedelta(days=kept.CONTACT_LIST_DAYS)


def over(cast: Cast) -> Broadcast:
    """A broadcast that is over at NINE: two had it, one did not, two lines were left out."""
    with clock.frozen(NINE - timedelta(minutes=5)):
        row = started(cast, listed(cast, ["ten,sdt", "A,0900000001", "B,0900000002", "C,0900000003", "D,0900000003", "E,abc"]))
    with clock.frozen(NINE - timedelta(minutes=1)):
        broadcast_sending.hand_out(row.pk)
    sent = list(Message.objects.filter(broadcast=row).order_by("pk").values_list("pk", flat=True))
    Message.objects.filter(pk__in=sent).update(state="delivered")
    Message.objects.filter(pk=sent[2]).update(state="permanent")
    with clock.frozen(NINE):
        broadcast_sending.hand_out(row.pk)
    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("done", NINE)
    return row


def at(moment: Any) -> None:
    with clock.frozen(moment):
        tasks.purge()


def test_a_list_is_deleted_at_its_hour_and_its_figures_stay(cast: Cast, client: Client, django_assert_num_queries: Any) -> None:
    row = over(cast)
    before, lines = broadcast_sending.figures(row), broadcast_reads.lines(row, broadcast_sending.figures(row))
    person = BroadcastPerson.objects.filter(broadcast=row)[0].pk
    at(AFTER - INSTANT)
    assert row.persons.count() == 5
    at(AFTER)
    at(AFTER)
    row.refresh_from_db()
    assert not row.persons.exists() and (row.people, row.left_out, row.handed_out) == (3, 2, 3)
    with django_assert_num_queries(0):
        after = broadcast_sending.figures(row)
    assert after == before and broadcast_reads.lines(row, after) == lines and broadcast_reads.left_out(after)
    assert (after.reached, after.failed, after.people) == (2, 1, 3)
    assert Message.objects.filter(broadcast=row).count() == 3
    assert BroadcastEvent.objects.filter(subject=row, verb="purge").count() == 1
    client.force_login(cast.administrator)
    page = client.get(reverse("notify:broadcast", args=[row.pk])).content.decode()
    said = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "Danh sách người nhận đã được xóa" in said and reverse("notify:broadcast_not_reached", args=[row.pk]) not in page
    ended = Client().get(reverse("news:end", args=[broadcasting.token(person)]))  # the link of an old message still leads to an end
    assert ended.status_code == 302 and ended["Location"] == reverse("news:end_ask")
    assert Client().get(reverse("news:end", args=["0" * broadcasting.TOKEN])).status_code == 404


def test_what_is_not_over_keeps_its_list(cast: Cast) -> None:
    row = over(cast)
    Message.objects.filter(broadcast=row, state="permanent").update(state="temporary")  # an administrator has it sent once more
    with clock.frozen(NINE):
        running = started(cast, listed(cast, ["sdt", "0900000009"], name="b.csv"))
    at(AFTER + timedelta(days=400))
    assert row.persons.count() == 5 and running.persons.count() == 1


def test_a_job_that_died_among_the_people_is_taken_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(cast)
    monkeypatch.setattr(purging, "CHUNK", 2)
    monkeypatch.setattr(purging, "CHUNKS_A_SWEEP", 1)
    for left in (3, 1, 0, 0):
        at(AFTER)
        row.refresh_from_db()
        assert (row.persons.count(), broadcast_sending.figures(row).people) == (left, 3)


def test_an_unconfirmed_subscription_is_deleted_at_its_hour(cast: Cast) -> None:
    def made(number: int, state: str, **fields: Any) -> Subscription:
        return Subscription.objects.create(contact=f"090000000{number}", phone=f"090000000{number}", area=cast.commune, state=state,
                                           asked_at=NINE, consent_words="Đồng ý", **fields)

    gone, again = made(1, "waiting"), made(2, "waiting", ended_at=NINE - timedelta(days=9))
    active, ended = made(3, "active"), made(4, "ended", ended_at=NINE)
    at(NINE + timedelta(days=kept.SUBSCRIPTION_DAYS) - INSTANT)
    assert Subscription.objects.filter(state="waiting").count() == 2
    at(NINE + timedelta(days=kept.SUBSCRIPTION_DAYS))
    assert not Subscription.objects.filter(pk=gone.pk).exists()
    assert dict(Subscription.objects.values_list("pk", "state")) == {again.pk: "ended", active.pk: "active", ended.pk: "ended"}
    row = Broadcast(audience="list")
    assert broadcast_lists.objected(row, {again.contact, gone.contact, active.contact}) == {again.contact}  # the objection stands
