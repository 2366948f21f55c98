"""Around the form of a procedure: which office it goes to, and the proof that it was handed in."""
from __future__ import annotations

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from dossiers.models import Dossier, Draft
from dossiers.services import intake, upkeep
from dossiers.states import FormKind
from dossiers.views.casework import pdf
from onestop import clock
from onestop.access import limited
from onestop.catalogue.models import Procedure
from onestop.offices.queries import offices_at_levels
from onestop.people.words import clean, fold

SUBMITTED_KEY = "dossiers_submitted"  # {form key: [reference, secret]} of this browser
DRAFTS_KEY = "dossiers_drafts"  # keys of the drafts that this browser has saved
MOST_KEPT = 10
SHOWN = 30  # offices on one page


def own_key(key: str) -> str:
    """The key of a citizen's form as a submission key: never one that a visit, a parcel or a program has."""
    return hashlib.sha256(f"web:{key}".encode()).hexdigest() if key else ""


def choose_office(request: HttpRequest, procedure: Procedure) -> HttpResponse:
    """Offices that carry the procedure out, narrowed by name with or without tone marks."""
    query = clean(request.GET.get("q", ""))[:80]
    offices = offices_at_levels(procedure.office_levels, on=clock.today())
    for word in fold(query).split():
        offices = offices.filter(search_name__contains=word)
    found = list(offices[:SHOWN + 1])
    context = {"procedure": procedure, "offices": found[:SHOWN], "more": len(found) > SHOWN, "query": query}
    return render(request, "dossiers/choose_office.html", context)


def draft_key(draft: Draft) -> str:
    """The submission key of a dossier that a draft becomes."""
    return own_key(f"draft:{draft.key}")


def remember_draft(request: HttpRequest, draft: Draft) -> None:
    """This browser has saved a draft: whoever hands it in from here may see the proof, also where the answer to that was lost."""
    mine = request.session.get(DRAFTS_KEY, [])
    if str(draft.key) not in mine:
        request.session[DRAFTS_KEY] = [*mine, str(draft.key)][-MOST_KEPT:]


def secret_here(request: HttpRequest, reference: str) -> str | None:
    """The secret of a dossier that this browser handed in; None for any other."""
    found: str | None = dict(request.session.get(SUBMITTED_KEY, {}).values()).get(reference)
    if found is not None:
        return found
    mine = request.session.get(DRAFTS_KEY, [])
    draft = Draft.objects.filter(key__in=mine, dossier__reference=reference).select_related("dossier").first() if mine else None
    own = draft is not None and draft.dossier is not None and draft.dossier.submission_key == draft_key(draft)
    return intake.secret_of(draft_key(draft)) if draft is not None and own else None


def filed_here(request: HttpRequest, reference: str) -> tuple[Dossier, str]:
    """A dossier that this browser handed in, and its secret; 404 in any other."""
    secret = secret_here(request, reference)
    if secret is None:
        raise Http404
    return get_object_or_404(Dossier.objects.select_related("procedure", "received_office"), reference=reference), secret


@login_not_required
@require_GET
def submitted(request: HttpRequest, reference: str) -> HttpResponse:
    """Proof of filing: reference, secret, what happens next. Only in the browser that filed."""
    dossier, secret = filed_here(request, reference)
    return render(request, "dossiers/submitted.html", {"dossier": dossier, "secret": secret, "files": dossier.uploads.count()})


@login_not_required
@require_POST
@limited("dossier_proof", "60/h")
def proof(request: HttpRequest, reference: str) -> HttpResponse:
    """The proof as a PDF; made now if its job has not run yet."""
    dossier, _secret = filed_here(request, reference)
    upkeep.issue_filing(dossier.pk)
    return redirect("dossiers:filing_proof", reference)


@login_not_required
@require_GET
def filing_proof(request: HttpRequest, reference: str) -> HttpResponse:
    """The proof that was made. Only in the browser that filed."""
    dossier, _secret = filed_here(request, reference)
    form = dossier.forms.select_related("dossier").filter(kind=FormKind.FILING).first()
    if form is None:
        raise Http404
    return pdf(form)
