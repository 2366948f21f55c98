"""The officers' pages: the desk takes in, the inbox orders and marks, one dossier with every verb by role, forms and files."""
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from dossiers.models import Dossier, IssuedForm
from dossiers.services import files, intake, processing, sweeps
from dossiers.states import FormKind, ScanState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from tests.pages.conftest import LONG, NFC, NULL, PERSON, file, received, submitted, text_of, url

TYPED = PERSON | {"paper_1": "on", "paper_1_originals": "1", "address": "", "note": "Túi số 5", "return_method": "counter",
    "return_address": ""}
VERBS = ("accept", "refuse", "start", "assign", "stop", "resume", "withdraw", "decide",
    "hand_over",
         "write_note", "print_receipt")


def desk_page(cast, channel="postal", code="9.000001"):
    return url("dossiers:take_in", cast.office.code, code, channel)


def key(browser, page):
    return re.search(r'name="submission_key" value="([^"]+)"', text_of(browser.get(page))).group(1)


def act(browser, verb, dossier, **typed):
    return browser.post(url(f"dossiers:{verb}", dossier.pk), typed)


def read(form):
    """The text of a printed form."""
    with form.file.open("rb") as stored:
        return " ".join(" ".join(page.extract_text() for page in PdfReader(stored).pages).split())


def state(dossier):
    return Dossier.objects.get(pk=dossier.pk).state


@pytest.fixture
def desk(cast, morning, client_of):
    return client_of(cast.desk)


@pytest.fixture
def specialist(cast, morning, client_of):
    return client_of(cast.specialist)


# --- the desk -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("channel", ["postal", "in_person"])
def test_the_desk_takes_in_once(cast, desk, channel):
    page = desk_page(cast, channel)
    typed = TYPED | {"submission_key": key(desk, page)}
    first, second = (desk.post(page, typed) for _ in range(2))
    dossier = Dossier.objects.get()
    assert first.url == second.url == url("dossiers:detail", dossier.pk)
    assert (dossier.channel, dossier.state, dossier.full_name) == (channel, "accepted", NFC)
    assert dossier.forms.get().kind == FormKind.RECEIPT
    assert Message.objects.filter(phone="0912345678", body__contains=dossier.code).exists()


def test_the_desk_finds_the_procedure(cast, desk):
    page = text_of(desk.get(url("dossiers:intake"), {"q": "khai sinh"}))
    assert desk_page(cast) in page
    for odd in ({"q": NULL}, {"q": LONG}, {"don_vi": NULL}, {"don_vi": cast.other_office.code}):
        assert desk.get(url("dossiers:intake"), odd).status_code == 200


@pytest.mark.parametrize(("field", "typed"), [
    ("full_name", ""), ("full_name", LONG), ("phone", NULL), ("phone", "1"), ("citizen_id", "x"), ("email", "x"), ("note", LONG),
    ("return_method", "x"), ("return_method", "home"), ("paper_1_originals", "100"), ("paper_1_copies", "x"),
    ("submission_key", "k" * 65),
])
def test_every_field_refuses_what_it_cannot_be(cast, desk, field, typed):
    answer = desk.post(desk_page(cast), TYPED | {field: typed})
    assert answer.status_code == 422 and "error-summary" in text_of(answer)
    assert "Túi số 5" in text_of(answer) or field == "note"
    assert not Dossier.objects.exists()


def test_without_an_appointment_where_a_letter_asks_for_one(cast, desk, letter):
    letter(appointment_only={})
    page = text_of(desk.get(desk_page(cast, "in_person")))
    assert "chỉ tiếp nhận trực tiếp người có lịch hẹn" in page and "<textarea" not in page
    answer = desk.post(desk_page(cast, "in_person"), TYPED)
    assert answer.status_code == 422 and "2468/VPUB-KSTT" in text_of(answer) and "Túi số 5" in text_of(answer)
    assert desk.post(desk_page(cast), TYPED).status_code == 302


def test_the_desk_of_another_office_and_odd_addresses(cast, morning, client_of, desk):
    outsider = client_of(cast.outsider)
    assert outsider.get(desk_page(cast)).status_code == outsider.post(desk_page(cast), TYPED).status_code == 404
    for odd in (desk_page(cast, "online"), desk_page(cast, "x"), desk_page(cast, code="khong-co"),
                url("dossiers:take_in", "khong-co", "9.000001", "postal")):
        assert desk.get(odd).status_code == 404
    for user in (cast.citizen, cast.guard, cast.hotline):
        assert client_of(user).get(desk_page(cast)).status_code == 403
    Procedure.objects.filter(pk=cast.procedure.pk).update(state="needs_review")
    assert "đang được rà soát" in text_of(desk.get(desk_page(cast)))


