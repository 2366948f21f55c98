"""The address to which carriers report, signed."""
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop import signature
from onestop.people.rest import signed
from onestop.people.rest.throttles import PerCaller
from onestop.people.words import clean
from postal.carriers import words
from postal.models import Carrier
from postal.services import events

EVENT = {"event_id": "evt-000123", "shipment": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "status": "delivered",
         "happened_at": "2026-11-25T16:20:00+07:00", "waybill": "BD01234567890VN", "note": ""}


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
    received_by = Text(max_length=120, required=False, allow_blank=True, default="")


class AcceptedJson(serializers.Serializer[Any]):
    """`new` false: this event was known already. `applied` false: its word has no meaning here yet; it is kept until it has one."""

    event_id = serializers.CharField()
    new = serializers.BooleanField()
    applied = serializers.BooleanField()


class PerCarrier(PerCaller):
    """A carrier reports for a whole province from one address; its events are signed."""

    scope = "carrier"


class CarrierEvents(APIView):
    """Where carriers report. No token: the signature over the raw body says who it is."""

    authentication_classes: list[Any] = []
    throttle_classes = [PerCarrier]

    @extend_schema(
        operation_id="carrier_events", request=ReportJson,
        summary="Doanh nghiệp bưu chính báo sự kiện của bưu gửi, có chữ ký",
        description="Ký HMAC-SHA256 trên đúng các byte của nội dung: `X-Signature: sha256=<hex>`. "
                    "Cùng `event_id` gửi lại không thay đổi gì; thứ tự đến không quan trọng. "
                    "Từ chưa có ý nghĩa trong bảng từ ngữ của bưu chính được giữ lại (202, `applied`: false). "
                    "400 `invalid`, 401 `wrong_signature`, 404 `unknown_shipment`, 409 `event_mismatch`, 413 `too_large`, "
                    "422 `from_the_future`, hoặc `unknown_status` khi đã có quá nhiều từ chưa rõ nghĩa.",
        parameters=[OpenApiParameter(signature.HEADER, OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)],
        responses={202: AcceptedJson}, examples=[OpenApiExample("Đã phát", value=EVENT, request_only=True)],
    )
    def post(self, request: Request, carrier: str) -> Response:
        body = signed.raw_body(request)
        sender = Carrier.objects.filter(code=carrier, active=True).first() or Carrier()
        told = ReportJson(data=signed.signed_object(request, body, sender.key))
        told.is_valid(raise_exception=True)
        data = told.validated_data
        texts = {name: clean(data[name]) for name in ("status", "waybill", "note", "received_by")}
        kept = events.receive(carrier=sender, report=events.Report(**data | texts))
        return Response({"event_id": data["event_id"], "new": kept.new, "applied": kept.applied}, status=202)

