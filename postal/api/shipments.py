"""Shipments for programs: pick-up lists for the carrier's own system."""
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dossiers.models import Dossier
from onestop.offices.models import Office
from onestop.people.rest.authentication import Partner, needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.rest.pagination import Pages
from onestop.people.states import Scope
from onestop.transitions import Refused
from postal.models import Shipment, ShipmentQuerySet
from postal.services import handling, making, mending
from postal.states import Direction, Service, State

EXAMPLE = {
    "id": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "state": "ordered", "state_name": "Bưu chính đã nhận yêu cầu",
    "direction": "out", "waybill": "BD01234567890VN", "due_at": "2026-11-25T15:00:00+07:00",
    "wall_due_at": "2026-11-25T13:00:00+07:00", "working_due_at": "2026-11-25T15:00:00+07:00", "collected_at": None, "arrived_at": None,
    "delivered_at": None, "attention": "", "dossier": "H13.70-261125-0001", "to_office": "", "fee": 25000, "payable": 0,
    "office": {"code": "ninh-kieu", "name": "Bộ phận Một cửa phường Ninh Kiều", "address": "…", "hotline": "1900 0000"},
    "recipient": {"name": "Nguyễn Thị Mẫu", "phone": "0912345678", "address": "Số 1, đường Mẫu",
                  "area": "Phường Ninh Kiều, Thành phố Cần Thơ"},
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
    area = serializers.CharField(source="area_path")


class ShipmentJson(serializers.Serializer[Shipment]):
    """A shipment. `due_at`: until when it is to be fetched (4 hours of letter Khánh Hòa, unless a letter says otherwise), which is one of
    the two ways of counting. Direction `out`: fetched at the office, brought to the recipient; `in`: fetched at the recipient's, brought
    to the office; `between_offices`: from the office to `to_office`. Money in đồng."""

    id = serializers.UUIDField(source="key")
    state = serializers.ChoiceField(choices=State.choices)
    state_name = serializers.CharField(source="get_state_display")
    direction = serializers.ChoiceField(choices=Direction.choices)
    waybill = serializers.CharField()
    due_at = serializers.DateTimeField(source="collect_due_at", allow_null=True)
    wall_due_at = serializers.DateTimeField(allow_null=True)
    working_due_at = serializers.DateTimeField(allow_null=True)
    collected_at = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    attention = serializers.CharField()
    dossier = serializers.CharField(source="dossier.number")
    to_office = serializers.CharField(source="to_office.code", default="")
    fee = serializers.IntegerField(allow_null=True)
    payable = serializers.IntegerField(allow_null=True)
    office = OfficeJson()
    recipient = RecipientJson(source="*")


class ShipmentQuery(serializers.Serializer[Any]):
    """What the list may be asked for; what is left out means any. `state` is `ordered`, what waits to be fetched, unless another is asked
    for."""

    state = serializers.ChoiceField(choices=State.choices, required=False, default=State.ORDERED.value)
    direction = serializers.ChoiceField(choices=Direction.choices, required=False, allow_blank=True, default="")
    office = serializers.SlugField(required=False, max_length=40, allow_blank=True, default="")


class ShipmentIn(serializers.Serializer[Any]):
    """A shipment to be made: `out` and `in` as the dossier wants it carried, `between_offices` to another office."""

    direction = serializers.ChoiceField(choices=Direction.choices, required=False, default=Direction.BETWEEN.value)
    dossier = serializers.CharField(max_length=60, help_text="code or reference")
    to_office = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", help_text="code; between offices")
    service = serializers.ChoiceField(choices=Service.choices, required=False, default=Service.STANDARD.value)


class CancelIn(serializers.Serializer[Any]):
    """Why it is given up."""

    reason = serializers.CharField(max_length=500)


def of_partner(partner: Partner) -> ShipmentQuerySet:
    """The shipments of a token's offices; for a token that belongs to a person no more than that person sees."""
    found = Shipment.objects.visible_to(partner.user) if partner.user else Shipment.objects.all()
    found = found.select_related("office", "to_office", "dossier", "carrier")
    return found.filter(office_id__in=partner.office_ids) if partner.office_ids else found


class ShipmentList(APIView):
    """The pick-up list, and shipments made by a partner."""

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
        wanted = asked.validated_data
        found = of_partner(request.user).filter(state=wanted["state"])
        if wanted["direction"]:
            found = found.filter(direction=wanted["direction"])
        if wanted["office"]:
            found = found.filter(office__code=wanted["office"])
        pages = Pages()
        page = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(ShipmentJson(page, many=True).data)

    @extend_schema(
        operation_id="shipments_create", request=ShipmentIn,
        summary="Lập bưu gửi: trả kết quả, nhận giấy tờ từ công dân, hoặc giữa hai cơ quan",
        description="Bưu gửi trả kết quả và nhận giấy tờ chỉ lập được khi hồ sơ đã đăng ký. 400 `invalid`. 404: không có hồ sơ này. "
                    "409 `already_done`: đã có bưu gửi, hoặc hồ sơ không đăng ký; `ended`. "
                    "422 `unknown_office`, `same_office`, `no_carrier`.",
        responses={201: ShipmentJson},
        examples=[OpenApiExample("Giữa hai cơ quan", request_only=True,
                                 value={"direction": "between_offices", "dossier": "H13.70-261125-0001", "to_office": "cai-rang"}),
                  OpenApiExample("Đã lập", value=EXAMPLE | {"state": "ready", "waybill": ""}, response_only=True, status_codes=["201"])],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        asked = ShipmentIn(data=request.data)
        asked.is_valid(raise_exception=True)
        made = _make(request.user, asked.validated_data)
        if made is None:
            raise Refused("already_done", _("Đã có bưu gửi cho việc này, hoặc hồ sơ không đăng ký qua bưu chính."), status=409)
        return Response(ShipmentJson(made).data, status=201)


def _make(partner: Partner, asked: dict[str, Any]) -> Shipment | None:
    dossier = _dossier(partner, asked["dossier"].strip().upper())
    carrier = making.carrier_for(dossier.received_office)
    if asked["direction"] == Direction.OUT:
        return making.make_out(dossier, carrier)
    if asked["direction"] == Direction.IN:
        return making.make_in(dossier, carrier)
    there = Office.objects.select_related("area__parent__parent").filter(code=asked["to_office"]).first()
    if there is None:
        unknown = _("Không có đơn vị nào có mã này.")
        raise Refused("unknown_office", unknown, fields={"to_office": [unknown]})
    return making.make_between(actor=None, label=partner.label, dossier=dossier, to_office=there, carrier=carrier, service=asked["service"])


def _dossier(partner: Partner, number: str) -> Dossier:
    found = Dossier.objects.select_related("received_office")
    if partner.office_ids:
        found = found.filter(received_office_id__in=partner.office_ids)
    dossier = found.filter(code=number).first() or found.filter(reference=number).first()
    if dossier is None:
        raise Refused("not_found", _("Không tìm thấy hồ sơ này."), status=404)
    return dossier


class OneShipment(APIView):
    """One shipment."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(operation_id="shipments_show", summary="Một bưu gửi", description="404: không có bưu gửi này.",
                   responses={200: ShipmentJson}, examples=[OpenApiExample("Bưu gửi", value=EXAMPLE, response_only=True)])
    def get(self, request: Request, key: str) -> Response:
        return Response(ShipmentJson(get_object_or_404(of_partner(request.user), key=key)).data)


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
        shipment = get_object_or_404(of_partner(request.user), key=key)
        done = handling.collect(shipment=shipment, label=request.user.label)
        return Response(ShipmentJson(done).data)


class Cancelled(APIView):
    """A shipment is given up before it is fetched."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="shipments_cancel", request=CancelIn,
        summary="Hủy bưu gửi bưu chính chưa lấy",
        description="Kết quả được trả tại quầy, giấy tờ do công dân tự nộp; công dân được báo tin. Làm hai lần không sao. 400 `invalid`. "
                    "404: không có bưu gửi này. 409 `wrong_state`: đã lấy; `being_told`: đang báo bưu chính, thử lại sau.",
        responses={200: ShipmentJson},
        examples=[OpenApiExample("Hủy", value={"reason": "Công dân tự đến nhận"}, request_only=True),
                  OpenApiExample("Đã hủy", value=EXAMPLE | {"state": "cancelled"}, response_only=True)],
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        asked = CancelIn(data=request.data)
        asked.is_valid(raise_exception=True)
        shipment = get_object_or_404(of_partner(request.user), key=key)
        done = mending.cancel(shipment=shipment, reason=asked.validated_data["reason"], label=request.user.label)
        return Response(ShipmentJson(done).data)
