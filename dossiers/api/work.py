"""Dossiers for the programs of those who work on them, and for whoever follows one with its second factor."""
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dossiers import queries, tracking
from dossiers.api import access, inputs, shapes
from dossiers.api.inputs import checked
from dossiers.models import Dossier
from dossiers.services import intake, processing
from onestop.access import times_seen
from onestop.people.models import User
from onestop.people.rest.authentication import Partner, needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.rest.pagination import Pages
from onestop.people.states import Scope
from onestop.people.words import clean
from onestop.transitions import Refused

TRIES_A_NUMBER, HOUR = 20, 3600
ERRORS = shapes.problems(400, 401, 403, 404, 409, 422, 429, 503)
SHOWN = {"code": "H13.70-261125-0001", "reference": "K7M2P9QX", "procedure": "1.001193", "office": "ninh-kieu", "channel": "online",
         "status": {"code": 2, "name": "Được tiếp nhận"}, "state": "accepted", "assignee": None, "return_method": "counter",
         "submitted_at": "2026-11-25T09:00:00+07:00", "accept_due_at": "2026-11-26T09:30:00+07:00",
         "received_at": "2026-11-25T09:10:00+07:00", "due_at": "2026-12-02T17:00:00+07:00", "original_due_at": "2026-12-02T17:00:00+07:00"}
TRACKED = {"code": "H13.70-261125-0001", "procedure": {"code": "1.001193", "name": "Thủ tục đăng ký khai sinh"},
           "status": {"code": 2, "name": "Được tiếp nhận"}, "received_at": "2026-11-25T09:10:00+07:00",
           "due_at": "2026-12-02T17:00:00+07:00", "original_due_at": "2026-12-02T17:00:00+07:00", "clock": "running",
           "explanation": ["Hồ sơ được tiếp nhận lúc 09:10 ngày 25/11/2026."],
           "events": [{"verb": "accept", "title": "Đã tiếp nhận hồ sơ", "at": "2026-11-25T09:10:00+07:00"}],
           "shipment": None, "payments": []}
AS_DOSSIER = OpenApiExample("Dossier", response_only=True, value=SHOWN)
BODIES: dict[str, dict[str, Any]] = {
    "accept": {"note": ""}, "refuse": {"reason": "Không thuộc thẩm quyền", "legal_basis": "Điều 17"},
    "request-supplement": {"items": ["Bản sao giấy chứng sinh"], "answer_by": "2026-12-10", "reason": ""},
    "assign": {"assignee": "chuyenvien"}, "decide": {"note": "Giấy khai sinh"}, "hand-over": {"note": ""},
    "withdraw": {"note": "Theo đề nghị của công dân"}}


def verb_schema(name: str, summary: str, shape: Any) -> Callable[[Any], Any]:
    """The schema of a verb on a dossier."""
    body = OpenApiExample("Body", request_only=True, value=BODIES[name])
    return extend_schema(operation_id=f"dossiers_{name.replace('-', '_')}", summary=summary, request=shape,
                         responses={200: shapes.DossierShape, **ERRORS}, examples=[body, AS_DOSSIER])


def answer(request: Request, dossier: Dossier) -> Response:
    """The dossier as it is now."""
    return Response(shapes.dossier_json(access.reachable(request).get(pk=dossier.pk)))


def who(request: Request) -> dict[str, Any]:
    """Who acts, as every verb takes it."""
    return {"actor": access.actor_of(request), "actor_label": access.label_of(request), "via": "api"}


class Intake(APIView):
    permission_classes = [needs(Scope.INTAKE)]


class Process(APIView):
    permission_classes = [needs(Scope.PROCESS, Scope.INTAKE)]


class Accept(Intake):
    """Accept."""

    @verb_schema("accept", "Accept a submission: code, due date, receipt", inputs.NoteIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.NoteIn, request.data)
        return answer(request, intake.accept(dossier=access.dossier_of(request, number), note=asked["note"], **who(request)))


class Refuse(Intake):
    """Refuse."""

    @verb_schema("refuse", "Refuse a submission with the reason and the rule it rests on", inputs.RefuseIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.RefuseIn, request.data)
        return answer(request, intake.refuse(dossier=access.dossier_of(request, number), **asked, **who(request)))


