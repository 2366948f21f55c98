"""Handing in over a bad line, from two windows, with strange words: nothing typed is lost, nobody is left without their proof."""
from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, Draft, Upload
from dossiers.scanner import Verdict
from dossiers.services import duty, files, scanning
from dossiers.services.applicants import storable
from dossiers.states import ScanState
from onestop import clock
from onestop.catalogue.models import EForm, EFormVersion
from onestop.notify.models import Message
from onestop.offices.models import DutyShift
from onestop.offices.states import Part, Place
from onestop.people.models import Assignment
from tests.dossiers.conftest import Desk
from tests.dossiers.test_intake_drafts import TYPED, begun, page
from tests.pages.conftest import file, text_of

ROWS = {"sections": [{"title": "Con", "fields": [
    {"key": "con", "type": "rows", "label": "Các con", "fields": [{"key": "ten", "type": "text", "label": "Tên con"}]}]}]}


@pytest.fixture
def with_rows(cast, morning):
    form = EForm.objects.create(procedure=cast.procedure)
    form.published = EFormVersion.objects.create(eform=form, number=1, schema=ROWS, made_by=cast.administrator, published_at=clock.now())
    form.save()
    return form.published


# --- the answer never came --------------------------------------------------------------------------------------------

def test_sent_again_because_the_answer_was_lost_the_proof_is_shown(cast, morning, client):
    sent = TYPED | {"viec": "nop", "submission_key": "khóa của tờ khai này"}
    client.post(page(cast), sent | {"file_1": file("tờ khai.pdf")})
    phone = Client()  # the cookie was in the answer that was lost
    again = phone.post(page(cast), sent | {"file_1": file("tờ khai.pdf")})
    dossier = Dossier.objects.get()
    assert again.url == reverse("dossiers:submitted", args=[dossier.reference])
    assert dossier.reference in text_of(phone.get(again.url))
    assert Client().get(again.url).status_code == 404


def test_a_draft_handed_in_whose_answer_was_lost_shows_its_proof_where_it_was_filled_in(cast, morning, client):
    address = begun(cast, client)
    cookie = client.cookies["sessionid"].value
    client.post(address, TYPED | {"viec": "nop", "revision": "1"})
    lost = client.session
    del lost["dossiers_submitted"]  # as if that answer's session had never been kept
    lost.save()
    client.cookies["sessionid"] = cookie
    dossier = Dossier.objects.get()
    answer = client.post(address, TYPED | {"viec": "nop", "revision": "1"})
    assert answer.url == client.get(address).url == reverse("dossiers:submitted", args=[dossier.reference])
    assert dossier.reference in text_of(client.get(answer.url))
    assert Client().get(address).status_code == 409


# --- two windows ------------------------------------------------------------------------------------------------------

def test_an_older_window_that_adds_a_row_stays_the_older_one(cast, with_rows, client):
    address = begun(cast, client)
    client.post(address, TYPED | {"viec": "luu", "revision": "1", "note": "Cửa sổ mới"})
    shown = text_of(client.post(address, TYPED | {"form_rows": "add:con", "revision": "1", "note": "Cửa sổ cũ"}))
    assert "Cửa sổ cũ" in shown
    held = re.search(r'name="revision" value="(\d+)"', shown)
    assert held is not None
    assert client.post(address, TYPED | {"viec": "luu", "revision": held.group(1), "note": "Cửa sổ cũ"}).status_code == 409
    assert Draft.objects.get().values["note"] == ["Cửa sổ mới"]


# --- strange words ----------------------------------------------------------------------------------------------------

def test_null_characters_break_no_draft(cast, morning, client):
    saved = client.post(page(cast), TYPED | {"note": "a\0b", "a_x\0": "1"}, headers={"X-Autosave": "1"})
    assert saved.status_code == 200 and Draft.objects.get().values["note"] == ["ab"]
    again = client.post(saved.json()["url"], TYPED | {"note": "a\0b", "a_x\0": "1", "revision": "7"}, headers={"X-Autosave": "1"})
    assert again.status_code == 200 and again.json()["revision"] == 1  # the same words: nothing to save


