"""Appointments for programs: book, look, cancel, move."""
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings import eligibility, facts, queries
from bookings.api import access, shapes
from bookings.api.inputs import Fields
from bookings.api.places import MOST_AT_ONCE
from bookings.models import Appointment
from bookings.services import appointments
from bookings.services.holds import find_hold
from bookings.states import BookedBy, Priority, Purpose
from dossiers.models import Dossier
from onestop.people.rest.authentication import needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.states import Scope
from onestop.people.words import phone_number
from onestop.transitions import Refused

BOOK = {"slot": 2, "procedure": "1.001193", "purpose": "submit", "channel": "zalo",
        "applicant": {"full_name": "Người Mẫu Một", "phone": "0900000001"}}
BOOKED = {
    "code": "K7M2P9QX", "secret": "R4TW8YAB2C3D", "queue_number": 1, "status": "booked", "office": "ninh-kieu",
    "office_name": "Bộ phận Một cửa phường Ninh Kiều", "address": "Số 1, đường Mẫu", "procedure": "1.001193", "purpose": "submit",
    "channel": "zalo", "slot": 2, "starts_at": "2026-11-26T07:30:00+07:00", "ends_at": "2026-11-26T08:00:00+07:00", "dossiers": 1,
    "people": 1, "papers": [], "manage_url": "http://localhost:8000/dat-lich/lich/K7M2P9QX/?khoa=R4TW8YAB2C3D",
    "ics_url": "http://localhost:8000/dat-lich/lich/K7M2P9QX/lich-hen.ics?khoa=R4TW8YAB2C3D"}


class Appointments(APIView):
    """Book."""

    permission_classes = [needs(Scope.BOOK)]

    @extend_schema(
        operation_id="appointments_create", summary="Book a slot or turn a hold into a booking", request=shapes.AppointmentRequest,
        responses={201: shapes.AppointmentShape, **access.problems(400, 401, 403, 404, 409, 422, 429, 503)},
        examples=[OpenApiExample("Book", request_only=True, value=BOOK),
                  OpenApiExample("Booked", response_only=True, status_codes=["201"], value=BOOKED)])
    @idempotent
    def post(self, request: Request) -> Response:
        wanted = read(request)
        caller = access.partner(request)
        booked = appointments.book(**wanted, actor=access.actor(request), actor_label=access.label(request),
                                   partner=caller.label if caller is not None else "")
        return Response({**shapes.appointment_json(booked.appointment, booked.secret), "secret": booked.secret}, status=201)


def read(request: Request) -> dict[str, Any]:
    """The body as book() takes it. Errors of the applicant are told as 'applicant.<field>'."""
    asked = Fields(request.data)
    hold_token = next((found for name in ("hold_token", "hold", "token") if (found := asked.text(name, most=64, required=False))), "")
    slot_id = 0 if hold_token else asked.count("slot")
    code, purpose = asked.text("procedure", most=40), asked.choice("purpose", Purpose.values, default=Purpose.SUBMIT)
    channel = asked.choice("channel", BookedBy.values, default=BookedBy.WEB)
    counts = {name: asked.count(name, default=1, most=MOST_AT_ONCE) for name in ("dossiers", "people")}
    priority = asked.choice("priority", Priority.values) if asked.data.get("priority") else ""
    applicant = read_applicant(asked)
    dossier_code = asked.text("dossier", most=60, required=False)
    if dossier_code and purpose != Purpose.COLLECT:
        asked.wrong("dossier", _("Chỉ nêu hồ sơ khi hẹn nhận kết quả."))
    asked.done()
    slot = find_hold(hold_token).slot if hold_token else facts.slot(slot_id)
    access.check_slot_reach(request, slot.session.office_id)
    return {"applicant": applicant, "procedure": access.find_procedure(code), "purpose": purpose, "channel": channel, **counts,
            "priority": priority,
            "slot_id": slot_id or None, "hold_token": hold_token, "dossier": own_dossier(dossier_code, applicant.phone)}


