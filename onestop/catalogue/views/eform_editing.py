"""The builder's two pages of typing: a section, a field; each with its condition."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm, BaseFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import role_required
from onestop.catalogue import eforms
from onestop.catalogue.eform_forms import FieldForm, MatchForm, SectionForm, TestForm, Tests, initial_tests
from onestop.catalogue.eforms import building
from onestop.catalogue.eforms.shape import NOT_IN_ROWS, TYPES, Field
from onestop.catalogue.models import EFormVersion, Procedure
from onestop.catalogue.services import eforms as services
from onestop.catalogue.views.eforms import draft_of, papers_of, procedure_of, revision_of
from onestop.people.states import Role
from onestop.people.words import row_id
from onestop.transitions import Refused

Apply = Callable[[eforms.Schema, dict[str, Any]], eforms.Schema]


@dataclass(frozen=True)
class ConditionForms:
    """All or any, and the lines of tests."""

    match: MatchForm
    tests: BaseFormSet[TestForm]
    askable: bool

    @classmethod
    def of(cls, data: Any, condition: dict[str, Any] | None, earlier: Sequence[Field]) -> ConditionForms:
        """For what was sent (`data`), or to show a stored condition."""
        match = MatchForm(data, initial={"match": "any" if condition and "any" in condition else "all"}, prefix="dk")
        tests = Tests(data, initial=initial_tests(condition, earlier), form_kwargs={"earlier": earlier}, prefix="dk")
        return cls(match, tests, bool(earlier))

    def is_valid(self) -> bool:
        return not self.askable or bool(self.match.is_valid() & self.tests.is_valid())

    def condition(self) -> dict[str, Any]:
        """{"condition": …}, or nothing where no test is given."""
        tests = [test for form in self.tests.forms if (test := form.test())] if self.askable else []
        return {"condition": {self.match.cleaned_data["match"]: tests}} if tests else {}


@dataclass(frozen=True)
class _Editor:
    """One page of typing about a draft."""

    request: HttpRequest
    procedure: Procedure
    draft: EFormVersion
    form: BaseForm
    conditions: ConditionForms
    title: str
    kind: str
    saved: str
    remove: str = ""  # the step that takes this out

    def answer(self, made: Callable[[], dict[str, Any]], apply: Apply) -> HttpResponse:
        """Show the page, or save what was typed and go back to the outline. Whoever comes second reads so and keeps the text."""
        status = 200
        if self.request.method == "POST":
            status = 422
            if self.form.is_valid() & self.conditions.is_valid():
                status = self._save({**made(), **self.conditions.condition()}, apply)
            if status == 302:
                messages.success(self.request, self.saved)
                return redirect("catalogue:eform", self.procedure.code)
        return render(self.request, "catalogue/eform_edit.html", {
            "procedure": self.procedure, "draft": self.draft, "form": self.form, "conditions": self.conditions, "title": self.title,
            "kind": self.kind, "kind_name": TYPES.get(self.kind, ""), "remove": self.remove}, status=status)

    def _save(self, content: dict[str, Any], apply: Apply) -> int:
        try:
            schema = apply(self.draft.schema, content)
            services.change(actor=self.request.user, version_id=self.draft.pk, schema=schema, revision=revision_of(self.request),
                            what=str(content.get("label") or content.get("title")))
        except building.NotThere:
            self.form.add_error(None, _("Mục này vừa bị bỏ khỏi biểu mẫu. Nội dung bạn nhập vẫn còn ở dưới để chép lại."))
            return 409
        except Refused as refusal:
            for sentence in refusal.fields.get("schema", [refusal.sentence]):
                self.form.add_error(None, str(sentence))
            return refusal.status
        return 302


def _begin(request: HttpRequest, code: str) -> tuple[Procedure, EFormVersion, Any]:
    procedure = procedure_of(code)
    return procedure, draft_of(procedure), request.POST if request.method == "POST" else None


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def new_section(request: HttpRequest, code: str) -> HttpResponse:
    """Add a section at the end."""
    procedure, draft, data = _begin(request, code)
    form = SectionForm(data)
    conditions = ConditionForms.of(data, None, building.earlier_fields(draft.schema))
    editor = _Editor(request, procedure, draft, form, conditions, _("Thêm phần"), "", _("Đã thêm phần."))
    return editor.answer(lambda: form.cleaned_data, lambda schema, content: building.put_section(schema, None, content))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def edit_section(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Title, help and condition of a section."""
    procedure, draft, data = _begin(request, code)
    parts = draft.schema["sections"]
    section = parts[number] if number < len(parts) else {}
    if not section and data is None:
        raise Http404
    form = SectionForm(data, initial=section)
    conditions = ConditionForms.of(data, section.get("condition"), building.earlier_fields(draft.schema, section=number))
    editor = _Editor(request, procedure, draft, form, conditions, _("Sửa phần"), "", _("Đã lưu phần."), f"section-remove:{number}")
    return editor.answer(lambda: form.cleaned_data, lambda schema, content: building.put_section(schema, number, content))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def new_field(request: HttpRequest, code: str) -> HttpResponse:
    """Add a field at the end of section `phan`, or of the group `bang`; its type is `loai`."""
    procedure, draft, data = _begin(request, code)
    kind, group, section = request.GET.get("loai", ""), request.GET.get("bang", ""), row_id(request.GET.get("phan", ""))
    if kind not in TYPES or (group and kind in NOT_IN_ROWS):
        raise Http404
    form = FieldForm(data, kind=kind, schema=draft.schema, papers=papers_of(procedure))
    earlier = building.earlier_fields(draft.schema, group=group, section=None if group else section + 1)
    editor = _Editor(request, procedure, draft, form, ConditionForms.of(data, None, earlier), _("Thêm trường"), kind, _("Đã thêm trường."))
    return editor.answer(form.field, lambda schema, content: building.add_field(schema, content, section=section, group=group))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def edit_field(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Everything about a field but its type and place. The fields of a group have pages of their own."""
    procedure, draft, data = _begin(request, code)
    try:
        field = building.field_of(draft.schema, key)
    except building.NotThere:
        if data is None or data.get("kind") not in TYPES:
            raise Http404 from None
        field = {"key": key, "type": data["kind"]}
        data = data if "dk-TOTAL_FORMS" in data else {**data.dict(), "dk-TOTAL_FORMS": "0", "dk-INITIAL_FORMS": "0", "dk-match": "all"}
    kind = field["type"]
    form = FieldForm(data, kind=kind, schema=draft.schema, papers=papers_of(procedure), initial=FieldForm.initial_of(field))
    conditions = ConditionForms.of(data, field.get("condition"), building.earlier_fields(draft.schema, key=key))
    editor = _Editor(request, procedure, draft, form, conditions, _("Sửa trường"), kind, _("Đã lưu trường."), f"field-remove:{key}")
    return editor.answer(lambda: form.field(key), lambda schema, content: building.put_field(schema, key, content))
