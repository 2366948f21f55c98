"""How often the carrier came in time: the page and its file; counting given times again."""
import csv
import io
from collections.abc import Iterable
from typing import Any

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dossiers.printing.tables import Column, Sheet, write_xlsx
from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.people import shown
from onestop.people.states import Role
from onestop.sheets import XLSX
from onestop.transitions import Refused
from postal import compliance, policies
from postal.forms.shipments import ComplianceFilter
from postal.models import Carrier
from postal.services import timing
from postal.views.doors import post_role_required

PER_PAGE = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@post_role_required(*policies.COMPARERS)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Due, in time, late, open and the share in time, by carrier, office and week; papers from citizens and results apart."""
    form = ComplianceFilter(request.GET, user=request.user)
    rows = _rows(request, form)
    carriers = Carrier.objects.visible_to(request.user) if request.user.has_role(Role.ADMINISTRATOR) else Carrier.objects.none()
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "totals": compliance.totals(rows), "carriers": list(carriers),
               "address": request.GET.urlencode()}
    return render(request, "postal/compliance.html", context, status=200 if form.is_valid() else 422)


@post_role_required(*policies.COMPARERS)
@require_GET
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """The same figures as CSV or XLSX."""
    rows = _rows(request, ComplianceFilter(request.GET, user=request.user))
    table = [_line(row) for row in rows]
    content = _csv(table) if kind == "csv" else _xlsx(table)
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8" if kind == "csv" else XLSX)
    answer["Content-Disposition"] = f'attachment; filename="dung-gio-{clock.today().isoformat()}.{kind}"'
    return answer


def _rows(request: HttpRequest, form: ComplianceFilter) -> list[compliance.Figure]:
    if not form.is_valid():
        return []
    carrier, office = form.cleaned_data["doanh_nghiep"], form.cleaned_data["don_vi"]
    return compliance.figures(request.user, carrier=carrier.pk if carrier else None, office=office.pk if office else None,
                              week=compliance.read_week(form.cleaned_data["tuan"]))


def _titles() -> list[str]:
    return [_("Tuần"), _("Từ ngày"), _("Chiều"), _("Doanh nghiệp bưu chính"), _("Đơn vị"), _("Phải lấy"), _("Đúng giờ"), _("Quá giờ"),
            _("Đang chờ"), _("Không lấy được"), _("Tỷ lệ đúng giờ (%)")]


def _line(row: compliance.Figure) -> list[Any]:
    return [row.week_name, shown.day(row.first_day), row.direction_name, row.carrier, row.office, row.due, row.in_time, row.late, row.open,
            row.missed, row.share if row.share is not None else ""]


def _csv(table: Iterable[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_titles())
    writer.writerows([_harmless(value) for value in line] for line in table)
    return out.getvalue().encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    """A name that begins like a formula is read as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _xlsx(table: Iterable[list[Any]]) -> bytes:
    sheet = Sheet(title=_("Bưu chính đến lấy đúng giờ"), agency="", office=_("Cổng một cửa"), place_date="",
                  columns=[Column(title, 24 if index in (2, 3, 4) else 14) for index, title in enumerate(_titles())],
                  subtitles=[_("Tính đến %(moment)s") % {"moment": shown.moment(clock.now())}])
    out = io.BytesIO()
    write_xlsx(sheet, table, out)
    return out.getvalue()


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def recalculate(request: HttpRequest, pk: int) -> HttpResponse:
    """Give what the carrier has not fetched yet the time that its present setting gives."""
    carrier = get_object_or_404(Carrier.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        try:
            waiting = timing.recalculate(actor=request.user, carrier=carrier)
            sentence = _("Đang tính lại hạn đến lấy của %(count)s bưu gửi; việc này tự chạy xong sau ít phút.")
            flash.success(request, sentence % {"count": waiting})
        except Refused as refusal:
            tell_refusal(request, refusal)
        return redirect("postal:compliance")
    waiting = timing.to_recalculate(carrier).count()
    return render(request, "postal/compliance_recalculate.html", {"carrier": carrier, "waiting": waiting})
