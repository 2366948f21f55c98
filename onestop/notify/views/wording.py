"""Every message of the portal, and its own words for it."""
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop.access import role_required, take_refusal, tell_refusal
from onestop.notify import policies, wording_reads
from onestop.notify.form_wording import WordingFilter, WordingForm
from onestop.notify.models import TemplateText
from onestop.notify.services import wording_texts
from onestop.notify.wording import TEMPLATES, Wording
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused

PER_PAGE = 20


@role_required(*policies.WORDS_READERS)
@require_GET
def wording_list(request: StaffRequest) -> HttpResponse:
    """All messages: what they are called, to whom and when they go, how long they are."""
    form = WordingFilter(request.GET)
    form.is_valid()
    asked = getattr(form, "cleaned_data", {})
    found = wording_reads.found(asked.get("q", ""), asked.get("kind", ""))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, wording_reads.channels(row.wording)) for row in wording_reads.rows(list(page.object_list))]
    return render(request, "notify/wordings.html", {"form": form, "page_obj": page, "rows": rows, "many": wording_texts.MANY_PARTS})


@role_required(*policies.WORDS_READERS)
@require_GET
def wording(request: StaffRequest, key: str) -> HttpResponse:
    """One message as it is read, also about a sensitive procedure, and the versions of its own words."""
    row = _known(key)
    return render(request, "notify/wording.html", {
        "wording": row, "channels": wording_reads.channels(row), "languages": wording_reads.in_languages(row),
        "may_write": policies.can_write_words(request.user), "many": wording_texts.MANY_PARTS})


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def edit_wording(request: StaffRequest, key: str, language: str) -> HttpResponse:
    """Write own words, look at them, use them."""
    row = _known(key, language)
    used = TemplateText.objects.filter(key=key, language=language, active=True).first()
    start = {"seen": wording_reads.newest(key, language), "subject": used.subject if used else "", "body": used.body if used else ""}
    form = WordingForm(request.POST or None, initial=start)
    preview = None
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" not in request.POST:
                wording_texts.write(actor=request.user, key=key, language=language, **form.cleaned_data)
                flash.success(request, _("Đã lưu. Tin viết từ lúc này dùng lời mới; tin đã viết giữ nguyên."))
                return redirect("notify:wording", key)
            preview = _preview(row, language, form)
        except Refused as refusal:
            take_refusal(form, refusal)
    return render(request, "notify/wording_edit.html", {
        "wording": row, "language": language, "form": form, "preview": preview, "used": used, "many": wording_texts.MANY_PARTS,
        "placeholders": wording_reads.placeholders(row), "said": wording_reads.said(row, language, {})})


def _preview(row: Wording, language: str, form: WordingForm) -> list[wording_reads.Said]:
    words = (form.cleaned_data["subject"], form.cleaned_data["body"])
    wording_texts.check(row, language, *words)
    return [wording_reads.said(row, language, {(row.key, language): words}, sensitive=sensitive) for sensitive in (False, True)]


@role_required(Role.ADMINISTRATOR)
@require_POST
def give_up_wording(request: StaffRequest, key: str, language: str) -> HttpResponse:
    """Back to the portal's usual words."""
    _known(key, language)
    try:
        if wording_texts.give_up(actor=request.user, key=key, language=language):
            flash.success(request, _("Đã trở về lời mặc định."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:wording", key)


@role_required(Role.ADMINISTRATOR)
@require_POST
def use_wording_again(request: StaffRequest, pk: int) -> HttpResponse:
    """An older version once more."""
    row = get_object_or_404(TemplateText, pk=pk)
    try:
        wording_texts.use_again(actor=request.user, row=row, seen=wording_reads.newest(row.key, row.language))
        flash.success(request, _("Đã dùng lại lời của bản %(version)d.") % {"version": row.version})
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:wording", row.key)


def _known(key: str, language: str = "vi") -> Wording:
    if key not in TEMPLATES or language not in wording_reads.languages():
        raise Http404
    return TEMPLATES[key]
