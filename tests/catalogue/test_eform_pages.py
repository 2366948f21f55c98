"""The builder's pages: who may, what they do without JavaScript, and what somebody who comes second sees."""
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onestop.catalogue import eforms, queries
from onestop.catalogue.services import eforms as services
from tests.catalogue.eform_schemas import birth


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.administrator)
    return client


@pytest.fixture
def draft(cast):
    version = services.draft(actor=cast.administrator, procedure_id=cast.procedure.pk)
    return services.change(actor=cast.administrator, version_id=version.pk, schema=birth(), revision=0)


def url(cast, name="eform", *rest):
    return reverse(f"catalogue:{name}", args=[cast.procedure.code, *rest])


def no_tests(**more):
    return {"dk-TOTAL_FORMS": "0", "dk-INITIAL_FORMS": "0", "dk-match": "all", **more}


def test_pages_open_for_administrators_only(client, cast, draft):
    pages = [url(cast), url(cast, "eform_fill"), url(cast, "eform_preview"), url(cast, "eform_publish"), url(cast, "eform_export", 1),
             url(cast, "eform_section_new"), url(cast, "eform_section", 0), url(cast, "eform_field", "child"),
             url(cast, "eform_field", "member"),
             url(cast, "eform_field_new") + "?loai=choice&phan=0", url(cast, "eform_field_new") + "?loai=text&bang=family"]
    acts = [url(cast, "eform_begin"), url(cast, "eform_step"), url(cast, "eform_discard"), url(cast, "eform_withdraw")]
    for page in pages:
        client.force_login(cast.leader)
        assert client.get(page).status_code == 403
        client.force_login(cast.administrator)
        assert client.get(page).status_code == 200, page
    for page in acts:
        assert client.get(page).status_code == 405
        client.force_login(cast.specialist)
        assert client.post(page).status_code == 403
        client.force_login(cast.administrator)


def test_every_kind_of_field_has_a_page(admin, cast, draft):
    for kind in ("text", "long_text", "integer", "decimal", "money", "date", "yes_no", "choice", "choices", "phone", "email", "citizen_id",
                 "area", "rows", "file", "note"):
        assert admin.get(url(cast, "eform_field_new") + f"?loai={kind}&phan=1").status_code == 200
    for query in ("?loai=sai", "", "?loai=rows&bang=family"):
        assert admin.get(url(cast, "eform_field_new") + query).status_code == 404


def test_unknown_things_are_not_found(admin, cast):
    for name in ("eform_fill", "eform_preview", "eform_publish", "eform_section_new"):
        assert admin.get(url(cast, name)).status_code == 404
    services.draft(actor=cast.administrator, procedure_id=cast.procedure.pk)
    for page in (url(cast, "eform_section", 7), url(cast, "eform_field", "khong"), url(cast, "eform_export", 9),
                 reverse("catalogue:eform", args=["0.0"]), url(cast, "eform_preview") + "?ban=99999999999"):
        assert admin.get(page).status_code == 404


def test_a_form_is_built_from_nothing_and_published(admin, cast):
    assert "chưa có biểu mẫu" in admin.get(url(cast)).content.decode()
    assert admin.post(url(cast, "eform_begin")).status_code == 302
    assert admin.post(url(cast, "eform_section_new"), {"title": "Người nộp", "revision": "0"}).status_code == 302
    sent = no_tests(label="Đã kết hôn?", required="on", revision="1", options="")
    assert admin.post(url(cast, "eform_field_new") + "?loai=yes_no&phan=0", sent).status_code == 302
    sent = {"label": "Vợ hoặc chồng", "help": "Ghi đủ họ tên", "pattern": "letters", "min": "2", "revision": "2", "dk-TOTAL_FORMS": "2",
            "dk-INITIAL_FORMS": "0", "dk-match": "all", "dk-0-field": "da_ket_hon", "dk-0-op": "equals", "dk-0-chosen": "da_ket_hon=true"}
    assert admin.post(url(cast, "eform_field_new") + "?loai=text&phan=0", sent).status_code == 302
    sent = no_tests(label="Giới tính", options="nam | Nam\nNữ\n\n", revision="3")
    assert admin.post(url(cast, "eform_field_new") + "?loai=choice&phan=0", sent).status_code == 302
    version = queries.form_versions(cast.procedure).get()
    assert version.schema == {"version": 1, "sections": [{"title": "Người nộp", "fields": [
        {"key": "da_ket_hon", "type": "yes_no", "label": "Đã kết hôn?", "required": True},
        {"key": "vo_hoac_chong", "type": "text", "label": "Vợ hoặc chồng", "help": "Ghi đủ họ tên", "pattern": "letters", "min": 2,
         "condition": {"all": [{"field": "da_ket_hon", "op": "equals", "value": True}]}},
        {"key": "gioi_tinh", "type": "choice", "label": "Giới tính",
         "options": [{"value": "nam", "label": "Nam"}, {"value": "nu", "label": "Nữ"}]}]}]}
    assert "“Đã kết hôn?” là “Có”" in admin.get(url(cast)).content.decode()
    assert admin.get(url(cast, "eform_publish")).status_code == 200
    assert admin.post(url(cast, "eform_publish"), {"revision": "4", "note": "Mẫu thử"}).status_code == 302
    assert queries.published(cast.procedure).note == "Mẫu thử"
    page = admin.get(reverse("catalogue:detail", args=[cast.procedure.code])).content.decode()
    assert "Công bố biểu mẫu điện tử" in page and "Mẫu thử" in page


