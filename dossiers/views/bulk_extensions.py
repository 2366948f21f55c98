"""More time for many dossiers: ask for a scope, look through the frozen list, take dossiers out, lift early, fetch the annex."""
from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import extension_lists, policies, scopes
from dossiers.extension_lists import Wanted
from dossiers.form_extensions import BulkExtensionForm, LiftFilterForm, LiftForm, ListForm, ScopeForm
from dossiers.models import Dossier, Extension, ExtensionAnnex
from dossiers.scopes import Scope
from dossiers.services import extensions
from dossiers.services.extensions.lifting import first_day
from dossiers.states import ExtensionState, Instrument, ItemState
from dossiers.views.casework import STAFF
from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.directives.models import Directive
from onestop.directives.rules import Applied, rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.people.words import row_id
from onestop.sheets import XLSX
from onestop.transitions import Refused

GROUNDS = (RuleKind.MAY_EXTEND, RuleKind.STOP_CLOCK)
MIME = {"pdf": "application/pdf", "xlsx": XLSX}


def own_offices(request: HttpRequest) -> list[Office]:
    """The offices for which the user may ask; 404 where there are none."""
    found = scopes.offices_to_ask_for(request.user, Scope()) if request.user.is_authenticated else []
    if not found:
        raise Http404
    return found


def offered(form: ScopeForm, offices: list[Office]) -> None:
    """Fill the form's choices with what these offices are working on."""
    procedures, fields, areas = extension_lists.choices_of(scopes.to_extend(Scope(), [office.pk for office in offices]))
    form.offer(offices=[(office.code, office.name) for office in offices], procedures=procedures, fields=fields, areas=areas)


def grounds_at(offices: list[Office]) -> list[Applied]:
    """The rules of letters that allow more time at one of the offices today, each letter and clause once."""
    found = [rule for office in offices for rule in rules_for(office=office, on=clock.today()).all() if rule.kind in GROUNDS]
    return list({(rule.directive_id, rule.clause, rule.kind): rule for rule in found}.values())


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The scope, the ground and the words for citizens on one page; the number of dossiers is shown before anything is frozen."""
    offices = own_offices(request)
    grounds = grounds_at(offices)
    usual = {"directive": grounds[0].directive_id, "clause": grounds[0].clause} if grounds else {"instrument": Instrument.APOLOGY}
    form = BulkExtensionForm(request.POST if request.method == "POST" else None, initial=usual)
    offered(form, offices)
    form.fields["directive"].queryset = Directive.objects.filter(pk__in=[rule.directive_id for rule in grounds])
    only_count, status = request.method == "POST" and "dem" in request.POST, 200
    if request.method == "POST" and not only_count:
        asked, status = try_ask(request, form)
        if asked is not None:
            messages.success(request, _("Đã gửi đề nghị. Danh sách hồ sơ và ngày hẹn mới được lập ở trang này."))
            return redirect("dossiers:extension", asked.pk)
    counted = counted_for(request, form if request.method == "POST" else None)
    if only_count:
        for name in [name for name in form.errors if name not in ScopeForm.base_fields]:
            del form.errors[name]  # nobody has asked for anything yet
    return render(request, "dossiers/extension_bulk.html", {"form": form, "grounds": grounds, "offices": offices, "count": counted},
                  status=status)


def try_ask(request: HttpRequest, form: BulkExtensionForm) -> tuple[Extension | None, int]:
    """Ask: (request, 302), or (None, status) with the refusal and its reason in the form."""
    if not form.is_valid():
        return None, 422
    typed = form.cleaned_data
    try:
        return extensions.request_scope(
            actor=request.user, scope=form.scope(), instrument=typed["instrument"], until=typed["until"], reason=typed["reason"],
            citizen_text=typed["citizen_text"], directive=typed["directive"], clause=typed["clause"], starts_on=typed["starts_on"]), 302
    except Refused as refusal:
        take_refusal(form, refusal)
        return None, refusal.status


def counted_for(request: HttpRequest, form: ScopeForm | None) -> int | None:
    """How many dossiers the scope holds now; None where it is not readable."""
    scope = Scope(field_verification=scopes.YES)
    if form is not None:
        form.is_valid()
        if any(name in form.errors for name in ScopeForm.base_fields):
            return None
        scope = form.scope()
    mine = scopes.offices_to_ask_for(request.user, scope)
    return scopes.extent(scopes.to_extend(scope, [office.pk for office in mine]))[1] if mine else 0


@role_required(*STAFF)
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """The number alone, for the page that shows it while one chooses; by itself it is no page."""
    if not request.headers.get("HX-Request"):
        return redirect("dossiers:ask_bulk_extension")
    form = ScopeForm(request.GET)
    offered(form, own_offices(request))
    return render(request, "dossiers/_extension_count.html", {"count": counted_for(request, form)})


# --- the list -------------------------------------------------------------------------------------------------------

def visible(request: HttpRequest, pk: int) -> Extension:
    """The request, if this member of staff may see it; 404 else."""
    rows = Extension.objects.visible_to(request.user).select_related("office__area", "directive", "requested_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


def wanted_by(request: HttpRequest) -> Wanted:
    """The list's filters and place as the address says."""
    given = request.GET
    clean = {name: given.get(key, "").replace("\x00", "") for name, key in (("state", "muc"), ("q", "tim"), ("reason", "ly_do"))}
    return Wanted(**clean, after=row_id(given.get("sau")), before=row_id(given.get("truoc")))


