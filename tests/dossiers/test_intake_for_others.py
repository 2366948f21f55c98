"""Handing in for somebody else or for an organisation: by all three doors, checked, shown to the officer."""
import pytest
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services import intake
from dossiers.services.applicants import Applicant, Request, fields_of
from tests.dossiers.refusals import refused
from tests.pages.conftest import PERSON, text_of

MANDATE = {"acting": "person", "filer_name": "Người nộp thay mẫu", "filer_phone": "0987 654 321", "filer_id": "012345678901",
           "mandate": "Giấy ủy quyền ngày 20/11/2026"}
FIRM = {"acting": "organisation", "organisation": "Công ty Mẫu", "organisation_code": "0101234567-001"}
TYPED = PERSON | {"address": "", "note": "", "return_method": "counter", "return_address": ""}


def person(**more):
    return Applicant(full_name="Người được nộp thay", phone="0912345678", **more)


@pytest.mark.parametrize(("given", "wrong"), [
    ({"acting": "person"}, {"filer_name"}),
    ({"acting": "person", "filer_name": "Người nộp thay"}, {"mandate"}),
    ({"acting": "organisation"}, {"organisation"}),
    ({"acting": "organisation", "organisation": "Công ty Mẫu", "filer_name": "Nhân viên"}, {"mandate"}),
    ({**MANDATE, "filer_phone": "1"}, {"filer_phone"}), ({**MANDATE, "filer_id": "12"}, {"filer_id"}),
    ({**FIRM, "organisation_code": "?"}, {"organisation_code"}), ({**FIRM, "organisation": "ă" * 256}, {"organisation"}),
    ({"acting": "ai đó"}, {"acting"}),
])
def test_what_is_missing_is_named(given, wrong):
    with refused("invalid", *wrong):
        fields_of(person(**given), Request())


def test_what_does_not_belong_is_dropped():
    values = fields_of(person(acting="self", filer_name="X", mandate="y", organisation="Z"), Request())
    assert not any(values[name] for name in ("filer_name", "filer_phone", "filer_id", "mandate", "organisation", "organisation_code"))
    assert fields_of(person(**MANDATE, organisation="Z"), Request())["organisation"] == ""
    assert fields_of(person(**MANDATE), Request())["filer_phone"] == "0987654321"


def test_online_and_on_the_officers_page(cast, morning, client):
    page = f"{reverse('dossiers:submit', args=[cast.procedure.code])}?don_vi={cast.office.code}"
    wrong = client.post(page, TYPED | {"acting": "person", "submission_key": "k"})
    assert wrong.status_code == 422 and "Vui lòng ghi họ và tên người nộp thay" in text_of(wrong)
    assert '<details class="acting" open>' in text_of(wrong)
    assert client.post(page, TYPED | MANDATE | {"submission_key": "k"}).status_code == 302
    dossier = Dossier.objects.get()
    assert (dossier.acting, dossier.filer_name, dossier.mandate) == ("person", "Người nộp thay mẫu", "Giấy ủy quyền ngày 20/11/2026")
    client.force_login(cast.desk)
    assert "Người nộp thay mẫu" in text_of(client.get(reverse("dossiers:detail", args=[dossier.pk])))


def test_at_the_counter_and_from_the_api(cast, morning, client):
    client.force_login(cast.desk)
    address = reverse("dossiers:take_in", args=[cast.office.code, cast.procedure.code, "in_person"])
    assert client.post(address, TYPED | FIRM | {"paper_1": "on", "paper_1_originals": "1"}).status_code == 302
    assert Dossier.objects.get().organisation == "Công ty Mẫu"
    body = {"procedure": cast.procedure.code, "office": cast.office.code,
            "applicant": {"full_name": "Người mẫu", "phone": "0912345679", "acting": "person", "mandate": "con đẻ"}}
    wrong = client.post("/api/v1/submissions/", body, content_type="application/json")
    assert wrong.status_code == 422 and "applicant.filer_name" in wrong.json()["errors"]
    body["applicant"] |= {"filer_name": "Con mẫu"}
    assert client.post("/api/v1/submissions/", body, content_type="application/json").status_code == 201


def test_an_organisation_is_found_by_its_name(cast, morning):
    made = intake.submit_online(office=cast.office, procedure=cast.procedure, applicant=person(**FIRM), request=Request()).dossier
    assert "cong ty mau" in made.search_name
