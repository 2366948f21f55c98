"""The catalogue for administrators: list, one procedure, its flags and papers."""
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onestop.access import role_required, take_refusal
from onestop.catalogue import queries
from onestop.catalogue.forms import FlagsForm, ListFilter, PapersForm, ReasonForm
from onestop.catalogue.models import Procedure, ProcedureEvent, ReviewItem
from onestop.catalogue.services.editing import set_flags, set_papers
from onestop.people.shapes import Tab, TimelineItem
from onestop.people.states import Role
from onestop.transitions import Refused

PAGE_SIZE = 25
HISTORY = 30


def page_of(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE_SIZE) -> Page[Any]:
    """The page that the address asks for; a wrong number gives the nearest one."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def sections(current: str) -> list[Tab]:
    """Catalogue, review, rules: the parts of this working page."""
    waiting = ReviewItem.objects.open().count()
    return [
        Tab(_("Danh mục"), reverse("catalogue:list"), current == "list"),
        Tab(_("Cần rà soát"), reverse("catalogue:review"), current == "review", waiting),
        Tab(_("Quy tắc đã áp dụng"), reverse("catalogue:rules"), current == "rules"),
    ]


@require_safe
@role_required(Role.ADMINISTRATOR)
def procedure_list(request: HttpRequest) -> HttpResponse:
    """Search the whole catalogue, also what can't be used yet."""
    form = ListFilter(request.GET or None, fields=queries.fields())
    asked = form.cleaned_data if form.is_valid() else {}
    found = queries.search(asked.get("q", ""), field=asked.get("field", ""), level=asked.get("level", ""))
    if asked.get("state"):
        found = found.filter(state=asked["state"])
    page = page_of(request, found)
    return render(request, "catalogue/list.html", {"form": form, "page": page, "sections": sections("list")})


def _procedure(code: str) -> Procedure:
    rows = Procedure.objects.select_related("current").prefetch_related("current__channels", "current__papers")
    return get_object_or_404(rows, code=code)


@require_safe
@role_required(Role.ADMINISTRATOR)
def procedure_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One procedure: facts, channels, papers, what needs review, versions, history."""
    procedure = _procedure(code)
    items = list(procedure.review_items.all())
    events = procedure.events.exclude(verb="eform_changed").select_related("actor").order_by("-at", "-pk")[:HISTORY]
    return render(request, "catalogue/detail.html", {
        "procedure": procedure, "version": procedure.current, "open_items": [item for item in items if item.is_open()],
        "settled_items": [item for item in items if not item.is_open()],
        "versions": procedure.versions.order_by("-number"), "history": [told_event(item) for item in events],
        "flags": flags_of(procedure), "sections": sections("list"), "form_versions": queries.form_versions(procedure)})


def flags_of(procedure: Procedure) -> list[tuple[Any, bool]]:
    """The four flags with their labels."""
    return [(FlagsForm.base_fields[name].label, getattr(procedure, name))
            for name in ("presence_required", "field_verification", "urgent", "sensitive")]


def told_event(event: ProcedureEvent) -> TimelineItem:
    """One line of history."""
    titles = {
        "imported": _("Nhập từ danh mục"), "updated": _("Danh mục thay đổi, có phiên bản mới"), "settled": _("Đã rà soát"),
        "resettled": _("Sửa kết quả rà soát"), "settled_by_rule": _("Rà soát theo quy tắc"), "rule_undone": _("Hoàn tác quy tắc"),
        "flags_changed": _("Sửa đặc điểm của thủ tục"), "papers_changed": _("Sửa danh sách giấy tờ"),
        "channels_opened": _("Mở thêm kênh theo văn bản chỉ đạo"), "channels_closed": _("Hoàn tác việc mở thêm kênh"),
        "eform_drafted": _("Bắt đầu soạn biểu mẫu điện tử"), "eform_changed": _("Sửa bản soạn biểu mẫu"),
        "eform_copied": _("Chép biểu mẫu từ thủ tục khác"), "eform_imported": _("Nhập biểu mẫu từ tệp"),
        "eform_discarded": _("Bỏ bản soạn biểu mẫu"), "eform_published": _("Công bố biểu mẫu điện tử"),
        "eform_withdrawn": _("Ngừng dùng biểu mẫu điện tử"),
    }
    return TimelineItem(event.at, titles.get(event.verb, event.verb), event.reason, event.actor_label)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def edit_flags(request: HttpRequest, code: str) -> HttpResponse:
    """Flags and the cut-off hour."""
    procedure = _procedure(code)
    now = {name: getattr(procedure, name) for name in ("presence_required", "field_verification", "urgent", "sensitive")}
    now["cutoff_time"] = procedure.current.cutoff_time if procedure.current else None
    form = FlagsForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            set_flags(actor=request.user, procedure_id=procedure.pk, flags=form.flags(), cutoff_time=form.cleaned_data["cutoff_time"],
                      reason=form.cleaned_data["reason"])
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            messages.success(request, _("Đã lưu đặc điểm của thủ tục."))
            return redirect("catalogue:detail", code=procedure.code)
    return render(request, "catalogue/flags.html", {"procedure": procedure, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def edit_papers(request: HttpRequest, code: str) -> HttpResponse:
    """The list of papers: change, add, take out, put in order by number."""
    procedure = _procedure(code)
    papers = procedure.current.papers.all() if procedure.current else []
    now = [{"name": paper.name, "originals": paper.originals, "certified": paper.certified, "copies": paper.copies,
            "required": paper.required} for paper in papers]
    rows = PapersForm(request.POST or None, initial=now, prefix="giay-to")
    form = ReasonForm(request.POST or None)
    wrong = False
    if request.method == "POST":
        wrong = not (rows.is_valid() & form.is_valid()) or not _saved_papers(request, procedure, rows, form)
        if not wrong:
            messages.success(request, _("Đã lưu danh sách giấy tờ."))
            return redirect("catalogue:detail", code=procedure.code)
    return render(request, "catalogue/papers.html", {"procedure": procedure, "rows": rows, "form": form}, status=422 if wrong else 200)


def _saved_papers(request: HttpRequest, procedure: Procedure, rows: Any, form: ReasonForm) -> bool:
    try:
        set_papers(actor=request.user, procedure_id=procedure.pk, papers=rows.lines(), reason=form.cleaned_data["reason"])
    except Refused as refusal:
        take_refusal(form, refusal)
        return False
    return True
