"""The citizen's side of the result: the electronic one by a told link or from the tracking page, and the way it comes back."""
from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers import policies, tracking
from dossiers.form_results import CitizenReturnForm, FactorForm
from dossiers.models import Dossier, Result
from dossiers.services import delivery, links, returning
from dossiers.services.records import track_path
from dossiers.states import ReturnMethod
from dossiers.views.casework import opened
from onestop.access import limited, take_refusal
from onestop.transitions import Refused

OPENED_KEY = "dossiers_result_links"  # links whose second factor a browser has given


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@limited("result_link", "60/h")
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The told link: asks for the second factor, then shows the files to be taken away."""
    row = links.found_by(token)
    form = FactorForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                links.open(token, form.cleaned_data["factor"])
            except Refused as refusal:
                if refusal.code != "wrong_factor":
                    raise
                take_refusal(form, refusal)
            else:
                request.session[OPENED_KEY] = [*request.session.get(OPENED_KEY, []), row.pk][-20:]
                return redirect("dossiers:result_link", token)
    known = row.pk in request.session.get(OPENED_KEY, [])
    context = {"dossier": row.dossier, "token": token, "form": form, "known": known, "until": row.expires_at,
               "left": settings.RESULT_LINK_FAILURES - row.failures, "results": shown(row.dossier) if known else []}
    return render(request, "dossiers/result_link.html", context, status=status)


def shown(dossier: Dossier) -> list[Result]:
    """The documents with a file."""
    return list(links.with_file(dossier).select_related("upload"))


@login_not_required
@require_POST
@limited("result_file", "120/h")
def link_file(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """A file by the told link, in the browser that gave the second factor."""
    row = links.found_by(token)
    if row.pk not in request.session.get(OPENED_KEY, []):
        return redirect("dossiers:result_link", token)
    return sent(row.dossier, links.fetch(row.dossier, key, via="link"))


def sent(dossier: Dossier, result: Result) -> FileResponse:
    """The file as a download under the dossier's number."""
    upload = result.upload
    if upload is None:
        raise Http404
    return FileResponse(opened(upload), content_type=upload.mime, filename=f"ket-qua-{dossier.number}.pdf", as_attachment=True)


@login_not_required
@require_GET
@never_cache
def tracked_result(request: HttpRequest, number: str) -> HttpResponse:
    """The electronic result from the tracking page: the second factor was given there."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    if not links.electronic(dossier):
        raise Http404
    return render(request, "dossiers/result_tracked.html", {"dossier": dossier, "results": shown(dossier)})


@login_not_required
@require_POST
@limited("result_file", "120/h")
def tracked_file(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """A file from the tracking page."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    return sent(dossier, links.fetch(dossier, key, via="tracking"))


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("change_return", "30/h")
def change_return(request: HttpRequest, number: str) -> HttpResponse:
    """Choose another way to get the result, until it was handed over or is on its way (Khánh Hòa 2, Thường Tín 5)."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    form = CitizenReturnForm(request.POST or None, initial={"return_method": dossier.return_method})
    status = 200
    if request.method == "POST":
        status = change(dossier, form)
        if status == 302:
            messages.success(request, _("Đã lưu cách nhận kết quả."))
            return redirect("dossiers:tracked", dossier.number)
    context = {"dossier": dossier, "form": form, "open": policies.return_is_open(dossier),
               "collection_open": delivery.collection_is_open(dossier),
               "post_saves_a_way": not dossier.procedure.presence_required and dossier.return_method == ReturnMethod.COUNTER}
    return render(request, "dossiers/change_return.html", context, status=status)


def change(dossier: Dossier, form: CitizenReturnForm) -> int:
    """Save the choice; 302 when it was."""
    if not form.is_valid():
        return 422
    method = form.cleaned_data["return_method"]
    sent_home = method in (ReturnMethod.POST, ReturnMethod.HOME)
    address = form.cleaned_data["return_address"] or (dossier.return_address if sent_home else "")
    try:
        returning.change_by_citizen(dossier=dossier, method=method, address=address, area=form.cleaned_data["return_area"])
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    return 302