@role_required(*STAFF)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the run is; when it has ended the whole page is loaded anew."""
    asked = visible(request, pk)
    found = extension_lists.progress(asked)
    answer = render(request, "dossiers/_extension_progress.html", {"asked": asked, "progress": found})
    if not found.doing:
        answer["HX-Refresh"] = "true"
    return answer


@role_required(*STAFF)
@require_POST
def change_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the ticked dossiers out with the reason, or put them back."""
    asked, form = visible(request, pk), ListForm(request.POST)
    keys = [row_id(value) for value in request.POST.getlist("items")]
    try:
        if "include" in request.POST:
            number = extensions.include(actor=request.user, extension=asked, items=keys)
            messages.success(request, ngettext("Đã đưa %(n)s hồ sơ trở lại.", "Đã đưa %(n)s hồ sơ trở lại.", number) % {"n": number})
        else:
            reason = form.cleaned_data["reason"] if form.is_valid() else ""
            number = extensions.exclude(actor=request.user, extension=asked, items=keys, reason=reason)
            messages.success(request, ngettext("Đã loại %(n)s hồ sơ.", "Đã loại %(n)s hồ sơ.", number) % {"n": number})
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(f"{reverse('dossiers:extension', args=[pk])}?{request.GET.urlencode()}")


@role_required(*STAFF)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try what failed again."""
    asked = visible(request, pk)
    try:
        extensions.retry(actor=request.user, extension=asked)
        messages.success(request, _("Các hồ sơ chưa thực hiện được đang được thử lại."))
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("dossiers:extension", pk)


@role_required(*STAFF)
@require_GET
def annex(request: HttpRequest, key: str) -> FileResponse:
    """The annex of a decision, to whoever may see the request."""
    found = get_object_or_404(ExtensionAnnex, key=key, extension__in=Extension.objects.visible_to(request.user))
    return FileResponse(found.file.open("rb"), as_attachment=True, content_type=MIME[found.format],
                        filename=f"phu-luc-{found.extension_id}-{found.number}.{found.format}")


# --- lifting --------------------------------------------------------------------------------------------------------

@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """End a suspension early: for whom, from when, with the new dates to look at first."""
    asked = visible(request, pk)
    if asked.instrument != Instrument.SUSPENSION or not policies.can_lift_extension(request.user, asked):
        raise Http404
    if asked.state != ExtensionState.DONE:
        messages.info(request, _("Chỉ bãi bỏ được khi việc tạm dừng đã thực hiện và chưa bãi bỏ."))
        return redirect("dossiers:extension", pk)
    filters = LiftFilterForm(request.GET or None)
    suspended = Dossier.objects.filter(extension_items__in=asked.items.filter(state=ItemState.DONE, lift__isnull=True))
    procedures, _fields, areas = extension_lists.choices_of(suspended)
    filters.offer(procedures, areas)
    scope = filters.scope()
    form, status = LiftForm(request.POST if request.method == "POST" else None), 200
    day, over = day_of(asked, filters)
    if request.method == "POST":
        status = try_lift(request, asked, form, scope, day)
        if status == 302:
            messages.success(request, _("Đã bãi bỏ. Ngày hẹn trả được tính lại và công dân được báo."))
            return redirect("dossiers:extension", pk)
    found = extension_lists.lift_page(asked, scope, wanted_by(request), day)
    total = extension_lists.still_suspended(asked, scope).count()
    kept = urlencode({name: request.GET[name] for name in ("tu_ngay", "thu_tuc", "dia_ban", "tim") if request.GET.get(name)})
    context = {"asked": asked, "form": form, "filters": filters, "list": found, "total": total, "day": day, "over": over, "kept": kept}
    return render(request, "dossiers/extension_lift.html", context, status=status)


def day_of(asked: Extension, filters: LiftFilterForm) -> tuple[date, str]:
    """(the first day that counts again, '') as the address says; with the sentence why not where it is too late."""
    typed = filters.cleaned_data.get("tu_ngay") if filters.is_bound and filters.is_valid() else None
    try:
        return first_day(asked, typed), ""
    except Refused as refusal:
        return asked.until, str(refusal.sentence)


def try_lift(request: HttpRequest, asked: Extension, form: LiftForm, scope: Scope, day: date) -> int:
    """Give the order: 302, or the status of the refusal, which is in the form then."""
    if not form.is_valid():
        return 422
    what = form.cleaned_data["what"]
    keys = [row_id(value) for value in request.POST.getlist("items")] if what == LiftForm.CHOSEN else None
    try:
        extensions.lift(actor=request.user, extension=asked, from_day=day, via="web", reason=form.cleaned_data["reason"], items=keys,
                        scope=scope if what == LiftForm.FILTERED else None)
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    return 302
