"""Messages between office and citizen: told by text, read behind the second factor, with files, read marks and counts."""
from __future__ import annotations

import pytest

from dossiers.models import Letter
from dossiers.services import attachments, letters
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.work import browser, citizens_browser, pdf, text_of, url

SECRET = "Xin cho biết số nhà."


@pytest.fixture
def dossier(desk, morning):
    return desk.receive()


def test_the_office_writes_and_the_citizen_answers(cast, dossier):
    office, citizen = browser(cast.specialist), citizens_browser(dossier)
    assert "chưa đọc" not in text_of(citizen.get(url("tracked", dossier.number)))
    assert office.post(url("talk", dossier.pk), {"text": SECRET, "files": [pdf("mau.pdf")]}).status_code == 302
    told = Message.objects.get(template_key="dossier_letter")
    assert url("letters", dossier.number) in told.body and SECRET not in told.body and cast.specialist.full_name not in told.body
    tracked = text_of(citizen.get(url("tracked", dossier.number)))
    assert "1 tin nhắn chưa đọc" in tracked and SECRET not in tracked, "a remembered page shows the new message"
    page = text_of(citizen.get(url("letters", dossier.number)))
    assert SECRET in page and cast.specialist.full_name not in page and "mau.pdf" in page
    upload = Letter.objects.get().uploads.get()
    assert b"".join(citizen.get(url("letter_file", dossier.number, upload.key)).streaming_content).startswith(b"%PDF")
    assert citizen.post(url("letters_read", dossier.number)).status_code == 302
    assert Letter.objects.get().read_at is not None
    assert "chưa đọc" not in text_of(citizen.get(url("tracked", dossier.number)))
    assert citizen.post(url("letters", dossier.number), {"text": "Số 5.", "files": [pdf("anh.pdf")]}).status_code == 302
    assert dossier.number in text_of(office.get(url("inbox"), {"muc": "unread"}))
    assert "Số 5." in text_of(office.get(url("talk", dossier.pk))) and "Có tin chưa đọc" in text_of(office.get(url("detail", dossier.pk)))
    assert office.post(url("talk_read", dossier.pk)).status_code == 302
    assert dossier.number not in text_of(office.get(url("inbox"), {"muc": "unread"}))
    assert [event.verb for event in dossier.events.order_by("pk")][-4:] == ["letter", "read_letters", "letter_in", "read_letters"]


def test_reading_twice_is_harmless(cast, dossier):
    letters.write(actor=None, dossier=dossier, text="Xin hỏi", via="web")
    assert [letters.read(actor=cast.desk, dossier=dossier, via="web") for _ in range(2)] == [1, 0]
    assert dossier.events.filter(verb="read_letters").count() == 1


def test_nobody_without_the_second_factor(cast, dossier):
    letters.write(actor=cast.specialist, dossier=dossier, text=SECRET, via="web")
    stranger = browser()
    for answer in (stranger.get(url("letters", dossier.number)), stranger.post(url("letters", dossier.number), {"text": "x"}),
                   stranger.post(url("letters_read", dossier.number))):
        assert answer.status_code == 302 and url("track") in answer.url
    assert Letter.objects.count() == 1 and Letter.objects.get().read_at is None
    assert browser(cast.outsider).get(url("talk", dossier.pk)).status_code == 404
    monitor = browser(cast.monitor)
    assert monitor.post(url("talk", dossier.pk), {"text": "x"}).status_code == 403
    assert monitor.post(url("talk_read", dossier.pk)).status_code == 403


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001])
def test_a_message_has_words(cast, dossier, text):
    answer = browser(cast.specialist).post(url("talk", dossier.pk), {"text": text})
    assert answer.status_code == 422 and not Letter.objects.exists()
    with pytest.raises(Refused):
        letters.write(actor=None, dossier=dossier, text=text, via="web")


def test_a_wrong_file_keeps_the_words(cast, dossier):
    wrong = pdf("virus.exe")
    answer = citizens_browser(dossier).post(url("letters", dossier.number), {"text": "Giữ lại lời này", "files": [wrong]})
    assert answer.status_code in (415, 422) and "Giữ lại lời này" in text_of(answer)
    assert not Letter.objects.exists()


def test_other_files_of_the_dossier_are_not_given_out_here(cast, dossier):
    kept = attachments.attach(actor=cast.specialist, dossier=dossier, uploads=attachments.store_all([pdf("noi-bo.pdf")]), via="web")[0]
    assert citizens_browser(dossier).get(url("letter_file", dossier.number, kept.key)).status_code == 404