# --- the inbox ----------------------------------------------------------------------------------------------------------

def test_all_three_channels_in_one_inbox_what_is_due_first_on_top(cast, specialist, desk):
    long = received(cast, cast.field_procedure, name="Nguyễn Văn Xa", phone="0900000001")
    desk.post(desk_page(cast), TYPED | {"phone": "0900000002"})
    posted = Dossier.objects.get(phone="0900000002")
    online = submitted(cast, phone="0900000003").dossier
    page = text_of(specialist.get(url("dossiers:inbox"))).split("<tbody>")[1]
    assert page.index(online.reference) < page.index(posted.code) < page.index(long.code)


def test_late_and_nearly_late_are_marked_and_counted(cast, specialist):
    dossier = received(cast)
    with clock.frozen(dossier.due_at - timedelta(hours=2)):
        assert "row-warn" in text_of(specialist.get(url("dossiers:inbox"), {"muc": "due_soon"}))
    with clock.frozen(dossier.due_at + timedelta(hours=2)):
        page = text_of(specialist.get(url("dossiers:inbox"), {"muc": "overdue"}))
        assert "row-bad" in page and "Quá hạn" in page and dossier.code in page


@pytest.mark.parametrize("asked", [{"muc": "x"}, {"muc": NULL}, {"q": NULL}, {"q": LONG}, {"q": "%"}, {"page": "9" * 30}, {"page": "x"}])
def test_odd_questions_to_the_inbox(cast, specialist, asked):
    received(cast)
    assert specialist.get(url("dossiers:inbox"), asked).status_code == 200


def test_the_inbox_costs_the_same_for_one_and_for_twenty(cast, specialist, django_assert_max_num_queries):
    submitted(cast, phone="0900000100")
    with django_assert_max_num_queries(18):
        specialist.get(url("dossiers:inbox"))
    for number in range(19):
        submitted(cast, phone=f"09000002{number:02d}")
    with django_assert_max_num_queries(18):
        assert text_of(specialist.get(url("dossiers:inbox"))).count("<tr class=") == 20


def test_other_offices_see_an_empty_inbox(cast, morning, client_of):
    dossier = received(cast)
    assert dossier.code not in text_of(client_of(cast.outsider).get(url("dossiers:inbox")))


# --- one dossier --------------------------------------------------------------------------------------------------------

def test_the_whole_casework_by_page(cast, specialist, desk):
    dossier = submitted(cast).dossier
    act(desk, "accept", dossier)
    assert state(dossier) == "accepted"
    act(specialist, "start", dossier)
    assert Dossier.objects.get().assignee == cast.specialist
    act(specialist, "supplement", dossier, other="Giấy chứng sinh\n\n  Ảnh 4x6 ", other_problem="missing", answer_by="2026-12-10",
        reason="")
    page = text_of(specialist.get(url("dossiers:detail", dossier.pk)))
    assert "Đang tạm dừng tính thời gian" in page and "Ảnh 4x6" in page and "10/12/2026" in page
    act(desk, "resume", dossier)
    act(desk, "write_note", dossier, note="Đã gọi điện")
    act(specialist, "decide", dossier, note="Giấy khai sinh số 5")
    act(desk, "hand_over", dossier)
    page = text_of(specialist.get(url("dossiers:detail", dossier.pk)))
    assert state(dossier) == "returned" and "Đã gọi điện" in page and "Đã trả kết quả" in page


def test_a_verb_done_twice_says_so_and_keeps_the_note(cast, specialist):
    dossier = received(cast)
    act(specialist, "decide", dossier, note="Lần một")
    again = act(specialist, "decide", dossier, note="Lần hai")
    assert again.status_code == 409 and "đã được thực hiện trước đó" in text_of(again) and "Lần hai" in text_of(again)
    assert Dossier.objects.get().result_note == "Lần một"


