"""The sweep: what is due goes to jobs, in batches, each message to one job at a time, quickly however many there are."""
import time
from datetime import timedelta

import pytest

from onestop import clock
from onestop.notify import services
from onestop.notify.models import Message
from onestop.notify.states import State

pytestmark = pytest.mark.django_db


def pile(count: int, **fields) -> None:
    Message.objects.bulk_create(
        [Message(event_key=f"e:{number}", recipient_key="0912345678", template_key="t", body="x", channel="file", **fields)
         for number in range(count)], batch_size=1000)


def test_what_is_not_due_stays(settings):
    pile(3, next_attempt_at=clock.now() + timedelta(minutes=1))
    assert services.sweep() == 0
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert services.sweep() == 3


def test_what_a_job_is_on_its_way_for_is_not_handed_out_twice_until_it_must_be_lost(settings):
    pile(3)
    assert [services.sweep(), services.sweep()] == [3, 0]
    with clock.frozen(clock.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)):
        assert services.sweep() == 3


def test_five_thousand_due_messages_are_handed_out_in_few_queries(django_assert_max_num_queries, django_capture_on_commit_callbacks):
    pile(5000)
    handed, started = [], time.monotonic()
    with django_capture_on_commit_callbacks() as jobs, django_assert_max_num_queries(6 * 8):
        while count := services.sweep():
            handed.append(count)
    assert handed == [1000] * 5
    assert len(jobs) == 5 * (1000 // services.PER_JOB + 1)
    assert time.monotonic() - started < 5


def test_a_message_that_dies_with_its_last_attempt_is_given_up(settings):
    pile(1, state=State.SENDING, attempts=settings.SEND_MAX_ATTEMPTS, claimed_at=clock.now() - timedelta(hours=1))
    assert services.release_stuck() == 1
    assert Message.objects.get().state == State.TECHNICAL
