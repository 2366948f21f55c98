"""Forms of one dossier that officers issue when they need them."""
from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dossiers import policies
from dossiers.services import forms
from dossiers.views.casework import STAFF, found
from onestop.access import role_required


@role_required(*STAFF)
@require_POST
def issue_control(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the control slip as the steps stand now, then open it."""
    dossier = found(request.user, pk)
    if dossier.code is None or not policies.can_note(request.user, dossier):
        raise Http404
    return redirect("dossiers:form", forms.control(dossier=dossier, signer=request.user).key)
