"""The form of a procedure for administrators: what is used, what is being drafted, preview, publishing, files in and out."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onestop.access import role_required, take_refusal, tell_refusal
from onestop.catalogue import eforms, queries
from onestop.catalogue.eform_forms import CopyForm, ImportForm, PublishForm, WithdrawForm
from onestop.catalogue.eforms import building
from onestop.catalogue.eforms.shape import MOST_BYTES, NOT_IN_ROWS, TYPES, Field, sections
from onestop.catalogue.models import EForm, EFormVersion, Procedure
from onestop.catalogue.services import eforms as services
from onestop.catalogue.views.procedures import HISTORY, told_event
from onestop.people.states import Role
from onestop.people.words import row_id
from onestop.transitions import Refused


@dataclass(frozen=True)
class OutlineLine:
    """A field in the builder's outline, with the fields of its rows."""

    field: Field
    facts: list[str]
    inner: list[OutlineLine]

    @property
    def is_group(self) -> bool:
        return bool(self.field["type"] == "rows")


@dataclass(frozen=True)
class OutlinePart:
    """A section in the builder's outline."""

    number: int
    title: str
    help: str
    condition: str
    lines: list[OutlineLine]


def outline(schema: eforms.Schema) -> list[OutlinePart]:
    """A schema as the builder lists it."""
    return [OutlinePart(number, part["title"], part.get("help", ""), eforms.condition_text(schema, part.get("condition")),
                        [_line(schema, field) for field in part["fields"]]) for number, part in enumerate(sections(schema))]


def _line(schema: eforms.Schema, field: Field) -> OutlineLine:
    facts = [str(TYPES[field["type"]])]
    if field.get("required"):
        facts.append(_("bắt buộc"))
    if "condition" in field:
        facts.append(_("hỏi khi %(condition)s") % {"condition": eforms.condition_text(schema, field["condition"])})
    return OutlineLine(field, facts, [_line(schema, part) for part in field.get("fields", [])])


def procedure_of(code: str) -> Procedure:
    """The procedure with a code, or 404."""
    return get_object_or_404(Procedure.objects.select_related("current"), code=code)


