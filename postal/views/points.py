"""Reception points of the post: the public page, and where administrators keep them (letter Khánh Hòa 3)."""
from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from onestop import clock, sheets
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.offices.models import Area
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused
from postal import point_lists, policies
from postal.forms.points import ClosePointForm, ConfirmForm, PointForm, PointListForm, PointSearch, kept
from postal.models import Carrier, ReceptionPoint, ReceptionPointQuerySet
from postal.services import points

PER_PAGE = 20
FAULTS_SHOWN = 100


@login_not_required
@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Where the post receives dossiers, by commune or province. Four queries whatever the page."""
    form, found = searched(request, ReceptionPoint.objects.open_on(clock.today()))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "postal/points.html", {"form": form, "page_obj": page, "total": page.paginator.count})


def searched(request: HttpRequest, found: ReceptionPointQuerySet) -> tuple[PointSearch, ReceptionPointQuerySet]:
    """The points of an address's query."""
    provinces = Area.objects.filter(pk__in=found.order_by().values("area__parent")).order_by("name").values_list("code", "name")
    form = PointSearch(request.GET, provinces=list(provinces))
    asked = form.asked()
    return form, found.filter(carrier__active=True).called(asked["tim"], asked["tinh"])


@role_required(Role.ADMINISTRATOR)
@require_GET
def index(request: StaffRequest) -> HttpResponse:
    """The points that this administrator keeps, the closed ones too."""
    form, found = searched(request, ReceptionPoint.objects.managed_by(request.user))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "today": clock.today(), "total": page.paginator.count}
    return render(request, "postal/points_kept.html", context)


def carriers_of(request: StaffRequest) -> list[Carrier]:
    """The carriers whose points this administrator keeps."""
    return [one for one in Carrier.objects.visible_to(request.user) if policies.can_manage_points(request.user, one)]


def own(request: StaffRequest, pk: int) -> ReceptionPoint:
    """A point that this administrator keeps; 404 else."""
    return get_object_or_404(ReceptionPoint.objects.managed_by(request.user).select_related("carrier", "area__parent__parent"), pk=pk)


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a point, or change one."""
    point = own(request, pk) if pk is not None else None
    names = ("carrier", "code", "name", "area", "address", "phone", "hours", "opens", "closes", "valid_from")
    initial = {name: getattr(point, name) for name in names} if point else {"valid_from": clock.today()}
    carriers = Carrier.objects.filter(pk__in=[one.pk for one in carriers_of(request)])
    form = PointForm(request.POST if request.method == "POST" else None, initial=initial, carriers=carriers)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = dict(form.cleaned_data)
            try:
                points.save_point(actor=request.user, carrier=values.pop("carrier"), values=values, point=point)
                flash.success(request, _("Đã lưu điểm tiếp nhận."))
                return redirect("postal:points_kept")
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "postal/point_edit.html", {"form": form, "point": point, "close": ClosePointForm()}, status=status)


@role_required(Role.ADMINISTRATOR)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """The point receives until a day."""
    point, form = own(request, pk), ClosePointForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("Vui lòng chọn ngày."))
        return redirect("postal:point_edit", pk)
    try:
        points.close_point(actor=request.user, point=point, last_day=form.cleaned_data["last_day"])
        flash.success(request, _("Đã ghi ngày nhận cuối cùng."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:points_kept")


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def bring_in(request: StaffRequest) -> HttpResponse:
    """A list from a file: first what it would do and which lines can't be used, then the same list for good."""
    carriers = Carrier.objects.filter(pk__in=[one.pk for one in carriers_of(request)])
    if request.method == "POST" and "kept" in request.POST:
        return confirmed(request)
    form = PointListForm(request.POST or None, request.FILES or None, carriers=carriers)
    context: dict[str, Any] = {"form": form, "found": None, "most": point_lists.MOST}
    if request.method != "POST":
        return render(request, "postal/points_import.html", context)
    if form.is_valid():
        try:
            carrier = form.cleaned_data["carrier"]
            found = points.read(form.cleaned_data["file"].read())
            context |= {"found": found, "left_out": found.left_out[:FAULTS_SHOWN], "would": points.preview(carrier, found.points),
                        "kept": kept(carrier, found.points), "carrier": carrier}
            return render(request, "postal/points_import.html", context)
        except sheets.Unreadable as unreadable:
            form.add_error("file", str(unreadable))
    return render(request, "postal/points_import.html", context, status=422)


def confirmed(request: StaffRequest) -> HttpResponse:
    """Bring in the list that was looked at."""
    text = request.POST.get("carrier", "")
    carrier = next((one for one in carriers_of(request) if str(one.pk) == text), None)
    form = ConfirmForm(request.POST)
    found = form.points(carrier) if carrier is not None and form.is_valid() else None
    if carrier is None or found is None:
        flash.error(request, _("Bản xem trước đã cũ. Vui lòng tải tệp lên lại."))
        return redirect("postal:points_import")
    try:
        done = points.bring_in(actor=request.user, carrier=carrier, points=found)
        flash.success(request, _("Đã thêm %(created)s, sửa %(changed)s, giữ nguyên %(unchanged)s điểm.") % vars(done))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("postal:points_kept")


@role_required(Role.ADMINISTRATOR)
@require_GET
def template(request: StaffRequest) -> HttpResponse:
    """The file to fill in."""
    answer = HttpResponse(sheets.empty(point_lists.HEADER), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="diem-tiep-nhan.csv"'
    return answer
