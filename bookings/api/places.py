"""What is free, and keeping it: offices/, availability/, holds/."""
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings import availability, eligibility, queries
from bookings.api import access, shapes
from bookings.api.inputs import Fields
from bookings.api.remembering import for_a_second
from bookings.models import Hold
from bookings.services import holds
from bookings.states import Purpose
from onestop import clock
from onestop.offices.api import OfficesView
from onestop.offices.models import Office
from onestop.people.rest.authentication import needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.states import Scope

MOST_AT_ONCE = 1000  # a sane number; the slot's own limit decides
SLOT = {"id": 2, "starts_at": "2026-11-26T07:30:00+07:00", "ends_at": "2026-11-26T08:00:00+07:00", "people_left": 8}
DAY = {"date": "2026-11-26", "closed": None, "sessions": [{
    "id": 1, "part": "morning", "starts_at": "2026-11-26T07:30:00+07:00", "ends_at": "2026-11-26T11:30:00+07:00",
    "dossiers_left": 20, "slots": [SLOT]}]}
HELD = {"id": 7, "token": "K7M2P9QXR4TW8YAB", "slot": 2, "state": "held", "expires_at": "2026-11-25T09:10:00+07:00", "extensions_left": 2}


class Offices(OfficesView):
    """The offices with their next free place."""

    def next_free(self, offices: Iterable[Office]) -> dict[int, datetime]:
        return {pk: clock.local(moment) for pk, moment in queries.next_free_by_office(offices).items()}

    def levels_for(self, code: str) -> Iterable[str] | None:
        return access.find_procedure(code).office_levels


def day_json(day: availability.Day) -> dict[str, Any]:
    """A day of the answer; a day without any session is closed too."""
    closed = None
    if day.closed or not day.sessions:
        closed = {"reason": day.closed or _("Không có buổi tiếp nhận trong ngày này."), "directive": day.directive}
    return {"date": day.date.isoformat(), "closed": closed, "sessions": [{
        "id": session.id, "part": session.part, "starts_at": shapes.moment(session.starts_at), "ends_at": shapes.moment(session.ends_at),
        "dossiers_left": session.dossiers_left, "slots": [{
            "id": slot.id, "starts_at": shapes.moment(slot.starts_at), "ends_at": shapes.moment(slot.ends_at),
            "people_left": slot.people_left} for slot in session.slots]} for session in day.sessions]}


class Availability(APIView):
    """What can be booked, as it was at most a second ago."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return for_a_second(super().as_view(**initkwargs))

    @extend_schema(
        operation_id="availability", summary="Free sessions and slots of an office by day", auth=[],
        parameters=[OpenApiParameter("office", str, required=True), OpenApiParameter("procedure", str, required=True),
                    OpenApiParameter("purpose", str, enum=Purpose.values), OpenApiParameter("from", str, description="YYYY-MM-DD"),
                    OpenApiParameter("to", str, description="YYYY-MM-DD, at most 62 days in all")],
        responses={200: shapes.AvailabilityShape, **access.problems(400, 404, 422, 429)},
        examples=[OpenApiExample("A day", response_only=True, value={
            "office": "ninh-kieu", "procedure": "1.001193", "purpose": "submit", "days": [DAY]})])
    def get(self, request: Request) -> Response:
        asked = Fields(request.query_params)
        office, procedure = asked.text("office", most=40), asked.text("procedure", most=40)
        purpose = asked.choice("purpose", Purpose.values, default=Purpose.SUBMIT)
        first = asked.day("from", clock.today())
        last = asked.day("to", first + timedelta(days=settings.BOOKING_DAYS_AHEAD) if first.year < 9999 else first)
        asked.done()
        days = availability.period(access.find_office(office), access.find_procedure(procedure), purpose, first, last)
        return Response({"office": office, "procedure": procedure, "purpose": purpose, "days": [day_json(day) for day in days]})


def hold_json(hold: Hold) -> dict[str, Any]:
    return {"id": hold.pk, "slot": hold.slot_id, "state": hold.state, "expires_at": shapes.moment(hold.expires_at),
            "extensions_left": max(settings.HOLD_EXTENSIONS - hold.extensions, 0)}


class Holds(APIView):
    """Keep places while a form is filled in."""

    permission_classes = [needs(Scope.BOOK)]

    @extend_schema(
        operation_id="holds_create", summary="Keep places in a slot for some minutes", request=shapes.HoldRequest,
        responses={201: shapes.HoldShape, **access.problems(400, 401, 403, 404, 409, 422, 429, 503)},
        examples=[OpenApiExample("Keep one place", request_only=True, value={"slot": 2, "procedure": "1.001193", "purpose": "submit"}),
                  OpenApiExample("Kept", response_only=True, status_codes=["201"], value=HELD)])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = Fields(request.data)
        slot_id, code = asked.count("slot"), asked.text("procedure", most=40)
        purpose = asked.choice("purpose", Purpose.values, default=Purpose.SUBMIT)
        dossiers = asked.count("dossiers", default=1, most=MOST_AT_ONCE)
        people = asked.count("people", default=1, most=MOST_AT_ONCE)
        asked.done()
        access.check_slot_reach(request, eligibility.find_slot(slot_id).session.office_id)
        hold, token = holds.place_hold(slot_id=slot_id, procedure=access.find_procedure(code), purpose=purpose, dossiers=dossiers,
                                       people=people)
        return Response({**hold_json(hold), "token": token}, status=201)


def own_token(request: Request, pk: int) -> str:
    """The token in the body (or query, for DELETE), if it is that hold's and within the caller's offices; else 404."""
    asked = Fields(request.data)
    token = asked.text("token", most=64, required=False) or Fields(request.query_params).text("token", most=64, required=False)
    if not token:
        asked.wrong("token", _("Mục này không được để trống."))
    asked.done()
    hold = holds.find_hold(token)
    access.check_slot_reach(request, hold.slot.session.office_id)
    return token if hold.pk == pk else ""


class HoldDetail(APIView):
    """Give places back."""

    permission_classes = [needs(Scope.BOOK)]

    @extend_schema(operation_id="holds_release", summary="Give kept places back", request=shapes.TokenRequest,
                   parameters=[OpenApiParameter("token", str, description="Instead of the body.")],
                   responses={204: None, **access.problems(400, 401, 403, 404, 409, 429)})
    def delete(self, request: Request, pk: int) -> Response:
        holds.release_hold(token=own_token(request, pk))
        return Response(status=204)


class HoldExtend(APIView):
    """Keep places a little longer."""

    permission_classes = [needs(Scope.BOOK)]

    @extend_schema(operation_id="holds_extend", summary="Keep places longer; at most a few times", request=shapes.TokenRequest,
                   responses={200: shapes.HoldShape, **access.problems(400, 401, 403, 404, 409, 422, 429)},
                   examples=[OpenApiExample("Longer", response_only=True, value={**HELD, "extensions_left": 1})])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        return Response(hold_json(holds.extend_hold(token=own_token(request, pk))))
