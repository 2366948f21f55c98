"""What moved people answer, by their own page, by other pages, by the telephone; and who comes on the call list."""
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bookings import links, relocations
from bookings.models import Appointment, CallTask, Relocation, RelocationItem, Slot
from bookings.services import appointments, calls, moving, relocation
from bookings.services.audit import audit_capacity
from bookings.states import Answer, AppointmentState, CallKind, CallOutcome, CallState
from onestop import clock
from onestop.notify.models import Message
from tests import shared
from tests.bookings.conftest import DAY, person
from tests.bookings.test_relocation_moves_everybody_once import refused, run
from tests.cast import Cast

Book = Callable[..., appointments.Booked]


@pytest.fixture
@shared.rows
def moved(open_office: Cast, morning: object) -> RelocationItem:
    """Somebody whose office was closed and who has a new place."""
    slot = Slot.objects.filter(session__office=open_office.office, session__date=DAY).earliest("starts_at")
    appointments.book(applicant=person(1), procedure=open_office.procedure, purpose="submit", channel="web", slot_id=slot.pk)
    return run(open_office).items.get()


def page(item: RelocationItem) -> tuple[Client, str]:
    code = item.appointment.code
    return Client(), f"{reverse('bookings:relocated', args=[code])}?khoa={links.secret_of(code)}"


def test_agreeing_on_the_page_is_kept_once(moved: RelocationItem) -> None:
    browser, address = page(moved)
    own = browser.get(f"{reverse('bookings:manage', args=[moved.appointment.code])}?khoa={links.secret_of(moved.appointment.code)}")
    assert "Lịch hẹn của bạn đã được chuyển" in own.content.decode() and "Phong tỏa" in own.content.decode()
    assert moved.answer == Answer.NONE  # looking is no answer
    for _again in range(2):
        assert browser.post(address, {"tra_loi": "accepted"}).status_code == 302
    moved.refresh_from_db()
    assert moved.answer == Answer.ACCEPTED and moved.answered_at is not None
    assert relocations.open_item(moved.appointment) is None


def test_choosing_another_place_moves_and_is_kept(moved: RelocationItem) -> None:
    browser, address = page(moved)
    shown = browser.get(address)
    choice = shown.context["choices"][0].slots[-1]
    answer = browser.post(address, {"tra_loi": "moved", "slot": choice.pk})
    assert answer.status_code == 302
    moved.refresh_from_db()
    assert (moved.answer, moved.appointment.slot_id) == (Answer.MOVED, choice.pk)
    assert audit_capacity() == []


def test_cancelling_on_the_page_frees_the_place(moved: RelocationItem) -> None:
    browser, address = page(moved)
    browser.post(address, {"tra_loi": "cancelled"})
    moved.refresh_from_db()
    assert (moved.answer, moved.appointment.state) == (Answer.CANCELLED, AppointmentState.CANCELLED)
    assert audit_capacity() == []


def test_somebody_moved_at_short_notice_may_still_answer(open_office: Cast, book: Book) -> None:
    soon = Slot.objects.filter(session__office=open_office.office, starts_at=clock.at(clock.today(), 11)).get()
    book(1, at=soon)
    item = run(open_office).items.get()
    with clock.frozen(item.to_slot.starts_at - timedelta(minutes=20)):
        assert relocation.answer(item=item, answer="cancelled").answer == Answer.CANCELLED


@pytest.mark.parametrize("wrong", [{"tra_loi": "xyz"}, {}, {"tra_loi": "moved"}, {"tra_loi": "moved", "slot": "9" * 30},
                                   {"tra_loi": "moved", "slot": "-1"}, {"tra_loi": "unreachable"}])
def test_anything_else_is_refused_with_a_sentence(moved: RelocationItem, wrong: dict[str, str]) -> None:
    browser, address = page(moved)
    answer = browser.post(address, wrong, follow=True)
    assert answer.status_code == 200 and "notice-error" in answer.content.decode()
    moved.refresh_from_db()
    assert moved.answer == Answer.NONE


def test_without_the_secret_there_is_nothing(moved: RelocationItem) -> None:
    address = reverse("bookings:relocated", args=[moved.appointment.code])
    assert Client().get(address).status_code == 404
    assert Client().post(address, {"tra_loi": "accepted", "khoa": "sai"}).status_code == 404


def test_an_answer_given_elsewhere_is_noted(moved: RelocationItem, open_office: Cast) -> None:
    other = Slot.objects.filter(session__office=open_office.other_office, session__date__gt=DAY).latest("starts_at")
    moving.reschedule(appointment=moved.appointment, slot_id=other.pk)
    assert (relocation.note_changes(), relocation.note_changes()) == (1, 0)
    moved.refresh_from_db()
    assert moved.answer == Answer.MOVED


def test_a_cancellation_by_the_hotline_is_noted(moved: RelocationItem, open_office: Cast) -> None:
    moving.cancel(appointment=moved.appointment, by_label="", actor=open_office.hotline)
    relocation.note_changes()
    moved.refresh_from_db()
    assert moved.answer == Answer.CANCELLED


