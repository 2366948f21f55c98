"""Shipments for programs: pick-up lists for the carrier's own system."""
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop.people.rest.authentication import Partner, needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.rest.pagination import Pages
from onestop.people.states import Scope
from postal.models import Shipment, ShipmentQuerySet
from postal.services import handling
from postal.states import State

EXAMPLE = {
    "id": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "state": "ordered", "state_name": "Bưu chính đã nhận yêu cầu",
    "waybill": "BD01234567890VN", "due_at": "2026-11-25T15:00:00+07:00", "collected_at": None,
    "office": {"code": "ninh-kieu", "name": "Bộ phận Một cửa phường Ninh Kiều", "address": "…", "hotline": "1900 0000"},
    "recipient": {"name": "Nguyễn Thị Mẫu", "phone": "0912345678", "address": "Số 1, đường Mẫu, phường Ninh Kiều, Cần Thơ"},
}


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