class RequestSupplement(Process):
    """Ask for missing papers."""

    @verb_schema("request-supplement", "Ask once for everything that is missing; the clock stops. Needs an officer's token",
                 inputs.SupplementIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.SupplementIn, request.data)
        dossier = access.dossier_of(request, number)
        processing.request_supplement(actor=access.officer_of(request), dossier=dossier, via="api", **asked)
        return answer(request, dossier)


class Assign(Process):
    """Give to an officer."""

    @verb_schema("assign", "Give a dossier to an officer of its office", inputs.AssignIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.AssignIn, request.data)
        dossier = access.dossier_of(request, number)
        assignee = User.objects.filter(username=clean(asked["assignee"]), is_active=True).first()
        if assignee is None:
            sentence = _("Không có cán bộ nào có tên đăng nhập này.")
            raise Refused("unknown_officer", sentence, fields={"assignee": [sentence]})
        return answer(request, processing.assign(dossier=dossier, assignee=assignee, note=asked["note"], **who(request)))


class Decide(APIView):
    """There is a result. A key for taking dossiers in decides nothing."""

    permission_classes = [needs(Scope.PROCESS)]

    @verb_schema("decide", "Record the result; the clock ends and the citizen is told", inputs.NoteIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.NoteIn, request.data)
        return answer(request, processing.decide(dossier=access.dossier_of(request, number), note=asked["note"], **who(request)))


class HandOver(Process):
    """The result is in the citizen's hands."""

    @verb_schema("hand-over", "The result is in the citizen's hands", inputs.NoteIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.NoteIn, request.data)
        return answer(request, processing.hand_over(dossier=access.dossier_of(request, number), note=asked["note"], **who(request)))


class Withdraw(Process):
    """Taken back."""

    @verb_schema("withdraw", "The citizen takes the dossier back", inputs.NoteIn)
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        asked = checked(inputs.NoteIn, request.data)
        return answer(request, processing.withdraw(dossier=access.dossier_of(request, number), note=asked["note"], **who(request)))


class ByDue(Pages):
    """Cursor pages, the first submitted first."""

    ordering = "pk"


class Dossiers(APIView):
    """The dossiers the caller works on."""

    permission_classes = [needs(Scope.PROCESS)]

    @extend_schema(
        operation_id="dossiers_list", summary="Dossiers of the caller's offices; filters, cursor pages",
        parameters=[inputs.ListIn, OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.DossierPage, **shapes.problems(400, 401, 403, 404, 429)},
        examples=[OpenApiExample("Page", response_only=True, value={"results": [SHOWN], "next": None, "previous": None})])
    def get(self, request: Request) -> Response:
        asked = checked(inputs.ListIn, request.query_params)
        found = queries.narrowed(queries.marked(access.reachable(request)), queries.Filters(tab="any", **asked))
        pages = ByDue()
        rows = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response([shapes.dossier_json(row) for row in rows or []])


class DossierDetail(APIView):
    """One dossier."""

    @extend_schema(
        operation_id="dossiers_show", auth=[], summary="Follow a dossier with its second factor: status, date and why, history",
        description="`secret`, or `phone_last4` (at most 20 times an hour for one dossier, 429 `too_many_tries`). A wrong factor is 404.",
        parameters=[OpenApiParameter("secret", str), OpenApiParameter("phone_last4", str)],
        responses={200: shapes.TrackedShape, **shapes.problems(404, 429)},
        examples=[OpenApiExample("Tracked", response_only=True, value=TRACKED)])
    def get(self, request: Request, number: str) -> Response:
        return Response(shapes.tracked_json(found_by(request, number)))


def found_by(request: Request, number: str) -> Dossier:
    """The dossier, by its second factor or by a token that reaches it. Raises NotFound, Refused('too_many_tries', 429)."""
    secret, last4 = request.query_params.get("secret", "")[:80], request.query_params.get("phone_last4", "")[:20]
    if not secret and not last4 and isinstance(request.user, Partner) and request.user.has_scope(Scope.PROCESS, Scope.INTAKE):
        return access.dossier_of(request, number)
    if last4 and times_seen(f"track:{clean(number).upper()[:60]}", HOUR) > TRIES_A_NUMBER:
        raise Refused("too_many_tries", _("Mã hồ sơ này được tra cứu quá nhiều lần. Vui lòng thử lại sau một giờ."), status=429)
    found = tracking.find(number, secret=secret, phone_last4=last4)
    if found is None:
        raise NotFound
    return found
