"""Dossiers handed in twice: signs are found at filing, a person decides, the citizen is warned without learning of others."""
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dossiers import prechecks
from dossiers.models import Resemblance
from dossiers.services import files, intake, resemblance
from dossiers.services.applicants import Applicant, Request
from dossiers.states import Likeness
from onestop import clock
from onestop.notify.models import Message
from tests.dossiers.refusals import refused
from tests.pages.conftest import text_of

PDF = b"%PDF-1.4\n same"


def submit(cast, procedure=None, *, name="Người nộp mẫu", phone="0912345678", citizen_id="", content=b""):
    given = []
    if content:
        given = [files.Attached(files.store_upload(SimpleUploadedFile("a.pdf", content)).token, 1)]
    return intake.submit_online(office=cast.office, procedure=procedure or cast.procedure, request=Request(), uploads=given,
                                applicant=Applicant(name, phone, citizen_id)).dossier


def signs(dossier):
    return [(row.other_id, row.signs) for row in dossier.resemblances.order_by("other_id")]


def test_signs_of_the_same(cast, morning):
    first = submit(cast, citizen_id="012345678901", content=PDF)
    assert signs(first) == []
    assert signs(submit(cast)) == [(first.pk, ["name", "phone"])]
    assert signs(submit(cast, name="Người khác", phone="0987654321", citizen_id="012345678901")) == [(first.pk, ["citizen_id"])]
    assert signs(submit(cast, cast.field_procedure)) == []
    assert signs(submit(cast, cast.field_procedure, phone="0987654320", content=PDF)) == [(first.pk, ["file"])]
    assert signs(submit(cast, phone="0900000001", name="Không liên quan")) == []


def test_not_after_the_days_and_not_what_was_given_up(cast, morning, settings):
    first = submit(cast)
    intake.refuse(actor=cast.desk, dossier=first, via="web", reason="Thử")
    second = submit(cast)
    assert signs(second) == []
    with clock.frozen(morning + timedelta(days=settings.RESEMBLANCE_DAYS + 1)):
        assert signs(submit(cast)) == []


def test_a_person_decides_and_the_refusal_is_ready(cast, morning, client):
    first, second = submit(cast), submit(cast)
    row = Resemblance.objects.get()
    page = reverse("dossiers:detail", args=[second.pk])
    client.force_login(cast.desk)
    assert "Có thể nộp trùng" in text_of(client.get(page)) and first.number in text_of(client.get(page))
    client.post(reverse("dossiers:decide_likeness", args=[second.pk, row.pk]), {"likeness": "same"})
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (Likeness.SAME, cast.desk)
    assert second.events.filter(verb="likeness_same", public=False, actor=cast.desk).exists()
    shown = text_of(client.get(page))
    assert "Từ chối vì nộp trùng" in shown and f"trùng với hồ sơ số {first.number}" in shown
    client.post(reverse("dossiers:refuse", args=[second.pk]), {"note": resemblance.ready_reason(row), "legal_basis": ""})
    second.refresh_from_db()
    assert second.state == "refused" and Message.objects.filter(template_key="dossier_refused", body__contains=first.number).exists()


def test_the_decision_may_be_corrected_but_not_made_twice_or_by_others(cast, morning, client):
    submit(cast)
    second = submit(cast)
    row = Resemblance.objects.get()
    with refused("not_allowed"):
        resemblance.decide(actor=cast.outsider, resemblance=row, likeness=Likeness.SAME)
    resemblance.decide(actor=cast.desk, resemblance=row, likeness=Likeness.SAME)
    with refused("already_done"):
        resemblance.decide(actor=cast.desk, resemblance=row, likeness=Likeness.SAME)
    assert resemblance.decide(actor=cast.desk, resemblance=row, likeness=Likeness.DIFFERENT).state == Likeness.DIFFERENT
    with refused("invalid"):
        resemblance.decide(actor=cast.desk, resemblance=row, likeness="maybe")
    client.force_login(cast.outsider)
    assert client.post(reverse("dossiers:decide_likeness", args=[second.pk, row.pk]), {"likeness": "same"}).status_code == 404


@pytest.mark.parametrize(("phone", "number", "mine", "warned"), [
    ("0912345678", "", False, False), ("0912345678", "012345678901", False, True), ("0987654321", "012345678901", False, False),
    ("", "", True, True),
])
def test_the_warning_tells_nobody_about_others(cast, morning, phone, number, mine, warned):
    first = submit(cast, citizen_id="012345678901")
    found = prechecks.look(prechecks.Asked(office=cast.office, procedure=cast.procedure, request=Request(),
                                           applicant=Applicant("Người nộp mẫu", phone, number), mine=[first.pk] if mine else []))
    assert any(item.kind == "warning" for item in found.findings) is warned
