"""Steps with their own due dates, the control slip's rows, transfer with rights that follow, cover for those off duty."""
from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from dossiers import attention, competence, policies
from dossiers.models import Dossier
from dossiers.services import assigning, bulk, intake, processing, steps
from dossiers.states import BulkVerb, StepName
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import DutyShift
from onestop.offices.states import Part, Place
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused
from tests.cast import procedure
from tests.dossiers.work import browser, colleague, pdf, text_of, url


def at(day: int, hour: int = 9):
    return clock.frozen(clock.at(date(2026, 11, day), hour))


def names(dossier):
    return [(row.name, row.receiver, row.outcome) for row in steps.slip(dossier)]


# --- steps ----------------------------------------------------------------------------------------------------------------

def test_the_slip_tells_who_gave_who_received_and_before_on_or_after(cast, desk):
    with at(23):
        dossier = desk.submit().dossier
    with at(23, 14):
        intake.accept(actor=cast.desk, dossier=dossier, via="web")
    with at(25):
        evening = clock.at(date(2026, 11, 25), 17)
        processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web", note="Gấp", due_at=evening)
    with at(25, 15):
        assigning.pass_on(actor=cast.specialist, dossier=dossier, officer=cast.leader, step=StepName.SIGN, via="web")
    with at(27):
        processing.decide(actor=cast.leader, dossier=dossier, via="web")
    with at(27, 10):
        processing.hand_over(actor=cast.desk, dossier=dossier, via="web")
    rows = steps.slip(desk.fresh(dossier))
    assert [(str(row.name), row.giver, row.receiver) for row in rows] == [
        ("Tiếp nhận", "", str(cast.desk)), ("Thụ lý", str(cast.desk), ""), ("Thụ lý", str(cast.desk), str(cast.specialist)),
        ("Trình ký", str(cast.specialist), str(cast.leader)), ("Trả kết quả", str(cast.leader), "")]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert [row.outcome for row in rows] == ["before", "before", "on", "after", "before"]
    assert rows[2].note == "Gấp" and all(row.ended_at for row in rows)
    assert all(later.given_at == earlier.ended_at for earlier, later in pairwise(rows[1:]))


def test_a_step_ends_in_working_time_and_never_after_the_dossier(cast, desk, settings):
    settings.STEP_WORKING_HOURS = {"handle": 8}
    with at(20, 14):  # a Friday
        dossier = desk.receive()
        assert dossier.steps.last().due_at == clock.at(date(2026, 11, 23), 14, 30)  # 3 h on Friday, 4 h and 1 h on Monday
        settings.STEP_WORKING_HOURS = {"handle": 800}
        processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web")
        assert dossier.steps.last().due_at == dossier.due_at
        settings.STEP_WORKING_HOURS = {}
        assigning.pass_on(actor=cast.specialist, dossier=dossier, officer=cast.leader, step="Kiểm tra hồ sơ", via="web")
        assert dossier.steps.last().due_at is None
    assert [str(row.name) for row in steps.slip(dossier)][-1] == "Kiểm tra hồ sơ"
    assert dossier.steps.filter(ended_at__isnull=True).count() == 1


def test_an_overdue_step_is_marked_on_the_page(cast, desk, morning):
    dossier = desk.receive()
    page = browser(cast.specialist)
    assert "Bước quá hạn" not in text_of(page.get(url("detail", dossier.pk)))
    dossier.steps.filter(ended_at__isnull=True).update(due_at=clock.now() - timedelta(minutes=1))
    assert "Bước quá hạn" in text_of(page.get(url("detail", dossier.pk)))


def test_assigning_and_signing_by_page(cast, desk, morning):
    dossier, page = desk.receive(), browser(cast.specialist)
    past = page.post(url("assign", dossier.pk), {"assignee": cast.specialist.pk, "due_on": "2026-11-20", "note": "Giữ lại"})
    assert past.status_code == 422 and "Giữ lại" in text_of(past)
    assert page.post(url("assign", dossier.pk), {"assignee": cast.specialist.pk, "due_on": "2026-11-27"}).status_code == 302
    assert dossier.steps.last().due_at == clock.at(date(2026, 11, 27), 17)
    assert page.post(url("assign", dossier.pk), {"assignee": cast.leader.pk, "step": "sign"}).status_code == 302
    dossier = desk.fresh(dossier)
    assert dossier.assignee == cast.specialist and dossier.steps.last().officer == cast.leader
    assert dossier.number in text_of(browser(cast.leader).get(url("inbox"), {"muc": "to_sign"}))
    again = page.post(url("assign", dossier.pk), {"assignee": cast.leader.pk, "step": "sign"})
    assert again.status_code == 409
    assert page.post(url("assign", dossier.pk), {"assignee": cast.specialist.pk}).status_code == 302, "the leader gives it back"
    assert dossier.number not in text_of(browser(cast.leader).get(url("inbox"), {"muc": "to_sign"}))