def test_a_field_opens_as_it_is_and_saving_it_changes_nothing(admin, cast, draft):
    before = eforms.normal(birth())
    for field in [item for section in before["sections"] for item in section["fields"]] + before["sections"][2]["fields"][1]["fields"]:
        page = admin.get(url(cast, "eform_field", field["key"]))
        sent = typed_in(page)
        answer = admin.post(url(cast, "eform_field", field["key"]), sent)
        assert answer.status_code == 302, (field["key"], answer.context and answer.context["form"].errors, sent)
    for number in range(3):
        sent = typed_in(admin.get(url(cast, "eform_section", number)))
        assert admin.post(url(cast, "eform_section", number), sent).status_code == 302
    draft.refresh_from_db()
    assert draft.schema == before and draft.revision == 1


def typed_in(page):
    """What the browser would send of a page's edit form."""
    sent = {"revision": page.context["draft"].revision, "kind": page.context["kind"]}
    conditions = page.context["conditions"]
    shown = [page.context["form"], *([conditions.match, conditions.tests.management_form, *conditions.tests] if conditions.askable else [])]
    for form in shown:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False and value != "":
                sent[bound.html_name] = "on" if value is True else str(value)
    return sent


def test_conditions_are_edited_by_selects(admin, cast, draft):
    sent = typed_in(admin.get(url(cast, "eform_field", "email")))
    for lines, wanted in (
            ([("copies", "greater", "", "2")], {"field": "copies", "op": "greater", "value": 2}),
            ([("born_on", "greater", "", "1/2/2020")], {"field": "born_on", "op": "greater", "value": "2020-02-01"}),
            ([("sex", "in", "", "Nam; nu")], {"field": "sex", "op": "in", "value": ["nam", "nu"]}),
            ([("place", "equals", "", "Phường Ninh Kiều, Cần Thơ")], {"field": "place", "op": "equals", "value": "31135"}),
            ([("married", "set", "", "")], {"field": "married", "op": "set"})):
        for number, (field, operator, chosen, typed) in enumerate(lines):
            sent |= {f"dk-{number}-field": field, f"dk-{number}-op": operator, f"dk-{number}-chosen": chosen, f"dk-{number}-typed": typed}
        draft.refresh_from_db()
        answer = admin.post(url(cast, "eform_field", "email"), {**sent, "dk-match": "any", "revision": draft.revision})
        assert answer.status_code == 302, answer.context["conditions"].tests.errors
        draft.refresh_from_db()
        assert draft.schema["sections"][1]["fields"][4]["condition"] == {"any": [wanted]}
    for bad in ({"dk-0-op": ""}, {"dk-0-op": "greater", "dk-0-field": "sex", "dk-0-typed": "nam"}, {"dk-0-op": "equals", "dk-0-typed": ""},
                {"dk-0-op": "equals", "dk-0-typed": "", "dk-0-chosen": "sex=nam"}, {"dk-0-field": "house", "dk-0-op": "set"},
                {"dk-0-typed": "x", "dk-0-op": "equals"}, {"dk-TOTAL_FORMS": "x"}):
        assert admin.post(url(cast, "eform_field", "email"), {**sent, "revision": draft.revision, **bad}).status_code == 422, bad
    admin.post(url(cast, "eform_field", "email"), {**sent, "dk-0-field": "", "revision": draft.revision})
    draft.refresh_from_db()
    assert "condition" not in draft.schema["sections"][1]["fields"][4]


