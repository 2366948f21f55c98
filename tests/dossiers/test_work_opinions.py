"""Opinions asked of other units: due dates, answer with files, taken back, reminded, seen by those concerned."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from dossiers import attention
from dossiers.services import assigning, files, opinions, processing
from dossiers.services.files import Attached
from dossiers.states import OpinionState
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused
from tests.dossiers.work import browser, colleague, pdf, text_of, url


@pytest.fixture
def there(cast):
    """A leader of the asked office who can be told."""
    leader = colleague(cast.other_office, "t-lanhdao-khac", Role.LEADER)
    User.objects.filter(pk=leader.pk).update(phone="0900000021")
    return leader


@pytest.fixture
def asked(cast, desk, morning, there):
    dossier = desk.receive()
    dossier.uploads.add(files.store_upload(pdf("giay-chung-sinh.pdf")).upload)
    return opinions.ask(actor=cast.specialist, dossier=dossier, office=cast.other_office, question="Có cư trú không?", via="web")


def test_asking_by_page_sets_a_due_date_and_tells_the_leaders(cast, desk, morning, there):
    dossier, page = desk.receive(), browser(cast.specialist)
    typed = {"office": cast.other_office.pk, "question": "Có cư trú không?", "due_on": "2026-11-30"}
    for wrong, words in (({"question": ""}, "Vui lòng ghi nội dung"), ({"office": ""}, "Vui lòng chọn đơn vị"),
                         ({"office": cast.office.pk}, "Vui lòng chọn đơn vị"), ({"due_on": "2026-11-24"}, "sau thời điểm này")):
        answer = page.post(url("ask_opinion", dossier.pk), {**typed, **wrong})
        assert answer.status_code == 422 and words in text_of(answer)
    assert page.post(url("ask_opinion", dossier.pk), typed).status_code == 302
    made = dossier.opinions.get()
    assert (made.due_at, made.state) == (clock.at(date(2026, 11, 30), 17), OpinionState.ASKED)
    assert Message.objects.filter(phone="0900000021", template_key="opinion_asked", body__contains=dossier.number).count() == 1
    assert page.post(url("ask_opinion", dossier.pk), typed).status_code == 409, "the same unit is asked once at a time"
    assert cast.other_office.name in text_of(page.get(url("detail", dossier.pk)))


def test_without_a_day_it_is_due_in_working_time(asked):
    assert asked.due_at == clock.at(date(2026, 11, 30), 10, 30), "24 working hours: 6 today, 7.5, 7.5, and 3 on Monday"


def test_the_unit_answers_with_files_and_sees_nothing_else(cast, asked):
    other = browser(cast.outsider)
    assert asked.dossier.number in text_of(other.get(url("opinions")))
    page = text_of(other.get(url("opinion", asked.pk)))
    assert "Có cư trú không?" in page and "giay-chung-sinh.pdf" in page
    assert asked.dossier.phone not in page and asked.dossier.full_name not in page
    assert other.get(url("detail", asked.dossier_id)).status_code == 404
    upload = asked.dossier.uploads.get()
    assert b"".join(other.post(url("opinion_file", asked.pk, upload.key)).streaming_content).startswith(b"%PDF")
    assert asked.dossier.events.filter(verb="view_file", actor=cast.outsider).count() == 1
    assert other.post(url("opinion", asked.pk), {"answer": " "}).status_code == 422
    assert other.post(url("opinion", asked.pk), {"answer": "Có cư trú.", "files": [pdf("xac-nhan.pdf")]}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by, asked.uploads.count()) == (OpinionState.ANSWERED, cast.outsider, 1)
    assert other.post(url("opinion_file", asked.pk, upload.key)).status_code == 404, "the question is over"
    mine = browser(cast.specialist)
    assert "Có cư trú." in text_of(mine.get(url("detail", asked.dossier_id)))
    assert b"".join(mine.post(url("opinion_file", asked.pk, asked.uploads.get().key)).streaming_content)
    assert other.post(url("opinion", asked.pk), {"answer": "Lần hai"}).status_code == 409


def test_only_those_concerned_may(cast, asked):
    assert browser(cast.specialist).post(url("opinion", asked.pk), {"answer": "Tự trả lời"}).status_code == 403
    assert browser(cast.hotline).get(url("opinion", asked.pk)).status_code == 404
    assert browser(cast.guard).get(url("opinion", asked.pk)).status_code == 403
    assert browser(cast.desk).get(url("opinions")).status_code == 403
    browser(cast.outsider).post(url("withdraw_opinion", asked.pk))
    asked.refresh_from_db()
    assert asked.state == OpinionState.ASKED
    with pytest.raises(Refused) as refused:
        opinions.ask(actor=cast.desk, dossier=asked.dossier, office=cast.centre, question="x", via="web")
    assert refused.value.status == 403


def test_taken_back_it_can_no_longer_be_answered(cast, asked):
    assert browser(cast.specialist).post(url("withdraw_opinion", asked.pk)).status_code == 302
    with pytest.raises(Refused) as refused:
        opinions.answer(actor=cast.outsider, opinion=asked, text="Muộn", uploads=[Attached("x")], via="web")
    assert (refused.value.code, refused.value.status) == ("wrong_state", 409)
    with pytest.raises(Refused) as twice:
        opinions.withdraw(actor=cast.specialist, opinion=asked, via="web")
    assert twice.value.code == "already_done"
    assert Message.objects.filter(template_key="opinion_withdrawn").count() == 1


def test_reminded_once_before_it_is_due(asked, settings):
    settings.OPINION_REMINDER_HOURS = 24
    assert opinions.remind() == 0
    with clock.frozen(asked.due_at - timedelta(hours=23)):
        assert (opinions.remind(), opinions.remind()) == (1, 0)
    assert Message.objects.filter(template_key="opinion_reminder", phone="0900000021").count() == 1


def test_the_new_deciding_office_sees_the_question_after_a_transfer(cast, asked):
    assigning.transfer(actor=cast.specialist, dossier=asked.dossier, office=cast.other_office, reason="Đúng địa bàn", via="web")
    assert browser(cast.outsider).get(url("opinion", asked.pk)).status_code == 200
    assert opinions.withdraw(actor=cast.outsider, opinion=asked, via="web").state == OpinionState.WITHDRAWN


@pytest.mark.parametrize("how", ["decide", "withdraw"])
def test_a_dossier_that_is_settled_asks_nobody_any_more(cast, asked, how):
    """The unit is told, it is no longer on its list, and nobody is reminded of it."""
    assert attention.opinions_to_give(cast.outsider) == 1
    getattr(processing, how)(actor=cast.specialist, dossier=asked.dossier, via="web")
    asked.refresh_from_db()
    assert asked.state == OpinionState.WITHDRAWN and attention.opinions_to_give(cast.outsider) == 0
    assert Message.objects.filter(template_key="opinion_withdrawn").count() == 1
    with clock.frozen(clock.now() + timedelta(days=30)):
        assert opinions.remind() == 0
    with pytest.raises(Refused):
        opinions.answer(actor=cast.outsider, opinion=asked, text="Có", via="web")


def test_a_leader_reads_dates_in_the_language_of_the_message(cast, desk, morning, there):
    with override("en"):  # whoever asks reads the portal in English
        opinions.ask(actor=cast.specialist, dossier=desk.receive(), office=cast.other_office, question="Có cư trú không?", via="web")
    assert "10:30 ngày 30/11/2026" in Message.objects.get(template_key="opinion_asked").body