@pytest.mark.parametrize("verb", ["refuse", "stop", "write_note"])
def test_a_missing_reason_is_asked_for(cast, specialist, verb):
    dossier = submitted(cast).dossier if verb == "refuse" else received(cast)
    before = state(dossier)
    answer = act(specialist, verb, dossier, note="  ", legal_basis="Khoản 1 Điều 5")
    assert answer.status_code == 422 and "Vui lòng ghi" in text_of(answer)
    assert "Khoản 1 Điều 5" in text_of(answer) or verb != "refuse"
    assert state(dossier) == before


@pytest.mark.parametrize("verb", ["refuse", "stop", "withdraw", "decide", "write_note"])
def test_a_note_that_is_too_long_is_refused_and_kept(cast, specialist, verb):
    dossier = received(cast)
    answer = act(specialist, verb, dossier, note="n" * 1001)
    assert answer.status_code == 422 and "n" * 1001 in text_of(answer)
    assert state(dossier) == "accepted"


def test_what_is_asked_of_the_citizen_has_one_page_each(cast, specialist):
    """No second, shorter form beside the page of the guidance and the page of the money."""
    dossier = received(cast)
    page = text_of(specialist.get(url("dossiers:detail", dossier.pk)))
    assert page.count(f'href="{url("dossiers:supplement", dossier.pk)}"') == 1 and url("dossiers:money", dossier.pk) in page
    assert 'name="items"' not in page and "thanh-toan/" not in page


def test_a_refusal_names_the_competent_body(cast, desk):
    dossier = submitted(cast).dossier
    page = text_of(desk.get(url("dossiers:detail", dossier.pk)))
    assert 'name="competent"' in page and 'name="by_citizen"' not in page
    kept = act(desk, "refuse", dossier, note=" ", competent="Sở Xây dựng")
    assert kept.status_code == 422 and "Sở Xây dựng" in text_of(kept)
    act(desk, "refuse", dossier, note="Không thuộc thẩm quyền", competent="  Sở   Xây dựng tỉnh mẫu ")
    form = IssuedForm.objects.get(kind=FormKind.REFUSAL)
    assert "Sở Xây dựng tỉnh mẫu" in read(form) and "Sở Xây dựng tỉnh mẫu" in Message.objects.get(template_key="dossier_refused").body
    IssuedForm.objects.all().delete()  # the machine went off before it was made
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        sweeps.issue_missing_forms()
    assert "Sở Xây dựng tỉnh mẫu" in read(IssuedForm.objects.get(kind=FormKind.REFUSAL))


@pytest.mark.parametrize(("typed", "ground"), [({"by_citizen": "on"}, "Theo đề nghị của người nộp hồ sơ"),
                                               ({}, "Theo quyết định của cơ quan giải quyết")])
def test_the_notice_of_stopping_says_on_whose_wish(cast, specialist, typed, ground):
    dossier = received(cast)
    assert 'name="by_citizen"' in text_of(specialist.get(url("dossiers:detail", dossier.pk)))
    act(specialist, "stop", dossier, note="Chờ giấy của tòa án", **typed)
    assert ground in read(IssuedForm.objects.get(kind=FormKind.STOP))
    IssuedForm.objects.filter(kind=FormKind.STOP).delete()
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        sweeps.issue_missing_forms()
    assert ground in read(IssuedForm.objects.get(kind=FormKind.STOP))


def test_refusing_with_reason_and_ground(cast, desk):
    dossier = submitted(cast).dossier
    act(desk, "refuse", dossier, note="Không thuộc thẩm quyền", legal_basis="Khoản 2 Điều 17")
    assert state(dossier) == "refused"
    page = text_of(desk.get(url("dossiers:detail", dossier.pk)))
    assert "Phiếu từ chối" in page and "Khoản 2 Điều 17" in page


def test_handing_work_to_a_colleague(cast, specialist, desk):
    dossier = received(cast)
    for odd in ("", "x", "999999", NULL, str(cast.outsider.pk)):
        assert act(desk, "assign", dossier, assignee=odd).status_code == 422
    act(desk, "assign", dossier, assignee=cast.specialist.pk)
    assert Dossier.objects.get().assignee == cast.specialist
    assert act(desk, "assign", dossier, assignee=cast.specialist.pk).status_code == 409