# --- three offices --------------------------------------------------------------------------------------------------------

def test_rights_follow_a_transfer(cast, desk, morning):
    dossier = desk.receive()
    processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web")
    assert browser(cast.outsider).get(url("detail", dossier.pk)).status_code == 404
    typed = {"office": cast.other_office.pk, "reason": "Thuộc địa bàn Cái Răng"}
    answer = browser(cast.specialist).post(url("transfer", dossier.pk), typed)
    assert answer.status_code == 302
    moved = desk.fresh(dossier)
    assert (moved.received_office, moved.competent_office, moved.assignee) == (cast.office, cast.other_office, None)
    assert policies.can_start(cast.outsider, moved) and not policies.can_start(cast.specialist, moved)
    assert policies.can_hand_over(cast.desk, moved) and policies.can_resume(cast.desk, moved)
    with pytest.raises(Refused) as refused:
        processing.decide(actor=cast.specialist, dossier=moved, via="web")
    assert refused.value.status == 403
    page = text_of(browser(cast.outsider).get(url("detail", dossier.pk)))
    assert cast.other_office.name in page and f"Tiếp nhận: {cast.office.name}" in page and "Thuộc địa bàn Cái Răng" in page
    processing.start(actor=cast.outsider, dossier=moved, via="web")
    processing.decide(actor=cast.outsider, dossier=moved, via="web")
    assert dossier.steps.last().office == cast.office, "the result goes back to where it was handed in"


@pytest.mark.parametrize(("typed", "words"), [
    ({"office": "", "reason": "x"}, "Vui lòng chọn đơn vị"), ({"reason": " "}, "Vui lòng ghi lý do")])
def test_a_transfer_says_where_and_why(cast, desk, morning, typed, words):
    dossier = desk.receive()
    answer = browser(cast.specialist).post(url("transfer", dossier.pk), {"office": cast.other_office.pk, **typed})
    assert answer.status_code == 422 and words in text_of(answer)


def test_only_an_office_that_may_decide_gets_it(cast, desk, morning):
    dossier = desk.receive()
    with pytest.raises(Refused) as refused:
        assigning.transfer(actor=cast.specialist, dossier=dossier, office=cast.centre, reason="x", via="web")
    assert refused.value.code == "not_competent"
    with pytest.raises(Refused) as same:
        assigning.transfer(actor=cast.specialist, dossier=dossier, office=cast.office, reason="x", via="web")
    assert same.value.code == "already_done"
    for user in (cast.hotline, cast.monitor, cast.outsider):
        assert browser(user).get(url("transfer", dossier.pk)).status_code == 404
    assert browser(cast.guard).get(url("transfer", dossier.pk)).status_code == 403


def test_the_usual_deciding_office_follows_level_and_area(cast):
    provincial = procedure("9.000009", "Thủ tục cấp tỉnh", 5)
    provincial.levels = ["province"]
    provincial.save()
    assert competence.usual(cast.procedure, cast.office) == cast.office
    assert competence.usual(provincial, cast.office) == cast.centre
    assert competence.usual(cast.procedure, cast.centre, cast.other_office.area) == cast.other_office
    assert set(competence.offices_for(cast.procedure, cast.province.pk)) == {cast.office, cast.other_office}


# --- cover ----------------------------------------------------------------------------------------------------------------

def leave(user, office, *days):
    for day in days:
        for part in (Part.MORNING, Part.AFTERNOON):
            DutyShift.objects.create(office=office, user=user, date=date(2026, 11, day), part=part, place=Place.LEAVE)


