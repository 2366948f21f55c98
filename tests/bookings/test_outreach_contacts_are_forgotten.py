"""Names and numbers of an invitation list that is over are forgotten at their hour; answers, appointments and figures stay."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from bookings import tasks
from bookings.models import CallTask, Outreach, OutreachEvent
from bookings.services import outreach
from bookings.services.outreach import sending
from onestop import clock
from tests.bookings.test_outreach import proposed, run_out, sent  # noqa: F401 - fixtures


def test_at_its_hour(open_office: Any, sent: Outreach, morning: Any) -> None:  # noqa: F811
    person = sent.people.order_by("pk")[0]
    outreach.answer(person=person, answer="accepted")
    outreach.close(actor=open_office.desk, run=sent)
    run_out(sent)
    over = clock.now() + timedelta(days=settings.CONTACT_LIST_DAYS)
    for moment, known in ((over - timedelta(microseconds=1), 6), (over, 0), (over, 0)):
        with clock.frozen(moment):
            tasks.purge()
        assert sent.people.exclude(phone="", full_name="", citizen_id="", note="").count() == known
    person.refresh_from_db()
    assert person.answer == "accepted" and person.appointment is not None and person.appointment.phone
    assert [event.data for event in OutreachEvent.objects.filter(subject=sent, verb="purge")] == [{"people": 6}]
    browser = Client()
    browser.force_login(open_office.desk)
    page = browser.get(reverse("bookings:outreach_list", args=[sent.pk]))
    assert page.status_code == 200 and page.context["counts"]["total"] == 6 and page.context["counts"]["accepted"] == 1
    assert "Đã xóa tên và số điện thoại" in page.content.decode()


def test_calls_about_its_people_are_forgotten_too_once_they_are_over(open_office: Any, sent: Outreach, morning: Any) -> None:  # noqa: F811
    first, second = sent.people.order_by("pk")[:2]
    for person in (first, second):
        sending.call_about(person, sent, "Chưa trả lời")
    outreach.close(actor=open_office.desk, run=sent)
    run_out(sent)
    CallTask.objects.filter(outreach_person=first).update(state="done")
    CallTask.objects.filter(outreach_person=second).update(state="open")
    over, person = clock.now() + timedelta(days=settings.CONTACT_LIST_DAYS), ("full_name", "phone")
    for moment in (over, over):
        with clock.frozen(moment):
            tasks.purge()
    assert list(CallTask.objects.filter(outreach_person=first).values_list(*person)) == [("", "")]
    assert CallTask.objects.get(outreach_person=second).phone == second.phone  # somebody still calls them
    CallTask.objects.filter(outreach_person=second).update(state="given_up")
    with clock.frozen(over):
        tasks.purge()
    assert set(CallTask.objects.values_list(*person)) == {("", "")}