def test_a_failed_message_puts_the_person_on_the_call_list_once(moved: RelocationItem) -> None:
    Message.objects.filter(event_key=relocations.message_key(moved)).update(state="permanent")
    assert (relocation.chase(), relocation.chase()) == (1, 0)
    task = CallTask.objects.get(relocation_item=moved)
    assert task.kind == CallKind.UNREACHED and task.office == moved.to_slot.session.office


def test_no_answer_in_time_puts_the_person_on_the_call_list(moved: RelocationItem, settings: object) -> None:
    told = clock.now()
    with clock.frozen(told + timedelta(hours=3)):
        assert relocation.chase() == 0
    with clock.frozen(told + timedelta(hours=20, minutes=31)):  # two hours before the new time
        assert relocation.chase() == 1
    assert CallTask.objects.get(relocation_item=moved).kind == CallKind.MOVED


def test_an_answer_settles_the_call(moved: RelocationItem) -> None:
    Message.objects.filter(event_key=relocations.message_key(moved)).update(state="permanent")
    relocation.chase()
    relocation.answer(item=relocations.open_item(moved.appointment), answer="accepted")
    assert CallTask.objects.get(relocation_item=moved).state == CallState.DONE


@pytest.mark.parametrize(("outcome", "answer"), [(CallOutcome.INFORMED, Answer.ACCEPTED), (CallOutcome.WRONG_NUMBER, Answer.UNREACHABLE)])
def test_what_came_of_the_call_is_the_answer(moved: RelocationItem, open_office: Cast, outcome: str, answer: str) -> None:
    Message.objects.filter(event_key=relocations.message_key(moved)).update(state="permanent")
    relocation.chase()
    calls.attempt(actor=open_office.hotline, task=CallTask.objects.get(relocation_item=moved), outcome=outcome)
    relocation.note_changes()
    moved.refresh_from_db()
    assert moved.answer == answer


def test_staff_of_another_office_may_not_answer_for_somebody(moved: RelocationItem, open_office: Cast) -> None:
    with refused("not_allowed"):
        relocation.answer(item=moved, answer="accepted", actor=open_office.monitor)
    assert relocation.answer(item=moved, answer="accepted", actor=open_office.hotline).answer == Answer.ACCEPTED


def test_once_the_time_is_past_no_answer_is_taken(moved: RelocationItem) -> None:
    with clock.frozen(moved.to_slot.starts_at), refused("answer_over"):
        relocation.answer(item=moved, answer="accepted")


def test_the_filters_of_the_list_count_everybody_where_they_belong(moved: RelocationItem) -> None:
    made = Relocation.objects.get()
    assert relocations.answer_counts(made) == {"tat-ca": 1, "dong-y": 0, "chon-lai": 0, "khong-den": 0, "chua-tra-loi": 1,
                                               "chua-bao-duoc": 0, "can-goi": 0}
    Message.objects.filter(event_key=relocations.message_key(moved)).update(state="permanent")
    relocation.chase()
    assert {name for name, many in relocations.answer_counts(made).items() if many} == {
        "tat-ca", "chua-tra-loi", "chua-bao-duoc", "can-goi"}
    relocation.answer(item=moved, answer="accepted")
    assert {name for name, many in relocations.answer_counts(made).items() if many} == {"tat-ca", "dong-y"}
    assert list(relocations.people(made, "dong-y")) == [moved]
    assert Appointment.objects.count() == 1


def test_moved_by_two_runs_only_the_last_one_waits_for_an_answer(moved: RelocationItem, open_office: Cast) -> None:
    second = run(open_office, office=open_office.other_office, until=clock.at(DAY + timedelta(days=1)))
    item = second.items.get()
    assert relocations.open_item(moved.appointment) == item and relocation.note_changes() == 0
    Message.objects.filter(template_key="relocation_moved").update(state="permanent")
    assert relocation.chase() == 1
    assert CallTask.objects.get().relocation_item == item


def test_an_old_page_agrees_to_nothing_it_did_not_show(moved: RelocationItem, open_office: Cast) -> None:
    """Moved once more while the page was open: the button of the old page neither agrees to the newer place nor gives it up."""
    browser, address = page(moved)
    own = browser.get(f"{reverse('bookings:manage', args=[moved.appointment.code])}?khoa={links.secret_of(moved.appointment.code)}")
    assert f'name="muc" value="{moved.pk}"' in own.content.decode()
    again = run(open_office, office=moved.to_slot.session.office, until=moved.to_slot.ends_at + timedelta(hours=12)).items.get()
    for answer in ("accepted", "cancelled", "moved"):
        told = browser.post(address, {"tra_loi": answer, "muc": str(moved.pk), "slot": str(moved.from_slot_id)}, follow=True)
        assert "chuyển thêm một lần nữa" in told.content.decode()
    again.refresh_from_db()
    assert (again.answer, again.appointment.state) == (Answer.NONE, AppointmentState.BOOKED)
    browser.post(address, {"tra_loi": "accepted", "muc": str(again.pk)})
    again.refresh_from_db()
    assert again.answer == Answer.ACCEPTED
