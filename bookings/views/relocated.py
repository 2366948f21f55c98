"""What a moved person does with the new place: agree, choose another one, cancel. By the link's secret; GET shows, POST acts."""
from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import relocations
from bookings.candidates import Finder
from bookings.models import RelocationItem
from bookings.services import relocation
from bookings.states import Answer, MoveOutcome
from bookings.views.manage import by_link, own_url
from onestop import clock
from onestop.access import limited, tell_refusal
from onestop.people.words import row_id
from onestop.transitions import Refused


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("booking_change", "60/h")
def relocated(request: HttpRequest, code: str) -> HttpResponse:
    """Other places that may be chosen, the nearest office first; a POST keeps the answer."""
    appointment, secret = by_link(request, code)
    item = relocations.open_item(appointment)
    if item is None or not relocations.may_answer(item, clock.now()):
        messages.info(request, _("Lịch hẹn này không chờ trả lời nữa."))
        return redirect(own_url("manage", appointment, secret))
    if request.method == "POST" and request.POST.get("muc", str(item.pk)) != str(item.pk):
        messages.info(request, _("Lịch hẹn này vừa được chuyển thêm một lần nữa. Vui lòng xem lại chỗ mới rồi trả lời."))
        return redirect(own_url("manage", appointment, secret))
    if request.method == "POST":
        done = _answer(request, item)
        return redirect(own_url("manage" if done else "relocated", appointment, secret))
    choices = Finder(relocations.scope_of(item.relocation)).choices(item.appointment)
    return render(request, "bookings/relocated.html", {
        "appointment": appointment, "secret": secret, "item": item, "choices": choices,
        "placed": item.outcome != MoveOutcome.UNPLACED})


def _answer(request: HttpRequest, item: RelocationItem) -> bool:
    """Keep the answer; whether it was taken."""
    given = request.POST.get("tra_loi", "")
    told = {Answer.ACCEPTED: _("Cảm ơn bạn đã xác nhận. Hẹn gặp bạn theo giờ mới."),
            Answer.MOVED: _("Đã đổi lịch hẹn. Vui lòng xem lại số thứ tự và giờ hẹn mới."),
            Answer.CANCELLED: _("Đã hủy lịch hẹn. Chỗ của bạn được nhường cho người khác.")}
    try:
        relocation.answer(item=item, answer=given, slot_id=row_id(request.POST.get("slot")))
    except Refused as refusal:
        tell_refusal(request, refusal)
        return False
    messages.success(request, told[Answer(given)])
    return True
