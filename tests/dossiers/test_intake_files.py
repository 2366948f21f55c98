"""Files: in pieces that go on where the connection broke, looked through by clamd, held back or told of."""
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dossiers.models import Dossier, Upload
from dossiers.services import files, intake, pieces, scanning
from dossiers.states import ScanState
from onestop import clock
from onestop.notify.models import Message
from tests.dossiers.refusals import refused
from tests.sinks_clamd import EICAR, clamd

PDF = b"%PDF-1.4\n" + b"a" * 3000
SIZE = len(PDF)
BEGIN = "/api/v1/uploads/"


def begin(client, name="to-khai.pdf", size=SIZE):
    return client.post(BEGIN, {"name": name, "size": size}, content_type="application/json")


def put(client, token, offset, piece):
    return client.post(f"{BEGIN}{token}/", piece, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)})


def test_a_file_in_pieces_goes_on_where_the_portal_has_got_to(cast, morning, client):
    started = begin(client)
    token = started.json()["token"]
    assert (started.status_code, started.json()["offset"], started.json()["complete"]) == (201, 0, False)
    assert put(client, token, 0, PDF[:1000]).json()["offset"] == 1000
    late = put(client, token, 500, PDF[500:1500])
    assert (late.status_code, late.json()["code"], late.headers["Upload-Offset"]) == (409, "wrong_offset", "1000")
    again = put(client, token, 0, PDF[:1000])
    assert (again.status_code, again.headers["Upload-Offset"]) == (409, "1000")
    assert client.get(f"{BEGIN}{token}/").json()["offset"] == 1000
    done = put(client, token, 1000, PDF[1000:]).json()
    assert (done["complete"], done["mime"], done["offset"]) == (True, "application/pdf", len(PDF))
    stored = Upload.objects.get()
    with stored.file.open("rb") as kept:
        assert kept.read() == PDF
    assert stored.sha256 == files.store_upload(SimpleUploadedFile("b.pdf", PDF)).upload.sha256
    assert put(client, token, len(PDF), b"x").headers["Upload-Offset"] == str(len(PDF))


def test_what_is_refused_before_a_byte_came(cast, morning, client, settings):
    assert begin(client, name="x.exe").status_code == 415
    assert begin(client, name="khong-duoi").status_code == 415
    assert begin(client, size=0).json()["code"] == "file_empty"
    assert begin(client, size=settings.UPLOAD_MAX_BYTES + 1).status_code == 413
    assert begin(client, size=-1).status_code == 400
    assert client.get(f"{BEGIN}khong-co/").status_code == 404
    assert put(client, "khong-co", 0, b"x").status_code == 404
    assert not Upload.objects.exists()


def test_the_content_decides_at_the_last_piece(cast, morning, client):
    body = b"MZ\x90\0" + b"0" * 50
    token = begin(client, size=len(body)).json()["token"]
    path = Path(Upload.objects.get().file.path)
    answer = put(client, token, 0, body)
    assert (answer.status_code, answer.json()["code"]) == (415, "file_type")
    assert not Upload.objects.exists() and not path.exists()


def test_a_piece_beyond_the_size_or_without_offset(cast, morning, client):
    token = begin(client, size=10).json()["token"]
    assert put(client, token, 0, b"%PDF-1.4\n12").status_code == 413
    assert put(client, token, 0, b"").status_code == 413
    assert client.post(f"{BEGIN}{token}/", b"x", content_type="application/octet-stream").status_code == 400
    assert put(client, token, "x", b"x").status_code == 400
    assert put(client, token, 0, b"0" * (pieces.PIECE_BYTES + 1)).status_code == 413


def test_office_documents_in_pieces(cast, morning, client):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("word/document.xml", "<x/>" * 200)
    body = held.getvalue()
    token = begin(client, "don.docx", len(body)).json()["token"]
    put(client, token, 0, body[:60])
    assert put(client, token, 60, body[60:]).json()["mime"].endswith("wordprocessingml.document")


def test_an_unfinished_file_is_not_handed_in(cast, morning, desk):
    token = pieces.begin(name="a.pdf", size=100).token
    pieces.store_piece(token=token, offset=0, piece=b"%PDF-1.4\n")
    with refused("upload_unfinished"):
        submit(cast, token)
    assert not Dossier.objects.exists()


