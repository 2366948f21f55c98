"""How somebody wants to be told, noted for them at the counter or on the telephone."""
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import role_required, take_refusal
from onestop.notify import services
from onestop.notify.forms import PreferenceForm
from onestop.notify.models import READ_OFFICE, Preference
from onestop.people.requests import StaffRequest
from onestop.people.states import Role
from onestop.transitions import Refused


@role_required(Role.ADMINISTRATOR, Role.HOTLINE, *READ_OFFICE)
@require_http_methods(["GET", "POST"])
def note_preference(request: StaffRequest) -> HttpResponse:
    """One person's order of channels; `?nguoi=` shows the one that is known."""
    contact = services.contact_of(request.GET.get("nguoi", ""))
    known = Preference.objects.filter(contact=contact).select_related("noted_by").first() if contact else None
    start = PreferenceForm.of(known) if known else {"contact": contact}
    form, status = PreferenceForm(request.POST or None, initial=start), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            typed = form.cleaned_data
            try:
                services.note_preference(actor=request.user, contact=typed["contact"], order=form.order(), zalo_id=typed["zalo_id"],
                                         language=typed["language"])
                flash.success(request, _("Đã ghi cách nhận tin của người này."))
                return redirect("notify:preference")
            except Refused as refusal:
                take_refusal(form, refusal)
                status = refusal.status
    return render(request, "notify/preference.html", {"form": form, "known": known, "asked": request.GET.get("nguoi", "")}, status=status)
