"""Whom no message reaches is called, once for each message, and not any more once it has arrived."""
from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.models import Call, CallTask
from bookings.services import answering, unreached
from bookings.states import CallKind, CallOutcome, CallState
from onestop import clock
from onestop.notify import services as notify
from onestop.notify.models import Message
from onestop.notify.services import Recipient
from onestop.notify.states import State, Urgency, Via


@pytest.fixture
def told(open_office):
    """A message about a dossier, at the open office, in the state asked for."""

    def write(event="dossier:1:accepted", *, state=State.TECHNICAL, template="dossier_returned", **more) -> Message:
        message = notify.tell(event_key=event, template=template, office=open_office.office,
                              context={"number": "H13-1", "at": "09:30"}, recipient=Recipient("Người Nhận Mẫu", phone="0912345678"))
        Message.objects.filter(pk=message.pk).update(**{"state": state, "channel": Via.SMS, **more})
        message.refresh_from_db()
        return message

    return write


def test_each_failed_message_makes_one_task_with_its_text(open_office, told, client):
    message = told()
    assert [unreached.sweep(), unreached.sweep()] == [1, 0]
    task = CallTask.objects.get()
    assert (task.kind, task.office, task.phone, task.message) == (CallKind.UNREACHED, open_office.office, "0912345678", message)
    client.force_login(open_office.desk, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("bookings:call_task", args=[task.pk])).content.decode()
    assert "Đọc cho người dân nghe" in page
    assert message.body.splitlines()[0] in page


@pytest.mark.parametrize("more", [
    {"state": State.SENT}, {"state": State.TEMPORARY}, {"state": State.OBSOLETE}, {"phone": ""}, {"urgency": Urgency.BULK},
    {"template_key": "dossier_escalated"}, {"template_key": "phone_code"}, {"office": None}, {"event_key": "relocation:1:item:2"},
    {"event_key": "appointment:1:invited:3"}, {"event_key": "campaign-item:4:1"}])
def test_nobody_is_called_where_it_is_no_use_or_others_do(told, more):
    told(**more)
    assert unreached.sweep() == 0


def test_what_is_useless_by_now_and_what_is_long_ago_is_not_called_about(told, settings):
    now = clock.now()
    told("a", useless_at=now)
    told("b", next_attempt_at=now - timedelta(days=settings.MESSAGE_CALL_DAYS))
    assert unreached.sweep() == 0


def test_who_has_a_telephone_but_no_other_way_is_called_at_once(told, open_office, settings):
    settings.NOTIFY_CHANNELS = ["email"]
    message = notify.tell(event_key="dossier:9:x", template="dossier_returned", office=open_office.office,
                          context={"number": "1", "at": "9"}, recipient=Recipient("Người Mẫu", phone="0912345678"))
    assert message.channel == Via.CALL
    assert notify.sweep() == 0, "no channel is asked for it"
    assert unreached.sweep() == 1
    answering.attempted(actor=open_office.desk, task=CallTask.objects.get(), outcome=CallOutcome.INFORMED)
    message.refresh_from_db()
    assert (message.state, message.events.last().actor) == (State.DELIVERED, open_office.desk)
    assert Call.objects.count() == 1


def test_reached_on_the_telephone_means_told_and_given_up_means_not(told, open_office, settings):
    settings.CALL_ATTEMPTS = 1
    good, bad, only = told("a"), told("b"), told("c", state=State.CREATED, channel=Via.CALL)
    unreached.sweep()
    for message, outcome in ((good, CallOutcome.INFORMED), (bad, CallOutcome.NO_ANSWER), (only, CallOutcome.WRONG_NUMBER)):
        answering.attempted(actor=open_office.desk, task=message.call_task, outcome=outcome)
        message.refresh_from_db()
    assert (good.state, bad.state, only.state) == (State.DELIVERED, State.TECHNICAL, State.PERMANENT)
    assert unreached.sweep() == 0, "nobody is called twice about one message"


@pytest.mark.parametrize("after", [{"state": State.DELIVERED}, {"state": State.SENT}, {"state": State.OBSOLETE}, {"useless_at": "now"}])
def test_the_task_is_closed_when_the_message_arrives_or_is_of_no_use(told, after):
    message = told()
    unreached.sweep()
    Message.objects.filter(pk=message.pk).update(**{name: clock.now() if value == "now" else value for name, value in after.items()})
    assert unreached.sweep() == 1
    task = CallTask.objects.get()
    assert (task.state, task.outcome) == (CallState.DONE, "")
    assert unreached.sweep() == 0


def test_a_task_is_opened_again_if_the_message_had_not_arrived_after_all(told):
    message = told()
    unreached.sweep()
    Message.objects.update(state=State.SENT)
    unreached.sweep()
    Message.objects.update(state=State.PERMANENT)
    assert unreached.sweep() == 1
    task = CallTask.objects.get()
    assert (task.state, task.message, task.events.count()) == (CallState.OPEN, message, 3)
