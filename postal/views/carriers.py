"""Carriers for administrators: how each is reached, its words, its files."""
from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people import downloads
from onestop.people.models import User
from onestop.people.requests import StaffRequest
from onestop.people.states import NamedList, Role
from onestop.transitions import Refused
from postal import carrier_pages
from postal.forms.carriers import CarrierForm, WordForm
from postal.models import Carrier, CarrierQuerySet, CarrierWord
from postal.services import breakers, files, keeping, words
from postal.states import Adapter, Meaning

PER_PAGE = 25


def kept_by(user: User) -> CarrierQuerySet:
    """Carriers that an administrator keeps."""
    return Carrier.objects.visible_to(user)


def _kept(request: StaffRequest, pk: int) -> Carrier:
    return get_object_or_404(kept_by(request.user).select_related("province"), pk=pk)


@role_required(Role.ADMINISTRATOR)
@require_GET
def carriers(request: StaffRequest) -> HttpResponse:
    """Every carrier with what waits and what is wrong."""
    page = Paginator(carrier_pages.with_counts(kept_by(request.user)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/carriers.html", {"page_obj": page, "rows": [(one, breakers.resting(one)) for one in page]})


@role_required(Role.ADMINISTRATOR)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def carrier_new(request: StaffRequest) -> HttpResponse:
    """A new carrier; its key is shown in the answer and never again."""
    form, status = CarrierForm(request.POST or None, user=request.user), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = keeping.add(actor=request.user, values=form.values)
            except Refused as refusal:
                take_refusal(form, refusal)
            else:
                return _page(request, made, key=made.key, status=201)
    return render(request, "postal/carrier_edit.html", {"form": form, "carrier": None}, status=status)


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def carrier_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """How a carrier is reached, its names, its hours, whom it concerns."""
    found = _kept(request, pk)
    form, status = CarrierForm(request.POST or None, user=request.user, carrier=found), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                keeping.change(actor=request.user, carrier=found, values=form.values)
            except Refused as refusal:
                take_refusal(form, refusal)
            else:
                flash.success(request, _("Đã lưu. Hạn đã giao cho bưu chính trước đó không đổi."))
                return redirect("postal:carrier", pk)
    return render(request, "postal/carrier_edit.html", {"form": form, "carrier": found}, status=status)


@role_required(Role.ADMINISTRATOR)
@require_GET
def carrier(request: StaffRequest, pk: int) -> HttpResponse:
    """One carrier: connection, breaker, hours, history."""
    return _page(request, _kept(request, pk))


def _page(request: StaffRequest, found: Carrier, *, key: str = "", status: int = 200) -> HttpResponse:
    row = carrier_pages.with_counts(kept_by(request.user)).get(pk=found.pk)
    context: dict[str, Any] = {"carrier": row, "key": key, "resting": breakers.resting(row), "items": carrier_pages.history(row),
                               "by_file": row.adapter == Adapter.FILE, "week": carrier_pages.week(row),
                               "roles_told": carrier_pages.told(row), "mapped": sorted((row.order_fields | row.answer_fields).items())}
    return render(request, "postal/carrier.html", context, status=status)


@role_required(Role.ADMINISTRATOR)
@never_cache
@require_POST
def carrier_key(request: StaffRequest, pk: int) -> HttpResponse:
    """Another key; shown in this answer and never again."""
    found = _kept(request, pk)
    return _page(request, found, key=keeping.replace_key(actor=request.user, carrier=found), status=201)


@role_required(Role.ADMINISTRATOR)
@require_POST
def carrier_reset(request: StaffRequest, pk: int) -> HttpResponse:
    """Close the breaker."""
    breakers.reset(actor=request.user, carrier=_kept(request, pk))
    flash.success(request, _("Đã nối lại; bưu gửi đang chờ sẽ được báo ngay."))
    return redirect("postal:carrier", pk)


@role_required(Role.ADMINISTRATOR)
@require_GET
def carrier_trial(request: StaffRequest, pk: int) -> HttpResponse:
    """What would go out; nothing does."""
    found = _kept(request, pk)
    return render(request, "postal/carrier_trial.html", {"carrier": found, "trial": carrier_pages.trial(found),
                                                         "by_file": found.adapter == Adapter.FILE})


# --- words --------------------------------------------------------------------------------------------------------

@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def carrier_words(request: StaffRequest, pk: int) -> HttpResponse:
    """The carrier's words and their meaning; those without one first."""
    found = _kept(request, pk)
    form, status = WordForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _explained(request, found, form):
            return redirect("postal:carrier_words", pk)
    listed = CarrierWord.objects.filter(carrier=found).order_by("meaning", "word")
    page = Paginator(carrier_pages.with_waiting(listed), PER_PAGE * 2).get_page(request.GET.get("page"))
    return render(request, "postal/carrier_words.html", {"carrier": found, "form": form, "page_obj": page, "meanings": Meaning.choices},
                  status=status)


def _explained(request: StaffRequest, found: Carrier, form: WordForm) -> bool:
    try:
        row = words.explain(actor=request.user, carrier=found, **form.cleaned_data)
    except Refused as refusal:
        take_refusal(form, refusal)
        return False
    flash.success(request, _("Đã lưu ý nghĩa của “%(word)s”; tin đang chờ sẽ được áp dụng.") % {"word": row.word})
    return True


@role_required(Role.ADMINISTRATOR)
@require_POST
def carrier_word_drop(request: StaffRequest, pk: int, word: int) -> HttpResponse:
    """Take a word off the table."""
    found = get_object_or_404(CarrierWord.objects.filter(carrier=_kept(request, pk)).select_related("carrier"), pk=word)
    try:
        words.drop(actor=request.user, word=found)
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:carrier_words", pk)


# --- files --------------------------------------------------------------------------------------------------------

@role_required(Role.ADMINISTRATOR)
@require_GET
def carrier_files(request: StaffRequest, pk: int) -> HttpResponse:
    """Manifests that went out, files that came in with the rows that could not be taken."""
    found = _kept(request, pk)
    came = Paginator(found.files.all(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/carrier_files.html", {"carrier": found, "manifests": found.manifests.all()[:PER_PAGE], "page_obj": came})


@role_required(Role.ADMINISTRATOR)
@require_POST
def carrier_manifest(request: StaffRequest, pk: int, manifest: int) -> HttpResponse:
    """A manifest as its rows give it, for whoever has to hand it over by another way; it is written down who takes it."""
    row = get_object_or_404(_kept(request, pk).manifests.select_related("carrier"), pk=manifest)
    content = files.again(row)
    downloads.taken(request, NamedList.MANIFEST, row.name, row.rows)
    return HttpResponse(content, content_type="application/octet-stream",
                        headers={"Content-Disposition": f'attachment; filename="{row.name}"', "Cache-Control": "no-store"})