def test_wrong_input_is_told_and_kept(admin, cast, draft):
    sent = typed_in(admin.get(url(cast, "eform_field", "weight")))
    for bad in ({"min": "nhiều"}, {"min": "9", "max": "2"}, {"label": ""}, {"key": "Mã Sai"}, {"key": "child"}, {"key": "a_b"}):
        answer = admin.post(url(cast, "eform_field", "weight"), {**sent, **bad})
        assert answer.status_code == 422, bad
        assert all(text in answer.content.decode() for text in bad.values())
    assert admin.post(url(cast, "eform_field", "sex"), {**typed_in(admin.get(url(cast, "eform_field", "sex"))), "options": "có dấu | Nhãn"}
                      ).status_code == 422
    sent = typed_in(admin.get(url(cast, "eform_field", "proof")))
    assert admin.post(url(cast, "eform_field", "proof"), {**sent, "paper": "99"}).status_code == 422


def test_a_new_key_is_followed_by_conditions(admin, cast, draft):
    sent = typed_in(admin.get(url(cast, "eform_field", "married")))
    assert admin.post(url(cast, "eform_field", "married"), {**sent, "key": "da_ket_hon"}).status_code == 302
    draft.refresh_from_db()
    assert eforms.check(draft.schema) == []
    assert draft.schema["sections"][1]["fields"][1]["condition"]["all"][0]["field"] == "da_ket_hon"


def test_whoever_comes_second_keeps_what_was_typed(admin, cast, draft):
    page = admin.get(url(cast, "eform_field", "child"))
    admin.post(url(cast, "eform_field", "phone"), {**typed_in(admin.get(url(cast, "eform_field", "phone"))), "label": "Số di động"})
    late = {**typed_in(page), "label": "Họ, chữ đệm và tên trẻ"}
    answer = admin.post(url(cast, "eform_field", "child"), late)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Họ, chữ đệm và tên trẻ" in text and "Người khác vừa sửa" in text and 'name="revision" value="2"' in text
    assert admin.post(url(cast, "eform_field", "child"), {**late, "revision": "2"}).status_code == 302
    admin.post(url(cast, "eform_step"), {"do": "field-remove:child", "revision": "3"})
    answer = admin.post(url(cast, "eform_field", "child"), {**late, "revision": "3"})
    assert answer.status_code == 409 and "Họ, chữ đệm và tên trẻ" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.schema["sections"][1]["fields"][3]["label"] == "Số di động"


def test_sections_and_fields_move_and_go(admin, cast, draft):
    def keys():
        draft.refresh_from_db()
        return [[field["key"] for field in section["fields"]] for section in draft.schema["sections"]]

    def step(do):
        answer = admin.post(url(cast, "eform_step"), {"do": do, "revision": draft.revision}, follow=True)
        return [str(message) for message in answer.context["messages"]]

    before = keys()
    step("field-down:child")
    assert keys()[0][:2] == ["born_on", "child"]
    step("field-up:phone")
    assert keys()[1][:4] == ["married", "certificate", "phone", "mother_id"]
    step("field-down:copy_fee")
    assert keys()[1][0] == "copy_fee" and "copy_fee" not in keys()[0]
    step("field-up:copy_fee")
    assert keys()[0][-1] == "copy_fee"
    for do in ("field-up:born_on", "section-up:0", "section-down:2", "field-down:employer"):
        step(do)
    assert len(keys()[0]) == len(before[0])
    for do in ("field-up:certificate", "field-remove:married", "section-remove:1", "section-up:2"):  # somebody's condition rests on it
        now = keys()
        assert step(do) and keys() == now, do
    for do in ("field-remove:khong", "section-up:9", "lung-tung", "", "section-remove:-1"):
        assert step(do)
    step("section-remove:2")
    assert len(keys()) == 2


