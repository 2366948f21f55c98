"""What every page of offices needs: the office one may see, the tabs above, the page of a list."""
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from onestop import clock
from onestop.offices.models import Office
from onestop.people.shapes import Tab

PAGE_SIZE = 20


def office_or_404(request: HttpRequest, code: str) -> Office:
    """The office by code, if the person signed in works for it; 404 otherwise."""
    return get_object_or_404(Office.objects.visible_to(request.user).select_related("area", "province", "parent", "successor"), code=code)


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page of a list that the address asks for; a wrong number gives the nearest one."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def sections(current: str) -> list[Tab]:
    """Offices, calendar, closures: the three parts of this working page."""
    return [
        Tab(pgettext("plural", "Đơn vị"), reverse("offices:list"), current == "list"),
        Tab(_("Lịch làm việc"), reverse("offices:calendar", args=[clock.today().year]), current == "calendar"),
        Tab(pgettext("plural", "Đóng cửa"), reverse("offices:closures"), current == "closures"),
    ]
