"""Outreach page by page: upload or select, times, invitations, answers behind the link, call list, closing; the own office's only."""
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bookings import links
from bookings.models import Appointment, CallTask, Outreach, OutreachPerson
from bookings.services import outreach
from bookings.states import OutreachState
from dossiers.services import processing
from onestop import clock
from tests.pages.conftest import LONG, NULL, received, text_of, url

HEAD = "Họ và tên;Số điện thoại;Số định danh cá nhân;Ghi chú\n"
ROWS = HEAD + "Nguyễn Văn Mẫu;0912345670;;\nTrần Thị Thử;0912345671;;\n;0912345672;;\n"


def sent_file(text=ROWS, name="ds.csv"):
    return SimpleUploadedFile(name, text.encode("utf-8-sig"))


def typed(**more):
    return {"name": "Trợ cấp tháng 11", "procedure": "9.000001", "purpose": "submit", "first_day": "26/11/2026", "last_day": "27/11/2026",
            "file": sent_file()} | more


@pytest.fixture
def desk(office, client_of):
    return client_of(office.desk)


@pytest.fixture
def run(desk):
    desk.post(url("bookings:outreach_upload"), typed())
    return Outreach.objects.get()


@pytest.fixture
def invited(desk, run):
    desk.post(url("bookings:outreach_propose", run.pk))
    outreach.sweep()
    desk.post(url("bookings:outreach_send", run.pk), {"answer_day": "26/11/2026"})
    outreach.sweep()
    return run


def own_page(person, name="manage"):
    return url(f"bookings:{name}", person.appointment.code), links.secret_of(person.appointment.code)


def test_a_list_is_uploaded_with_a_report_by_line(desk, run):
    page = text_of(desk.get(url("bookings:outreach_list", run.pk)))
    assert run.people.count() == 2 and "1 dòng không dùng được" in page and "Dòng 4:" in page and "Nguyễn Văn Mẫu" in page
    assert desk.get(url("bookings:outreach_template")).content.startswith(b"\xef\xbb\xbf")
    assert desk.get(url("bookings:outreach_upload")).status_code == 200


