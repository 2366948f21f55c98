"""How people choose to be told: the door of those who are signed in, and the link that confirms a new e-mail address."""
from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onestop.access import limited, take_refusal
from onestop.notify import own_page
from onestop.notify.contacts import masked
from onestop.notify.form_subscriptions import CodeForm
from onestop.notify.models import Preference
from onestop.notify.services import Recipient, own_wishes
from onestop.people.requests import StaffRequest
from onestop.transitions import Refused


@require_http_methods(["GET", "POST"])
@never_cache
@limited("own_wishes", "30/h")
def account(request: StaffRequest) -> HttpResponse:
    """Of whoever is signed in."""
    user = request.user
    person = Recipient(user.full_name, user.phone, user.email, getattr(request, "LANGUAGE_CODE", "vi"))
    return own_page.answer(request, person=person, here=reverse("news:own"), back=reverse("people:desk"), name=_("Trang của tôi"))


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@limited("own_email", "30/h")
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link that went to a new address: GET shows which one, POST confirms it with the code of the telephone."""
    found, status = own_wishes.waiting_for(token), 200
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and found.email_waiting:
        found, status = _confirmed(token, form) or found, 422
    done = not found.email_waiting
    context = {"email": masked(found.email_waiting or found.email), "phone": masked(found.contact), "done": done, "form": form}
    return render(request, "notify/own_email.html", context, status=200 if done else status)


def _confirmed(token: str, form: CodeForm) -> Preference | None:
    """The row with its new address; None, and why in the form, where the code was not right."""
    if not form.is_valid():
        return None
    try:
        return own_wishes.confirm_email(token=token, code=form.cleaned_data["code"])
    except Refused as refusal:
        if refusal.code != "code_wrong":
            raise
        take_refusal(form, refusal)
    return None
