"""Publishing costs more than a booking: the first message of a second is asked for at once, the others by one sweep a second later."""
import pytest

from onestop import jobs


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(jobs, "_quiet_until", {})
    monkeypatch.setattr(jobs, "_swept", set())
    monkeypatch.setattr(jobs.current_app, "send_task", lambda task, args, retry, countdown=None: found.append((task, args, countdown)))
    return found


def wake(*ids):
    jobs.wake_after_commit("notify.send", *ids, sweep="notify.sweep")


def test_one_message_leaves_at_once(transactional_db, sent):
    wake(1)
    assert sent == [("notify.send", [1], None)]


def test_a_crowd_is_found_by_one_sweep(transactional_db, sent):
    for number in range(50):
        wake(number)
    assert sent == [("notify.send", [0], None), ("notify.sweep", [], 1)]


def test_the_next_second_begins_anew(transactional_db, sent, monkeypatch):
    wake(1)
    wake(2)
    jobs._quiet_until["notify.sweep"] = 0.0
    wake(3)
    wake(4)
    assert [task for task, _args, _later in sent] == ["notify.send", "notify.sweep", "notify.send", "notify.sweep"]