def draft_of(procedure: Procedure) -> EFormVersion:
    """The draft of a procedure's form, or 404."""
    found = queries.form_versions(procedure).filter(published_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


def revision_of(request: HttpRequest) -> int:
    """The revision that the page was made from; -1, which no draft has, where it is not told."""
    text = request.POST.get("revision", "")
    return row_id(text) if text.isascii() and text.isdigit() else -1


def papers_of(procedure: Procedure) -> list[tuple[int, str]]:
    """The papers of the current version by place."""
    return list(procedure.current.papers.values_list("position", "name")) if procedure.current is not None else []


@require_safe
@role_required(Role.ADMINISTRATOR)
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """The builder: sections and fields of the draft, or of the version in use; versions and history beside them."""
    procedure = procedure_of(code)
    versions = list(queries.form_versions(procedure))
    draft = next((version for version in versions if version.is_draft()), None)
    used = next((version for version in versions if version.pk == version.eform.published_id), None)
    current = draft or used
    problems = eforms.check(draft.schema, papers=[place for place, _name in papers_of(procedure)]) if draft else []
    events = procedure.events.filter(verb__startswith="eform_").select_related("actor").order_by("-at", "-pk")[:HISTORY]
    return render(request, "catalogue/eform.html", {
        "procedure": procedure, "versions": versions, "draft": draft, "used": used, "outline": outline(current.schema) if current else [],
        "problems": [eforms.problem_text(draft.schema, problem) for problem in problems] if draft else [], "types": list(TYPES.items()),
        "row_types": [item for item in TYPES.items() if item[0] not in NOT_IN_ROWS], "history": [told_event(item) for item in events],
        "withdraw_form": WithdrawForm()})


@require_POST
@role_required(Role.ADMINISTRATOR)
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a draft."""
    services.draft(actor=request.user, procedure_id=procedure_of(code).pk)
    return redirect("catalogue:eform", code)


STEPS: dict[str, Callable[[eforms.Schema, str], eforms.Schema]] = {
    "field-up": lambda schema, key: building.move_field(schema, key, -1),
    "field-down": lambda schema, key: building.move_field(schema, key, 1),
    "field-remove": building.drop_field,
    "section-up": lambda schema, number: building.move_section(schema, row_id(number), -1),
    "section-down": lambda schema, number: building.move_section(schema, row_id(number), 1),
    "section-remove": lambda schema, number: building.drop_section(schema, row_id(number)),
}


@require_POST
@role_required(Role.ADMINISTRATOR)
def step(request: HttpRequest, code: str) -> HttpResponse:
    """Move or remove a section or a field; 'do' is 'field-up:<key>' and the like."""
    draft = draft_of(procedure_of(code))
    verb, _colon, target = request.POST.get("do", "").partition(":")
    try:
        schema = STEPS[verb](draft.schema, target)
        services.change(actor=request.user, version_id=draft.pk, schema=schema, revision=revision_of(request), what=f"{verb} {target}")
    except (KeyError, building.NotThere):
        messages.error(request, _("Mục này không còn trong biểu mẫu."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    # Back to where one was: a field keeps its name, a section its neighbourhood.
    place = f"#truong-{target}" if verb in ("field-up", "field-down") else ""
    return redirect(reverse("catalogue:eform", args=[code]) + place)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def fill(request: HttpRequest, code: str) -> HttpResponse:
    """Take the draft's content from a JSON file or from another procedure."""
    procedure = procedure_of(code)
    draft = draft_of(procedure)
    others = EForm.objects.filter(published__isnull=False).exclude(procedure=procedure).order_by("procedure__code")
    sources = [(other, f"{other} {name}") for other, name in others.values_list("procedure__code", "procedure__name")]
    copying = request.method == "POST" and "source" in request.POST
    copy_form = CopyForm(request.POST if copying else None, sources=sources)
    import_form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" and not copying else ()))
    form = copy_form if copying else import_form
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            _fill(request, draft, form.cleaned_data)
            messages.success(request, _("Đã lấy nội dung vào bản soạn. Hãy xem lại trước khi công bố."))
            return redirect("catalogue:eform", code)
        except Refused as refusal:
            problems = [str(sentence) for sentence in refusal.fields.pop("schema", [])]
            take_refusal(form, refusal)
    context = {"procedure": procedure, "draft": draft, "copy_form": copy_form, "import_form": import_form, "problems": problems,
               "sources": sources}
    return render(request, "catalogue/eform_fill.html", context, status=422 if form.errors else 200)


def _fill(request: HttpRequest, draft: EFormVersion, asked: dict[str, Any]) -> None:
    revision = revision_of(request)
    if "source" in asked:
        services.copy_from(actor=request.user, version_id=draft.pk, source_code=asked["source"], revision=revision)
    else:
        data = asked["file"].read(2 * MOST_BYTES + 1)
        services.import_form(actor=request.user, version_id=draft.pk, data=data, revision=revision, name=asked["file"].name or "")


@require_safe
@role_required(Role.ADMINISTRATOR)
def export(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A version as a JSON file."""
    version = get_object_or_404(queries.form_versions(procedure_of(code)), number=number)
    answer = HttpResponse(eforms.exported(version.schema), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bieu-mau-{row_id(code.replace(".", ""))}-{number}.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """The form as citizens see it; filled in and sent it is checked and summed up, and nothing is stored."""
    procedure = procedure_of(code)
    versions = queries.form_versions(procedure)
    number = request.GET.get("ban", "")
    version = versions.filter(number=min(row_id(number), 32767)).first() if number else versions.first()
    if version is None:
        raise Http404
    papers = dict(papers_of(procedure))
    raw = eforms.with_files(version.schema, request.POST, papers if request.method == "POST" else {})  # as if all had been uploaded
    errors: dict[str, list[str]] = {}
    told: list[eforms.Section] = []
    if request.method == "POST":
        if "form_rows" in request.POST:
            raw = eforms.change_rows(version.schema, raw, request.POST["form_rows"])
        else:
            cleaned = eforms.clean(version.schema, raw)
            errors, told = cleaned.errors, [] if cleaned.errors else eforms.shown(version.schema, cleaned.answers)
    return render(request, "catalogue/eform_preview.html", {
        "procedure": procedure, "version": version, "form_sections": eforms.fields_for(version.schema, raw, errors), "told": told,
        "error_rows": eforms.error_rows(version.schema, errors), "sent": request.method == "POST" and "form_rows" not in request.POST},
        status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def publish_page(request: HttpRequest, code: str) -> HttpResponse:
    """What the draft changes, what is still missing, and the button that makes it the form in use."""
    procedure = procedure_of(code)
    draft = draft_of(procedure)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.publish(actor=request.user, version_id=draft.pk, revision=revision_of(request), note=form.cleaned_data["note"])
            messages.success(request, _("Đã công bố biểu mẫu. Người nộp trực tuyến từ bây giờ khai theo phiên bản này."))
            return redirect("catalogue:eform", code)
        except Refused as refusal:
            form.add_error(None, str(refusal.sentence))
    used = draft.eform.published
    problems = eforms.check(draft.schema, papers=[place for place, _name in papers_of(procedure)])
    return render(request, "catalogue/eform_publish.html", {
        "procedure": procedure, "draft": draft, "used": used, "form": form,
        "changes": eforms.compare(used.schema if used else eforms.empty(), draft.schema),
        "problems": [eforms.problem_text(draft.schema, problem) for problem in problems]}, status=422 if form.errors else 200)


@require_POST
@role_required(Role.ADMINISTRATOR)
def discard_draft(request: HttpRequest, code: str) -> HttpResponse:
    """Throw the draft away."""
    draft = queries.form_versions(procedure_of(code)).filter(published_at__isnull=True).first()
    try:
        if draft is not None:
            services.discard(actor=request.user, version_id=draft.pk, revision=revision_of(request))
            messages.success(request, _("Đã bỏ bản soạn."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("catalogue:eform", code)


@require_POST
@role_required(Role.ADMINISTRATOR)
def withdraw_form(request: HttpRequest, code: str) -> HttpResponse:
    """Take the published form out of use."""
    form = WithdrawForm(request.POST)
    if form.is_valid():
        services.withdraw(actor=request.user, procedure_id=procedure_of(code).pk, reason=form.cleaned_data["reason"])
        messages.success(request, _("Đã ngừng dùng biểu mẫu. Người nộp trực tuyến không phải khai biểu mẫu nữa."))
    else:
        messages.error(request, _("Hãy ghi lý do ngừng dùng."))
    return redirect("catalogue:eform", code)
