"""The desk officer turns a visit into a dossier: papers ticked, filled in from the booking, code, receipt, message; once."""
import pytest

from bookings.models import Appointment
from bookings.services import moving
from bookings.services.receiving import receive
from dossiers.models import Dossier, DossierPaper
from dossiers.services import intake
from dossiers.states import FormKind
from onestop.notify.models import Message
from tests.pages.conftest import LONG, NFC, NFD, NULL, PERSON, booked, text_of, url

TYPED = PERSON | {"paper_1": "on", "paper_1_originals": "1", "paper_1_certified": "", "paper_1_copies": "2", "paper_2_originals": "1",
                  "address": "Số 1, đường Mẫu", "return_method": "counter", "return_address": "", "note": "Một trẻ"}


@pytest.fixture
def desk(office, client_of):
    return client_of(office.desk)


def page(today):
    return url("bookings:receive", today.code)


def test_ticked_filled_in_received_once(desk, office, today):
    shown = text_of(desk.get(page(today)))
    assert f'value="{NFC}"' in shown and 'value="0912345678"' in shown and "Giấy chứng sinh" in shown
    first, second = (desk.post(page(today), TYPED | {"full_name": NFD}) for _ in range(2))
    dossier = Dossier.objects.get()
    assert first.url == second.url == url("dossiers:detail", dossier.pk)
    assert (dossier.full_name, dossier.channel, dossier.state) == (NFC, "in_person", "accepted")
    papers = list(DossierPaper.objects.order_by("position").values_list("present", "originals", "copies"))
    assert papers == [(True, 1, 2), (False, 0, 0)]
    receipt = dossier.forms.get(kind=FormKind.RECEIPT)
    assert b"".join(desk.get(url("dossiers:form", receipt.key)).streaming_content).startswith(b"%PDF")
    assert Message.objects.filter(phone="0912345678", body__contains=dossier.code).exists()
    assert desk.get(page(today)).url == first.url
    assert dossier.code in text_of(desk.get(url("bookings:day")))


def test_a_dossier_made_before_the_line_broke_is_found_again(desk, office, today):
    applicant = intake.Applicant(full_name=NFC, phone="0912345678")
    made = intake.receive_in_person(actor=office.desk, office=office.office, procedure=office.procedure, applicant=applicant,
                                    appointment_held=True, submission_key=f"visit:{today.pk}")
    assert receive(actor=office.desk, appointment=today, applicant=applicant, request=intake.Request()) == made.dossier
    assert Appointment.objects.get().dossier_id == made.dossier.pk


@pytest.mark.parametrize(("field", "typed"), [
    ("full_name", ""), ("full_name", LONG), ("phone", "abc"), ("phone", NULL), ("citizen_id", "1"), ("email", "x"),
    ("email", "a" * 300 + "@x.vn"), ("address", "b" * 256), ("note", LONG), ("return_method", ""), ("return_method", "x"),
    ("return_method", "post"),
    ("paper_1_originals", "-1"), ("paper_1_originals", "9" * 30), ("paper_1_copies", "hai"), ("paper_1_copies", NULL),
])
def test_every_field_refuses_what_it_cannot_be_and_the_ticks_stay(desk, office, today, field, typed):
    answer = desk.post(page(today), TYPED | {field: typed})
    shown = text_of(answer)
    assert answer.status_code == 422 and "error-summary" in shown
    assert "Một trẻ" in shown or field == "note"
    assert 'name="paper_1" id="id_paper_1" checked' in shown
    assert not Dossier.objects.exists()


def test_an_empty_post_is_refused(desk, office, today):
    assert desk.post(page(today)).status_code == 422


def test_only_a_visit_that_can_hand_in(desk, office, today, slot):
    collect = booked(office, slot, purpose="collect").appointment
    assert "để nhận kết quả" in text_of(desk.get(page(collect)))
    assert desk.post(page(collect), TYPED).status_code == 422
    tomorrow = booked(office, slot, phone="0900000001").appointment
    assert "không phải hôm nay" in text_of(desk.get(page(tomorrow)))
    assert desk.post(page(tomorrow), TYPED).status_code == 422
    moving.cancel(appointment=today, actor=office.leader, by_label="")
    answer = desk.post(page(today), TYPED)
    assert answer.status_code == 409 and "Đã hủy" in text_of(answer) and "Một trẻ" in text_of(answer)
    assert not Dossier.objects.exists()


def test_a_letter_that_closes_the_counter_is_named(desk, office, today, letter):
    letter(counter_last={"online_only": True})
    answer = desk.post(page(today), TYPED)
    assert answer.status_code == 422 and "2468/VPUB-KSTT" in text_of(answer) and not Dossier.objects.exists()


def test_only_the_desk_of_that_office(office, client_of, today, client):
    for user in (office.guard, office.hotline, office.citizen, office.outsider):
        assert client_of(user).post(page(today), TYPED).status_code in (403, 404)
    assert client.post(page(today), TYPED).status_code == 302
    assert client_of(office.desk).get(url("bookings:receive", "KHONGCO1")).status_code == 404
    assert not Dossier.objects.exists()
