"""Public pages of the line: the display over the door, one's own place, the published rule. Numbers, never names."""
from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET

from bookings import boards, fairness, lines
from bookings.models import Appointment
from bookings.states import Priority
from bookings.views.manage import by_link, own_url
from onestop import clock
from onestop.people import shown

TIME_HEADER = "X-Portal-Time"  # when the numbers were true: the page shows it once the line drops
EXAMPLE_HOUR = 8


def fragment(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A piece of a page that is asked for every second or two: 304 while it says the same."""
    body = render_to_string(template, context).encode()
    tag = etag(body)
    same = request.headers.get("If-None-Match") == tag
    answer: HttpResponse = HttpResponseNotModified() if same else HttpResponse(body)
    answer["ETag"], answer["Cache-Control"] = tag, "no-cache"
    answer[TIME_HEADER] = shown.time_of_day(clock.now())
    return answer


def etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def picture_of(code: str) -> boards.Board:
    """The line of an office; 404 where there is none."""
    picture = boards.board(code)
    if picture is None:
        raise Http404
    return picture


@login_not_required
@require_GET
def display(request: HttpRequest, office: str) -> HttpResponse:
    """The screen over the door: who is called to which counter, large; spoken on demand; renews itself."""
    picture = picture_of(office)
    return render(request, "bookings/display.html", {"board": picture, "office": picture.office, "at": shown.time_of_day(clock.now())})


@login_not_required
@require_GET
def display_numbers(request: HttpRequest, office: str) -> HttpResponse:
    """The numbers of that screen alone."""
    return fragment(request, "bookings/display_live.html", {"board": picture_of(office)})


@login_not_required
@require_GET
def line(request: HttpRequest, code: str) -> HttpResponse:
    """One's own place in the line, by the link of the appointment."""
    appointment, secret = by_link(request, code)
    context = line_context(appointment, secret)
    return render(request, "bookings/line.html", {**context, "at": shown.time_of_day(clock.now()), "secret": secret})


@login_not_required
@require_GET
def line_place(request: HttpRequest, code: str) -> HttpResponse:
    """The changing part of that page."""
    appointment, secret = by_link(request, code)
    return fragment(request, "bookings/line_live.html", line_context(appointment, secret))


def line_context(appointment: Appointment, secret: str) -> dict[str, Any]:
    """What both need; no line is looked at on any other day."""
    today = appointment.queue_date == clock.today()
    picture = boards.board(appointment.office.code) if today else None
    place = boards.place_of(appointment, picture) if picture is not None else None
    return {"appointment": appointment, "place": place, "today": today, "manage_url": own_url("manage", appointment, secret),
            "ground": lines.explained(place.item.placed) if place is not None and place.item is not None else "",
            "display_url": reverse("bookings:display", args=[appointment.office.code])}


@login_not_required
@require_GET
def rule(request: HttpRequest) -> HttpResponse:
    """The published rule of who is served next, with an example that the rule itself puts in order."""
    published = lines.rule()
    placed = fairness.order(example(), clock.at(clock.today(), EXAMPLE_HOUR, 50), published)
    rows = [{"placed": item, "explained": lines.explained(item)} for item in placed]
    minutes = {"walk_in": int(published.walk_in.total_seconds() // 60), "urgent": int(published.urgent.total_seconds() // 60),
               "late": settings.LATE_MINUTES}
    groups = [label for _value, label in Priority.choices]
    return render(request, "bookings/rule.html", {"rows": rows, "minutes": minutes, "groups": groups})


def example() -> list[fairness.Waiting]:
    """Seven people of one made-up morning, one for each clause."""
    def at(minute: int) -> Any:
        return clock.at(clock.today(), EXAMPLE_HOUR) + timedelta(minutes=minute)

    def person(number: int, due: int, came: int, **more: Any) -> fairness.Waiting:
        return fairness.Waiting(number, number, at(due), at(due + 30), at(came), **more)

    return [person(12, 30, 20), person(13, 30, 25, priority=Priority.ELDERLY), person(9, 0, 42), person(21, 30, 8, walk_in=True),
            person(22, 30, 45, walk_in=True, urgent=True), person(14, 30, 46, returned=True), person(17, 60, 40)]
