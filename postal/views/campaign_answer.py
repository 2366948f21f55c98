"""The citizen's page behind the link of an invitation: no sign-in, nothing personal on it, the telephone's last digits as second factor."""
from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onestop.access import limited, take_refusal
from onestop.transitions import Refused
from postal.campaigns import ENDED
from postal.forms.campaigns import AnswerForm, described
from postal.models import CampaignItem
from postal.services import campaigns as services
from postal.services.campaigns.answering import open_of
from postal.services.campaigns.registering import CONSENT
from postal.states import ASKED, ReturnWish

ELSEWHERE = frozenset({"link_ended", "link_locked"})


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@limited("campaign_answer", "30/h")
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Choose how to get the result; once chosen, the same link says so. Reading it changes nothing."""
    items = services.found_by(token)
    form, status = AnswerForm(request.POST or None, items=items), 200
    if request.method == "POST" and open_of(items):
        status = _save(token, form)
        if status == 302:
            return redirect("postal:campaign_answer", token)
        items = services.found_by(token)
    return render(request, "postal/campaign_answer.html", context_of(items, form), status=status)


def _save(token: str, form: AnswerForm) -> int:
    """Register the choice; 302 when it was."""
    if not form.is_valid():
        return 422
    try:
        services.answer(token=token, factor=form.cleaned_data["factor"], choice=form.choice(), dossiers=form.cleaned_data.get("dossiers"))
    except Refused as refusal:
        if refusal.code in ELSEWHERE:
            raise
        if refusal.code == "already_answered":
            return 302
        take_refusal(form, refusal)
        return refusal.status
    return 302


def context_of(items: Sequence[CampaignItem], form: AnswerForm) -> dict[str, object]:
    """The numbers, and the procedures unless sensitive; never a name or an address (rules.md 9)."""
    item, asked = items[0], open_of(items)
    procedure = item.dossier.procedure
    settled = [one for one in items if one.state not in ASKED]
    several = len(items) > 1
    return {"number": "" if several else item.dossier.number, "office": (asked or items)[0].office, "several": several,
            "count": len(asked), "procedure": "" if several or procedure.sensitive else procedure.name,
            "ready": item.dossier.decided_at is not None, "asked": bool(asked), "over": all(one.state in ENDED for one in settled),
            "settled": [(described(one), "" if one.state in ENDED else one.get_wish_display()) for one in settled],
            "wish": item.get_wish_display(), "by_post": item.wish == ReturnWish.POST, "form": form, "words": CONSENT[ReturnWish.POST],
            "left": settings.CAMPAIGN_LINK_FAILURES - max(one.failures for one in items), "until": item.token_until}
