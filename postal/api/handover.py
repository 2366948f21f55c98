"""Handover lists for the carrier's own system: begun with shipments, read, signed (letter Thường Tín 6)."""
from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop.offices.models import Office
from onestop.people.rest.authentication import Partner, needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.rest.pagination import Pages
from onestop.people.states import Scope
from onestop.people.words import clean
from onestop.transitions import Refused
from postal.models import HandoverItem, HandoverList, HandoverListQuerySet, Shipment
from postal.services import handover
from postal.states import HandoverKind, HandoverState

MOST = 500
EXAMPLE: dict[str, Any] = {
    "id": "0d4f7f0d-6a11-4e0b-8f6a-7f1c0a526d0e", "number": "BK-NINH-KIEU-2026-0001", "kind": "to_carrier", "state": "closed",
    "office": "ninh-kieu", "carrier": "buu-dien", "giver": "Cán bộ tiếp nhận (mẫu)", "receiver": "Bưu tá (mẫu)",
    "cleaned_at": "2026-11-25T09:05:00+07:00", "closed_at": "2026-11-25T09:15:00+07:00", "papers": 2,
    "items": [{"shipment": "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11", "waybill": "BD01234567890VN", "papers": 2, "differs": "",
               "counts": [{"position": 1, "name": "Giấy khai sinh", "originals": 1, "certified": 0, "copies": 1}], "seal_number": ""}],
}


class CountedJson(serializers.Serializer[Any]):
    """One paper in an envelope."""

    position = serializers.IntegerField()
    name = serializers.CharField()
    originals = serializers.IntegerField()
    certified = serializers.IntegerField()
    copies = serializers.IntegerField()


class ItemJson(serializers.Serializer[Any]):
    """One shipment of a list."""

    shipment = serializers.UUIDField(source="shipment.key")
    waybill = serializers.CharField(source="shipment.waybill")
    papers = serializers.IntegerField()
    counts = CountedJson(many=True)
    differs = serializers.CharField()
    seal_number = serializers.CharField()


class HandoverJson(serializers.Serializer[HandoverList]):
    """A list. `number` is given when it is signed; from then on nothing in it changes."""

    id = serializers.UUIDField(source="key")
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=HandoverKind.choices)
    state = serializers.ChoiceField(choices=HandoverState.choices)
    office = serializers.CharField(source="office.code")
    carrier = serializers.CharField(source="carrier.code")
    giver = serializers.CharField()
    receiver = serializers.CharField()
    cleaned_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField()
    papers = serializers.SerializerMethodField()
    items = ItemJson(many=True, source="read_items")

    def get_papers(self, row: Any) -> int:
        """All papers of the list."""
        return sum(item.papers for item in row.read_items)


class RefusedJson(serializers.Serializer[Any]):
    """A shipment that was not taken into the list, and why."""

    shipment = serializers.UUIDField()
    code = serializers.CharField()
    detail = serializers.CharField()


class MadeJson(HandoverJson):
    """The list as it is now, and what could not be taken into it."""

    refused = RefusedJson(many=True, source="told_refused")


class HandoverQuery(serializers.Serializer[Any]):
    """What the lists may be asked for."""

    state = serializers.ChoiceField(choices=HandoverState.choices, required=False, allow_blank=True, default="")
    office = serializers.SlugField(required=False, max_length=40, allow_blank=True, default="")


class MakeJson(serializers.Serializer[Any]):
    """A new list. `id` is the caller's own: sent again it is the same list."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=HandoverKind.choices)
    office = serializers.SlugField(max_length=40)
    shipments = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST)


class CloseJson(serializers.Serializer[Any]):
    """Both sides have signed on paper."""

    giver = serializers.CharField(max_length=120)
    receiver = serializers.CharField(max_length=120)
    cleaned_how = serializers.CharField(max_length=120, help_text="Cách khử khuẩn")
    counted = serializers.BooleanField(default=False)
    sealed = serializers.BooleanField(default=False)
    note = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")


def of_partner(partner: Partner) -> HandoverListQuerySet:
    """The lists of a token's offices, with their lines; for a token that belongs to a person no more than that person sees."""
    items = Prefetch("items", queryset=HandoverItem.objects.select_related("shipment").order_by("position"), to_attr="read_items")
    found = HandoverList.objects.visible_to(partner.user) if partner.user else HandoverList.objects.all()
    found = found.select_related("office", "carrier").prefetch_related(items)
    return found.filter(office_id__in=partner.office_ids) if partner.office_ids else found


def one_of_partner(request: Request, key: Any) -> HandoverList:
    """One of these lists; 404 for any other."""
    return get_object_or_404(of_partner(request.user), key=key)


def answer(request: Request, key: Any) -> Response:
    """A list as it stands now."""
    return Response(HandoverJson(of_partner(request.user).get(key=key)).data)


