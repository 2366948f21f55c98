"""Gateways: which there are, how each is reached, whether its breaker rests, and a message that tries it."""
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop import clock
from onestop.access import role_required, take_refusal, tell_refusal
from onestop.notify import services
from onestop.notify.channels.gateway import FROM_SETTINGS
from onestop.notify.forms import ProviderForm, TestForm
from onestop.notify.models import Provider, ProviderChange
from onestop.notify.services import providers
from onestop.notify.states import Breaker
from onestop.people.requests import StaffRequest
from onestop.people.shapes import TimelineItem
from onestop.people.states import Role
from onestop.transitions import Refused

CHANGES = {"make": gettext_lazy("Thêm cổng"), "change": gettext_lazy("Đổi cấu hình"), "wake": gettext_lazy("Cho dùng lại ngay")}


def breaker_of(provider: Provider) -> Breaker:
    """Whether a gateway is used at this moment."""
    if not provider.active:
        return Breaker.OFF
    return Breaker.RESTING if providers.standing(provider).resting(clock.now()) else Breaker.CLOSED


@role_required(Role.ADMINISTRATOR)
@require_GET
def provider_list(request: StaffRequest) -> HttpResponse:
    """All gateways by channel, in the order in which they are asked."""
    rows = [(row, breaker_of(row)) for row in Provider.objects.order_by("channel", "rank", "pk")]
    return render(request, "notify/providers.html", {"rows": rows, "from_settings": FROM_SETTINGS})


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def new_provider(request: StaffRequest) -> HttpResponse:
    """Another gateway."""
    return _edit(request, None)


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def provider(request: StaffRequest, pk: int) -> HttpResponse:
    """One gateway: its mapping, its breaker, who changed what, and a trial."""
    return _edit(request, get_object_or_404(Provider, pk=pk))


def _edit(request: StaffRequest, row: Provider | None) -> HttpResponse:
    form, status = ProviderForm(request.POST or None, provider=row), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = providers.save_provider(actor=request.user, provider=row, values=form.values())
                flash.success(request, _("Đã lưu cổng tin nhắn."))
                return redirect("notify:provider", saved.pk)
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "notify/provider.html", _context(row, form, TestForm()), status=status)


def _context(row: Provider | None, form: ProviderForm, test_form: TestForm) -> dict[str, object]:
    changes = list(ProviderChange.objects.filter(subject=row).select_related("actor").order_by("-pk")[:20]) if row else []
    return {"provider": row, "form": form, "test_form": test_form, "breaker": breaker_of(row) if row else None,
            "reports_path": f"/api/v1/messages/{row.code}/reports/" if row else "",
            "items": [TimelineItem(change.at, str(CHANGES[change.verb]), ", ".join(sorted(change.data)), change.actor or "", "neutral")
                      for change in changes]}


@role_required(Role.ADMINISTRATOR)
@require_POST
def wake_provider(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a resting gateway be asked again at once."""
    try:
        providers.wake(actor=request.user, provider=get_object_or_404(Provider, pk=pk))
        flash.success(request, _("Cổng được dùng lại ngay."))
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("notify:provider", pk)


@role_required(Role.ADMINISTRATOR)
@require_POST
def try_provider(request: StaffRequest, pk: int) -> HttpResponse:
    """Send one message by this gateway to a typed number."""
    row = get_object_or_404(Provider, pk=pk)
    form, status = TestForm(request.POST), 422
    if form.is_valid():
        try:
            message = services.try_gateway(actor=request.user, provider=row, to=form.cleaned_data["to"],
                                           office=request.user.current_assignments()[0].office)
            flash.success(request, _("Tin nhắn thử đang được gửi. Trang này cho biết kết quả."))
            return redirect("notify:message", message.pk)
        except Refused as refusal:
            take_refusal(form, refusal)
            status = refusal.status
    return render(request, "notify/provider.html", _context(row, ProviderForm(provider=row), form), status=status)
