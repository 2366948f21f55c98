"""Results as documents: checked by content, recorded with the decision, corrected with a reason."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dossiers.models import Result, Upload
from dossiers.services import results
from dossiers.states import State
from onestop import clock
from onestop.transitions import Refused
from tests.cast import Cast
from tests.dossiers.result_files import decided, fresh, pdf, photo, running, told


def document(**more: Any) -> results.Document:
    return results.Document(**{"kind": "Giấy phép", "number": "12/GP", "abstract": "Về việc cấp phép", **more})


@pytest.mark.parametrize(("file", "code"), [
    (photo(), "result_not_pdf"), (pdf(password="bí mật"), "result_encrypted"), (pdf(pages=0), "result_empty"),
    (SimpleUploadedFile("a.pdf", b"%PDF-1.4\nnothing behind"), "result_not_pdf"),
    (SimpleUploadedFile("a.pdf", b"%PDF-1.7\n" + b"\0" * 500 + b"\nstartxref\n99999\n%%EOF"), "result_not_pdf"),
    (SimpleUploadedFile("a.pdf", "chỉ là chữ".encode()), "result_not_pdf"),
])
def test_only_a_pdf_that_opens_is_taken(cast: Cast, morning: datetime, file: SimpleUploadedFile, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        results.kept(document(file=file))
    assert refusal.value.code == code and "file" in refusal.value.fields
    assert not Upload.objects.exists()


def test_the_size_is_limited(cast: Cast, morning: datetime, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 200
    with pytest.raises(Refused) as refusal:
        results.kept(document(file=pdf()))
    assert refusal.value.code == "file_too_large"


def test_the_document_and_the_decision_are_one_step(cast: Cast, morning: datetime, client: Client) -> None:
    dossier = running(cast)
    client.force_login(cast.specialist, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("dossiers:record_result", args=[dossier.pk])
    assert "Ghi nhận kết quả" in client.get(address).content.decode()
    answer = client.post(address, {"kind": "Giấy phép", "number": "12/GP", "issued_on": "2026-11-24", "file": pdf()})
    assert answer.status_code == 302
    dossier = fresh(dossier)
    made = Result.objects.get(dossier=dossier)
    assert dossier.state == State.DECIDED and dossier.result_note == "Giấy phép 12/GP"
    assert made.upload is not None and made.upload.by_office and made.upload.dossier_id == dossier.pk and made.upload.expires_at is None
    assert len(told("dossier_result")) == 1
    assert [event.verb for event in dossier.events.order_by("pk")][-2:] == ["decide", "add_result"]


def test_a_wrong_file_decides_nothing(cast: Cast, morning: datetime, client: Client) -> None:
    dossier = running(cast)
    client.force_login(cast.specialist, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("dossiers:record_result", args=[dossier.pk]), {"kind": "Giấy phép", "file": pdf(password="x")})
    assert answer.status_code == 422 and "đặt mật khẩu" in answer.content.decode()
    assert fresh(dossier).state == State.PROCESSING and not Result.objects.exists()


def test_a_document_may_come_before_the_decision(cast: Cast, morning: datetime, client: Client) -> None:
    dossier = running(cast)
    client.force_login(cast.specialist, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("dossiers:record_result", args=[dossier.pk]), {"kind": "Quyết định", "only_keep": "1"})
    assert fresh(dossier).state == State.PROCESSING and Result.objects.filter(dossier=dossier).count() == 1


def test_a_signing_day_to_come_is_refused(cast: Cast, morning: datetime) -> None:
    with pytest.raises(Refused) as refusal:
        results.kept(document(issued_on=clock.today() + timedelta(days=1)))
    assert "issued_on" in refusal.value.fields


def test_a_correction_needs_a_reason_and_is_told(cast: Cast, morning: datetime) -> None:
    dossier = running(cast)
    results.decide(actor=cast.specialist, dossier=dossier, via="web", document=results.kept(document(file=pdf())))
    wrong = Result.objects.get(dossier=dossier)
    with pytest.raises(Refused) as refusal:
        results.withdraw(actor=cast.specialist, result=wrong, reason=" ", via="web")
    assert refusal.value.code == "reason_missing"
    results.withdraw(actor=cast.specialist, result=wrong, reason="Sai năm sinh", via="web")
    with pytest.raises(Refused) as again:
        results.withdraw(actor=cast.specialist, result=wrong, reason="Sai năm sinh", via="web")
    assert again.value.code == "already_done"
    with pytest.raises(Refused) as silent:
        results.add(actor=cast.specialist, dossier=dossier, via="web", document=results.kept(document(number="13/GP")))
    assert silent.value.code == "reason_missing"
    results.add(actor=cast.specialist, dossier=dossier, via="web", document=results.kept(document(number="13/GP")), reason="Sai năm sinh")
    assert [row.number for row in results.live(dossier)] == ["13/GP"]
    assert told("dossier_result_corrected")[0].count("Sai năm sinh") == 1


def test_the_same_stored_file_goes_to_one_dossier(cast: Cast, morning: datetime) -> None:
    kept = results.kept(document(file=pdf()))
    first, second = running(cast), running(cast)
    results.add(actor=cast.specialist, dossier=first, via="web", document=kept)
    with pytest.raises(Refused) as refusal:
        results.add(actor=cast.specialist, dossier=second, via="web", document=kept)
    assert refusal.value.code == "upload_unknown" and not second.results.exists()


def test_only_the_office_adds_results(cast: Cast, morning: datetime, client: Client) -> None:
    dossier = decided(cast)
    with pytest.raises(Refused) as refusal:
        results.add(actor=cast.outsider, dossier=dossier, via="web", document=results.kept(document()))
    assert refusal.value.code == "not_allowed"
    client.force_login(cast.outsider, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("dossiers:record_result", args=[dossier.pk])).status_code == 404
