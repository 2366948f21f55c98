"""Drafts, changes, publishing, copies and files of a procedure's form: what they do, refuse and leave behind."""
import json

import pytest
from django.db import IntegrityError, transaction

from onestop.catalogue import eforms, queries
from onestop.catalogue.models import EFormVersion
from onestop.catalogue.services import eforms as services
from onestop.transitions import Refused
from tests.catalogue.eform_schemas import birth

SMALL = {"version": 1, "sections": [{"title": "Phần một", "fields": [{"key": "ten", "type": "text", "label": "Họ tên", "required": True}]}]}


@pytest.fixture
def admin(cast):
    return cast.administrator


@pytest.fixture
def draft(cast, admin):
    return services.draft(actor=admin, procedure_id=cast.procedure.pk)


def published(cast, admin, schema=None):
    version = services.draft(actor=admin, procedure_id=cast.procedure.pk)
    version = services.change(actor=admin, version_id=version.pk, schema=schema or SMALL, revision=version.revision)
    return services.publish(actor=admin, version_id=version.pk, revision=version.revision, note="Mẫu số 1")


def refused(code, **call):
    verb = call.pop("verb")
    with pytest.raises(Refused) as caught:
        verb(**call)
    assert caught.value.code == code
    return caught.value


def test_a_draft_is_begun_once(cast, admin, draft):
    assert services.draft(actor=admin, procedure_id=cast.procedure.pk) == draft
    assert draft.number == 1 and draft.schema == eforms.empty()
    assert cast.procedure.events.filter(verb="eform_drafted").count() == 1
    assert queries.published(cast.procedure) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        EFormVersion.objects.create(eform=draft.eform, number=2)


def test_only_administrators_build_forms(cast, draft):
    for person in (cast.desk, cast.leader, cast.specialist, cast.monitor, cast.citizen, None):
        for verb, call in (
                (services.draft, {"procedure_id": cast.procedure.pk}), (services.publish, {"version_id": draft.pk, "revision": 0}),
                (services.change, {"version_id": draft.pk, "schema": SMALL, "revision": 0}),
                (services.discard, {"version_id": draft.pk, "revision": 0}),
                (services.withdraw, {"procedure_id": cast.procedure.pk, "reason": "x"}),
                (services.copy_from, {"version_id": draft.pk, "source_code": "x", "revision": 0}),
                (services.import_form, {"version_id": draft.pk, "data": b"{}", "revision": 0})):
            assert refused("forbidden", verb=verb, actor=person, **call).status == 403


def test_a_change_is_stored_once_and_told(cast, admin, draft):
    version = services.change(actor=admin, version_id=draft.pk, schema=SMALL, revision=0, what="Họ tên")
    assert version.schema == SMALL and version.revision == 1
    assert services.change(actor=admin, version_id=draft.pk, schema=SMALL, revision=0).revision == 1
    assert cast.procedure.events.get(verb="eform_changed").data == {"number": 1, "revision": 1}


def test_whoever_comes_second_is_told_and_loses_nothing(admin, draft):
    services.change(actor=admin, version_id=draft.pk, schema=SMALL, revision=0)
    assert refused("older_page", verb=services.change, actor=admin, version_id=draft.pk, schema=birth(), revision=0).status == 409
    assert refused("older_page", verb=services.discard, actor=admin, version_id=draft.pk, revision=0).status == 409
    assert refused("older_page", verb=services.publish, actor=admin, version_id=draft.pk, revision=0).status == 409
    draft.refresh_from_db()
    assert draft.schema == SMALL and draft.is_draft()


def test_a_wrong_form_is_refused_with_its_place_in_words(admin, draft):
    schema = birth()
    schema["sections"][1]["fields"][1]["condition"] = {"all": [{"field": "house", "op": "set"}]}
    problem = refused("bad_form", verb=services.change, actor=admin, version_id=draft.pk, schema=schema, revision=0)
    assert "trường “Số giấy kết hôn”" in problem.fields["schema"][0]
    assert refused("bad_form", verb=services.change, actor=admin, version_id=draft.pk, schema=["?"], revision=0)


def test_publishing_freezes_and_the_next_version_replaces(cast, admin):
    first = published(cast, admin)
    assert queries.published(cast.procedure) == first
    assert services.publish(actor=admin, version_id=first.pk, revision=99) == first
    for verb in (services.change, services.discard, services.copy_from, services.import_form):
        extra = {services.change: {"schema": birth()}, services.copy_from: {"source_code": "x"}, services.import_form: {"data": b"{}"}}
        call = {"actor": admin, "version_id": first.pk, "revision": first.revision, **extra.get(verb, {})}
        assert refused("form_published", verb=verb, **call).status == 409
    second = services.draft(actor=admin, procedure_id=cast.procedure.pk)
    assert second.number == 2 and second.schema == SMALL
    assert refused("nothing_changed", verb=services.publish, actor=admin, version_id=second.pk, revision=0).status == 409
    services.change(actor=admin, version_id=second.pk, schema={**SMALL, "sections": [*SMALL["sections"], SMALL["sections"][0] | {
        "title": "Phần hai", "fields": [{"key": "tuoi", "type": "integer", "label": "Tuổi"}]}]}, revision=0)
    services.publish(actor=admin, version_id=second.pk, revision=1)
    assert queries.published(cast.procedure).number == 2
    first.refresh_from_db()
    assert first.schema == SMALL
    assert [event.verb for event in cast.procedure.events.filter(verb="eform_published")] == ["eform_published"] * 2


