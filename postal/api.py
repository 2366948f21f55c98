"""The post for programs: pick-up lists for the carrier's own system, and the address to which carriers report, signed."""
import json
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop.people.rest.authentication import Partner, needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.rest.pagination import Pages
from onestop.people.rest.throttles import PerCaller
from onestop.people.states import Scope
from onestop.people.words import clean
from onestop.transitions import Refused
from postal.carriers import signature, words
from postal.models import Carrier, Shipment, ShipmentQuerySet
from postal.services import events, handling
from postal.states import State

LONGEST_REPORT = 64 * 1024
EXAMPLE = {
    "id": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "state": "ordered", "state_name": "Bưu chính đã nhận yêu cầu",
    "waybill": "BD01234567890VN", "due_at": "2026-11-25T15:00:00+07:00", "collected_at": None,
    "office": {"code": "ninh-kieu", "name": "Bộ phận Một cửa phường Ninh Kiều", "address": "…", "hotline": "1900 0000"},
    "recipient": {"name": "Nguyễn Thị Mẫu", "phone": "0912345678", "address": "Số 1, đường Mẫu, phường Ninh Kiều, Cần Thơ"},
}
EVENT = {"event_id": "evt-000123", "shipment": EXAMPLE["id"], "status": "delivered", "happened_at": "2026-11-25T16:20:00+07:00",
         "waybill": "BD01234567890VN", "note": ""}


class OfficeJson(serializers.Serializer[Any]):
    """Where to fetch it."""

    code = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    hotline = serializers.CharField()


class RecipientJson(serializers.Serializer[Any]):
    """Where to bring it."""

    name = serializers.CharField(source="recipient")
    phone = serializers.CharField()
    address = serializers.CharField()


class ShipmentJson(serializers.Serializer[Shipment]):
    """A shipment. `due_at`: until when it is to be fetched (4 hours of letter Khánh Hòa, unless a letter says otherwise)."""

    id = serializers.UUIDField(source="key")
    state = serializers.ChoiceField(choices=State.choices)
    state_name = serializers.CharField(source="get_state_display")
    waybill = serializers.CharField()
    due_at = serializers.DateTimeField(source="collect_due_at")
    collected_at = serializers.DateTimeField()
    office = OfficeJson()
    recipient = RecipientJson(source="*")


class ShipmentQuery(serializers.Serializer[Any]):
    """What the list may be asked for."""

    state = serializers.ChoiceField(choices=State.choices, required=False, default=State.ORDERED.value)
    office = serializers.SlugField(required=False, max_length=40, allow_blank=True, default="")


class Text(serializers.CharField):
    """A JSON string, and nothing that merely could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class ReportJson(serializers.Serializer[Any]):
    """One event in the carrier's words. `event_id` is the carrier's own and is taken once; `shipment` is our id."""

    event_id = Text(max_length=80)
    shipment = serializers.UUIDField()
    status = Text(max_length=40, help_text=", ".join(words.VERBS))
    happened_at = serializers.DateTimeField()
    waybill = Text(max_length=60, required=False, allow_blank=True, default="")
    note = Text(max_length=500, required=False, allow_blank=True, default="")


class AcceptedJson(serializers.Serializer[Any]):
    """`new` false: this event was known already."""

    event_id = serializers.CharField()
    new = serializers.BooleanField()


class PerCarrier(PerCaller):
    """A carrier reports for a whole province from one address; its events are signed."""

    scope = "carrier"
    rate = "6000/min"


def _of(partner: Partner) -> ShipmentQuerySet:
    """The shipments of a token's offices."""
    found = Shipment.objects.select_related("office")
    return found.filter(office_id__in=partner.office_ids) if partner.office_ids else found


class ShipmentList(APIView):
    """The pick-up list."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="shipments_list",
        summary="Danh sách bưu gửi cần đến lấy, cùng hạn lấy",
        description="Mặc định: `ordered`, bưu gửi chờ bưu chính đến lấy. 400 `invalid`: tham số sai. 401, 403: khóa truy cập. "
                    "429: quá nhiều yêu cầu.",
        parameters=[ShipmentQuery, OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: ShipmentJson(many=True)},
        examples=[OpenApiExample("Cần lấy", value={"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = ShipmentQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = _of(request.user).filter(state=asked.validated_data["state"])
        if asked.validated_data["office"]:
            found = found.filter(office__code=asked.validated_data["office"])
        pages = Pages()
        page = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(ShipmentJson(page, many=True).data)


class Collected(APIView):
    """The carrier has fetched one."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="shipments_collected", request=None,
        summary="Xác nhận bưu chính đã lấy bưu gửi",
        description="Làm hai lần không sao. 404: không có bưu gửi này. 409 `wrong_state`: chưa đến bước này.",
        responses={200: ShipmentJson}, examples=[OpenApiExample("Đã lấy", value=EXAMPLE | {"state": "collected"}, response_only=True)],
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        shipment = get_object_or_404(_of(request.user), key=key)
        done = handling.collect(shipment=shipment, label=request.user.label)
        return Response(ShipmentJson(done).data)


class CarrierEvents(APIView):
    """Where carriers report. No token: the signature over the raw body says who it is."""

    authentication_classes: list[Any] = []
    throttle_classes = [PerCarrier]

    @extend_schema(
        operation_id="carrier_events", request=ReportJson,
        summary="Doanh nghiệp bưu chính báo sự kiện của bưu gửi, có chữ ký",
        description="Ký HMAC-SHA256 trên đúng các byte của nội dung: `X-Signature: sha256=<hex>`. "
                    "Cùng `event_id` gửi lại không thay đổi gì. "
                    "400 `invalid`, 401 `wrong_signature`, 404 `unknown_shipment`, 409 `event_mismatch`, 413 `too_large`, "
                    "422 `unknown_status` hoặc `from_the_future`.",
        parameters=[OpenApiParameter(signature.HEADER, OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)],
        responses={202: AcceptedJson}, examples=[OpenApiExample("Đã phát", value=EVENT, request_only=True)],
    )
    def post(self, request: Request, carrier: str) -> Response:
        body = _limited_body(request)
        sender = Carrier.objects.filter(code=carrier, active=True).first()
        if sender is None or not signature.matches(sender.key, body, request.headers.get(signature.HEADER, "")):
            raise Refused("wrong_signature", _("Chữ ký không đúng."), status=401)
        told = ReportJson(data=_json_object(body))
        told.is_valid(raise_exception=True)
        data = told.validated_data
        new = events.receive(carrier=sender, report=events.Report(**data | {"note": clean(data["note"])}))
        return Response({"event_id": data["event_id"], "new": new}, status=202)


def _limited_body(request: Request) -> bytes:
    """The raw body. Raises Refused('too_large', 413) above 64 kB."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LONGEST_REPORT:
        raise Refused("too_large", _("Nội dung dài hơn 64 kB."), status=413)
    return bytes(request._request.body)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Refused("invalid", _("Nội dung phải là một đối tượng JSON."), status=400)
    return content
