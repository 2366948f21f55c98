"""Drafts: saved by the page itself and by a button, found by their link, never overwritten by an older tab, thrown away in time."""
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, Draft, Upload
from dossiers.services import drafts, files
from onestop import clock
from onestop.catalogue.models import EForm, EFormVersion
from onestop.notify.models import Message
from tests.dossiers.refusals import refused
from tests.pages.conftest import PERSON, file, text_of

TYPED = PERSON | {"address": "", "note": "Xin cấp hai bản", "return_method": "counter", "return_address": ""}
SCHEMA = {"sections": [{"title": "Trẻ em", "fields": [
    {"key": "ten_tre", "type": "text", "label": "Tên trẻ", "required": True},
    {"key": "sinh_doi", "type": "yes_no", "label": "Sinh đôi?"},
    {"key": "ten_em", "type": "text", "label": "Tên em", "required": True,
     "condition": {"all": [{"field": "sinh_doi", "op": "equals", "value": True}]}}]}]}


def page(cast):
    return f"{reverse('dossiers:submit', args=[cast.procedure.code])}?don_vi={cast.office.code}"


def begun(cast, client, **more):
    """The address of a new draft."""
    answer = client.post(page(cast), TYPED | {"viec": "luu"} | more)
    assert answer.status_code == 302, text_of(answer)
    return answer.url


def revision(client, address):
    return re.search(r'name="revision" value="(\d+)"', text_of(client.get(address))).group(1)


def test_saved_by_the_button_and_found_by_its_link_anywhere(cast, morning, client):
    address = begun(cast, client, file_1=file("tờ khai.pdf"))
    kept = text_of(Client().get(address))
    assert "Xin cấp hai bản" in kept and PERSON["phone"] in kept and "Đã tải lên: tờ khai.pdf" in kept and "error-summary" not in kept
    token = address.rstrip("/").rpartition("/")[2]
    row = Draft.objects.get()
    assert token not in row.token_digest and row.uploads.count() == 1 and row.phone == "0912345678"
    assert Client().get(address.replace(token, token[:-1] + "2")).status_code == 404 or token.endswith("2")
    assert not Dossier.objects.exists()


def test_half_a_form_is_kept_as_it_is(cast, morning, client):
    address = client.post(page(cast), {"viec": "luu", "phone": "09x", "full_name": "N"}).url
    assert 'value="09x"' in text_of(client.get(address))


def test_the_page_saves_itself(cast, morning, client):
    first = client.post(page(cast), TYPED, headers={"X-Autosave": "1"}).json()
    assert first["revision"] == 1 and first["saved"] == "09:00"
    second = client.post(first["url"], TYPED | {"note": "Ba bản", "revision": "1"}, headers={"X-Autosave": "1"}).json()
    assert second == {"revision": 2, "url": first["url"], "saved": "09:00"}
    assert Draft.objects.get().values["note"] == ["Ba bản"]


def test_an_older_tab_overwrites_nothing_and_loses_nothing(cast, morning, client):
    address = begun(cast, client)
    client.post(address, TYPED | {"viec": "luu", "revision": "1", "note": "Tab mới"})
    auto = client.post(address, TYPED | {"revision": "1", "note": "Tab cũ"}, headers={"X-Autosave": "1"})
    assert (auto.status_code, auto.json()["code"], auto.json()["revision"]) == (409, "older_tab", 2)
    both = client.post(address, TYPED | {"viec": "luu", "revision": "1", "note": "Tab cũ"})
    shown = text_of(both)
    assert both.status_code == 409 and "Tab mới" in shown and "Tab cũ" in shown and 'name="revision" value="2"' in shown
    assert Draft.objects.get().values["note"] == ["Tab mới"]
    client.post(address, TYPED | {"viec": "luu", "revision": "2", "note": "Tab cũ"})
    assert Draft.objects.get().values["note"] == ["Tab cũ"]


def test_an_older_tab_does_not_hand_in_either(cast, morning, client):
    address = begun(cast, client)
    client.post(address, TYPED | {"viec": "luu", "revision": "1", "note": "Tab mới"})
    assert client.post(address, TYPED | {"viec": "nop", "revision": "1", "note": "Tab cũ"}).status_code == 409
    assert not Dossier.objects.exists()


def test_saving_the_same_twice_is_harmless(cast, morning, client):
    address = begun(cast, client)
    for _time in range(2):
        assert client.post(address, TYPED | {"note": "Như nhau", "revision": "1"}, headers={"X-Autosave": "1"}).json()["revision"] == 2


def test_a_draft_becomes_one_dossier_and_keeps_nothing(cast, morning, client):
    address = begun(cast, client, file_1=file("tờ khai.pdf"))
    sent = TYPED | {"viec": "nop", "revision": revision(client, address)}
    kept = dict(re.findall(r'name="(kept_\d)" value="([^"]+)"', text_of(client.get(address))))
    first = client.post(address, sent | kept)
    second = client.post(address, sent | kept)
    dossier = Dossier.objects.get()
    assert first.url == second.url == reverse("dossiers:submitted", args=[dossier.reference])
    assert dossier.uploads.get().paper.position == 1
    draft = Draft.objects.get()
    assert (draft.values, draft.phone, draft.dossier) == ({}, "", dossier)
    assert client.get(address).url == first.url
    stranger = Client().get(address)
    assert stranger.status_code == 409 and dossier.reference not in text_of(stranger)


