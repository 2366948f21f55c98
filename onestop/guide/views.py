"""The citizen's guide: home, search, procedure, offices and letters. Public; GET only; nothing is written."""
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from onestop import clock
from onestop.catalogue import queries as catalogue
from onestop.catalogue.eforms import areas
from onestop.catalogue.models import Procedure
from onestop.directives import announcements
from onestop.directives import queries as directives
from onestop.directives.models import Announcement
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.guide import offers
from onestop.guide.channels import situation
from onestop.guide.forms import OfficeSearch, ProcedureSearch
from onestop.offices.models import Area, Office
from onestop.offices.queries import closure_on
from onestop.people.words import clean

PER_PAGE = 20
OFFICES_SHOWN = 12
AT_HOME = 6  # announcements on the home page
# What people come for most often, as words to search for: each works with any catalogue.
COMMON = ((_("Khai sinh"), "user"), (_("Kết hôn"), "users"), (_("Khai tử"), "file"), (_("Đất đai"), "map"),
          (_("Hộ kinh doanh"), "money"), (_("Xây dựng"), "home"), (_("Chứng thực"), "shield"), (_("Trợ cấp"), "clipboard"))


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    fields = (Procedure.objects.usable().exclude(field="").order_by()
              .values("field").annotate(many=Count("pk")).order_by("-many", "field")[:9])
    notices = offers.letter_notices(directives.letters_in_force(clock.today())[:6])
    return render(request, "guide/home.html", {"common": COMMON, "fields": list(fields), "notices": notices,
                                               "announcements": _likely(request)[:AT_HOME]})


def _likely(request: HttpRequest) -> list[Announcement]:
    """What is announced where this person most likely is: the office or province of the address, where they work; else everywhere."""
    now, office = clock.now(), _asked_office(request)
    if office is None and request.user.is_authenticated and request.user.is_staff_member:
        office = Office.objects.select_related("area__parent__parent").get(pk=request.user.current_assignments()[0].office_id)
    if office is not None:
        return announcements.at_office(office, now)
    code = clean(request.GET.get("tinh", ""))[:12]
    province = Area.objects.filter(code=code, parent=None).first() if code else None
    return announcements.shown(areas=[province.pk], moment=now) if province else announcements.everywhere(now)


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = ProcedureSearch(request.GET, fields=catalogue.fields())
    asked = form.asked()
    office = _asked_office(request)
    found = catalogue.search(asked["q"], field=asked["field"], level=asked["level"], channel=asked["channel"], office=office)
    page = Paginator(found.select_related("current").prefetch_related("current__channels"), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(item, offers.level_names(item), [term.get_channel_display() for term in item.current.channels.all()] if item.current else [])
            for item in page.object_list]
    return render(request, "guide/search.html", {"form": form, "q": asked["q"], "page_obj": page, "rows": rows, "office": office,
                                                 "common": COMMON})


@login_not_required
@require_safe
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    found = catalogue.by_code(code[:40])
    if found is None:
        raise Http404
    office = _asked_office(request)
    case = situation(office=office, procedure=found, on=clock.today())
    context = {
        "procedure": found, "version": case.version, "office": office, "cards": offers.channel_cards(case),
        "levels": offers.level_names(found), "papers": list(case.version.papers.all()) if case.version else [],
        "rules": offers.citizen_rules(case.rules.all()), "steer": case.rules.get(RuleKind.STEER_ONLINE),
        "announcements": announcements.at_office(office, clock.now()) if office else [],
    }
    return render(request, "guide/procedure.html", {**context, **_picker(request, found)})


def _picker(request: HttpRequest, found: Procedure) -> dict[str, Any]:
    """The offices that do it: by province, by words, by distance; the first OFFICES_SHOWN of them."""
    on = clock.today()
    form = OfficeSearch(request.GET, provinces=offers.provinces_with_offices(on), with_level=False)
    asked = form.asked()
    offices = offers.find_offices(on=on, text=asked["tim"], province=asked["tinh"], levels=found.office_levels)
    many = offices.count()
    ordered = offers.near(offices, request.GET.get("gan", "")[:40]) if request.GET.get("gan") else None
    shown = (ordered or list(offices[:OFFICES_SHOWN]))[:OFFICES_SHOWN]
    searching = bool(asked["tim"] or asked["tinh"] or ordered)
    return {"picker": form, "picked_from": many, "more": max(many - len(shown), 0), "office_rows": offers.office_rows(shown, on),
            "searching": searching}