class HandoverLists(APIView):
    """Handover lists of a token's offices."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="handover_lists", summary="Bảng kê giao nhận với bưu chính",
        description="400 `invalid`: tham số sai. 401, 403: khóa truy cập. 429: quá nhiều yêu cầu.",
        parameters=[HandoverQuery, OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: HandoverJson(many=True)},
        examples=[OpenApiExample("Đã ký", value={"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = HandoverQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = of_partner(request.user)
        for name, column in (("state", "state"), ("office", "office__code")):
            if asked.validated_data[name]:
                found = found.filter(**{column: asked.validated_data[name]})
        pages = Pages()
        return pages.get_paginated_response(HandoverJson(pages.paginate_queryset(found, request, view=self) or [], many=True).data)

    @extend_schema(
        operation_id="handover_list_make", request=MakeJson, summary="Lập bảng kê giao nhận",
        description="Cùng `id` gửi lại là cùng bảng kê; bưu gửi không đưa vào được có trong `refused`. 400 `invalid`, 403, "
                    "404 `unknown_office` hoặc `unknown_shipment`, 409 `key_used`, `closed` hoặc `several_carriers`.",
        responses={201: MadeJson},
        examples=[OpenApiExample("Lập", request_only=True, value={"id": EXAMPLE["id"], "kind": "to_carrier", "office": "ninh-kieu",
                                                                  "shipments": ["7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11"]}),
                  OpenApiExample("Bảng kê", response_only=True, value=EXAMPLE | {"state": "open", "number": "", "refused": []})],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = MakeJson(data=request.data)
        told.is_valid(raise_exception=True)
        data, partner = told.validated_data, request.user
        office = Office.objects.filter(code=data["office"]).first()
        if office is None or not partner.may_act_for(office.pk):
            raise Refused("unknown_office", _("Không có đơn vị nào có mã này."), status=404)
        shipments = asked_for(partner, data["shipments"])
        row = handover.open_list(office=office, carrier=shipments[0].carrier, kind=data["kind"], label=partner.label, key=data["id"])
        refused = fill(row, shipments, partner.label)
        made = of_partner(partner).get(pk=row.pk)
        made.told_refused = refused  # type: ignore[attr-defined]
        return Response(MadeJson(made).data, status=201)


def asked_for(partner: Partner, keys: list[Any]) -> list[Shipment]:
    """The shipments that a program names, in its order. Raises Refused."""
    seen = Shipment.objects.visible_to(partner.user) if partner.user else Shipment.objects.all()
    found = {one.key: one for one in seen.filter(key__in=keys).select_related("carrier")}
    if len(found) < len(set(keys)):
        raise Refused("unknown_shipment", _("Không tìm thấy một hoặc nhiều bưu gửi."), status=404)
    if len({one.carrier_id for one in found.values()}) > 1:
        raise Refused("several_carriers", _("Một bảng kê chỉ gồm bưu gửi của một doanh nghiệp bưu chính."), status=409)
    return [found[key] for key in dict.fromkeys(keys)]


def fill(row: HandoverList, shipments: list[Shipment], label: str) -> list[dict[str, Any]]:
    """Scan them one by one; what could not be taken, and why. A signed list stays as it is."""
    refused = []
    if row.state != HandoverState.OPEN:
        return []
    for shipment in shipments:
        try:
            handover.scan(row=row, shipment=shipment, label=label)
        except Refused as refusal:
            refused.append({"shipment": shipment.key, "code": refusal.code, "detail": str(refusal.sentence)})
    return refused


class HandoverDetail(APIView):
    """One list."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(operation_id="handover_list", summary="Một bảng kê giao nhận", description="404: không có bảng kê này.",
                   responses={200: HandoverJson}, examples=[OpenApiExample("Đã ký", value=EXAMPLE, response_only=True)])
    def get(self, request: Request, key: str) -> Response:
        return Response(HandoverJson(one_of_partner(request, key)).data)


class HandoverClose(APIView):
    """Both sides have signed."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="handover_list_close", request=CloseJson, summary="Ký bảng kê giao nhận của hai bên",
        description="Làm hai lần không sao. Mọi bưu gửi trong đó coi như bưu chính đã lấy, hoặc đã về đến đơn vị. Giấy tờ về đến đơn "
                    "vị thành bưu phẩm chưa mở của đơn vị đó. 400 `invalid`, 404, 409 `empty_list`, `gone` hoặc `closed`, 422 `invalid`.",
        responses={200: HandoverJson},
        examples=[OpenApiExample("Ký", request_only=True, value={"giver": "Cán bộ tiếp nhận (mẫu)", "receiver": "Bưu tá (mẫu)",
                                                                 "cleaned_how": "Xịt cồn 70 độ", "counted": True, "sealed": True}),
                  OpenApiExample("Đã ký", value=EXAMPLE, response_only=True)],
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        told = CloseJson(data=request.data)
        told.is_valid(raise_exception=True)
        data = {name: clean(value) if isinstance(value, str) else value for name, value in told.validated_data.items()}
        row = one_of_partner(request, key)
        how = data.pop("cleaned_how")
        if row.state == HandoverState.OPEN:
            handover.clean_off(row=row, how=how, actor=None, label=request.user.label)
        handover.close(row=row, signing=handover.Signing(**data, on_paper=True), label=request.user.label)
        return answer(request, key)