def test_what_is_due_before_somebody_is_back_goes_to_the_least_busy_colleague(cast, desk, settings):
    settings.STEP_WORKING_HOURS = {}
    busy, free = colleague(cast.office, "t-ban"), colleague(cast.office, "t-ranh")
    User.objects.filter(pk__in=[cast.specialist.pk, free.pk]).update(phone="0900000011")
    with at(19):
        urgent, long, busy_one = desk.receive(), desk.receive(cast.field_procedure), desk.receive()
        for dossier, officer in ((urgent, cast.specialist), (long, cast.specialist), (busy_one, busy)):
            processing.assign(actor=cast.desk, dossier=dossier, assignee=officer, via="web")
    leave(cast.specialist, cast.office, 25, 26, 27)
    with at(24):
        assert assigning.cover() == 0
    with at(25):
        assert (assigning.cover(), assigning.cover()) == (1, 0)
    assert desk.fresh(urgent).assignee == free and desk.fresh(long).assignee == cast.specialist
    event = urgent.events.get(verb="cover")
    assert "nghỉ đến hết ngày 27/11/2026" in event.reason and not event.public
    assert Message.objects.filter(template_key="dossier_reassigned").count() == 2
    assert urgent.steps.last().officer == free


def test_nobody_present_or_switched_off_leaves_things_as_they_are(cast, desk, settings):
    with at(19):
        dossier = desk.receive()
        processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web")
    leave(cast.specialist, cast.office, 25)
    with at(25):
        assert assigning.cover() == 0, "there is no other specialist"
        colleague(cast.office)
        settings.COVER_OFF_DUTY = False
        assert assigning.cover() == 0
        settings.COVER_OFF_DUTY = True
        assert assigning.cover() == 1


def test_half_a_day_of_leave_is_not_off_and_whoever_left_is(cast, desk):
    other = colleague(cast.office)
    with at(19):
        dossier = desk.receive(cast.field_procedure)
        processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web")
    DutyShift.objects.create(office=cast.office, user=cast.specialist, date=date(2026, 11, 25), part=Part.MORNING, place=Place.LEAVE)
    DutyShift.objects.create(office=cast.office, user=cast.specialist, date=date(2026, 11, 25), part=Part.AFTERNOON, place=Place.HOME)
    with at(25):
        assert assigning.cover() == 0
        Assignment.objects.filter(user=cast.specialist).update(ends_on=date(2026, 11, 24))
        assert assigning.cover() == 1
    assert desk.fresh(dossier).assignee == other


def test_a_leader_gives_everything_of_one_to_another(cast, desk, morning):
    other, dossiers = colleague(cast.office), [desk.receive() for _ in range(3)]
    for dossier in dossiers:
        processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web")
    leader = browser(cast.leader)
    leave(cast.specialist, cast.office, 25, 26)
    assert "đến hết ngày 26/11/2026" in text_of(leader.get(url("cover")))
    same = leader.post(url("cover"), {"away": cast.specialist.pk, "assignee": cast.specialist.pk, "note": "Nghỉ"})
    assert same.status_code == 422 and "hai người khác nhau" in text_of(same)
    assert leader.post(url("cover"), {"away": cast.specialist.pk, "assignee": other.pk, "note": ""}).status_code == 422
    answer = leader.post(url("cover"), {"away": cast.specialist.pk, "assignee": other.pk, "note": "Nghỉ ốm"})
    assert answer.status_code == 302
    run = cast.leader.bulk_runs.get()
    assert run.verb == BulkVerb.ASSIGN and bulk.carry_out(run.pk) == 3
    assert set(Dossier.objects.values_list("assignee", flat=True)) == {other.pk}
    for user in (cast.specialist, cast.desk, cast.administrator):
        assert browser(user).get(url("cover")).status_code == 403


# --- the office's files, the view log ---------------------------------------------------------------------------------------

