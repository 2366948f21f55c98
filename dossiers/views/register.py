"""The register on the screen and as a file; the list of results that the department hands to the shop."""
from __future__ import annotations

import tempfile
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET

from dossiers import printing, register
from dossiers.form_register import DaysForm, RegisterForm
from onestop import clock
from onestop.access import role_required
from onestop.people.states import Role
from onestop.sheets import XLSX

STAFF = (Role.DESK, Role.SPECIALIST, Role.LEADER, Role.ADMINISTRATOR, Role.MONITOR)


def asked(request: HttpRequest, form_class: type[DaysForm]) -> DaysForm:
    """The form of an address's query; 404 for somebody without an office."""
    offices = list(register.offices_of(request.user))
    if not offices:
        raise Http404
    asked_for = {name: value for name, value in request.GET.items() if value}
    usual = {} if {"tu", "den"} & asked_for.keys() else form_class.usual(offices)
    return form_class({**usual, **asked_for}, offices=offices)


@role_required(*STAFF)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The register of an office and period, 25 lines a page, with its files."""
    form = asked(request, RegisterForm)
    if not form.is_valid():
        return render(request, "dossiers/register.html", {"form": form}, status=422)
    period = form.period()
    page = Paginator(register.received(request.user, period), 25).get_page(request.GET.get("page"))
    total = page.paginator.count
    books = [{"number": number, "first": (number - 1) * register.BOOK + 1, "last": min(number * register.BOOK, total)}
             for number in range(1, -(-total // register.BOOK) + 1)]
    context = {"form": form, "period": period, "page_obj": page, "books": books, "total": total, "query": kept(form)}
    return render(request, "dossiers/register.html", context)


def kept(form: DaysForm) -> str:
    """The choice as a query string."""
    period = form.period()
    return urlencode({"don_vi": period.office.code, "tu": period.first.isoformat(), "den": period.last.isoformat(), "loai": period.state,
                      "kenh": period.channel})


@role_required(*STAFF)
@require_GET
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """The register as XLSX, or one of its books as PDF; written to a temporary file part by part."""
    form = asked(request, RegisterForm)
    if not form.is_valid() or not isinstance(form, RegisterForm) or kind not in ("pdf", "xlsx"):
        raise Http404
    period, number = form.period(), book_number(request)
    found = register.received(request.user, period)
    out = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with translation.override("vi"):
        if kind == "xlsx":
            printing.write_xlsx(register.sheet(period, filtered=form.said()), register.rows(found), out)
        else:
            part = register.rows(found, after=(number - 1) * register.BOOK, most=register.BOOK)
            printing.write_pdf(register.sheet(period, filtered=form.said(), book=number), part, out, issued_at=clock.now())
    return sent(out, kind, f"so-theo-doi-{period.office.code}-{period.first:%Y%m%d}-{period.last:%Y%m%d}-{number}")


def book_number(request: HttpRequest) -> int:
    """Which book: 1 unless the address says so."""
    text = request.GET.get("quyen", "1")
    return min(max(int(text), 1), 10_000) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def sent(out: Any, kind: str, name: str) -> FileResponse:
    """A written file on its way; it is closed, and gone, when it was sent."""
    out.seek(0)
    mime = XLSX if kind == "xlsx" else "application/pdf"
    return FileResponse(out, content_type=mime, filename=f"{name}.{kind}", as_attachment=kind == "xlsx")


@role_required(*STAFF)
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """Results that were there on a day, to be handed from the department to the shop."""
    form = asked(request, DaysForm)
    if not form.is_valid():
        return render(request, "dossiers/handed.html", {"form": form}, status=422)
    page = Paginator(register.decided(request.user, form.period()), 25).get_page(request.GET.get("page"))
    return render(request, "dossiers/handed.html", {"form": form, "period": form.period(), "page_obj": page, "query": kept(form)})


@role_required(*STAFF)
@require_GET
def results_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as PDF with room for both signatures, or XLSX."""
    form = asked(request, DaysForm)
    if not form.is_valid() or kind not in ("pdf", "xlsx"):
        raise Http404
    period, out = form.period(), tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    rows = register.handed(register.decided(request.user, period))
    with translation.override("vi"):
        if kind == "xlsx":
            printing.write_xlsx(register.handed_sheet(period), rows, out)
        else:
            printing.write_pdf(register.handed_sheet(period), rows, out, issued_at=clock.now())
    return sent(out, kind, f"ban-giao-ket-qua-{period.office.code}-{period.first:%Y%m%d}")
