"""Social claims: a dossier by its code, the group of its applicant on a paper that the desk has seen."""
from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dossiers.models import Dossier
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import policies
from postal.forms.claims import ClaimForm, FindDossier
from postal.models import Shipment, SocialClaim
from postal.services import claims

OFFICERS = (Role.DESK, Role.SPECIALIST, Role.LEADER)
PER_PAGE = 30


@role_required(*OFFICERS)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """The claims confirmed at one's own offices; a dossier is found by its code."""
    form = FindDossier(request.GET)
    wanted = form.cleaned_data["ma"] if form.is_valid() else ""
    own = Dossier.objects.visible_to(request.user)
    if wanted:
        found = own.filter(Q(code__iexact=wanted) | Q(reference__iexact=wanted)).first()
        if found is not None:
            return redirect("postal:claim", found.pk)
        form.add_error("ma", _("Không tìm thấy hồ sơ mang mã này tại đơn vị của bạn."))
    rows = SocialClaim.objects.filter(dossier__in=own).select_related("dossier", "confirmed_by").order_by("-confirmed_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/claims.html", {"form": form, "page_obj": page}, status=422 if form.errors else 200)


@role_required(*OFFICERS)
@require_http_methods(["GET", "POST"])
def show(request: StaffRequest, dossier: int) -> HttpResponse:
    """One dossier's claim, with what its shipments cost."""
    row = _own(request, dossier)
    claim = SocialClaim.objects.filter(dossier=row).select_related("confirmed_by").first()
    kept = {"group": claim.group, "evidence": claim.evidence} if claim else None
    form = ClaimForm(request.POST or None, initial=kept)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = claims.confirm(actor=request.user, dossier=row, **form.cleaned_data)
                messages.success(request, _("Đã xác nhận đối tượng; %(count)d bưu gửi được tính lại cước.") % {"count": changed})
                return redirect("postal:claim", row.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    shipments = Shipment.objects.filter(dossier=row).visible_to(request.user).select_related("waiver")
    may = policies.can_confirm_claim(request.user, row)
    context = {"dossier": row, "claim": claim, "form": form, "shipments": list(shipments), "may": may}
    return render(request, "postal/claim.html", context, status=status)


@role_required(*OFFICERS)
@require_POST
def take_back(request: StaffRequest, dossier: int) -> HttpResponse:
    """The confirmation was a mistake."""
    row = _own(request, dossier)
    try:
        claims.take_back(actor=request.user, dossier=row)
        messages.success(request, _("Đã bỏ xác nhận đối tượng."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:claim", row.pk)


def _own(request: StaffRequest, pk: int) -> Dossier:
    return get_object_or_404(Dossier.objects.visible_to(request.user).select_related("procedure"), pk=pk)