@login_not_required
@require_safe
def offices(request: HttpRequest) -> HttpResponse:
    on = clock.today()
    form = OfficeSearch(request.GET, provinces=offers.provinces_with_offices(on))
    asked = form.asked()
    found: Any = offers.find_offices(on=on, text=asked["tim"], province=asked["tinh"], level=asked["cap"])
    place = request.GET.get("gan", "")[:40]
    page = Paginator((offers.near(found, place) if place else None) or found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "guide/offices.html", {"form": form, "page_obj": page, "rows": offers.office_rows(page.object_list, on)})


@login_not_required
@require_safe
def office(request: HttpRequest, code: str) -> HttpResponse:
    offices = Office.objects.select_related("area__parent__parent", "province", "successor").prefetch_related("opening_hours")
    found = offices.filter(code=code[:40]).first()
    if found is None:
        raise Http404
    on = clock.today()
    context = {
        "office": found, "ended": found.valid_to is not None and found.valid_to < on, "closure": closure_on(office=found, on=on),
        "week": offers.week(found.opening_hours.all(), on), "rules": offers.citizen_rules(rules_for(office=found, on=on).all()),
        "procedures": catalogue.procedures_at(found)[:8], "many": catalogue.procedures_at(found).count(),
        "announcements": announcements.at_office(found, clock.now()),
    }
    return render(request, "guide/office.html", context)


@login_not_required
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    on = clock.today()
    every = request.GET.get("xem") == "tat-ca"
    found = directives.letters() if every else directives.letters_in_force(on)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(notice, notice.letter.is_in_force(on)) for notice in offers.letter_notices(page.object_list)]
    return render(request, "guide/letters.html", {"page_obj": page, "rows": rows, "every": every})


@login_not_required
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    found = directives.letters().filter(pk=pk).first()
    if found is None:
        raise Http404
    on = clock.today()
    reached = directives.offices_reached(found, on)
    context = {"letter": found, "in_force": found.is_in_force(on), "places": directives.place_names(found), "rules": found.rules.all(),
               "offices": reached[:30], "many": reached.count(), "today": on,
               "announcements": announcements.of_letter(found.pk, clock.now())}
    return render(request, "guide/letter.html", context)


@login_not_required
@require_safe
def announcement_list(request: HttpRequest) -> HttpResponse:
    """What is announced now, and the archive of what was; `?tinh=` one province's."""
    now, archive, code = clock.now(), request.GET.get("xem") == "luu-tru", clean(request.GET.get("tinh", ""))[:12]
    found = Announcement.objects.shown_at(now) if not archive else Announcement.objects.over_at(now)
    found = announcements.with_places(found.filter(province__code=code) if code else found)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "guide/announcements.html", {"page_obj": page, "archive": archive, "province": code,
                                                        "provinces": offers.provinces_with_offices(clock.today())})


@login_not_required
@require_safe
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement, also after its time; before it nobody reads it."""
    now = clock.now()
    row = _public(pk)
    return render(request, "guide/announcement.html", {"announcement": row, "shown": row.is_shown(now)})


@login_not_required
@require_safe
def announcement_aloud(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as plain text for reading aloud over a loudspeaker (rules.md 1, row 13)."""
    return HttpResponse(announcements.spoken(_public(pk)), content_type="text/plain; charset=utf-8")


def _public(pk: int) -> Announcement:
    begun = Announcement.objects.filter(published_at__isnull=False, starts_at__lte=clock.now())
    row = announcements.with_places(begun).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _asked_office(request: HttpRequest) -> Office | None:
    """The office named in the address; an unknown one counts as none."""
    code = clean(request.GET.get("don_vi", ""))[:40]
    return Office.objects.select_related("area__parent__parent", "province").filter(code=code).first() if code else None


@login_not_required
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Communes whose name begins with `q`, for the form of a procedure: {"places": [{"code", "name"}]}. The list never changes."""
    found = areas.suggest(request.GET.get("q", ""))
    answer = JsonResponse({"places": [{"code": place.code, "name": place.full_name} for place in found]})
    answer["Cache-Control"] = "public, max-age=86400"
    return answer
