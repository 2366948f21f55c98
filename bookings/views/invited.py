"""What an invited person answers behind the link of the invitation. GET shows (the manage page), POST acts."""
from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bookings.forms.outreach import InvitedForm
from bookings.services import outreach
from bookings.states import Answer
from bookings.views.manage import by_link, own_url
from onestop.access import limited, tell_refusal
from onestop.transitions import Refused


@login_not_required
@require_POST
@limited("booking_change", "60/h")
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm or decline; another time is chosen on the page for moving, which counts as an answer too."""
    appointment, secret = by_link(request, code)
    back, form = redirect(own_url("manage", appointment, secret)), InvitedForm(request.POST)
    person = outreach.open_invitation(appointment)
    if person is None:
        messages.info(request, _("Lời mời này đã được trả lời hoặc đã kết thúc."))
        return back
    if not form.is_valid():
        messages.error(request, _("Vui lòng chọn câu trả lời."))
        return back
    try:
        outreach.answer(person=person, answer=form.cleaned_data["answer"])
        said = _("Cảm ơn bạn. Hẹn gặp bạn đúng giờ.") if form.cleaned_data["answer"] == Answer.ACCEPTED else _("Đã ghi nhận bạn không đến.")
        messages.success(request, said)
    except Refused as refusal:
        tell_refusal(request, refusal)
    return back
