"""The pages of rebooking runs: who sees what, GET writes nothing, the number of queries does not grow with the people."""
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import links
from bookings.closable import Target
from bookings.models import Relocation, Slot
from bookings.services import appointments, relocation
from bookings.states import RelocationState
from onestop import clock
from onestop.directives.models import Directive, Rule
from onestop.offices.models import Closure
from onestop.people.models import User
from tests.bookings.conftest import DAY
from tests.bookings.test_relocation_moves_everybody_once import draft, finish, run
from tests.cast import Cast

Book = Callable[..., appointments.Booked]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    return browser


def moment(value: object) -> str:
    return f"{clock.local(value):%Y-%m-%dT%H:%M}"  # type: ignore[arg-type]


def body(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_from_the_form_to_the_end_by_pages_alone(open_office: Cast, book: Book) -> None:
    row = book(1).appointment
    browser = signed_in(open_office.administrator)
    form = browser.get(reverse("bookings:relocation_new"))
    assert "Phường Ninh Kiều" in body(form) and "Phòng tiếp nhận" in body(form)
    answer = browser.post(reverse("bookings:relocation_new"), {
        "target": f"area:{open_office.commune.pk}", "from_at": moment(clock.now()), "until_at": "", "reason": "Phong tỏa", "directive": ""})
    made = Relocation.objects.get()
    assert answer["Location"] == reverse("bookings:relocation", args=[made.pk]) and made.state == RelocationState.DRAFT
    preview = body(browser.get(answer["Location"]))
    assert row.full_name in preview and "Bộ phận Một cửa phường Cái Răng" in preview and "07:30" in preview
    assert not Closure.objects.exists()
    browser.post(reverse("bookings:relocation_start", args=[made.pk]))
    running = browser.get(answer["Location"])
    assert 'hx-trigger="every 2s"' in body(running) and "0/1" in body(running)
    finish(made)
    done = browser.get(reverse("bookings:relocation_progress", args=[made.pk]))
    assert "hx-trigger" not in body(done) and "1/1" in body(done)
    people = body(browser.get(reverse("bookings:relocation_people", args=[made.pk]), {"loc": "chua-tra-loi"}))
    assert row.full_name in people and "Chưa trả lời" in people
    assert row.full_name not in body(browser.get(reverse("bookings:relocation_people", args=[made.pk]), {"loc": "dong-y"}))
    assert "Phong tỏa" in body(browser.get(reverse("bookings:relocations")))
    refused = browser.post(reverse("bookings:relocation_reopen", args=[made.pk]), {"reason": " "})
    assert refused.status_code == 422 and "Vui lòng ghi lý do mở lại" in body(refused)
    browser.post(reverse("bookings:relocation_reopen", args=[made.pk]), {"reason": "Hết phong tỏa"})
    made.refresh_from_db()
    assert made.reopened_at is not None and not Closure.objects.exists()


def test_a_draft_can_be_counted_again_and_dropped(open_office: Cast, book: Book) -> None:
    made = draft(open_office)
    browser = signed_in(open_office.leader)
    row = book(1).appointment
    assert "Sẽ tính khi thực hiện" in body(browser.get(reverse("bookings:relocation", args=[made.pk])))
    browser.post(reverse("bookings:relocation_again", args=[made.pk]))
    again = body(browser.get(reverse("bookings:relocation", args=[made.pk])))
    assert row.full_name in again and "Sẽ tính khi thực hiện" not in again
    browser.post(reverse("bookings:relocation_drop", args=[made.pk]))
    assert "Dự kiến này đã bỏ" in body(browser.get(reverse("bookings:relocation", args=[made.pk])))


def test_others_see_nothing_and_may_do_nothing(open_office: Cast, book: Book) -> None:
    book(1)
    made, area = draft(open_office), draft(open_office, area=open_office.province)
    shown = reverse("bookings:relocation", args=[made.pk])
    for user, status in ((open_office.hotline, 200), (open_office.desk, 200), (open_office.leader, 200), (open_office.outsider, 403),
                         (open_office.guard, 403), (open_office.citizen, 403), (open_office.monitor, 403)):
        assert signed_in(user).get(shown).status_code == status, user
    assert signed_in(open_office.leader).get(reverse("bookings:relocation", args=[area.pk])).status_code == 404
    for user, status in ((open_office.hotline, 403), (open_office.desk, 403)):
        assert signed_in(user).post(reverse("bookings:relocation_start", args=[made.pk])).status_code == status
    assert Client().get(shown).status_code == 302
    made.refresh_from_db()
    assert made.state == RelocationState.DRAFT


def test_a_leader_chooses_only_the_own_office_and_its_room(open_office: Cast) -> None:
    browser = signed_in(open_office.leader)
    form = browser.get(reverse("bookings:relocation_new")).context["form"]
    assert set(form.choices.targets) == {f"office:{open_office.office.pk}", f"room:{open_office.room.pk}"}
    answer = browser.post(reverse("bookings:relocation_new"), {
        "target": f"office:{open_office.other_office.pk}", "from_at": moment(clock.now()), "reason": "Thử"})
    assert answer.status_code == 422 and not Relocation.objects.exists()


@pytest.mark.parametrize("wrong", [
    {"target": ""}, {"target": "area:0"}, {"from_at": ""}, {"from_at": "hôm nay"}, {"from_at": "2026-11-24T08:00"}, {"until_at": "x\0"},
    {"until_at": "2026-11-25T08:00"}, {"reason": ""}, {"reason": "x" * 300}, {"directive": "99999"}, {"from_at": "9999-12-31T23:59"}])
def test_wrong_input_is_answered_with_a_sentence(open_office: Cast, wrong: dict[str, str]) -> None:
    good = {"target": f"office:{open_office.office.pk}", "from_at": moment(clock.now()), "until_at": "", "reason": "Thử", "directive": ""}
    answer = signed_in(open_office.administrator).post(reverse("bookings:relocation_new"), good | wrong)
    assert answer.status_code == 422 and 'class="error"' in body(answer) and not Relocation.objects.exists()


def test_a_letter_with_a_blockade_proposes_what_it_names(open_office: Cast, letter: Callable[..., Directive]) -> None:
    made = letter("15/PT", blockade={"areas": [open_office.commune.code], "offices": [open_office.other_office.code]})
    other = letter("16/PT", urgent_served={})
    browser = signed_in(open_office.administrator)
    page = body(browser.get(reverse("bookings:relocation_new"), {"van_ban": made.pk}))
    assert f"noi=area:{open_office.commune.pk}" in page and f"noi=office:{open_office.other_office.pk}" in page
    chosen = browser.get(reverse("bookings:relocation_new"), {"van_ban": made.pk, "noi": f"area:{open_office.commune.pk}"})
    assert f'<option value="area:{open_office.commune.pk}" selected>' in body(chosen)
    assert f'<option value="{made.pk}" selected>' in body(chosen)
    shown = body(browser.get(reverse("directives:detail", args=[made.pk])))
    assert f'{reverse("bookings:relocation_new")}?van_ban={made.pk}' in shown
    assert reverse("bookings:relocation_new") + "?" not in body(browser.get(reverse("directives:detail", args=[other.pk])))
    Rule.objects.filter(directive=made).update(params={})  # without lists it holds in the letter's whole scope
    page = body(browser.get(reverse("bookings:relocation_new"), {"van_ban": made.pk}))
    assert f"noi=area:{open_office.province.pk}" in page
    for nonsense in ("0", "abc", "9" * 40, ""):
        assert browser.get(reverse("bookings:relocation_new"), {"van_ban": nonsense}).status_code == 200


def queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address).status_code == 200
    wrong = [row["sql"] for row in seen.captured_queries if not row["sql"].lstrip().upper().startswith(("SELECT", "DECLARE"))]
    assert not wrong, wrong
    return len(seen)


