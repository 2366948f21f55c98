"""The door for programs: check in, enter, leave, no-show, and how full a room is."""
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings import health as checklist
from bookings import queries
from bookings.api import access, shapes
from bookings.api.inputs import Fields
from bookings.models import Appointment
from bookings.services import visits
from onestop.directives.rules import rules_for
from onestop.offices.models import Room
from onestop.offices.states import RoomKind
from onestop.people.rest.authentication import needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.states import Scope
from onestop.transitions import Refused

ROOM = {"code": "ninh-kieu-p1", "people": 3, "officers": 2, "cap": 10, "waiting": 1, "waiting_cap": 10, "outside": 0,
        "now_serving": [4, 5, 6]}
VISIT = {"code": "K7M2P9QX", "state": "checked_in", "queue_number": 7, "room": ROOM}
ERRORS = access.problems(400, 401, 403, 404, 409, 422, 429, 503)
SHOWN = OpenApiExample("Visit", response_only=True, value=VISIT)


def act(request: Request, code: str, verb: Callable[..., Appointment], **more: Any) -> Response:
    """Do one verb to an appointment of the caller's office and tell where the visit and the room stand."""
    row = access.of_office(request, code, Scope.VISITS)
    return done_to(request, row, verb, **more)


def done_to(request: Request, row: Appointment, verb: Callable[..., Appointment], **more: Any) -> Response:
    """The same to an appointment already found. Who waits has no service room yet: the room told is the slot's."""
    done = verb(actor=access.actor(request), appointment=row, label=access.label(request), **more)
    served_in = done.room if done.room is not None and done.room.kind == RoomKind.SERVICE else row.slot.room
    return Response(shapes.visit_json(done, served_in))


class Visit(APIView):
    permission_classes = [needs(Scope.VISITS)]


class CheckIn(Visit):
    """The person is here."""

    @extend_schema(operation_id="appointments_check_in", summary="Note that the person is here; asks for the 5K checks where a letter does",
                   request=shapes.CheckInRequest, responses={200: shapes.VisitShape, **ERRORS}, examples=[SHOWN])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        row, asked = access.of_office(request, code, Scope.VISITS), Fields(request.data)
        given = asked.inner("health", required=False)
        known = checklist.ALL | checklist.items(rules_for(office=row.office, on=row.queue_date))
        sentence = str(_("Các mục: %(items)s; giá trị đúng hoặc sai.") % {"items": ", ".join(known)})
        for item in given:
            if item not in known or not isinstance(given[item], bool):
                asked.wrong(f"health.{item[:40]}", sentence)
        straight = asked.data.get("straight", False)
        if not isinstance(straight, bool):
            asked.wrong("straight", str(_("Giá trị đúng hoặc sai.")))
        asked.done()
        return done_to(request, row, visits.check_in, health=given if "health" in request.data else None, straight=straight)


class Enter(Visit):
    """Into the room."""

    @extend_schema(operation_id="appointments_enter", summary="Let the person in; never above the room's cap", request=None,
                   responses={200: shapes.VisitShape, **ERRORS}, examples=[SHOWN])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        return act(request, code, visits.enter)


class Leave(Visit):
    """Out of the room."""

    @extend_schema(operation_id="appointments_leave", summary="The person has left the room", request=None,
                   responses={200: shapes.VisitShape, **ERRORS}, examples=[SHOWN])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        return act(request, code, visits.leave)


class NoShow(Visit):
    """Nobody came."""

    @extend_schema(operation_id="appointments_no_show", summary="Nobody came; not for somebody who checked in", request=None,
                   responses={200: shapes.VisitShape, **ERRORS}, examples=[SHOWN])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        return act(request, code, visits.no_show)


class RoomNow(APIView):
    """How full a room is."""

    @extend_schema(operation_id="rooms_show", summary="People in a room now, its cap, who waits, the numbers being served", auth=[],
                   responses={200: shapes.RoomShape, **access.problems(404, 429)},
                   examples=[OpenApiExample("Room", response_only=True, value=ROOM)])
    def get(self, request: Request, code: str) -> Response:
        room = Room.objects.select_related("office__area").filter(code=code).first()
        if room is None:
            raise Refused("unknown_room", _("Không có phòng nào mang mã này."), status=404)
        return Response(shapes.room_json(queries.room_state(room)))