def test_the_offices_files_and_who_opened_the_citizens(cast, desk, morning):
    dossier = desk.receive()
    page = browser(cast.specialist)
    assert page.post(url("attach", dossier.pk), {"note": "x"}).status_code == 422
    assert page.post(url("attach", dossier.pk), {"files": [pdf("ket-qua.pdf"), pdf("phu-luc.pdf")], "note": "Dự thảo"}).status_code == 302
    ours = dossier.uploads.order_by("pk")
    assert [upload.by_office for upload in ours] == [True, True]
    assert b"".join(page.post(url("file", ours[0].key)).streaming_content) and not dossier.events.filter(verb="view_file").exists()
    theirs = ours[1]
    theirs.by_office = False
    theirs.save(update_fields=["by_office"])
    answer = page.post(url("file", theirs.key))
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    event = dossier.events.get(verb="view_file")
    assert (event.actor, event.public, event.data["upload"]) == (cast.specialist, False, theirs.pk)
    assert page.get(url("file", theirs.key)).status_code == 405
    assert browser(cast.outsider).post(url("file", theirs.key)).status_code == 404
    assert dossier.events.filter(verb="view_file").count() == 1
    assert "Mở tệp của công dân" in text_of(page.get(url("detail", dossier.pk)))
    wrong = page.post(url("attach", dossier.pk), {"files": [pdf(f"{number}.pdf") for number in range(6)]})
    assert wrong.status_code == 422 and "tối đa 5 tệp" in text_of(wrong)


def test_received_here_decided_elsewhere(cast, morning):
    typed = {"full_name": "Người nộp mẫu", "phone": "0912345678", "return_method": "counter", "return_address": "", "address": "",
             "note": "", "helped": cast.centre.pk}
    page, address = browser(cast.desk), url("take_in", cast.office.code, cast.procedure.code, "postal")
    assert cast.other_office.name in text_of(page.get(address))
    wrong = page.post(address, {**typed, "competent": cast.centre.pk})
    assert wrong.status_code == 422 and "có thẩm quyền" in text_of(wrong)
    page.post(address, {**typed, "competent": cast.other_office.pk})
    dossier = Dossier.objects.get()
    assert (dossier.received_office, dossier.competent_office, dossier.helped_office) == (cast.office, cast.other_office, cast.centre)
    assert dossier.code.startswith("H13.70-") and dossier.steps.last().office == cast.other_office
    processing.start(actor=cast.outsider, dossier=dossier, via="web")
    page.post(address, {**typed, "phone": "0912345679"})
    assert Dossier.objects.get(phone="0912345679").competent_office == cast.office


def test_a_province_level_procedure_is_received_in_a_commune(cast, morning):
    provincial = procedure("9.000009", "Thủ tục cấp tỉnh", 5)
    provincial.levels = ["province"]
    provincial.save()
    page, address = browser(cast.desk), url("take_in", cast.office.code, provincial.code, "postal")
    assert address in text_of(page.get(url("intake"), {"q": "cấp tỉnh"}))
    assert f"{cast.centre.name} giải quyết" in text_of(page.get(address))
    page.post(address, {"full_name": "Người nộp mẫu", "phone": "0912345678", "return_method": "counter", "return_address": "",
                        "address": "", "note": ""})
    assert Dossier.objects.get().competent_office == cast.centre


def test_what_lies_with_a_leader_to_sign_stays_there_when_its_officer_is_off(cast, desk):
    leader, other = colleague(cast.office, "t-nguoiky", Role.LEADER), colleague(cast.office)
    with at(19):
        dossier = desk.receive()
        processing.assign(actor=cast.desk, dossier=dossier, assignee=cast.specialist, via="web")
        assigning.pass_on(actor=cast.specialist, dossier=dossier, officer=leader, step=StepName.SIGN, via="web")
    leave(cast.specialist, cast.office, 25, 26, 27)
    with at(25):
        assert assigning.cover() == 1
        assert attention.counts(leader)["to_sign"] == 1
    assert desk.fresh(dossier).assignee == other and dossier.steps.get(ended_at__isnull=True).officer == leader


def test_nothing_is_given_to_an_account_that_is_closed(cast, desk, morning):
    gone, dossier = colleague(cast.office), desk.receive()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    gone.refresh_from_db()
    assert gone.full_name not in text_of(browser(cast.desk).get(url("detail", dossier.pk)))
    for give in (lambda: processing.assign(actor=cast.desk, dossier=dossier, assignee=gone, via="web"),
                 lambda: assigning.pass_on(actor=cast.desk, dossier=dossier, officer=gone, step=StepName.SIGN, via="web")):
        with pytest.raises(Refused) as refusal:
            give()
        assert refusal.value.code == "wrong_assignee"
