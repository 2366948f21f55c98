"""Closures: the list, closing an office, opening it again."""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onestop import clock
from onestop.access import role_required, take_refusal
from onestop.offices import policies
from onestop.offices.forms import CloseForm, ReopenForm
from onestop.offices.models import Closure, Office
from onestop.offices.services import close_office, reopen_office
from onestop.offices.views.common import office_or_404, page_of, sections
from onestop.people.shapes import Tab
from onestop.transitions import Refused


@require_safe
@role_required(*policies.READERS)
def closure_list(request: HttpRequest) -> HttpResponse:
    """Closures of the offices this person works for: in force and to come, or past."""
    past, today = request.GET.get("xem") == "da-qua", clock.today()
    ended = Q(ends_on__isnull=False, ends_on__lt=today)
    rows = Closure.objects.filter(office__in=Office.objects.visible_to(request.user)).filter(ended if past else ~ended)
    page = page_of(request, rows.select_related("office", "room").order_by("-starts_on", "-pk"))
    closures = [(item, item.starts_on <= today and not past, not past and policies.can_close_office(request.user, item.office))
                for item in page.object_list]
    here = reverse("offices:closures")
    tabs = [Tab(_("Đang và sắp đóng cửa"), here, not past), Tab(_("Đã qua"), f"{here}?xem=da-qua", past)]
    return render(request, "offices/closures.html", {"page": page, "closures": closures, "past": past, "views": tabs,
                                                     "sections": sections("closures")})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close an office or a room of it for a time."""
    office = office_or_404(request, code)
    if not policies.can_close_office(request.user, office):
        raise PermissionDenied
    form = CloseForm(_data(request), office=office, initial={"starts_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            close_office(actor=request.user, office=office, **form.cleaned_data)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            messages.success(request, _("Đã ghi thời gian đóng cửa của %(office)s.") % {"office": office.name})
            return redirect("offices:detail", code=office.code)
    return render(request, "offices/close.html", {"office": office, "form": form, "sections": sections("closures")},
                  status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.READERS)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """End a closure, from today on."""
    visible = Closure.objects.filter(office__in=Office.objects.visible_to(request.user)).select_related("office", "room")
    closure = get_object_or_404(visible, pk=pk)
    if not policies.can_close_office(request.user, closure.office):
        raise PermissionDenied
    form = ReopenForm(_data(request))
    if request.method == "POST" and form.is_valid():
        reopen_office(actor=request.user, closure=closure, reason=form.cleaned_data["reason"])
        messages.success(request, _("%(office)s mở cửa lại từ hôm nay.") % {"office": closure.office.name})
        return redirect("offices:detail", code=closure.office.code)
    return render(request, "offices/reopen.html", {"closure": closure, "form": form, "sections": sections("closures")},
                  status=422 if form.errors else 200)


def _data(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
