"""What programs do with an open handover list: count an envelope, take one out, give the list up. The pages call the same services."""
from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop.people.rest.authentication import needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.states import Scope
from onestop.transitions import Refused
from postal.api.handover import EXAMPLE, HandoverJson, answer, one_of_partner
from postal.models import HandoverItem, HandoverList
from postal.services import handover
from postal.services.counting import KINDS, MOST_OF_A_KIND


class PaperJson(serializers.Serializer[Any]):
    """How many of one paper lay in the envelope; `position` as the list says it."""

    position = serializers.IntegerField(min_value=0)
    originals = serializers.IntegerField(min_value=0, max_value=MOST_OF_A_KIND, default=0)
    certified = serializers.IntegerField(min_value=0, max_value=MOST_OF_A_KIND, default=0)
    copies = serializers.IntegerField(min_value=0, max_value=MOST_OF_A_KIND, default=0)


class NamedJson(serializers.Serializer[Any]):
    """Which shipment of the list."""

    shipment = serializers.UUIDField()


class CountJson(NamedJson):
    """What both sides found in one envelope; a paper that is left out counts as before."""

    counts = PaperJson(many=True, allow_empty=False)
    seal_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    differs = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")


def _item(row: HandoverList, shipment: Any) -> HandoverItem:
    return get_object_or_404(row.items.select_related("list"), shipment__key=shipment)


def _checked(found: dict[int, Any], item: HandoverItem) -> None:
    if not found.keys() <= {one["position"] for one in item.counts}:
        sentence = _("Không có giấy tờ nào ở vị trí này trong bưu gửi.")
        raise Refused("invalid", sentence, fields={"counts": [sentence]})


class HandoverCount(APIView):
    """One envelope is counted."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="handover_list_count", request=CountJson, summary="Ghi số giấy tờ hai bên đếm được trong một bưu gửi",
        description="Làm hai lần không sao. Khác với danh sách thì ghi rõ ở `differs`. 400 `invalid`, 404, 409 `closed` hoặc `taken_out`, "
                    "422 `invalid`.",
        responses={200: HandoverJson},
        examples=[OpenApiExample("Đếm", request_only=True, value={
            "shipment": EXAMPLE["items"][0]["shipment"], "counts": [{"position": 1, "originals": 1, "certified": 0, "copies": 1}],
            "differs": "Thừa 1 bản sao"}), OpenApiExample("Bảng kê", value=EXAMPLE | {"state": "open", "number": ""}, response_only=True)],
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        told = CountJson(data=request.data)
        told.is_valid(raise_exception=True)
        data = told.validated_data
        item = _item(one_of_partner(request, key), data["shipment"])
        found = {one["position"]: {kind: one[kind] for kind in KINDS} for one in data["counts"]}
        _checked(found, item)
        counts = [one | found.get(one["position"], {}) for one in item.counts]
        handover.count(item=item, counts=counts, actor=None, label=request.user.label, seal_number=data["seal_number"],
                       differs=data["differs"])
        return answer(request, key)


class HandoverTakeOut(APIView):
    """One shipment does not change hands after all."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="handover_list_take_out", request=NamedJson, summary="Đưa một bưu gửi ra khỏi bảng kê đang lập",
        description="400 `invalid`, 404: không có bảng kê, hoặc bưu gửi không có trong đó. 409 `closed`: đã ký.",
        responses={200: HandoverJson},
        examples=[OpenApiExample("Bưu gửi", request_only=True, value={"shipment": EXAMPLE["items"][0]["shipment"]}),
                  OpenApiExample("Bảng kê", value=EXAMPLE | {"state": "open", "number": "", "items": []}, response_only=True)],
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        told = NamedJson(data=request.data)
        told.is_valid(raise_exception=True)
        row = one_of_partner(request, key)
        handover.take_out(row=row, item_pk=_item(row, told.validated_data["shipment"]).pk, actor=None, label=request.user.label)
        return answer(request, key)


class HandoverDrop(APIView):
    """Nothing was handed over."""

    permission_classes = [needs(Scope.CARRIER)]

    @extend_schema(
        operation_id="handover_list_drop", request=None, summary="Bỏ bảng kê đang lập; không có gì được giao",
        description="Làm hai lần không sao. 404: không có bảng kê này. 409 `closed`: đã ký.", responses={200: HandoverJson},
        examples=[OpenApiExample("Đã bỏ", value=EXAMPLE | {"state": "dropped", "number": ""}, response_only=True)],
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        handover.drop(row=one_of_partner(request, key), actor=None, label=request.user.label)
        return answer(request, key)
