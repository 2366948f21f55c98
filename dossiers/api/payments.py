"""The gateway's server-to-server notice (VNPAY's IPN)."""
from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dossiers.gateway import signing
from dossiers.models import GatewayNotice
from dossiers.services import payments
from onestop.access import address, times_seen

BAD_AN_HOUR = 120  # unsigned words kept of one address; what comes beyond is refused unread
WORDS = {"00": "Confirm Success", "01": "Order not found", "02": "Order already confirmed", "04": "Invalid amount",
         "97": "Invalid signature", "99": "Unknown error"}


class NoticeJson(serializers.Serializer[Any]):
    """The answer the gateway reads; anything but 00 and 02 lets it try again."""

    RspCode = serializers.CharField()
    Message = serializers.CharField()


class AnyAccept(BaseContentNegotiation):
    """The gateway takes JSON whatever it says that it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0]
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Notice(APIView):
    """Where the gateway tells what became of a payment. No token: the signature over the parameters says who it is.

    GET, since that is how this gateway's protocol sends it: the one GET of the portal that writes. It is signed, counted once and told
    so to the gateway; a browser that is led here without the signature changes nothing.
    """

    authentication_classes: list[Any] = []
    throttle_classes: list[Any] = []
    content_negotiation_class = AnyAccept
    parser_classes = [FormParser, JSONParser]

    @extend_schema(
        operation_id="payment_notice", auth=[], summary="Cổng thanh toán báo kết quả giao dịch (IPN), có chữ ký HMAC-SHA512",
        description="Tham số `vnp_*` như giao diện VNPAY 2.1.0. Trả 200 với `RspCode`: 00 đã ghi nhận, 01 không có giao dịch, "
                    "02 đã ghi nhận trước đó, 04 sai số tiền hoặc loại tiền, 97 sai chữ ký, 99 thử lại.",
        parameters=[OpenApiParameter("vnp_TxnRef", OpenApiTypes.STR, required=True), OpenApiParameter("vnp_Amount", OpenApiTypes.INT),
                    OpenApiParameter("vnp_ResponseCode", OpenApiTypes.STR), OpenApiParameter(signing.SIGNATURE, OpenApiTypes.STR)],
        responses={200: NoticeJson}, examples=[OpenApiExample("Đã ghi nhận", value={"RspCode": "00", "Message": WORDS["00"]})])
    def get(self, request: Request) -> Response:
        return self._answer(request, request.query_params)

    @extend_schema(operation_id="payment_notice_post", auth=[], summary="Như GET, tham số trong nội dung", request=OpenApiTypes.OBJECT,
                   responses={200: NoticeJson},
                   examples=[OpenApiExample("Đã ghi nhận trước đó", value={"RspCode": "02", "Message": WORDS["02"]}, response_only=True)])
    def post(self, request: Request) -> Response:
        return self._answer(request, request.data if hasattr(request.data, "items") else {})

    def _answer(self, request: Request, given: Any) -> Response:
        fields = {str(name): str(value) for name, value in given.items() if str(name).startswith("vnp_")}
        code = "97"
        if times_seen(f"notice:{address(request)}", 3600) <= BAD_AN_HOUR or payments.genuine(fields):
            code = payments.heard(fields, source=GatewayNotice.Source.NOTICE)
        return Response({"RspCode": code, "Message": WORDS[code]})
