"""The address to which message gateways report what became of a message, signed."""
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop import signature
from onestop.notify.models import Provider
from onestop.notify.services import reports
from onestop.people.rest import signed
from onestop.people.rest.throttles import PerCaller

REPORT = {"report_id": "bc-000123", "id": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "message_id": "SIM-12", "status": "delivered"}


class DeliveryReportJson(serializers.Serializer[Any]):
    """A report by the names of a gateway that has none of its own: `id` is our id, `message_id` the gateway's; either will do."""

    report_id = serializers.CharField(required=False)
    id = serializers.CharField(required=False)
    message_id = serializers.CharField(required=False)
    status = serializers.CharField()


class TakenJson(serializers.Serializer[Any]):
    """`new` false: this report was known already."""

    report_id = serializers.CharField()
    new = serializers.BooleanField()


class PerGateway(PerCaller):
    """A gateway reports for a whole province from one address; its reports are signed."""

    scope = "gateway"


class MessageReports(APIView):
    """Where message gateways report. No token: the signature over the raw body says who it is."""

    authentication_classes: list[Any] = []
    throttle_classes = [PerGateway]

    @extend_schema(
        operation_id="message_reports", request=DeliveryReportJson,
        summary="Cổng tin nhắn báo kết quả gửi, có chữ ký",
        description="Ký HMAC-SHA256 trên đúng các byte của nội dung: `X-Signature: sha256=<hex>`. Tên các trường theo cấu hình của từng "
                    "cổng. Cùng mã báo cáo gửi lại không thay đổi gì. "
                    "400 `invalid`, 401 `wrong_signature`, 404 `unknown_message`, 413 `too_large`.",
        parameters=[OpenApiParameter(signature.HEADER, OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)],
        responses={202: TakenJson}, examples=[OpenApiExample("Đã nhận", value=REPORT, request_only=True)],
    )
    def post(self, request: Request, provider: str) -> Response:
        body = signed.raw_body(request)
        sender = Provider.objects.filter(code=provider, active=True).first() or Provider()
        report, new = reports.receive(provider=sender, data=signed.signed_object(request, body, sender.report_key))
        return Response({"report_id": report, "new": new}, status=202)