def read_applicant(asked: Fields) -> appointments.Applicant:
    """The person, with every error under 'applicant.'."""
    inner = Fields(asked.inner("applicant"))
    if "applicant" in asked.errors:
        return appointments.Applicant("", "")
    given = appointments.Applicant(
        full_name=inner.text("full_name", most=120), phone=inner.text("phone", most=30),
        citizen_id=inner.text("citizen_id", most=20, required=False), email=inner.text("email", most=254, required=False),
        language=get_language() or "vi")
    if not inner.errors:
        try:
            given = appointments.checked_applicant(given)
        except Refused as refusal:
            inner.errors = {name: [str(text) for text in texts] for name, texts in refusal.fields.items()}
    asked.take(inner, "applicant")
    return given


def own_dossier(code: str, phone: str) -> Dossier | None:
    """The dossier whose result is to be collected, if the phone number is its applicant's. Raises Refused('unknown_dossier', 422)."""
    if not code:
        return None
    found = Dossier.objects.filter(code=code, phone=phone_number(phone)).first()
    if found is None:
        sentence = _("Không tìm thấy hồ sơ có mã và số điện thoại này.")
        raise Refused("unknown_dossier", sentence, fields={"dossier": [sentence]})
    return found


class AppointmentDetail(APIView):
    """Look."""

    @extend_schema(
        operation_id="appointments_show", summary="An appointment, by its secret or for its office", responses={
            200: shapes.AppointmentShape, **access.problems(401, 404, 429)},
        parameters=[OpenApiParameter("secret", str, description="The secret given when it was booked; a token of the office needs none.")],
        examples=[OpenApiExample("Booked", response_only=True, value={key: BOOKED[key] for key in BOOKED if key != "secret"})])
    def get(self, request: Request, code: str) -> Response:
        secret = Fields(request.query_params).text("secret", most=64, required=False)
        row = access.by_secret_or_office(request, code, secret, Scope.BOOK, Scope.VISITS)
        return Response(shapes.appointment_json(row, secret if queries.by_link(code, secret) else ""))


def changed_json(row: Appointment) -> dict[str, Any]:
    """The appointment after a change, read again."""
    return shapes.appointment_json(queries.by_code(row.code) or row)


class Cancel(APIView):
    """Cancel."""

    @extend_schema(
        operation_id="appointments_cancel", summary="Cancel an appointment; twice is harmless", request=shapes.CancelRequest,
        responses={200: shapes.AppointmentShape, **access.problems(400, 401, 403, 404, 409, 422, 429, 503)},
        examples=[OpenApiExample("Cancel", request_only=True, value={"secret": "R4TW8YAB2C3D", "reason": "Bận việc"})])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        asked = Fields(request.data)
        secret, reason = asked.text("secret", most=64, required=False), asked.text("reason", most=500, required=False)
        asked.done()
        row = access.by_secret_or_office(request, code, secret, Scope.BOOK)
        access.check_in_time(request, row, secret)
        return Response(changed_json(appointments.cancel(appointment=row, by_label=access.label(request), actor=access.actor(request),
                                                         reason=reason)))


class Reschedule(APIView):
    """Move."""

    @extend_schema(
        operation_id="appointments_reschedule", summary="Move an appointment; the old place is kept until the new one is taken",
        request=shapes.RescheduleRequest,
        responses={200: shapes.AppointmentShape, **access.problems(400, 401, 403, 404, 409, 422, 429, 503)},
        examples=[OpenApiExample("Move", request_only=True, value={"secret": "R4TW8YAB2C3D", "slot": 5})])
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        asked = Fields(request.data)
        secret, slot_id = asked.text("secret", most=64, required=False), asked.count("slot")
        asked.done()
        row = access.by_secret_or_office(request, code, secret, Scope.BOOK)
        access.check_in_time(request, row, secret)
        access.check_slot_reach(request, eligibility.find_slot(slot_id).session.office_id)
        return Response(changed_json(appointments.reschedule(appointment=row, slot_id=slot_id, actor=access.actor(request),
                                                             actor_label=access.label(request))))
