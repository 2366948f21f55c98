"""What the import could not take as it was: the list, one item, rules over many."""
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from onestop.access import role_required, take_refusal
from onestop.catalogue.forms import ApplyForm, ReviewFilter, RuleForm, SettleForm, UndoForm
from onestop.catalogue.models import Procedure, ReviewItem, ReviewRule
from onestop.catalogue.services.review import Preview, apply_rule, preview_rule, settle_item, undo_rule
from onestop.catalogue.states import BULK_PROBLEMS, Problem
from onestop.catalogue.views.procedures import page_of, sections
from onestop.people.states import Role
from onestop.transitions import Refused


def open_values(name: str, problem: str = "") -> list[str]:
    """The fields or authorities that have open items (of a problem)."""
    items = ReviewItem.objects.open().about(problem=problem).exclude(**{f"procedure__{name}": ""})
    return sorted(set(items.values_list(f"procedure__{name}", flat=True)))


def counts() -> list[tuple[Problem, int, bool]]:
    """(problem, open items, whether a rule may settle it), the most frequent first."""
    found = ReviewItem.objects.open().values_list("problem").annotate(number=Count("pk")).order_by("-number")
    return [(Problem(problem), number, problem in BULK_PROBLEMS) for problem, number in found]


@require_safe
@role_required(Role.ADMINISTRATOR)
def review_list(request: HttpRequest) -> HttpResponse:
    """Open items, by problem, field and authority."""
    form = ReviewFilter(request.GET or None, fields=open_values("field"), authorities=open_values("authority"))
    asked = form.cleaned_data if form.is_valid() else {}
    items = ReviewItem.objects.open().about(**asked).select_related("procedure").order_by("procedure__code", "pk")
    return render(request, "catalogue/review.html", {
        "form": form, "page": page_of(request, items), "counts": counts(), "sections": sections("review")})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def review_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle one item, or correct how it was settled; then the next open one of the same procedure."""
    item = get_object_or_404(ReviewItem.objects.select_related("procedure__current", "settled_by"), pk=pk)
    form = SettleForm(request.POST or None, problem=item.problem, initial=item.answer or {})
    if request.method == "POST" and form.is_valid():
        try:
            settle_item(actor=request.user, item_id=item.pk, answer=form.answer(), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return _after_settling(request, item)
    return render(request, "catalogue/item.html", {
        "item": item, "procedure": item.procedure, "form": form, "rows": source_rows(item.procedure)}, status=422 if form.errors else 200)


def source_rows(procedure: Procedure) -> list[list[tuple[str, Any]]]:
    """What the source says about each way to submit, with its columns named."""
    names = {"hinh_thuc": _("Cách thức"), "thoi_gian": _("Thời hạn"), "don_vi": pgettext("time limit", "Đơn vị"), "phi": _("Phí"),
             "don_vi_tien": _("Đơn vị tiền")}
    rows = procedure.current.source.get("cach_thuc") or [] if procedure.current is not None else []
    return [[(names.get(name, name), "—" if value in (None, "") else value) for name, value in row.items()] for row in rows]


def _after_settling(request: HttpRequest, item: ReviewItem) -> HttpResponse:
    following = ReviewItem.objects.open().filter(procedure=item.procedure_id).first()
    if following is not None:
        messages.success(request, _("Đã lưu. Thủ tục này còn nội dung khác cần rà soát."))
        return redirect("catalogue:item", pk=following.pk)
    messages.success(request, _("Đã lưu. Thủ tục %(code)s đã dùng được.") % {"code": item.procedure.code})
    return redirect("catalogue:detail", code=item.procedure.code)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def rule_new(request: HttpRequest, problem: str) -> HttpResponse:
    """A rule over many items: GET with an answer shows what it would do, POST applies it."""
    if problem not in BULK_PROBLEMS:
        return redirect("catalogue:review")
    sent = request.POST if request.method == "POST" else request.GET
    form = RuleForm(sent or None, problem=problem, fields=open_values("field", problem), authorities=open_values("authority", problem))
    preview = _preview(form) if form.is_bound and form.is_valid() else None
    confirm = ApplyForm(request.POST if request.method == "POST" else None,
                        initial={"expected": preview.items if preview is not None else 0})
    if request.method == "POST" and preview is not None and confirm.is_valid():
        if _applied(request, form, confirm):
            return redirect("catalogue:rules")
        confirm.data = {**request.POST.dict(), "expected": preview.items}  # the next click is about what is shown now
    return render(request, "catalogue/rule.html", {
        "form": form, "confirm": confirm, "preview": preview, "problem": Problem(problem), "sections": sections("review"),
        "hidden": hidden_values(form)}, status=422 if form.errors or confirm.errors else 200)


def hidden_values(form: RuleForm) -> list[tuple[str, str]]:
    """The previewed rule as hidden fields, so that what is applied is what was shown."""
    sent = form.data
    return [(name, value) for name in form.fields for value in sent.getlist(name)] if isinstance(sent, QueryDict) else []


def _preview(form: RuleForm) -> Preview | None:
    try:
        return preview_rule(problem=form.problem, answer=form.answer(), **form.scope())
    except Refused as refusal:
        take_refusal(form, refusal)
        return None


def _applied(request: HttpRequest, form: RuleForm, confirm: ApplyForm) -> bool:
    words: dict[str, Any] = {**form.scope(), **confirm.cleaned_data}
    try:
        rule = apply_rule(actor=request.user, problem=form.problem, answer=form.answer(), **words)
    except Refused as refusal:
        take_refusal(confirm, refusal)
        return False
    messages.success(request, _("Đã áp dụng quy tắc cho %(count)s nội dung. Có thể hoàn tác ở trang này.") % {"count": rule.count})
    return True


@require_safe
@role_required(Role.ADMINISTRATOR)
def rules(request: HttpRequest) -> HttpResponse:
    """Rules that were applied, newest first, each with the number of items it still holds."""
    rows = ReviewRule.objects.select_related("applied_by", "undone_by").annotate(standing=Count("items")).order_by("-applied_at", "-pk")
    return render(request, "catalogue/rules.html", {"page": page_of(request, rows), "sections": sections("rules")})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ADMINISTRATOR)
def rule_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a rule, with a reason."""
    rule = get_object_or_404(ReviewRule.objects.select_related("applied_by").annotate(standing=Count("items")), pk=pk)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _rule, number = undo_rule(actor=request.user, rule_id=rule.pk, reason=form.cleaned_data["reason"])
        messages.success(request, _("Đã hoàn tác: %(count)s nội dung cần rà soát lại.") % {"count": number})
        return redirect("catalogue:rules")
    return render(request, "catalogue/rule_undo.html", {"rule": rule, "form": form}, status=422 if form.errors else 200)
