"""More time by pages: the specialist asks citing a letter, the administrator decides, never the requester; the citizen reads why."""
from datetime import date

import pytest

from dossiers.models import Dossier, Extension
from onestop.notify.models import Message
from onestop.people.models import Assignment
from onestop.people.states import Role
from tests.pages.conftest import LONG, NULL, received, text_of, url


@pytest.fixture
def dossier(cast, morning):
    return received(cast, cast.field_procedure)


@pytest.fixture
def ground(dossier, letter):
    return letter(may_extend={})


@pytest.fixture
def typed(ground):
    return {"instrument": "directed_extension", "directive": ground.pk, "clause": "khoản 1c", "starts_on": "", "until": "2026-12-31",
            "reason": "Không xác minh được thực địa", "citizen_text": "Do dịch bệnh, chúng tôi chưa đến đo đạc được."}


@pytest.fixture
def specialist(cast, client_of):
    return client_of(cast.specialist)


def ask(dossier):
    return url("dossiers:ask_extension", dossier.pk)


def test_asked_approved_and_told(cast, dossier, typed, specialist, client_of, client):
    form = text_of(specialist.get(ask(dossier)))
    assert "2468/VPUB-KSTT" in form and "selected" in form
    asked = specialist.post(ask(dossier), typed)
    request = Extension.objects.get()
    assert asked.url == url("dossiers:extension", request.pk)
    assert "đang chờ người khác phê duyệt" in text_of(specialist.get(asked.url))
    administrator = client_of(cast.administrator)
    queue = text_of(administrator.get(url("dossiers:extensions")))
    assert asked.url in queue and "2468/VPUB-KSTT" in queue
    page = text_of(administrator.get(asked.url))
    assert "31/12/2026" in page and "Phê duyệt" in page
    administrator.post(url("dossiers:approve_extension", request.pk), {"reason": ""})
    assert "Đã thực hiện" in text_of(administrator.get(asked.url))
    assert Dossier.objects.get().due_at.date() == date(2026, 12, 31)
    told = Message.objects.filter(phone="0912345678").latest("pk").body
    assert "31/12/2026" in told and "2468/VPUB-KSTT" in told
    tracked = client.post(url("dossiers:track"), {"ma": dossier.code, "so": "5678"})
    shown = text_of(client.get(tracked.url))
    assert "31/12/2026" in shown and "2468/VPUB-KSTT" in shown and "Ngày hẹn ban đầu" in shown


def test_asking_twice_leads_to_the_same_request(dossier, typed, specialist):
    first, second = (specialist.post(ask(dossier), typed) for _ in range(2))
    assert first.url == second.url and Extension.objects.count() == 1
    assert specialist.get(ask(dossier)).url == first.url


def test_the_requester_never_decides(cast, dossier, typed, specialist):
    Assignment.objects.create(user=cast.specialist, office=cast.centre, role=Role.ADMINISTRATOR, starts_on=date(2018, 1, 1))
    page = specialist.post(ask(dossier), typed).url
    assert "Phê duyệt</button>" not in text_of(specialist.get(page))
    for verb in ("approve_extension", "reject_extension"):
        answer = specialist.post(url(f"dossiers:{verb}", Extension.objects.get().pk), {"reason": "x"})
        assert answer.status_code == 403 and "không được làm việc này" in text_of(answer)
    assert Extension.objects.get().state == "requested"


def test_saying_no_needs_a_reason_which_stays(cast, dossier, typed, specialist, client_of):
    specialist.post(ask(dossier), typed)
    request, administrator = Extension.objects.get(), client_of(cast.administrator)
    reject = url("dossiers:reject_extension", request.pk)
    assert administrator.post(reject, {"reason": " "}).status_code == 422
    long = administrator.post(reject, {"reason": "r" * 1001})
    assert long.status_code == 422 and "r" * 1001 in text_of(long)
    assert administrator.post(reject, {"reason": "Có thể xác minh qua ảnh"}).status_code == 302
    assert "Có thể xác minh qua ảnh" in text_of(specialist.get(url("dossiers:extension", request.pk)))
    again = administrator.post(url("dossiers:approve_extension", request.pk), {"reason": "Đổi ý"})
    assert again.status_code == 409 and Extension.objects.get().state == "rejected"
    twice = administrator.post(reject, {"reason": "Lần nữa"})
    assert twice.status_code == 409 and "đã được thực hiện trước đó" in text_of(twice)


