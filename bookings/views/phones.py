"""Showing that a phone is one's own: the code of a text, typed once in a browser (setting PHONE_CONFIRMATION)."""
from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.forms.wishes import CodeByTextForm
from bookings.services import confirming
from onestop.access import limited, take_refusal, tell_refusal
from onestop.people.words import mask_phone
from onestop.transitions import Refused

CONFIRMED_KEY = "phones_confirmed"  # numbers whose code was typed in this browser
ASKED_KEY = "phone_asked"  # {phone, back}: which number is being confirmed, and the page that waits for it


def is_confirmed(request: HttpRequest, phone: str) -> bool:
    """Whether this browser may go on with a number."""
    return not confirming.needed() or phone in request.session.get(CONFIRMED_KEY, [])


def ask(request: HttpRequest, phone: str, *, back: str) -> str:
    """Text a code and give the address of the page that asks for it; the caller has kept what was typed."""
    request.session[ASKED_KEY] = {"phone": phone, "back": back}
    send(request, phone)
    return reverse("bookings:confirm_phone")


def send(request: HttpRequest, phone: str) -> None:
    """Send a code; a refusal (too soon, too many) is told on the page."""
    try:
        confirming.send_code(phone=phone, language=get_language() or "vi")
        messages.success(request, _("Đã gửi mã xác nhận vào số %(phone)s.") % {"phone": mask_phone(phone)})
    except Refused as refusal:
        tell_refusal(request, refusal)


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("phone_code", "30/h")
def confirm_phone(request: HttpRequest) -> HttpResponse:
    """Type the code, or have it sent again; then back to the form, which still has everything."""
    asked = request.session.get(ASKED_KEY)
    if not asked:
        return redirect("guide:home")
    if request.method == "POST" and "gui-lai" in request.POST:
        send(request, asked["phone"])
        return redirect("bookings:confirm_phone")
    form = CodeByTextForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = try_code(request, asked["phone"], form)
        if status == 302:
            return redirect(asked["back"])
    context = {"form": form, "phone": mask_phone(asked["phone"]), "back": asked["back"], "minutes": confirming.MINUTES}
    return render(request, "bookings/confirm_phone.html", context, status=status)


def try_code(request: HttpRequest, phone: str, form: CodeByTextForm) -> int:
    """302 once the code was right, else the status of the page that shows why not."""
    if not form.is_valid():
        return 422
    try:
        confirming.check_code(phone=phone, code=form.cleaned_data["ma"])
    except Refused as refusal:
        take_refusal(form, refusal)
        return refusal.status
    request.session[CONFIRMED_KEY] = [*request.session.get(CONFIRMED_KEY, []), phone][-5:]
    request.session.pop(ASKED_KEY, None)
    messages.success(request, _("Đã xác nhận số điện thoại. Vui lòng bấm nút ở cuối trang để hoàn tất."))
    return 302
