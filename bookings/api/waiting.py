"""The waiting list for programs (api.md)."""
from datetime import date, timedelta
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings import links, wishes
from bookings.api import access, shapes
from bookings.api.appointments import read_applicant
from bookings.api.inputs import Fields
from bookings.eligibility import MOST_DOSSIERS, MOST_PEOPLE, last_bookable_day
from bookings.models import WaitingEntry
from bookings.services import waiting
from bookings.states import BookedBy, Purpose, WaitingState
from onestop import clock
from onestop.people.rest.authentication import needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.states import Scope

JOIN = {"office": "ninh-kieu", "procedure": "1.001193", "from": "2026-11-26", "to": "2026-12-04", "channel": "zalo",
        "applicant": {"full_name": "Người Mẫu Một", "phone": "0900000001"}}
JOINED = {"code": "W7M2P9QX", "secret": "R4TW8YAB2C3D", "status": "waiting", "office": "ninh-kieu", "procedure": "1.001193",
          "purpose": "submit", "from": "2026-11-26", "to": "2026-12-04", "dossiers": 1, "people": 1, "channel": "zalo", "ahead": 0,
          "url": "http://localhost:8000/dat-lich/danh-sach-cho/W7M2P9QX/?khoa=R4TW8YAB2C3D"}


class WaitingRequest(shapes.Shape):
    office = serializers.CharField()
    procedure = serializers.CharField()
    purpose = serializers.ChoiceField(choices=Purpose.choices, default=Purpose.SUBMIT)
    to = serializers.DateField(required=False, help_text="The last day one may book without it.")
    dossiers = serializers.IntegerField(default=1, min_value=1)
    people = serializers.IntegerField(default=1, min_value=1)
    applicant = shapes.ApplicantRequest()
    channel = serializers.ChoiceField(choices=BookedBy.choices, default=BookedBy.WEB)

    def get_fields(self) -> Any:
        """'from' is a word of the language, so it can't be a name of the class."""
        return {**super().get_fields(), "from": serializers.DateField(required=False, help_text="Tomorrow without it.")}


class WaitingShape(shapes.Shape):
    code = serializers.CharField()
    secret = serializers.CharField()
    status = serializers.ChoiceField(choices=WaitingState.choices)
    office = serializers.CharField()
    procedure = serializers.CharField()
    purpose = serializers.CharField()
    to = serializers.DateField()
    dossiers = serializers.IntegerField()
    people = serializers.IntegerField()
    channel = serializers.CharField()
    ahead = serializers.IntegerField(help_text="How many are asked before this person.")
    url = serializers.URLField(help_text="The page on which an offer is answered.")

    def get_fields(self) -> Any:
        return {**super().get_fields(), "from": serializers.DateField()}


class Waiting(APIView):
    """Wait for a place."""

    permission_classes = [needs(Scope.BOOK)]

    @extend_schema(
        operation_id="waiting_list_join", summary="Join the waiting list of an office", request=WaitingRequest,
        description="Free places are offered by text in the order of joining, one offer a place, with a time to answer.",
        responses={201: WaitingShape, **access.problems(400, 401, 403, 404, 409, 422, 429, 503)},
        examples=[OpenApiExample("Join", request_only=True, value=JOIN),
                  OpenApiExample("Joined", response_only=True, status_codes=["201"], value=JOINED)])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = Fields(request.data)
        office, procedure = asked.text("office", most=40), asked.text("procedure", most=40)
        purpose = asked.choice("purpose", Purpose.values, default=Purpose.SUBMIT)
        channel = asked.choice("channel", BookedBy.values, default=BookedBy.WEB)
        counts = {"dossiers": asked.count("dossiers", default=1, most=MOST_DOSSIERS),
                  "people": asked.count("people", default=1, most=MOST_PEOPLE)}
        first, last = read_period(asked)
        applicant = read_applicant(asked)
        asked.done()
        place = access.find_office(office)
        caller = access.partner(request)
        if caller is not None and not caller.may_act_for(place.pk):
            raise access.unknown_office()
        joined = waiting.join(applicant=applicant, office=place, procedure=access.find_procedure(procedure), first=first, last=last,
                              purpose=purpose, channel=channel, **counts, actor=access.actor(request), actor_label=access.label(request))
        return Response(entry_json(joined.entry, joined.secret), status=201)


def read_period(asked: Fields) -> tuple[date, date]:
    """'from' and 'to'; without them from tomorrow to the last day one may book."""
    today = clock.today()
    return asked.day("from", today + timedelta(days=1)), asked.day("to", last_bookable_day(today))


def entry_json(entry: WaitingEntry, secret: str) -> dict[str, Any]:
    """An entry without its person."""
    return {
        "code": entry.code, "secret": secret, "status": entry.state, "office": entry.office.code, "procedure": entry.procedure.code,
        "purpose": entry.purpose, "from": entry.first_day.isoformat(), "to": entry.last_day.isoformat(), "dossiers": entry.dossiers,
        "people": entry.people, "channel": entry.channel, "ahead": wishes.ahead_of(entry), "url": links.waiting_url(entry.code)}
