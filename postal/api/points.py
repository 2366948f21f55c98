"""Reception points of the post, for everybody (letter Khánh Hòa 3)."""
from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop import clock
from onestop.people.rest.pagination import Pages
from onestop.people.words import clean
from postal.models import ReceptionPoint

EXAMPLE = {"code": "BD-NK-01", "name": "Điểm bưu chính Ninh Kiều (mẫu)", "carrier": "buu-dien", "area": "31135",
           "area_name": "Phường Ninh Kiều", "province": "Thành phố Cần Thơ",
           "address": "Số 5, đường Mẫu", "phone": "0292 000 0000", "hours": "Thứ Hai đến thứ Bảy",
           "opens": "07:30:00", "closes": "17:00:00", "latitude": None, "longitude": None}


class PointJson(serializers.Serializer[ReceptionPoint]):
    """One reception point."""

    code = serializers.CharField()
    name = serializers.CharField()
    carrier = serializers.CharField(source="carrier.code")
    area = serializers.CharField(source="area.code")
    area_name = serializers.CharField(source="area.name")
    province = serializers.SerializerMethodField()
    address = serializers.CharField()
    phone = serializers.CharField()
    hours = serializers.CharField()
    opens = serializers.TimeField()
    closes = serializers.TimeField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()

    def get_province(self, point: ReceptionPoint) -> str:
        """The province it lies in."""
        above = point.area
        while above.parent is not None:
            above = above.parent
        return above.name


class PointQuery(serializers.Serializer[Any]):
    """What the points may be asked for."""

    q = serializers.CharField(required=False, max_length=100, allow_blank=True, default="",
                              help_text="Tên, địa chỉ, xã, tỉnh; không cần dấu")
    area = serializers.SlugField(required=False, max_length=12, allow_blank=True, default="", help_text="Mã xã hoặc mã tỉnh")


class ReceptionPoints(APIView):
    """Where the post receives dossiers."""

    @extend_schema(
        operation_id="reception_points", summary="Điểm tiếp nhận hồ sơ của bưu chính", auth=[],
        description="400 `invalid`: tham số sai. 429: quá nhiều yêu cầu.",
        parameters=[PointQuery, OpenApiParameter("cursor", str), OpenApiParameter("limit", int)], responses={200: PointJson(many=True)},
        examples=[OpenApiExample("Ninh Kiều", value={"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = PointQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        area = asked.validated_data["area"]
        found = ReceptionPoint.objects.open_on(clock.today()).filter(carrier__active=True).called(clean(asked.validated_data["q"]))
        if area:
            found = found.in_area(area)
        pages = Pages()
        return pages.get_paginated_response(PointJson(pages.paginate_queryset(found, request, view=self) or [], many=True).data)