def test_what_never_became_whole_expires_with_its_bytes(cast, morning):
    stored = pieces.begin(name="a.pdf", size=100)
    path = Path(stored.upload.file.path)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert files.remove_expired() == 1
    assert not path.exists() and not Upload.objects.exists()


def submit(cast, *given):
    return intake.submit_online(office=cast.office, procedure=cast.procedure, applicant=intake.Applicant("Người nộp mẫu", "0912345678"),
                                request=intake.Request(), uploads=[files.Attached(token, 1) for token in given]).dossier


def upload(content=PDF, name="a.pdf"):
    return files.store_upload(SimpleUploadedFile(name, content))


@pytest.mark.parametrize("unix", [False, True])
def test_clean_and_infected_by_clamd_itself(cast, morning, settings, tmp_path, unix):
    with clamd(tmp_path / "c.sock" if unix else None) as service:
        settings.CLAMD_URL = service.url
        clean, bad = upload(), upload(b"%PDF-1.4\n" + EICAR)
        dossier = submit(cast, bad.token)
        assert scanning.scan(clean.upload.pk).state == ScanState.CLEAN
        assert scanning.scan(bad.upload.pk).state == ScanState.INFECTED
        assert scanning.scan(bad.upload.pk) is None
        assert service.seen == [PDF, b"%PDF-1.4\n" + EICAR]
    found = Upload.objects.get(pk=bad.upload.pk)
    assert found.scan_note == "Win.Test.EICAR_HDB-1" and not files.readable(found)
    told = Message.objects.filter(template_key="dossier_infected").get()
    assert dossier.reference in told.body and "a.pdf" not in told.body
    assert dossier.events.filter(verb="infected", public=True).count() == 1


def test_an_infected_file_never_gets_into_a_dossier_nor_to_staff(cast, morning, settings, client):
    with clamd() as service:
        settings.CLAMD_URL = service.url
        bad = upload(b"%PDF-1.4\n" + EICAR)
        scanning.scan(bad.upload.pk)
        with refused("upload_infected"):
            submit(cast, bad.token)
        later = upload(b"%PDF-1.4\n" + EICAR)
        submit(cast, later.token)
        scanning.scan(later.upload.pk)
    client.force_login(cast.desk)
    assert not opens(client, later.upload)


def opens(client, upload):
    """Whether the desk is given the file."""
    answer = client.post(reverse("dossiers:file", args=[upload.key]))
    return answer.status_code == 200 and bool(b"".join(answer.streaming_content))


def test_held_back_while_nobody_has_checked_it(cast, morning, settings, client):
    stored = upload()
    submit(cast, stored.token)
    client.force_login(cast.desk)
    assert opens(client, stored.upload)
    settings.UPLOAD_SCAN = "hold"
    assert not opens(client, stored.upload)
    with clamd() as service:
        settings.CLAMD_URL = service.url
        scanning.scan(stored.upload.pk)
    assert opens(client, stored.upload)


def test_a_scanner_that_is_away_or_cannot_tell_is_asked_again(cast, morning, settings):
    stored = upload()
    with clamd() as service:
        settings.CLAMD_URL = service.url
        for mood in ("drop", "error"):
            service.mood = mood
            Upload.objects.update(scan_state=ScanState.UNCHECKED)
            assert scanning.scan(stored.upload.pk).state == ScanState.FAILED
        service.mood = "ok"
        assert scanning.sweep() == 0  # a moment ago
        with clock.frozen(clock.now() + timedelta(minutes=11)):
            assert scanning.sweep() == 1
    assert Upload.objects.get().scan_state == ScanState.CLEAN
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    assert scanning.scan(upload().upload.pk).reached is False


def test_nothing_is_scanned_without_a_scanner_or_when_off(cast, morning, settings):
    stored = upload()
    assert scanning.scan(stored.upload.pk) is None and scanning.sweep() == 0
    settings.CLAMD_URL, settings.UPLOAD_SCAN = "tcp://127.0.0.1:9", "off"
    assert scanning.scan(stored.upload.pk) is None and files.readable(stored.upload)


def test_a_lost_job_is_found_by_the_sweep(cast, morning, settings):
    upload()
    with clamd() as service:
        settings.CLAMD_URL = service.url
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            assert scanning.sweep() == 1
            assert scanning.sweep() == 0
