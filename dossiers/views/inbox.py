"""The officer's inbox: what waits, the nearest date first, by role; filters that one may keep."""
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from dossiers import attention, queries
from dossiers.form_work import FilterForm, SaveFilterForm
from dossiers.models import SavedFilter
from dossiers.policies import OFFICE_STAFF
from dossiers.services import saved_filters
from dossiers.states import BulkVerb
from dossiers.views.casework import STAFF
from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.shapes import Tab
from onestop.people.states import Role
from onestop.transitions import Refused

# Each tab: its name and the roles that work with it; the whole list is everybody's.
TAB_NAMES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "all": (gettext_lazy("Tất cả"), STAFF), "mine": (gettext_lazy("Của tôi"), OFFICE_STAFF),
    "waiting": (gettext_lazy("Chờ tiếp nhận"), STAFF), "to_sign": (gettext_lazy("Chờ ký"), (Role.LEADER,)),
    "due_soon": (gettext_lazy("Sắp đến hạn"), STAFF), "overdue": (gettext_lazy("Quá hạn"), STAFF),
    "stopped": (gettext_lazy("Đang tạm dừng"), STAFF), "answered": (gettext_lazy("Công dân đã bổ sung"), OFFICE_STAFF),
    "unread": (gettext_lazy("Tin chưa đọc"), OFFICE_STAFF), "decided": (gettext_lazy("Chờ trả kết quả"), STAFF),
}


@role_required(*STAFF)
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for an officer; late and nearly late marked; by keyset, so that page 1,000 costs what the first costs."""
    asked = asked_by(request.user, request.GET)
    filters = asked.filters()
    page = queries.page(request.user, filters, cursor=request.GET.get("tu", "")[:500])
    counts = {**queries.tab_counts(request.user), **attention.counts(request.user)}
    opinions = attention.opinions_to_give(request.user)
    context = {
        "page": page, "asked": asked, "filters": filters, "counts": counts, "tabs": tabs(request.user, asked, counts, opinions),
        "query": asked.query(), "now": clock.now(), "saved": SavedFilter.objects.filter(user=request.user), "save_form": SaveFilterForm(),
        "verbs": BulkVerb.choices if request.user.has_role(*OFFICE_STAFF) else [],
    }
    return render(request, "dossiers/inbox.html", context)


def asked_by(user: User, data: QueryDict) -> FilterForm:
    """The question with the choices that this person has. Two queries."""
    offices = Office.objects.visible_to(user).select_related("area").order_by("name")
    own = user.office_ids_as(*OFFICE_STAFF)
    people = User.objects.filter(assignments__office__in=own, assignments__role__in=OFFICE_STAFF).distinct().order_by("full_name")
    return FilterForm(data, offices=offices, people=people if own else [])


def tabs(user: User, asked: FilterForm, counts: dict[str, int], opinions: int) -> list[Tab]:
    """The lists of this person's roles with their numbers, and the way to the opinions that the own unit owes."""
    current = asked.filters().tab
    rows = [Tab(label=name, url="?" + asked.query(muc=key), current=key == current, count=counts[key])
            for key, (name, roles) in TAB_NAMES.items() if user.has_role(*roles)]
    if user.has_role(Role.SPECIALIST, Role.LEADER):
        rows.append(Tab(label=_("Cho ý kiến"), url=reverse("dossiers:opinions"), count=opinions))
    if user.has_role(Role.LEADER, Role.ADMINISTRATOR) and (stuck := attention.given_up(user)):
        rows.append(Tab(label=_("Chưa gửi được lên Cổng quốc gia"), url=reverse("dossiers:bridge") + "?muc=failed", count=stuck))
    return rows


@role_required(*STAFF)
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the question under a name; only what the inbox understands of it."""
    form = SaveFilterForm(request.POST)
    asked = asked_by(request.user, QueryDict(request.POST.get("loc", "")[:2000]))
    try:
        saved_filters.keep(actor=request.user, name=form.data.get("name", "") if form.is_valid() else "", query=asked.query())
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã lưu bộ lọc."))
    return redirect(f"{reverse('dossiers:inbox')}?{asked.query()}")


@role_required(*STAFF)
@require_POST
def forget_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one of the own filters."""
    if not saved_filters.forget(actor=request.user, pk=pk):
        raise Http404
    messages.success(request, _("Đã xóa bộ lọc."))
    return redirect("dossiers:inbox")