def test_a_list_without_one_usable_line_shows_why(desk):
    answer = desk.post(url("bookings:outreach_upload"), typed(file=sent_file(HEAD + "=x;1;;\n")))
    assert answer.status_code == 422 and "Dòng 2:" in text_of(answer) and not Outreach.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": LONG}, {"procedure": "khong-co"}, {"procedure": NULL}, {"purpose": "x"},
    {"first_day": "x"}, {"last_day": "01/01/2026"}, {"file": ""}, {"file": SimpleUploadedFile("x.csv", b"")},
    {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04x")}, {"file": SimpleUploadedFile("x.csv", b"\xff\xfea\0b")}])
def test_what_is_no_list_is_refused_with_a_sentence(desk, wrong):
    answer = desk.post(url("bookings:outreach_upload"), typed(**wrong))
    assert answer.status_code == 422 and "error-summary" in text_of(answer) and not Outreach.objects.exists()


def test_a_file_too_large_is_refused(desk, settings):
    settings.OUTREACH_BYTES = 100
    assert desk.post(url("bookings:outreach_upload"), typed()).status_code == 422


def test_the_same_file_twice_makes_one(desk, run):
    answer = desk.post(url("bookings:outreach_upload"), typed())
    assert answer.status_code == 409 and Outreach.objects.count() == 1


def test_times_are_proposed_reviewed_and_sent(desk, run):
    assert "Xếp giờ cho từng người" in text_of(desk.get(url("bookings:outreach_list", run.pk)))
    desk.post(url("bookings:outreach_propose", run.pk))
    page = text_of(desk.get(url("bookings:outreach_list", run.pk)))
    assert "Đang xếp giờ" in page and "every 3s" in page
    outreach.sweep()
    page = text_of(desk.get(url("bookings:outreach_list", run.pk)))
    assert "Gửi lời mời" in page and "every 3s" not in page
    assert desk.post(url("bookings:outreach_send", run.pk), {"answer_day": "x"}).status_code == 422
    assert desk.post(url("bookings:outreach_send", run.pk), {"answer_day": "01/01/2027"}).status_code == 422
    desk.post(url("bookings:outreach_send", run.pk), {"answer_day": "26/11/2026"})
    outreach.sweep()
    run.refresh_from_db()
    assert run.state == OutreachState.SENT and "Chưa trả lời" in text_of(desk.get(url("bookings:outreach")))


def test_somebody_is_left_out(desk, run):
    desk.post(url("bookings:outreach_drop", run.pk, run.people.first().pk))
    assert run.people.count() == 1


def test_people_answer_behind_their_link(desk, invited, client):
    first, second = invited.people.select_related("appointment")
    address, secret = own_page(first)
    page = text_of(client.get(address, {"khoa": secret}))
    assert "Bạn được mời đến" in page and "Tôi sẽ đến" in page
    for _twice in range(2):
        assert client.post(own_page(first, "invited")[0], {"khoa": secret, "answer": "accepted"}).status_code == 302
    first.refresh_from_db()
    assert first.answer == "accepted" and "Câu trả lời của bạn" in text_of(client.get(address, {"khoa": secret}))
    answer, secret = own_page(second, "invited")
    assert client.post(answer, {"khoa": "sai", "answer": "cancelled"}).status_code == 404
    client.post(answer, {"khoa": secret, "answer": "vui"})
    client.post(answer, {"khoa": secret, "answer": "cancelled"})
    second.refresh_from_db()
    assert second.answer == "cancelled" and Appointment.objects.get(pk=second.appointment_id).state == "cancelled"
    page = text_of(desk.get(url("bookings:outreach_list", invited.pk), {"xem": "accepted"}))
    assert first.full_name in page and second.full_name not in page


def test_the_silent_are_called_and_answer_on_the_telephone(desk, office, client_of, invited):
    with clock.frozen(clock.now() + timedelta(hours=20)):  # five in the morning of the first day
        OutreachPerson.objects.update(answer="none")
        Outreach.objects.update(answer_by=clock.now())
        outreach.sweep()
        page = text_of(desk.get(url("bookings:call_list")))
        assert "Nguyễn Văn Mẫu" in page and "Chưa trả lời lời mời" in page
        first, second = CallTask.objects.order_by("pk")
        page = text_of(desk.get(url("bookings:call_task", first.pk)))
        assert "Ghi câu trả lời của người dân" in page and 'name="slot"' in page
        assert desk.post(url("bookings:call_answer", first.pk), {"answer": "moved", "seen": 0}).status_code == 422
        assert desk.post(url("bookings:call_answer", first.pk), {"answer": "accepted", "seen": 0}).status_code == 302
        hotline = client_of(office.hotline)
        assert hotline.post(url("bookings:call_attempt", second.pk), {"outcome": "no_answer", "seen": 0}).status_code == 302
        assert hotline.post(url("bookings:call_attempt", second.pk), {"outcome": "", "seen": "x"}).status_code == 422
        assert "Gọi lại sau" in text_of(hotline.get(url("bookings:call_list"), {"loai": "sau"}))
    assert sorted(OutreachPerson.objects.values_list("answer", flat=True)) == ["accepted", "none"]


def test_closing_frees_the_unanswered_on_request(desk, invited):
    desk.post(url("bookings:outreach_close", invited.pk), {"free": "on"})
    outreach.sweep()
    assert set(Appointment.objects.values_list("state", flat=True)) == {"cancelled"}


def test_results_that_wait_are_selected(desk, office):
    dossier = received(office)
    processing.start(actor=office.specialist, dossier=dossier, via="web")
    processing.decide(actor=office.specialist, dossier=dossier, via="web", note="Đã có kết quả.")
    type(dossier).objects.filter(pk=dossier.pk).update(return_method="counter")
    assert "Thủ tục đăng ký khai sinh" in text_of(desk.get(url("bookings:outreach_select")))
    assert dossier.number in text_of(desk.get(url("bookings:outreach_select"), {"thu_tuc": "9.000001"}))
    chosen = {"thu_tuc": "9.000001", "name": "Mời nhận kết quả", "first_day": "26/11/2026", "last_day": "27/11/2026"}
    assert desk.post(url("bookings:outreach_select"), chosen).status_code == 422
    assert desk.post(url("bookings:outreach_select"), chosen | {"dossier": ["999999"]}).status_code == 422
    made = desk.post(url("bookings:outreach_select"), chosen | {"dossier": [dossier.pk]})
    again = desk.post(url("bookings:outreach_select"), chosen | {"dossier": [dossier.pk]})
    assert made.status_code == 302 and again.status_code == 409  # a double tap makes one list
    run = Outreach.objects.get()
    desk.post(url("bookings:outreach_propose", run.pk))
    outreach.sweep()
    appointment = run.people.get().appointment
    assert (appointment.purpose, appointment.dossier_id) == ("collect", dossier.pk)
    assert dossier.number not in text_of(desk.get(url("bookings:outreach_select"), {"thu_tuc": "9.000001"}))


def test_nobody_of_another_office_or_role_sees_a_list(office, client_of, run):
    pages = [url("bookings:outreach"), url("bookings:outreach_upload"), url("bookings:outreach_list", run.pk)]
    for user in (office.hotline, office.specialist, office.guard, office.administrator, office.outsider):
        assert {client_of(user).get(page).status_code for page in pages} == {403}
    elsewhere = office.desk
    elsewhere.assignments.update(office=office.other_office)
    stranger = client_of(elsewhere)
    assert stranger.get(url("bookings:outreach_list", run.pk)).status_code == 404
    assert stranger.post(url("bookings:outreach_propose", run.pk)).status_code == 404
    assert stranger.get(url("bookings:outreach_upload"), {"office": office.office.code}).status_code == 404
    assert run.name not in text_of(stranger.get(url("bookings:outreach")))


def test_a_list_costs_the_same_for_many(desk, django_assert_max_num_queries):
    rows = HEAD + "".join(f"Người Mời Mẫu;09123400{number:02d};;\n" for number in range(40))
    desk.post(url("bookings:outreach_upload"), typed(file=sent_file(rows)))
    run = Outreach.objects.get()
    desk.post(url("bookings:outreach_propose", run.pk))
    outreach.sweep()
    with django_assert_max_num_queries(14):
        desk.get(url("bookings:outreach_list", run.pk))
    with django_assert_max_num_queries(14):
        desk.get(url("bookings:outreach"))
