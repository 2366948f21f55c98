"""The completeness request: asked once, answered by the citizen, looked at, reminded, closed by rule (rules.md 6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dossiers.models import DossierEvent, Letter, Supplement
from dossiers.services import processing, supplement_sweeps, supplements
from dossiers.services.supplements import Wanted
from dossiers.states import State
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.people import browser_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ANSWER_BY = date(2026, 12, 10)
ITEMS = [Wanted("Tờ khai", "wrong"), Wanted("Giấy chứng sinh"), Wanted("Giấy xác nhận cư trú", "outdated")]


def at(day, hour=9):
    return clock.frozen(clock.at(day, hour))


@pytest.fixture
def ask(cast, desk, morning):
    def make(dossier=None, *, day=date(2026, 11, 26), **more):
        dossier = dossier or desk.receive()
        with at(day):
            return supplements.request(actor=cast.specialist, dossier=dossier, items=more.pop("items", ITEMS),
                                       answer_by=more.pop("answer_by", ANSWER_BY), via="web", **more)

    return make


def messages(template):
    return Message.objects.filter(template_key=template)


def citizen(dossier):
    """A browser that has given the second factor."""
    browser = Client()
    browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": dossier.phone[-4:]})
    return browser


# --- asking -------------------------------------------------------------------------------------------------------------

def test_one_guidance_says_what_is_wrong_about_each_thing(ask, desk):
    asked = ask(reason="Thiếu chữ ký", legal_basis="Điều 9 Luật Hộ tịch")
    assert asked.lines == ["Chưa đúng: Tờ khai", "Còn thiếu: Giấy chứng sinh", "Hết giá trị: Giấy xác nhận cư trú"]
    dossier = desk.fresh(asked.dossier)
    assert dossier.state == State.SUPPLEMENT and dossier.public_code == 5
    stop = dossier.clock.get(kind="stop")
    assert (stop.cause, stop.legal_basis, stop.decided_by) == ("supplement", "Điều 9 Luật Hộ tịch", asked.asked_by)
    told = messages("dossier_supplement").get().body
    assert "- Chưa đúng: Tờ khai" in told and "10/12/2026" in told and f"/tra-cuu/{dossier.number}/bo-sung/" in told
    assert dossier.forms.filter(kind="supplement").count() == 1


def test_at_intake_one_guidance_and_no_clock(ask, cast, desk, settings):
    dossier = desk.submit().dossier
    asked = ask(dossier)
    dossier = desk.fresh(dossier)
    assert asked.stage == "intake" and dossier.state == State.SUBMITTED and not dossier.clock.exists()
    assert dossier.accept_due_at is None  # the limit waits for the citizen
    with pytest.raises(Refused) as refusal:
        ask(dossier)
    assert refusal.value.code == "already_done"
    with at(date(2026, 12, 1), 10):
        supplements.answer(actor=None, supplement=asked, text="Đã bổ sung")
    dossier = desk.fresh(dossier)
    assert dossier.accept_due_at == clock.at(date(2026, 12, 2), 10 + 0) + timedelta(minutes=30)  # eight working hours of 7:30–17:00
    with pytest.raises(Refused) as refusal:
        ask(dossier, day=date(2026, 12, 1))
    assert (refusal.value.code, refusal.value.status) == ("guided_already", 409)
    settings.SUPPLEMENTS_AT_INTAKE = 2
    assert ask(dossier, day=date(2026, 12, 1)).stage == "intake"


def test_during_appraisal_a_second_one_rests_on_a_rule(ask, cast, desk, settings):
    first = ask()
    processing.resume(actor=cast.desk, dossier=first.dossier, via="web")
    dossier = desk.fresh(first.dossier)
    with pytest.raises(Refused) as refusal:
        ask(dossier, day=date(2026, 11, 30))
    assert "legal_basis" in refusal.value.fields
    assert ask(dossier, day=date(2026, 11, 30), legal_basis="Điều 12").pk != first.pk
    settings.SUPPLEMENTS_IN_APPRAISAL = 2
    processing.resume(actor=cast.desk, dossier=dossier, via="web")
    with pytest.raises(Refused) as refusal:
        ask(desk.fresh(dossier), day=date(2026, 11, 30), legal_basis="Điều 12")
    assert refusal.value.code == "guided_already"


@pytest.mark.parametrize(("change", "field"), [
    ({"items": []}, "items"), ({"items": [" "]}, "items"), ({"items": ["x"] * 51}, "items"), ({"items": [Wanted("x", "lost")]}, "items"),
    ({"answer_by": date(2026, 11, 26)}, "answer_by")])
def test_what_cannot_be_asked(ask, change, field):
    with pytest.raises(Refused) as refusal:
        ask(**change)
    assert field in refusal.value.fields and not Supplement.objects.exists()


def test_the_officers_page_asks_paper_by_paper(cast, desk, morning):
    dossier, browser = desk.receive(), browser_of(cast.specialist)
    address = reverse("dossiers:supplement", args=[dossier.pk])
    assert address in browser.get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    page = browser.get(address).content.decode()
    assert "Tờ khai đăng ký khai sinh" in page and "Hết giá trị" in page
    empty = browser.post(address, {"answer_by": "2026-12-10"})
    assert empty.status_code == 422 and "ít nhất một mục" in empty.content.decode()
    for odd in ({"answer_by": "x"}, {"answer_by": "2026-11-25", "other": "x"}, {"paper_1": "lost", "answer_by": "2026-12-10"},
                {"other": "x" * 5000, "answer_by": "2026-12-10"}):
        assert browser.post(address, odd).status_code == 422
    typed = {"paper_1": "wrong", "paper_2": "", "other": "Chữ ký ở trang 2\n\nẢnh chân dung", "other_problem": "missing",
             "reason": "Tờ khai ghi thiếu", "legal_basis": "", "answer_by": "2026-12-10"}
    assert browser.post(address, typed).status_code == 302
    assert Supplement.objects.get().lines == ["Chưa đúng: Tờ khai đăng ký khai sinh", "Còn thiếu: Chữ ký ở trang 2",
                                              "Còn thiếu: Ảnh chân dung"]
    assert browser.get(address).status_code == 404  # it stands still already
    for user, status in ((cast.outsider, 404), (cast.citizen, 403), (cast.guard, 403)):
        assert browser_of(user).get(address).status_code == status


# --- answering ----------------------------------------------------------------------------------------------------------

def test_the_citizen_answers_and_the_office_confirms(ask, cast, desk):
    asked = ask()
    dossier, browser = asked.dossier, citizen(asked.dossier)
    address = reverse("dossiers:answer_supplement", args=[dossier.number])
    with at(date(2026, 11, 30)):
        tracked = browser.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
        assert address in tracked and "Giấy chứng sinh" not in tracked  # no paper's name where it is not needed
        page = browser.get(address).content.decode()
        assert "Chưa đúng: Tờ khai" in page and "Hết giá trị: Giấy xác nhận cư trú" in page
        empty = browser.post(address, {"text": " "})
        assert empty.status_code == 422 and "Vui lòng ghi nội dung trả lời" in empty.content.decode()
        bad = browser.post(address, {"text": "Xin gửi", "uploads": [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.exe", b"MZ")]})
        assert bad.status_code == 422 and "b.exe" in bad.content.decode() and "Đã tải lên: a.pdf" in bad.content.decode()
        kept = bad.context["form"]["kept"].value()
        sent = browser.post(address, {"text": "Xin gửi bổ sung", "kept": kept, "uploads": [SimpleUploadedFile("c.pdf", PDF)]}, follow=True)
        assert "Đã gửi phần bổ sung" in sent.content.decode() and "Cơ quan đang kiểm tra" in sent.content.decode()
        asked.refresh_from_db()
        assert asked.answer == "Xin gửi bổ sung" and {upload.name for upload in asked.uploads.all()} == {"a.pdf", "c.pdf"}
        assert desk.fresh(dossier).state == State.SUPPLEMENT  # until the office has looked
        assert "Bạn đã gửi phần bổ sung" in browser.get(address).content.decode()
    with at(date(2026, 11, 30), 14):
        officer, detail = browser_of(cast.desk), reverse("dossiers:detail", args=[dossier.pk])
        page = officer.get(detail).content.decode()
        assert "Xin gửi bổ sung" in page and "c.pdf" in page and "Công dân đã trả lời" in page
        look = reverse("dossiers:look_supplement", args=[dossier.pk, asked.pk])
        assert officer.post(look, {"complete": "1", "note": ""}).status_code == 302
    found = desk.fresh(dossier)
    assert found.state == State.PROCESSING
    assert found.due_at == clock.at(date(2026, 12, 7), 17)  # 0.2 of a day used on 26/11, 0.4 on 30/11, four days: the rest on Monday
    asked.refresh_from_db()
    assert asked.confirmed_by == cast.desk and found.clock.get(kind="resume").executed_by == cast.desk
    assert messages("dossier_resumed").count() == 1


def test_not_enough_keeps_the_same_guidance_open(ask, cast, desk):
    asked = ask(answer_by=date(2026, 12, 1))
    with at(date(2026, 12, 1)):
        supplements.answer(actor=None, supplement=asked, text="Đây ạ")
        with pytest.raises(Refused) as refusal:
            supplements.answer(actor=None, supplement=asked, text="Lần nữa")
        assert refusal.value.code == "already_done"
        with pytest.raises(Refused) as refusal:
            supplements.confirm(actor=cast.desk, supplement=asked, complete=False, via="web")
        assert refusal.value.code == "reason_missing"
        supplements.confirm(actor=cast.desk, supplement=asked, complete=False, via="web", note="Ảnh mờ, không đọc được")
        asked.refresh_from_db()
        assert asked.answered_at is None and asked.answer_by == date(2026, 12, 4)
        told = messages("dossier_supplement_again").get().body
        assert "Ảnh mờ, không đọc được" in told and "04/12/2026" in told
        supplements.answer(actor=None, supplement=asked, text="Ảnh rõ hơn")
        supplements.confirm(actor=cast.desk, supplement=asked, complete=True, via="web")
        with pytest.raises(Refused):
            supplements.confirm(actor=cast.desk, supplement=asked, complete=True, via="web")
    assert Supplement.objects.count() == 1 and desk.fresh(asked.dossier).state == State.PROCESSING


def test_by_setting_the_clock_runs_on_at_once(ask, desk, settings):
    settings.SUPPLEMENT_RESUMES = "answer"
    asked = ask()
    with at(date(2026, 11, 30)):
        supplements.answer(actor=None, supplement=asked, text="Đủ rồi ạ")
    assert desk.fresh(asked.dossier).state == State.PROCESSING
    assert DossierEvent.objects.get(verb="resume").actor_label == "công dân"


def test_an_office_that_does_not_look_cannot_let_the_clock_stand(ask, desk):
    asked = ask()
    with at(date(2026, 11, 30)):
        supplements.answer(actor=None, supplement=asked, text="Đủ rồi ạ")
    with at(date(2026, 11, 30), 16):
        assert supplement_sweeps.resume_unlooked() == 0
    with at(date(2026, 12, 1), 10):
        assert supplement_sweeps.resume_unlooked() == 1
        assert supplement_sweeps.resume_unlooked() == 0
    assert desk.fresh(asked.dossier).state == State.PROCESSING


def test_only_with_the_second_factor_and_only_what_is_open(ask, cast, desk):
    asked = ask()
    address = reverse("dossiers:answer_supplement", args=[asked.dossier.number])
    for verb in ("get", "post"):
        answer = getattr(Client(), verb)(address)
        assert answer.status_code == 302 and reverse("dossiers:track") in answer["Location"]
    other = desk.receive()
    assert "không có yêu cầu bổ sung đang mở" in citizen(other).get(
        reverse("dossiers:answer_supplement", args=[other.number])).content.decode()
    with pytest.raises(Refused) as refusal:
        supplements.confirm(actor=cast.outsider, supplement=asked, complete=True, via="web")
    assert refusal.value.status == 403


# --- by itself ----------------------------------------------------------------------------------------------------------

def test_the_citizen_is_reminded_once(ask):
    ask()
    with at(date(2026, 12, 6)):
        assert supplement_sweeps.remind() == 0
    with at(date(2026, 12, 7)):
        assert supplement_sweeps.remind() == 1
        assert supplement_sweeps.remind() == 0
    told = messages("dossier_supplement_reminder").get().body
    assert "10/12/2026" in told and "/bo-sung/" in told and "dừng giải quyết" in told


def remind_and_close(day=date(2026, 12, 11)):
    with at(date(2026, 12, 7)):
        supplement_sweeps.remind()
    with at(day):
        return supplement_sweeps.close_unanswered()


def test_what_stays_unanswered_is_stopped_with_form_05(ask, desk, settings):
    asked = ask(legal_basis="Điều 9")
    with at(date(2026, 12, 10), 23):
        assert supplement_sweeps.close_unanswered() == 0
    assert remind_and_close() == 1
    with at(date(2026, 12, 12)):
        assert supplement_sweeps.close_unanswered() == 0
    dossier = desk.fresh(asked.dossier)
    asked.refresh_from_db()
    assert dossier.state == State.STOPPED and asked.closed_at and dossier.forms.get(kind="stop").rule_pack == "VN-2025"
    told = messages("dossier_stopped").get().body
    assert "không được bổ sung trong thời hạn" in told and "10/12/2026" in told
    with pytest.raises(Refused) as refusal:
        supplements.answer(actor=None, supplement=asked, text="Muộn mất rồi")
    assert refusal.value.code == "not_open"


def test_in_the_set_of_2018_it_is_a_refusal(cast, desk):
    with at(date(2021, 7, 13)):
        dossier = desk.receive()
        supplements.request(actor=cast.specialist, dossier=dossier, items=["Tờ khai"], answer_by=date(2021, 7, 20), via="web")
    with at(date(2021, 7, 17)):
        assert supplement_sweeps.remind() == 1
    with at(date(2021, 7, 21)):
        assert supplement_sweeps.close_unanswered() == 1
    dossier = desk.fresh(dossier)
    assert dossier.state == State.STOPPED and dossier.forms.get(kind="refusal").rule_pack == "VN-2018"


def test_at_intake_it_is_refused(ask, desk):
    asked = ask(desk.submit().dossier)
    assert remind_and_close() == 1
    dossier = desk.fresh(asked.dossier)
    assert dossier.state == State.REFUSED and dossier.forms.filter(kind="refusal").count() == 1


def test_a_deadline_on_a_day_off_ends_with_the_next_working_day(ask, desk):
    """Civil Code 2015, article 148: Sunday 13/12 ends with Monday 14/12."""
    asked = ask(answer_by=date(2026, 12, 13))
    with at(date(2026, 12, 10)):
        supplement_sweeps.remind()
    for day, closed in ((14, 0), (15, 1)):
        with at(date(2026, 12, day)):
            assert supplement_sweeps.close_unanswered() == closed
    assert desk.fresh(asked.dossier).state == State.STOPPED


def test_a_closed_guidance_at_intake_is_never_left_without_its_refusal(ask, desk, monkeypatch):
    """The machine goes off while the refusal is written: either both or neither."""
    asked = ask(desk.submit().dossier)
    monkeypatch.setattr(supplement_sweeps.intake, "inform", lambda *_args, **_named: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        remind_and_close()
    asked.refresh_from_db()
    assert asked.closed_at is None and desk.fresh(asked.dossier).state == State.SUBMITTED
    monkeypatch.undo()
    with at(date(2026, 12, 11), 10):
        assert supplement_sweeps.close_unanswered() == 1
    assert desk.fresh(asked.dossier).state == State.REFUSED


@pytest.mark.parametrize("came", ["nothing was said", "letter", "answer", "setting"])
def test_nothing_is_closed_where_the_office_sleeps_or_nobody_was_reminded(ask, desk, settings, came):
    asked = ask()
    if came == "nothing was said":
        with at(date(2026, 12, 11)):
            assert supplement_sweeps.close_unanswered() == 0
            supplement_sweeps.remind()  # the sweep had slept: the citizen still has its days
        with at(date(2026, 12, 12)):
            assert supplement_sweeps.close_unanswered() == 0
        with at(date(2026, 12, 14), 10):
            assert supplement_sweeps.close_unanswered() == 1
        return
    with at(date(2026, 12, 9)):
        if came == "letter":
            Letter.objects.create(dossier=asked.dossier, author=None, text="Tôi gửi rồi ạ")
        if came == "answer":
            supplements.answer(actor=None, supplement=asked, text="Tôi gửi rồi ạ")
    if came == "setting":
        settings.SUPPLEMENT_AUTO_CLOSE = False
    assert remind_and_close() == 0
    assert desk.fresh(asked.dossier).state == State.SUPPLEMENT


def test_what_waits_for_the_citizen_is_not_late(ask, desk):
    asked = ask()
    with at(date(2026, 12, 30)):
        dossier = desk.fresh(asked.dossier)
        assert "quá hạn" not in " ".join(citizen(dossier).get(reverse("dossiers:tracked", args=[dossier.number])).content.decode().split())
