"""The administrator's screens: roles by office, keys of the API."""
from typing import Any, cast

from django.apps import apps
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.people import services
from onestop.people.forms import AssignmentForm, DownloadFilter, TokenForm
from onestop.people.models import ApiToken, Assignment, DownloadEvent, User
from onestop.people.states import Role, Scope
from onestop.people.words import fold
from onestop.transitions import Refused

PER_PAGE = 25


def _administrator(request: HttpRequest) -> User:
    """Who acts; role_required has let only administrators in."""
    return cast(User, request.user)


def _offices(request: HttpRequest) -> Any:
    """Offices of the administrator's province; offices are a floor above, so they are asked for by name."""
    provinces = _administrator(request).provinces_as(Role.ADMINISTRATOR)
    return apps.get_model("offices", "Office").objects.filter(province_id__in=provinces).active_on(clock.today()).order_by("name")


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def assignments(request: HttpRequest) -> HttpResponse:
    """Who holds which role where; a form to give one."""
    form = AssignmentForm(request.POST or None, offices=_offices(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.assign_role(actor=_administrator(request), user=form.user, office=form.cleaned_data["office"],
                                 role=form.cleaned_data["role"], ends_on=form.cleaned_data["ends_on"])
        except Refused as refusal:
            form.add_error("ends_on" if "ends_on" in refusal.fields else None, str(refusal.sentence))
        else:
            messages.success(request, _("Đã phân công %(name)s.") % {"name": form.user})
            return redirect("people:assignments")
    asked = request.GET.get("q", "")[:100]
    page = Paginator(_listed(request, asked), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "q": asked, "today": clock.today(), "page_obj": page}
    return render(request, "people/assignments.html", context, status=422 if form.errors else 200)


def _listed(request: HttpRequest, asked: str) -> Any:
    """Assignments the administrator may see, of people whose name contains what was asked, tone marks or not."""
    rows = Assignment.objects.visible_to(_administrator(request)).select_related("user", "office")
    if fold(asked):
        rows = rows.filter(user__search_name__contains=fold(asked))
    return rows.order_by("office__name", "role", "user__full_name", "pk")


@role_required(Role.ADMINISTRATOR)
@require_POST
def end_assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role from today on."""
    assignment = get_object_or_404(Assignment.objects.visible_to(_administrator(request)).select_related("user", "office"), pk=pk)
    try:
        services.end_assignment(actor=_administrator(request), assignment=assignment)
        messages.success(request, _("Đã kết thúc phân công của %(name)s.") % {"name": assignment.user})
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("people:assignments")


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def api_tokens(request: HttpRequest) -> HttpResponse:
    """Keys of the province's partners; a new one's text is shown in the answer to the form and never again."""
    form = TokenForm(request.POST or None, offices=_offices(request))
    text, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            text = services.issue_token(actor=_administrator(request), name=data["name"], scopes=data["scopes"], offices=data["offices"])[1]
            form, status = TokenForm(offices=_offices(request)), 201
    rows = ApiToken.objects.visible_to(_administrator(request)).prefetch_related("offices").order_by("-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    labels = dict(Scope.choices)
    listed = [(token, ", ".join(str(labels.get(scope, scope)) for scope in token.scopes)) for token in page]
    response = render(request, "people/tokens.html", {"form": form, "text": text, "page_obj": page, "listed": listed}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@role_required(Role.ADMINISTRATOR)
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key at once."""
    token = get_object_or_404(ApiToken.objects.visible_to(_administrator(request)), pk=pk)
    services.revoke_token(actor=_administrator(request), token=token)
    messages.success(request, _("Đã thu hồi khóa “%(name)s”.") % {"name": token.name})
    return redirect("people:tokens")


@role_required(Role.ADMINISTRATOR)
@require_GET
def downloads(request: HttpRequest) -> HttpResponse:
    """Who took which list of people away, the newest first."""
    form = DownloadFilter(request.GET)
    form.is_valid()
    rows = form.narrow(DownloadEvent.objects.visible_to(_administrator(request)).select_related("actor"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/downloads.html", {"form": form, "page_obj": page})