def test_a_fault_at_handing_in_keeps_the_draft(cast, morning, client):
    address = begun(cast, client)
    wrong = client.post(address, TYPED | {"viec": "nop", "revision": "1", "phone": "1"})
    assert wrong.status_code == 422 and 'name="revision" value="2"' in text_of(wrong)
    assert client.post(address, TYPED | {"viec": "nop", "revision": "2"}).status_code == 302


def test_the_link_is_sent_only_when_asked(cast, morning, client):
    address = begun(cast, client)
    assert not Message.objects.exists()
    client.post(address, TYPED | {"viec": "gui-lien-ket", "revision": "1", "link_phone": "0987 654 321", "note": "Mới gõ"})
    told = Message.objects.get()
    assert told.phone == "0987654321" and address in told.body
    assert Draft.objects.get().values["note"] == ["Mới gõ"]
    nowhere = client.post(address, TYPED | {"viec": "gui-lien-ket", "revision": "2", "link_phone": "", "link_email": ""}, follow=True)
    assert "Vui lòng ghi số điện thoại hoặc thư điện tử" in text_of(nowhere)


def test_thrown_away_by_its_owner(cast, morning, client):
    address = begun(cast, client, file_1=file())
    client.post(address, TYPED | {"viec": "xoa", "revision": "1"})
    assert not Draft.objects.exists() and client.get(address).status_code == 404
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        files.remove_expired()
    assert not Upload.objects.exists()


def test_one_reminder_then_gone_with_its_files(cast, morning, client, settings):
    address = begun(cast, client, file_1=file())
    for days, reminders in ((26, 0), (28, 1), (29, 1)):
        with clock.frozen(morning + timedelta(days=days)):
            drafts.sweep()
            assert Message.objects.filter(template_key="draft_ends").count() == reminders
    assert address in Message.objects.get(template_key="draft_ends").body
    with clock.frozen(morning + timedelta(days=31, minutes=1)):
        assert client.get(address).status_code == 404
        drafts.sweep()
        files.remove_expired()
        assert not Draft.objects.exists() and not Upload.objects.exists()


def test_saving_again_gives_it_its_time_back(cast, morning, client):
    address = begun(cast, client)
    with clock.frozen(morning + timedelta(days=28)):
        drafts.sweep()
        client.post(address, TYPED | {"viec": "luu", "revision": "1", "note": "Còn làm"})
    with clock.frozen(morning + timedelta(days=40)):
        drafts.sweep()
        assert client.get(address).status_code == 200


def test_a_file_of_a_draft_outlives_a_day(cast, morning, client):
    begun(cast, client, file_1=file())
    with clock.frozen(morning + timedelta(days=5)):
        assert files.remove_expired() == 0


def test_too_much_is_refused(cast, morning, client):
    with refused("too_long"):
        drafts.begin(procedure=cast.procedure, office=cast.office, values={"note": ["x" * 70_000]})


@pytest.fixture
def eform(cast):
    """A published form of the cast's procedure."""
    form = EForm.objects.create(procedure=cast.procedure)
    version = EFormVersion.objects.create(eform=form, number=3, schema=SCHEMA, made_by=cast.administrator, published_at=clock.now())
    EForm.objects.filter(pk=form.pk).update(published=version)
    return version


def test_the_procedures_own_form_is_cleaned_and_kept_with_its_version(cast, morning, client, eform):
    assert "Tên trẻ" in text_of(client.get(page(cast)))
    missing = client.post(page(cast), TYPED | {"submission_key": "k"})
    assert missing.status_code == 422 and "Vui lòng khai mục này" in text_of(missing)
    answers = {"a_ten_tre": " Bé  mẫu ", "a_sinh_doi": "", "a_ten_em": "bị bỏ"}
    assert client.post(page(cast), TYPED | {"submission_key": "k"} | answers).status_code == 302
    dossier = Dossier.objects.get()
    assert dossier.form_version == eform and dossier.answers["ten_tre"] == "Bé mẫu" and "ten_em" not in dossier.answers
    client.force_login(cast.specialist)
    shown = text_of(client.get(reverse("dossiers:detail", args=[dossier.pk])))
    assert "Nội dung công dân khai" in shown and "Bé mẫu" in shown


def test_answers_are_kept_in_the_draft(cast, morning, client, eform):
    address = begun(cast, client, a_ten_tre="Bé mẫu")
    assert Draft.objects.get().form_version == eform
    assert 'value="Bé mẫu"' in text_of(client.get(address))


def test_checked_before_handing_in(cast, morning, client, eform):
    address = begun(cast, client, phone="1")
    found = text_of(client.get(address, {"kiem-tra": "1"}))
    assert "Chưa nộp được" in found and "số điện thoại Việt Nam" in found and "Vui lòng khai mục này" in found
    assert "Chưa có tệp của giấy tờ: Tờ khai đăng ký khai sinh" in found
    client.post(address, TYPED | {"viec": "kiem-tra", "revision": "1", "a_ten_tre": "Bé mẫu"})
    good = text_of(client.get(address, {"kiem-tra": "1"}))
    # Received Wednesday 25/11 at 9:00, 7.5 working hours a day: looked at by Thursday 9:30, then five working days.
    assert ">Nộp được<" in good and "09:30 ngày 26/11/2026" in good and "03/12/2026" in good
    assert not Dossier.objects.exists()