@pytest.mark.parametrize("verb", VERBS)
def test_outsiders_and_other_roles_do_nothing(cast, morning, client_of, client, verb):
    dossier = received(cast)
    typed = {"note": "x", "items": "x", "answer_by": "2026-12-10", "assignee": cast.specialist.pk}
    assert act(client_of(cast.outsider), verb, dossier, **typed).status_code == 404
    for user in (cast.guard, cast.citizen, cast.carrier):
        assert act(client_of(user), verb, dossier, **typed).status_code == 403
    for user in (cast.hotline, cast.monitor, cast.administrator):
        assert act(client_of(user), verb, dossier, **typed).status_code in (403, 404)
    assert act(client, verb, dossier, **typed).status_code == 302
    assert client_of(cast.specialist).get(url(f"dossiers:{verb}", dossier.pk)).status_code == 405
    assert state(dossier) == "accepted" and not dossier.events.filter(verb="note").exists()


def test_who_sees_a_dossier(cast, morning, client_of):
    dossier = received(cast)
    page = url("dossiers:detail", dossier.pk)
    for user in (cast.desk, cast.specialist, cast.leader, cast.administrator, cast.hotline, cast.monitor):
        assert client_of(user).get(page).status_code == 200
    assert client_of(cast.outsider).get(page).status_code == 404
    assert client_of(cast.guard).get(page).status_code == 403
    for odd in (0, 999999, 10**19):
        assert client_of(cast.desk).get(url("dossiers:detail", odd)).status_code == 404


def test_buttons_are_those_that_work(cast, morning, client_of):
    dossier = received(cast)
    leader = text_of(client_of(cast.leader).get(url("dossiers:detail", dossier.pk)))
    assert "Nhận thụ lý" in leader and url("dossiers:print_receipt", dossier.pk) not in leader
    monitor = text_of(client_of(cast.monitor).get(url("dossiers:detail", dossier.pk)))
    assert "Bạn chỉ xem được hồ sơ này" in monitor and url("dossiers:write_note", dossier.pk) not in monitor


def test_one_dossier_costs_the_same_however_long_its_history(cast, specialist, django_assert_max_num_queries):
    dossier = received(cast)
    with django_assert_max_num_queries(32):
        specialist.get(url("dossiers:detail", dossier.pk))
    for number in range(20):
        processing.write_note(actor=cast.desk, dossier=dossier, text=f"Ghi chú {number}", via="web")
    with django_assert_max_num_queries(32):
        specialist.get(url("dossiers:detail", dossier.pk))


# --- forms and files ----------------------------------------------------------------------------------------------------

def test_forms_and_files_only_for_those_who_may_see_them(cast, specialist, client_of, client):
    made = submitted(cast)
    upload = files.store_upload(file("tờ khai.pdf")).upload
    made.dossier.uploads.add(upload)
    intake.accept(actor=cast.desk, dossier=made.dossier, via="web")
    form = IssuedForm.objects.get()
    for page, method in ((url("dossiers:file", upload.key), "post"), (url("dossiers:form", form.key), "get")):
        answer = getattr(specialist, method)(page)
        assert b"".join(answer.streaming_content).startswith(b"%PDF") and answer["X-Content-Type-Options"] == "nosniff"
        assert ("attachment" in answer["Content-Disposition"]) == (method == "post")
        assert getattr(client_of(cast.outsider), method)(page).status_code == 404
        assert getattr(client_of(cast.guard), method)(page).status_code == 403
        assert getattr(client, method)(page).status_code == 302
    assert specialist.get(url("dossiers:file", upload.key)).status_code == 405, "opening a citizen's file is an act"
    upload.file.delete(save=False)
    assert specialist.post(url("dossiers:file", upload.key)).status_code == 404
    assert specialist.get(url("dossiers:form", "00000000-0000-4000-8000-000000000000")).status_code == 404


def test_a_file_with_a_virus_is_not_given_out(cast, specialist):
    made = submitted(cast)
    upload = files.store_upload(file()).upload
    upload.scan_state, upload.dossier = ScanState.INFECTED, made.dossier
    upload.save()
    assert specialist.post(url("dossiers:file", upload.key)).status_code == 404


def test_the_receipt_is_printed_once(cast, desk):
    dossier = received(cast)
    first, second = (act(desk, "print_receipt", dossier).url for _ in range(2))
    assert first == second and dossier.forms.count() == 1
    assert act(desk, "print_receipt", submitted(cast, phone="0900000009").dossier).status_code == 404
