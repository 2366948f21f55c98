"""The wish that the post fetch the papers, changed by the citizen or by an officer whom they called."""
from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers import policies, tracking
from dossiers.form_collection import CollectionForm
from dossiers.models import Dossier
from dossiers.services import delivery
from dossiers.services.records import track_path
from dossiers.views.casework import found
from onestop.access import limited, role_required, take_refusal
from onestop.history import CITIZEN
from onestop.offices.models import Area
from onestop.people.models import User
from onestop.transitions import Refused


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("change_collection", "30/h")
def citizen_collection(request: HttpRequest, number: str) -> HttpResponse:
    """By the citizen, from the tracking page. Their address is not shown again: whoever knows four digits of a telephone may be here."""
    dossier = tracking.opened_in(request.session, number)
    if dossier is None:
        return redirect(track_path(number))
    form = CollectionForm(request.POST if request.method == "POST" else None, initial={"collect_by_post": dossier.collect_by_post})
    return _page(request, dossier, form, None, "base.html", reverse("dossiers:tracked", args=[dossier.number]))


@role_required(*policies.OFFICE_STAFF)
@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest, pk: int) -> HttpResponse:
    """By an officer of the dossier's offices."""
    dossier = found(request.user, pk)
    if not policies.works_on(request.user, dossier, *policies.OFFICE_STAFF):
        raise Http404
    area = Area.objects.select_related("parent__parent").filter(pk=dossier.collect_area_id or 0).first()
    initial = {"collect_by_post": dossier.collect_by_post, "collect_address": dossier.collect_address, "collect_area": area}
    form = CollectionForm(request.POST if request.method == "POST" else None, initial=initial)
    return _page(request, dossier, form, request.user, "base_staff.html", reverse("dossiers:detail", args=[pk]))


def _page(request: HttpRequest, dossier: Dossier, form: CollectionForm, actor: User | None, frame: str, back: str) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = _change(dossier, form, actor)
        if status == 302:
            messages.success(request, _("Đã lưu yêu cầu lấy giấy tờ."))
            return redirect(back)
    context = {"dossier": dossier, "form": form, "open": delivery.collection_is_open(dossier), "frame": frame, "back": back}
    return render(request, "dossiers/collection.html", context, status=status)


def _change(dossier: Dossier, form: CollectionForm, actor: User | None) -> int:
    """Save the wish; 302 when it was."""
    if not form.is_valid():
        return 422
    typed = form.cleaned_data
    try:
        delivery.change_collection(actor=actor, dossier=dossier, wanted=typed["collect_by_post"], address=typed["collect_address"],
                                   area=typed["collect_area"], via="web", actor_label="" if actor else CITIZEN)
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    return 302
