"""Where to book: the offices that do a procedure, the nearest and the soonest side by side."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from bookings import places, queries
from bookings.states import Purpose
from bookings.views.citizen import month_url
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does
from onestop.offices.models import Office
from onestop.offices.queries import distance_km, nearest
from onestop.people.words import clean

NEAREST, SOONEST = 6, 20  # offices in each list
NEAR_KM = 100  # what is farther away is no office nearby


@dataclass(frozen=True)
class Place:
    """An office as the page lists it; `km` from where the person is, None where that is not known."""

    office: Office
    next_free: datetime | None
    km: float | None = None


@login_not_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Nearest and soonest offices of a procedure; with an office named, straight to its month.

    Where the person is: `gan` from the browser, or `q`, a commune or street typed, whose office stands for it.
    """
    code = clean(request.GET.get("thu_tuc", ""))
    if not code:  # the menu names no procedure: it is chosen first
        return redirect(f"{reverse('guide:search')}?channel=in_person")
    procedure = get_object_or_404(Procedure, code=code)
    office = Office.objects.active_on(clock.today()).filter(code=clean(request.GET.get("don_vi", ""))).first()
    if office is not None and does(office, procedure):
        return redirect(month_url(procedure, office, clean(request.GET.get("viec", "")) or Purpose.SUBMIT.value))
    query, point = clean(request.GET.get("q", ""))[:80], read_point(request.GET.get("gan", ""))
    found = queries.offices_for(procedure)
    named = places.matching(found, query) if query else []
    close = near(found, named, point)
    shown = places.offered(procedure, unique([*close, *found[:SOONEST]]))
    free = {item.office.pk: item.next_free for item in shown}
    first = {item.office.pk for item in found[:SOONEST]}
    centre = point or next((spot for item in named if (spot := spot_of(item.office))), None)
    listed = [Place(item.office, free.get(item.office.pk), distance(centre, item.office)) for item in close]
    context = {
        "procedure": procedure, "query": query, "more": len(found) > SOONEST, "unknown": bool(query) and not named,
        "located": bool(query or point), "soonest": [Place(item.office, item.next_free) for item in shown if item.office.pk in first],
        "nearest": [item for item in listed if item.km is None or item.km <= NEAR_KM],
    }
    return render(request, "bookings/start.html", context)


Point = tuple[float, float]


def read_point(text: str) -> Point | None:
    """'lat,lon' in degrees as the browser gives it; None if that is no place."""
    try:
        lat, lon = (float(part) for part in text[:40].split(","))
    except ValueError:
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def spot_of(office: Office) -> Point | None:
    """Where an office stands, if the directory knows."""
    return None if office.latitude is None or office.longitude is None else (office.latitude, office.longitude)


def near(found: list[queries.OfficeFree], named: list[queries.OfficeFree], point: Point | None) -> list[queries.OfficeFree]:
    """The nearest to the point; for a typed name those that bear it, then the nearest to the first of them."""
    spot = point or next((spot for item in named if (spot := spot_of(item.office))), None)
    if spot is None:
        return named[:NEAREST]
    by_office = {item.office.pk: item for item in found}
    ordered = [by_office[office.pk] for office in nearest([item.office for item in found], *spot)]
    return unique([*(named if point is None else []), *ordered])[:NEAREST]


def unique(rows: list[queries.OfficeFree]) -> list[queries.OfficeFree]:
    """Each office once, the first mention counts."""
    return list({item.office.pk: item for item in rows}.values())


def distance(centre: Point | None, office: Office) -> float | None:
    """Kilometres as the crow flies."""
    spot = spot_of(office)
    return round(distance_km(*centre, *spot), 1) if centre and spot else None
