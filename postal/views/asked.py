"""Files that somebody asked for: how far the job is, then the file. Nobody else sees either; who takes it is written down."""
from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from onestop.access import role_required
from onestop.people import downloads
from onestop.people.requests import StaffRequest
from onestop.people.states import NamedList, Role
from onestop.sheets import XLSX
from postal.models import AskedFile
from postal.policies import LISTERS
from postal.services import asked
from postal.states import FileKind

ASKERS = (*LISTERS, Role.MONITOR)
LISTS = {FileKind.PEOPLE.value: ("danh-sach-dot-lien-he", NamedList.CAMPAIGN),
         FileKind.PAID.value: ("nguoi-dan-da-tra", NamedList.SETTLEMENT)}


def own(request: StaffRequest, pk: int) -> AskedFile:
    """A file of one's own; 404 for any other."""
    rows = AskedFile.objects.visible_to(request.user).select_related("campaign", "waiver", "office")
    return get_object_or_404(rows, pk=pk)


@role_required(*ASKERS)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """How far it is."""
    row = own(request, pk)
    return render(request, "postal/asked_file.html", {"row": row, "failed": asked.failed(row), "most": max(row.total, row.reached, 1)})


@role_required(*ASKERS)
@require_POST
def download(request: StaffRequest, pk: int) -> FileResponse:
    """The file as it was made."""
    row = own(request, pk)
    if row.done_at is None:
        raise Http404
    name, which = LISTS[row.kind]
    about = row.campaign or row.waiver
    downloads.taken(request, which, about.name if about else "", row.rows)
    return FileResponse(row.file.open("rb"), content_type=XLSX, filename=f"{name}-{row.pk}.xlsx", as_attachment=True)