def test_the_number_of_queries_does_not_depend_on_the_people(open_office: Cast, book: Book) -> None:
    slots = list(Slot.objects.filter(session__office=open_office.office, session__date__gte=DAY)[:12])
    browser = signed_in(open_office.administrator)

    def count(many: range) -> list[int]:
        for number in many:
            book(number, at=slots[number % 12], procedure=(open_office.procedure, open_office.field_procedure)[number % 2])
        first = draft(open_office)
        found = [queries(browser, reverse("bookings:relocation", args=[first.pk]))]
        relocation.start(actor=open_office.administrator, relocation=first)
        finish(first)
        for name in ("relocation", "relocation_people", "relocation_progress"):
            found.append(queries(browser, reverse(f"bookings:{name}", args=[first.pk])))
        found += [queries(browser, reverse("bookings:relocations")), queries(browser, reverse("bookings:relocation_new"))]
        relocation.reopen(actor=open_office.administrator, relocation=first, reason="Thử")
        return found

    few, many = count(range(1, 3)), count(range(3, 15))
    assert many == few
    assert max(few) <= 22, few


def test_the_moved_person_s_page_has_a_fixed_number_of_queries(open_office: Cast, book: Book) -> None:
    row = book(1).appointment
    run(open_office)
    booked = reverse("bookings:relocated", args=[row.code])
    with CaptureQueriesContext(connection) as seen:
        assert Client().get(booked, {"khoa": links.secret_of(row.code)}).status_code == 200
    assert len(seen) <= 16, len(seen)


def test_the_clock_of_the_form_is_the_portal_s(open_office: Cast) -> None:
    page = body(signed_in(open_office.administrator).get(reverse("bookings:relocation_new")))
    assert f'value="{moment(clock.now())}"' in page
    assert Target(area=open_office.commune).province == open_office.province
