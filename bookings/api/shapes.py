"""What the answers look like: for the schema, and as the plain dictionaries that are really sent."""
from datetime import datetime
from functools import lru_cache
from typing import Any

from rest_framework import serializers

from bookings import links, queries
from bookings.models import Appointment
from bookings.queries import RoomState
from bookings.states import AppointmentState, BookedBy, HealthItem, Priority, Purpose
from onestop import clock
from onestop.catalogue.api import papers_json
from onestop.catalogue.queries import version_on
from onestop.offices.models import Room
from onestop.offices.states import Part

Shape = serializers.Serializer[Any]


class ProblemShape(Shape):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)  # type: ignore[assignment]
    directive = serializers.DictField(child=serializers.CharField(), required=False)


class SlotShape(Shape):
    id = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    people_left = serializers.IntegerField()


class SessionShape(Shape):
    id = serializers.IntegerField()
    part = serializers.ChoiceField(choices=Part.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    dossiers_left = serializers.IntegerField()
    slots = SlotShape(many=True)


class WhyClosedShape(Shape):
    reason = serializers.CharField()
    directive = serializers.DictField(child=serializers.CharField(), allow_null=True)


class DayShape(Shape):
    date = serializers.DateField()
    closed = WhyClosedShape(allow_null=True)
    sessions = SessionShape(many=True)


class AvailabilityShape(Shape):
    office = serializers.CharField()
    procedure = serializers.CharField()
    purpose = serializers.CharField()
    days = DayShape(many=True)


class HoldRequest(Shape):
    slot = serializers.IntegerField()
    procedure = serializers.CharField()
    purpose = serializers.ChoiceField(choices=Purpose.choices, default=Purpose.SUBMIT)
    dossiers = serializers.IntegerField(default=1, min_value=1)
    people = serializers.IntegerField(default=1, min_value=1)


class TokenRequest(Shape):
    token = serializers.CharField()


class HoldShape(Shape):
    id = serializers.IntegerField()
    token = serializers.CharField(required=False)
    slot = serializers.IntegerField()
    state = serializers.CharField()
    expires_at = serializers.DateTimeField()
    extensions_left = serializers.IntegerField()


class ApplicantRequest(Shape):
    full_name = serializers.CharField(max_length=120)
    phone = serializers.CharField(max_length=20)
    citizen_id = serializers.CharField(required=False)
    email = serializers.EmailField(required=False)


class AppointmentRequest(Shape):
    slot = serializers.IntegerField(required=False, help_text="Or hold_token.")
    hold_token = serializers.CharField(required=False, help_text="The token of a hold; its people and dossiers count.")
    procedure = serializers.CharField()
    purpose = serializers.ChoiceField(choices=Purpose.choices, default=Purpose.SUBMIT)
    dossiers = serializers.IntegerField(default=1, min_value=1)
    people = serializers.IntegerField(default=1, min_value=1)
    applicant = ApplicantRequest()
    channel = serializers.ChoiceField(choices=BookedBy.choices, default=BookedBy.WEB)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, help_text="Told by the person; checked at the door.")
    dossier = serializers.CharField(required=False, help_text="Code of the dossier whose result is collected; same phone number.")


class PaperShape(Shape):
    name = serializers.CharField()
    originals = serializers.IntegerField()
    certified = serializers.IntegerField()
    copies = serializers.IntegerField()
    required = serializers.BooleanField()  # type: ignore[assignment]


class AppointmentShape(Shape):
    code = serializers.CharField()
    secret = serializers.CharField(required=False, help_text="Only in the answer that made the appointment.")
    queue_number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=AppointmentState.choices)
    office = serializers.CharField()
    office_name = serializers.CharField()
    address = serializers.CharField()
    procedure = serializers.CharField()
    purpose = serializers.CharField()
    channel = serializers.CharField()
    slot = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    dossiers = serializers.IntegerField()
    people = serializers.IntegerField()
    papers = PaperShape(many=True)
    manage_url = serializers.URLField()
    ics_url = serializers.URLField(allow_null=True)


class CancelRequest(Shape):
    secret = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)


class RescheduleRequest(Shape):
    secret = serializers.CharField(required=False)
    slot = serializers.IntegerField()


class HealthShape(Shape):
    mask = serializers.BooleanField(required=False, help_text=str(HealthItem.MASK))
    distance = serializers.BooleanField(required=False)
    disinfect = serializers.BooleanField(required=False)
    declared = serializers.BooleanField(required=False)
    well = serializers.BooleanField(required=False)


class CheckInRequest(Shape):
    health = HealthShape(required=False, help_text="What the letter in force asks; a letter may name questions of its own.")
    straight = serializers.BooleanField(required=False, default=False,
                                        help_text="Into the room at once if it is free and nobody is before.")


class RoomShape(Shape):
    code = serializers.CharField()
    people = serializers.IntegerField(help_text="Citizens inside.")
    officers = serializers.IntegerField(help_text="Officers on duty; they count against the cap.")
    cap = serializers.IntegerField(help_text="The most people, officers included.")
    waiting = serializers.IntegerField(help_text="People in the waiting area.")
    waiting_cap = serializers.IntegerField(help_text="Its places: the cap, or what fits its area at the letter's distance.")
    outside = serializers.IntegerField(help_text="People who wait outside and keep their turn.")
    now_serving = serializers.ListField(child=serializers.IntegerField())


class VisitShape(Shape):
    code = serializers.CharField()
    state = serializers.ChoiceField(choices=AppointmentState.choices)
    queue_number = serializers.IntegerField()
    room = RoomShape()


@lru_cache(maxsize=8192)  # a month's list says the same few hundred moments again and again
def moment(value: datetime) -> str:
    """ISO 8601 with the Vietnamese offset."""
    return clock.local(value).isoformat()


def appointment_json(row: Appointment, secret: str = "") -> dict[str, Any]:
    """An appointment without its person: who holds the secret knows, and a screen needs no more than the number."""
    version = version_on(row.procedure, row.queue_date)
    return {
        "code": row.code, "queue_number": row.queue_number, "status": row.state, "office": row.office.code,
        "office_name": row.office.name, "address": row.office.address, "procedure": row.procedure.code, "purpose": row.purpose,
        "channel": row.channel, "slot": row.slot_id, "starts_at": moment(row.slot.starts_at), "ends_at": moment(row.slot.ends_at),
        "dossiers": row.dossiers, "people": row.people, "papers": papers_json(list(version.papers.all())) if version else [],
        "manage_url": links.manage_url(row.code, secret), "ics_url": links.ics_url(row.code, secret) if secret else None,
    }


def room_json(state: RoomState) -> dict[str, Any]:
    return {"code": state.room.code, "people": state.people, "officers": state.officers, "cap": state.cap, "waiting": state.waiting,
            "waiting_cap": state.waiting_cap, "outside": state.outside, "now_serving": list(state.now_serving)}


def visit_json(row: Appointment, room: Room) -> dict[str, Any]:
    """Where the visit stands, and the room that it is about."""
    return {"code": row.code, "state": row.state, "queue_number": row.queue_number, "room": room_json(queries.room_state(room))}
