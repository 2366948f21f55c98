"""Online: files checked by content and kept on errors, one dossier for one form, proof only in the browser that filed."""
import re
from datetime import timedelta

import pytest
from django.test import Client

from dossiers.models import Dossier, Upload
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.notify.models import Message
from tests.pages.conftest import LONG, NFC, NFD, NULL, PDF, PERSON, PNG, file, text_of, url

TYPED = PERSON | {"address": "", "note": "Xin cấp hai bản", "return_method": "counter", "return_address": ""}


def page(office):
    return f"{url('dossiers:submit', office.procedure.code)}?don_vi={office.office.code}"


def key(client, office):
    return re.search(r'name="submission_key" value="([^"]+)"', text_of(client.get(page(office)))).group(1)


def kept(answer):
    """The hidden tokens of a page, as the browser sends them back."""
    return dict(re.findall(r'name="(kept_\d)" value="([^"]+)"', text_of(answer)))


def test_an_office_is_chosen_first(cast, morning, client):
    chosen = text_of(client.get(url("dossiers:submit", cast.procedure.code), {"q": "ninh kieu"}))
    assert f"?don_vi={cast.office.code}" in chosen and "Cái Răng" not in chosen
    for odd in ({"q": NULL}, {"q": LONG}, {"don_vi": NULL}, {"don_vi": cast.centre.code}):
        assert client.get(url("dossiers:submit", cast.procedure.code), odd).status_code == 200
    assert client.get(url("dossiers:submit", "khong-co")).status_code == 404


def test_with_files_once_and_the_proof_in_this_browser_only(cast, morning, client):
    typed = TYPED | {"submission_key": key(client, cast), "full_name": NFD}
    first = client.post(page(cast), typed | {"file_1": file("tờ khai.pdf"), "file_2": file("anh.png", PNG)})
    second = client.post(page(cast), typed | {"file_1": file()})
    dossier = Dossier.objects.get()
    assert first.url == second.url == url("dossiers:submitted", dossier.reference)
    assert (dossier.full_name, dossier.state, dossier.channel, dossier.uploads.count()) == (NFC, "submitted", "online", 2)
    assert sorted(dossier.papers.values_list("position", "present")) == [(1, True), (2, True)]
    proof = text_of(client.get(first.url))
    assert dossier.reference in proof and "Mã bí mật" in proof
    assert Client().get(first.url).status_code == 404
    assert Message.objects.filter(phone="0912345678", body__contains=dossier.reference).exists()
    for upload in Upload.objects.all():
        assert "tờ khai" not in upload.file.name and "anh" not in upload.file.name


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("to-khai.pdf", b"MZ\x90\0 not a pdf", "Chỉ nhận tệp PDF"), ("to-khai.exe", PDF, "Chỉ nhận tệp PDF"),
    ("to-khai.png", PDF, "Chỉ nhận tệp PDF"),
    ("to-khai.pdf", b"", "không có nội dung"), ("to-khai", PDF, "Chỉ nhận tệp PDF"),
    ("to-khai.docx", b"PK\x03\x04 zip?", "Chỉ nhận tệp PDF"),
    ("to-khai.svg", b"<svg onload='x'/>", "Chỉ nhận tệp PDF"),
])
def test_a_wrong_file_is_told_at_its_paper_and_the_rest_is_kept(cast, morning, client, name, content, sentence):
    answer = client.post(page(cast), TYPED | {"submission_key": key(client, cast), "file_1": file(name, content),
        "file_2": file("b.png", PNG)})
    shown = text_of(answer)
    assert answer.status_code == 422 and sentence in shown and 'id="id_file_1_error"' in shown
    assert NFC in shown and "Xin cấp hai bản" in shown and "Đã tải lên: b.png" in shown
    assert not Dossier.objects.exists()
    done = client.post(page(cast), TYPED | {"submission_key": "k2"} | kept(answer))
    assert done.status_code == 302 and Dossier.objects.get().uploads.get().name == "b.png"