def test_an_unfinished_form_is_not_published(cast, admin, draft):
    assert refused("bad_form", verb=services.publish, actor=admin, version_id=draft.pk, revision=0)
    schema = {"version": 1, "sections": [{"title": "Trống", "fields": []}]}
    services.change(actor=admin, version_id=draft.pk, schema=schema, revision=0)
    assert refused("bad_form", verb=services.publish, actor=admin, version_id=draft.pk, revision=1)
    services.change(actor=admin, version_id=draft.pk, revision=1, schema={"version": 1, "sections": [{"title": "Tệp", "fields": [
        {"key": "tep", "type": "file", "label": "Tệp", "paper": 77}]}]})
    told = refused("bad_form", verb=services.publish, actor=admin, version_id=draft.pk, revision=2).fields["schema"]
    assert "77" in told[0] and "“Tệp”" in told[0]


def test_a_draft_is_thrown_away_and_a_form_taken_out_of_use(cast, admin):
    published(cast, admin)
    second = services.draft(actor=admin, procedure_id=cast.procedure.pk)
    services.discard(actor=admin, version_id=second.pk, revision=0)
    services.discard(actor=admin, version_id=second.pk, revision=0)
    assert queries.form_versions(cast.procedure).count() == 1
    for _time in range(2):
        services.withdraw(actor=admin, procedure_id=cast.procedure.pk, reason="Có mẫu mới của bộ")
    assert queries.published(cast.procedure) is None
    assert cast.procedure.events.filter(verb="eform_withdrawn").count() == 1
    assert services.draft(actor=admin, procedure_id=cast.procedure.pk).number == 2


def test_a_form_is_copied_from_another_procedure(cast, admin, draft):
    other = services.draft(actor=admin, procedure_id=cast.field_procedure.pk)
    assert refused("no_form", verb=services.copy_from, actor=admin, version_id=other.pk, source_code=cast.procedure.code, revision=0)
    published(cast, admin)
    copied = services.copy_from(actor=admin, version_id=other.pk, source_code=cast.procedure.code, revision=0)
    assert copied.schema == SMALL and copied.revision == 1
    assert services.copy_from(actor=admin, version_id=other.pk, source_code=cast.procedure.code, revision=0).revision == 1


def test_a_file_is_imported_or_told_line_by_line(cast, admin, draft):
    schema = eforms.normal(birth())
    version = services.import_form(actor=admin, version_id=draft.pk, data=eforms.exported(schema).encode(), revision=0, name="mau.json")
    assert version.schema == schema
    assert cast.procedure.events.get(verb="eform_imported").reason == "mau.json"
    broken = birth()
    broken["sections"][0]["fields"][1]["key"] = "child"
    broken["sections"][2]["fields"][1]["fields"][0]["type"] = "unknown"
    broken["extra"] = 1
    told = refused("bad_form", verb=services.import_form, actor=admin, version_id=draft.pk, data=json.dumps(broken).encode(), revision=1)
    assert [sentence.split(":")[0] for sentence in told.fields["schema"]] == [
        "extra", "sections[0].fields[1].key", "sections[2].fields[1].fields[0].type"]
    data = b'{"version": 1,\n "sections": [}'
    told = refused("bad_form", verb=services.import_form, actor=admin, version_id=draft.pk, data=data, revision=1)
    assert told.fields["schema"][0].startswith("dòng 2, cột")
    for data in (b"\xff\xfe", b"[" * 90_000, b"9" * 390_000, b'{"version": NaN}', b" " * 900_000):
        assert refused("bad_form", verb=services.import_form, actor=admin, version_id=draft.pk, data=data, revision=1)


def test_what_is_not_there_is_refused(cast, admin):
    assert refused("not_found", verb=services.draft, actor=admin, procedure_id=0).status == 404
    assert refused("not_found", verb=services.change, actor=admin, version_id=0, schema=SMALL, revision=0).status == 404


def test_changes_are_told_by_section_and_field():
    old = eforms.normal(birth())
    new = eforms.normal(birth())
    fields = new["sections"][0]["fields"]
    fields[1] |= {"label": "Ngày tháng năm sinh", "min": "1950-01-01"}
    fields.append(fields.pop(3))
    del new["sections"][1]["fields"][3:5]
    new["sections"][2]["title"] = "Hộ gia đình"
    new["sections"][2]["fields"].append({"key": "fee", "type": "money", "label": "Lệ phí", "max": 50000})
    told = {(change.kind, change.label): change.sentences for change in eforms.compare(old, new)}
    assert told[("changed", "Ngày tháng năm sinh")] == (
        "Câu hỏi: Ngày sinh → Ngày tháng năm sinh", "Nhỏ nhất: 01/01/1900 → 01/01/1950")
    assert told[("added", "Lệ phí")] == ("Loại: Số tiền (đồng)", "Lớn nhất: 50.000 đ")
    assert {label for kind, label in told if kind == "removed"} == {"Điện thoại", "Thư điện tử", "Gia đình"}
    assert ("moved", "Nơi sinh") in told and ("added", "Hộ gia đình") in told
    assert ("moved", "Cân nặng (kg)") not in told and ("moved", "Họ và tên trẻ") not in told
