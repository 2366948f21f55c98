"""The staff's view of what was told to whom."""
from typing import Any

from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.notify import policies, services
from onestop.notify.forms import MessageFilter
from onestop.notify.models import Message, MessageEvent
from onestop.notify.states import RETRIABLE, SHOWN, TO_SEND, Via
from onestop.people.requests import StaffRequest
from onestop.people.shapes import TimelineItem
from onestop.transitions import Refused

PER_PAGE = 50
MOST_PAGES = 100  # more are not counted: whoever looks for something older narrows the list


class Newest(Paginator):  # type: ignore[type-arg]
    """Pages of the newest rows, without counting millions."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by("-pk").values("pk")[:PER_PAGE * MOST_PAGES].count())


@role_required(*policies.READERS)
@require_GET
def message_list(request: StaffRequest) -> HttpResponse:
    """Messages of the offices one works for, newest first."""
    form = MessageFilter(request.GET)
    rows = form.narrow(Message.objects.visible_to(request.user).select_related("office").order_by("-pk"))
    page = Newest(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "text_allowed": policies.can_read_text(request.user)}
    return render(request, "notify/messages.html", context)


@role_required(*policies.READERS)
@require_GET
def message_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One message with its history and what may be done with it."""
    message, text_allowed = _visible(request, pk), policies.can_read_text(request.user)
    return render(request, "notify/message.html", {
        "message": message, "items": [_item(event, told=text_allowed) for event in message.events.select_related("actor")],
        "text_allowed": text_allowed,
        "waits": message.state in TO_SEND and message.next_attempt_at > clock.now(),
        "may_retry": message.state in RETRIABLE and message.channel != Via.CALL and policies.can_retry(request.user, message),
        "may_discard": message.state in TO_SEND and policies.can_discard(request.user, message),
    })


@role_required(*policies.READERS)
@require_POST
def retry(request: StaffRequest, pk: int) -> HttpResponse:
    """Try a failed message again."""
    message = _visible(request, pk)
    try:
        services.retry(actor=request.user, message=message)
        flash.success(request, _("Tin nhắn sẽ được gửi lại."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:message", pk)


@role_required(*policies.READERS)
@require_POST
def discard(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a message that has not been sent."""
    message = _visible(request, pk)
    try:
        services.discard(actor=request.user, message=message)
        flash.success(request, _("Tin nhắn sẽ không được gửi nữa."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:message", pk)


def _visible(request: StaffRequest, pk: int) -> Message:
    return get_object_or_404(Message.objects.visible_to(request.user).select_related("office", "gateway"), pk=pk)


def _item(event: MessageEvent, *, told: bool) -> TimelineItem:
    """A gateway's own words (`told`) may repeat number and text."""
    title, tone = SHOWN[event.verb]
    return TimelineItem(event.at, title, event.reason if told else "", event.actor or "", tone)