def test_a_file_that_is_too_large(cast, morning, client, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    assert "không quá 1 MB" in text_of(client.get(page(cast)))
    answer = client.post(page(cast), TYPED | {"submission_key": "k", "file_1": file(content=PDF + b"0" * 1024 * 1024)})
    assert answer.status_code == 422 and "lớn hơn 1 MB" in text_of(answer)


def test_files_survive_an_error_elsewhere(cast, morning, client):
    answer = client.post(page(cast), TYPED | {"submission_key": "k", "phone": "1", "file_1": file("đơn.pdf")})
    assert answer.status_code == 422 and "Đã tải lên: đơn.pdf" in text_of(answer)
    client.post(page(cast), TYPED | {"submission_key": "k"} | kept(answer))
    assert Dossier.objects.get().uploads.get().paper.position == 1


def test_a_kept_file_that_expired_is_asked_for_again(cast, morning, client):
    answer = client.post(page(cast), TYPED | {"submission_key": "k", "phone": "1", "file_1": file()})
    with clock.frozen(clock.now() + timedelta(hours=25)):
        again = client.post(page(cast), TYPED | {"submission_key": "k"} | kept(answer))
        assert again.status_code == 422 and "Vui lòng tải lên lại" in text_of(again) and "Đã tải lên" not in text_of(again)
        done = client.post(page(cast), TYPED | {"submission_key": "k", "file_1": file()} | kept(again))
    assert done.status_code == 302


@pytest.mark.parametrize("token", ["x", "x|y", "|", NULL, "a" * 600, "|" * 40])
def test_a_made_up_token_takes_nobodys_file(cast, morning, client, token):
    answer = client.post(page(cast), TYPED | {"submission_key": "k", "kept_1": token})
    assert answer.status_code in (302, 422)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(("field", "typed"), [
    ("full_name", ""), ("full_name", "ă" * 121), ("full_name", "\0"), ("phone", ""), ("phone", "chín một hai"), ("phone", NULL),
    ("citizen_id", "12"), ("email", "x"), ("email", "a" * 300 + "@x.vn"), ("address", "b" * 256), ("note", LONG), ("return_method", ""),
    ("return_method", "bay"), ("return_method", "post"), ("return_address", "c" * 256), ("submission_key", "k" * 65),
    ("submission_key", NULL),
])
def test_every_field_refuses_what_it_cannot_be(cast, morning, client, field, typed):
    answer = client.post(page(cast), TYPED | {"submission_key": "k", field: typed})
    assert answer.status_code == 422 and "error-summary" in text_of(answer)
    assert "Xin cấp hai bản" in text_of(answer) or field == "note"
    assert not Dossier.objects.exists()


def test_an_empty_post_is_refused(cast, morning, client):
    assert client.post(page(cast)).status_code == 422


def test_a_form_without_its_key_is_still_taken(cast, morning, client):
    assert client.post(page(cast), TYPED).status_code == 302


def test_a_channel_that_is_closed_is_told_and_nothing_typed_is_lost(cast, morning, client, letter):
    Procedure.objects.filter(pk=cast.procedure.pk).update(state="needs_review")
    closed = text_of(client.get(page(cast)))
    assert "đang được rà soát" in closed and "<textarea" not in closed
    answer = client.post(page(cast), TYPED | {"submission_key": "k"})
    assert answer.status_code == 422 and "đang được rà soát" in text_of(answer) and "Xin cấp hai bản" in text_of(answer)
    assert not Dossier.objects.exists()


def test_a_letter_opens_the_channel(cast, morning, client, letter):
    cast.procedure.current.channels.filter(channel="online").delete()
    assert "chưa được cung cấp trực tuyến" in text_of(client.get(page(cast)))
    letter(open_channels={"channels": ["online", "postal"]})
    assert client.post(page(cast), TYPED | {"submission_key": "k"}).status_code == 302