@pytest.mark.parametrize(("field", "value"), [
    ("instrument", ""), ("instrument", "x"), ("directive", ""), ("directive", "999999"), ("directive", "x"), ("directive", NULL),
    ("directive", "9" * 30), ("clause", "k" * 41), ("clause", "k" * 5000), ("starts_on", "2020-01-01"), ("starts_on", "x"),
    ("starts_on", NULL),
    ("until", ""), ("until", "2026-11-24"), ("until", "9999-12-31"), ("until", "2028-12-31"), ("until", NULL), ("until", "2026-11-26"),
    ("reason", ""), ("reason", LONG), ("citizen_text", ""), ("citizen_text", "c" * 1001),
])
def test_every_field_refuses_what_it_cannot_be(dossier, typed, specialist, field, value):
    answer = specialist.post(ask(dossier), typed | {field: value})
    assert answer.status_code == 422 and "error-summary" in text_of(answer)
    assert "Không xác minh được thực địa" in text_of(answer) or field == "reason"
    assert not Extension.objects.exists()


def test_without_a_letter_only_an_apology(dossier, specialist):
    assert "Không có văn bản chỉ đạo nào" in text_of(specialist.get(ask(dossier)))
    typed = {"instrument": "apology", "until": "2026-12-20", "reason": "Quá tải", "citizen_text": "Chúng tôi xin lỗi."}
    assert specialist.post(ask(dossier), typed).status_code == 302
    assert Extension.objects.get().directive is None


def test_a_procedure_without_field_verification_is_left_out(cast, morning, letter, specialist, typed):
    plain = received(cast, phone="0900000001")
    answer = specialist.post(ask(plain), typed)
    assert answer.status_code == 422 and "không phải thẩm định, xác minh thực tế" in text_of(answer)


def test_who_may_ask_see_and_decide(cast, dossier, typed, specialist, client_of):
    for user, status in ((cast.outsider, 404), (cast.desk, 404), (cast.guard, 403), (cast.citizen, 403)):
        assert client_of(user).get(ask(dossier)).status_code == status
        assert client_of(user).post(ask(dossier), typed).status_code == status
    specialist.post(ask(dossier), typed)
    request = Extension.objects.get()
    assert client_of(cast.outsider).get(url("dossiers:extension", request.pk)).status_code == 404
    assert client_of(cast.outsider).post(url("dossiers:approve_extension", request.pk)).status_code == 404
    assert client_of(cast.leader).post(url("dossiers:approve_extension", request.pk)).status_code == 403
    assert "Hồ sơ" in text_of(client_of(cast.outsider).get(url("dossiers:extensions")))
    assert url("dossiers:extension", request.pk) not in text_of(client_of(cast.outsider).get(url("dossiers:extensions")))
    for odd in ({"muc": "x"}, {"muc": NULL}, {"page": NULL}):
        assert client_of(cast.administrator).get(url("dossiers:extensions"), odd).status_code == 200


def test_the_queue_costs_the_same_for_one_and_for_twenty(cast, dossier, typed, specialist, client_of, django_assert_max_num_queries):
    specialist.post(ask(dossier), typed)
    administrator = client_of(cast.administrator)
    with django_assert_max_num_queries(7):
        administrator.get(url("dossiers:extensions"))
    for number in range(19):
        specialist.post(ask(received(cast, cast.field_procedure, phone=f"09000003{number:02d}")), typed)
    with django_assert_max_num_queries(7):
        assert text_of(administrator.get(url("dossiers:extensions"))).count("Gia hạn theo văn bản chỉ đạo") == 20