@pytest.mark.parametrize("raw", ['{"x": "a\\u0000b"}', '{"x": "\\ud800"}', '{"a\\u0000": 1}', '{"x": 1e400}'])
def test_answers_that_no_row_can_hold_are_refused_with_a_sentence(cast, morning, client, raw):
    applicant = '{"full_name": "Người nộp mẫu", "phone": "0912345678"}'
    body = f'{{"procedure": "{cast.procedure.code}", "office": "{cast.office.code}", "applicant": {applicant}, "answers": {raw}}}'
    told = client.post("/api/v1/submissions/", body, content_type="application/json")
    assert (told.status_code, list(told.json()["errors"])) == (422, ["answers"])
    assert not Dossier.objects.exists()


def test_a_text_about_a_null_character_is_none():
    assert storable({"x": "\\u0000", "y": "\\\\u0000"}) and not storable({"x": "\\\0"})


@pytest.mark.parametrize("raw", ["5", "null", "true", '"name"', '["name"]', "[]"])
def test_an_upload_that_is_no_object_is_refused(cast, morning, client, raw):
    assert client.post("/api/v1/uploads/", raw, content_type="application/json").status_code == 400


def test_a_long_form_is_not_called_too_long_before_handing_in(cast, with_rows, client):
    address = begun(cast, client, note="ệ" * 4900)
    shown = text_of(client.get(f"{address}?kiem-tra=1"))
    assert "quá dài" not in shown


# --- messages nobody asked for ----------------------------------------------------------------------------------------

def test_nobody_is_flooded_with_links(cast, morning, client):
    address = begun(cast, client)
    for number in range(1, 9):
        client.post(address, TYPED | {"viec": "gui-lien-ket", "revision": str(number), "link_phone": "0987 654 321", "note": str(number)})
    assert Message.objects.filter(phone="0987654321").count() == 5
    assert Draft.objects.get().values["note"] == ["8"]


def test_whoever_left_the_office_is_not_on_duty_any_more(cast, morning):
    DutyShift.objects.create(office=cast.office, user=cast.desk, date=clock.today(), part=Part.MORNING, place=Place.ONLINE)
    assert duty.officer_on_duty(cast.office, clock.now()) == cast.desk
    Assignment.objects.filter(user=cast.desk).update(starts_on=clock.today() - timedelta(days=9), ends_on=clock.today() - timedelta(days=1))
    assert duty.officer_on_duty(cast.office, clock.now()) is None


# --- a virus found while the dossier is being handed in ---------------------------------------------------------------

def test_a_virus_found_while_its_file_is_handed_in_is_told(live_cast):
    stored = files.store_upload(file("tờ khai.pdf"))
    dossier = Desk(live_cast).submit().dossier
    held, done = threading.Event(), threading.Event()

    def scan():
        held.wait(5)
        try:
            scanning.settle(stored.upload.pk, Verdict(ScanState.INFECTED, "Mau"))
        finally:
            done.set()
            connection.close()

    scanner = threading.Thread(target=scan)
    scanner.start()
    with transaction.atomic():
        files.attach(dossier=dossier, files=[files.Attached(stored.token)])
        held.set()
        done.wait(0.7)  # the scanner waits for the file's row
    scanner.join()
    assert Upload.objects.get().scan_state == ScanState.INFECTED
    assert dossier.events.filter(verb="infected").count() == 1


def test_no_telephone_is_flooded_by_submissions_in_its_name(cast, morning, client, settings):
    settings.SUBMISSIONS_PER_PHONE_DAY = 3
    body = {"procedure": cast.procedure.code, "office": cast.office.code}
    for number in range(2):
        assert client.post(page(cast), TYPED | {"viec": "nop", "submission_key": str(number)}).status_code == 302
    person = {"full_name": "Người nộp mẫu", "phone": "+84 912 345 678"}
    answers = [client.post("/api/v1/submissions/", body | {"applicant": person}, content_type="application/json") for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429] and answers[1].json()["code"] == "too_many_submissions"
    told = client.post(page(cast), TYPED | {"viec": "nop", "submission_key": "9"})
    assert told.status_code == 429 and "Xin cấp hai bản" in text_of(told)
    other = client.post(page(cast), TYPED | {"viec": "nop", "submission_key": "9", "phone": "0912345679"})
    assert other.status_code == 302 and Dossier.objects.count() == 4
