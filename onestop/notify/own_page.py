"""The page on which people choose how they are told, for every door that has made sure who they are: their account, and the pages of a
dossier or an appointment that have asked for its code and second factor."""
from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from onestop.access import take_refusal
from onestop.notify.contacts import masked
from onestop.notify.form_wishes import OwnEmailForm, OwnWishForm
from onestop.notify.models import Preference
from onestop.notify.services import Recipient, own_wishes
from onestop.transitions import Refused


def answer(request: HttpRequest, *, person: Recipient, here: str, back: str, name: str) -> HttpResponse:
    """Show or change the wishes of one person; `here` is the address of this page, `back` and `name` the page it was opened from."""
    known = own_wishes.wish_of(person)
    asked = request.POST.get("viec", "") if request.method == "POST" else ""
    choices = own_wishes.choices(person, known)
    order = OwnWishForm(request.POST if asked == "thu-tu" else None, choices=choices, known=known, language=person.language)
    email = OwnEmailForm(request.POST if asked == "them-thu" else None, auto_id="thu_%s")
    status = _act(request, asked, person, order, email)
    if status == 302:
        return redirect(here)
    context = {"order": order, "email_form": email, "can_add": own_wishes.may_add_email(person), "back": back, "name": name,
               "choices": choices, **_masked(person, known)}
    return render(request, "notify/own_wishes.html", context, status=status)


def _act(request: HttpRequest, asked: str, person: Recipient, order: OwnWishForm, email: OwnEmailForm) -> int:
    """Do what a button asks for; 302 when it was done, 200 where nothing was asked."""
    form: Any = {"thu-tu": order, "them-thu": email}.get(asked)
    try:
        if asked == "bo-thu":
            own_wishes.drop_email(person=person)
            flash.success(request, _("Đã bỏ địa chỉ thư điện tử."))
            return 302
        if form is None or not form.is_valid():
            return 200 if request.method != "POST" else 422
        if asked == "thu-tu":
            own_wishes.choose(person=person, order=order.order(), language=order.cleaned_data["language"])
            flash.success(request, _("Đã lưu cách nhận tin của bạn."))
        else:
            own_wishes.ask_for_email(person=person, email=email.cleaned_data["email"])
            flash.success(request, _("Đã gửi đường dẫn đến địa chỉ mới và mã đến số điện thoại. Địa chỉ được dùng sau khi bạn xác nhận."))
    except Refused as refusal:
        if form is None:
            raise
        take_refusal(form, refusal)
        return refusal.status
    return 302


def _masked(person: Recipient, known: Preference | None) -> dict[str, str]:
    """Telephone and addresses, never whole: whoever looks may only know the code."""
    own = known if known is not None else Preference()
    shown = {"phone": person.phone, "email": own.email or person.email, "waiting": own.email_waiting, "added": own.email}
    return {key: masked(value) if value else "" for key, value in shown.items()}
