"""Forms of one dossier: officers issue the control slip, whoever filed reads the proof of it."""
from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from dossiers import policies
from dossiers.models import IssuedForm
from dossiers.services import forms
from dossiers.states import FormKind
from dossiers.views.casework import STAFF, found, pdf
from dossiers.views.citizen import SUBMITTED_KEY
from onestop.access import role_required


@role_required(*STAFF)
@require_POST
def issue_control(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the control slip as the steps stand now, then open it."""
    dossier = found(request.user, pk)
    if dossier.code is None or not policies.can_note(request.user, dossier):
        raise Http404
    return redirect("dossiers:form", forms.control(dossier=dossier, signer=request.user).key)


@login_not_required
@require_GET
def proof(request: HttpRequest, reference: str) -> HttpResponse:
    """The proof of filing; only in the browser that filed, since it names the applicant. 404 until it is made."""
    mine = dict(request.session.get(SUBMITTED_KEY, {}).values())
    row = IssuedForm.objects.filter(kind=FormKind.FILING, dossier__reference=reference).select_related("dossier").first()
    if row is None or reference not in mine:
        raise Http404
    return pdf(row)