def test_files_go_out_and_come_in(admin, cast, draft):
    out = admin.get(url(cast, "eform_export", 1))
    assert out.json() == eforms.normal(birth()) and "attachment" in out["Content-Disposition"]
    small = {"version": 1, "sections": [{"title": "Một", "fields": [{"key": "ten", "type": "text", "label": "Tên"}]}]}
    for schema, status in ((small, 302), ({**small, "sections": [{"title": ""}]}, 422)):
        file = SimpleUploadedFile("mau.json", json.dumps(schema).encode())
        draft.refresh_from_db()
        answer = admin.post(url(cast, "eform_fill"), {"file": file, "revision": draft.revision})
        assert answer.status_code == status
    assert "sections[0].title" in answer.content.decode()
    assert admin.post(url(cast, "eform_fill"), {"revision": "2"}).status_code == 422
    assert admin.post(url(cast, "eform_fill"), {"revision": "2", "source": "0.0"}).status_code == 422


def test_a_form_is_copied_discarded_and_withdrawn(admin, cast, draft):
    admin.post(url(cast, "eform_publish"), {"revision": draft.revision})
    other = reverse("catalogue:eform_begin", args=[cast.field_procedure.code])
    admin.post(other)
    fill = reverse("catalogue:eform_fill", args=[cast.field_procedure.code])
    assert admin.post(fill, {"source": cast.procedure.code, "revision": "0"}).status_code == 302
    assert queries.form_versions(cast.field_procedure).get().schema == eforms.normal(birth())
    for _time in range(2):
        assert admin.post(reverse("catalogue:eform_discard", args=[cast.field_procedure.code]), {"revision": "1"}).status_code == 302
    assert not queries.form_versions(cast.field_procedure).exists()
    assert admin.post(url(cast, "eform_withdraw"), {"reason": ""}).status_code == 302
    assert queries.published(cast.procedure)
    admin.post(url(cast, "eform_withdraw"), {"reason": "Mẫu mới"})
    assert queries.published(cast.procedure) is None


def test_the_preview_checks_and_sums_up(admin, cast, draft):
    page = admin.get(url(cast, "eform_preview")).content.decode()
    assert 'name="a_child"' in page and 'name="a_family.0.member"' in page and "Chỉ khai nếu “Cha mẹ đã đăng ký kết hôn” là “Có”" in page
    answer = admin.post(url(cast, "eform_preview"), {"a_child": "Mẫu 1", "a_married": "true"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "Mục này chỉ ghi chữ cái." in text and 'href="#id_a_child"' in text
    assert re.search(r'id="id_a_child"[^>]*aria-invalid="true"[^>]*aria-describedby="id_a_child_error"', text)
    sent = {"a_child": "Trần Mẫu", "a_born_on": "2026-01-01", "a_sex": "nam", "a_married": "false"}
    assert "Trần Mẫu" in admin.post(url(cast, "eform_preview"), sent).content.decode()
    sent |= {"a_family.0.member": "Bà Mẫu", "a_family.0._row": "1", "form_rows": "add:family"}
    rows = admin.post(url(cast, "eform_preview"), sent)
    assert rows.status_code == 200 and "Bà Mẫu" in rows.content.decode() and 'name="a_family.1.member"' in rows.content.decode()


def test_a_long_form_takes_as_many_queries_as_a_short_one(admin, cast, draft, django_assert_max_num_queries):
    for name in ("eform", "eform_preview", "eform_publish"):
        with django_assert_max_num_queries(14):
            assert admin.get(url(cast, name)).status_code == 200


def test_partners_read_the_form(client, cast, draft):
    address = reverse("api:procedure", args=[cast.procedure.code])
    assert client.get(address).json()["form"] is None
    services.publish(actor=cast.administrator, version_id=draft.pk, revision=draft.revision)
    assert client.get(address).json()["form"] == {"version": 1, "schema": eforms.normal(birth())}


def test_places_are_suggested_to_everybody(client, db):
    assert client.get(reverse("guide:places"), {"q": "ninh kieu"}).json()["places"][0] == {
        "code": "31135", "name": "Phường Ninh Kiều, Thành phố Cần Thơ"}
    for odd in ("", "x", "\x00", "a" * 5000):
        assert client.get(reverse("guide:places"), {"q": odd}).status_code == 200
