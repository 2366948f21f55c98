"""The offices of the API (api.md: GET offices/).

OfficesView has no address of its own here: `next_free` needs bookings and `levels_for` needs the catalogue, both of them
above offices. bookings subclasses it, answers the two methods, and registers `offices/` in bookings/api_urls.py.
"""
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop import clock
from onestop.offices import queries
from onestop.offices.models import Closure, Office
from onestop.people.rest.pagination import Pages
from onestop.people.words import fold
from onestop.transitions import Refused

NEAREST = 50  # offices in the answer to `near`, which is one page without a cursor
LONGEST_QUERY = 100


class ClosedSerializer(serializers.Serializer[dict[str, Any]]):
    """Why an office takes nobody in person now."""

    reason = serializers.CharField()
    directive = serializers.CharField(allow_null=True)
    until = serializers.DateField(allow_null=True)


class OfficeSerializer(serializers.Serializer[dict[str, Any]]):
    """One office as partners see it."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    area = serializers.CharField()
    address = serializers.CharField()
    hotline = serializers.CharField()
    closed = ClosedSerializer(allow_null=True)
    next_free = serializers.DateTimeField(allow_null=True)


class OfficePageSerializer(serializers.Serializer[dict[str, Any]]):
    """A cursor page of offices."""

    results = OfficeSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


EXAMPLE = OpenApiExample("Cần Thơ", response_only=True, value={
    "results": [{"code": "ninh-kieu", "name": "Bộ phận Một cửa phường Ninh Kiều", "level": "commune", "area": "Phường Ninh Kiều",
                 "address": "Số 1, đường Mẫu", "hotline": "", "closed": None, "next_free": "2026-11-25T08:00:00+07:00"}],
    "next": None, "previous": None})
PARAMETERS = [
    OpenApiParameter("q", str, description="Words of the name or address; tone marks optional."),
    OpenApiParameter("area", str, description="National code of a province or commune; offices in it or below it."),
    OpenApiParameter("procedure", str, description="Procedure code; offices at its levels."),
    OpenApiParameter("near", str, description="lat,lon in degrees; the 50 nearest, nearest first."),
]


class OfficesView(APIView):
    """Offices that exist today. Subclassed by bookings (see above)."""

    def next_free(self, offices: Iterable[Office]) -> dict[int, datetime]:
        """{office id: start of its next free slot}; offices without one are left out. Answered by the floor above."""
        return {}

    def levels_for(self, code: str) -> Iterable[str] | None:
        """The office levels that do a procedure; None for no filter. Raises Refused('unknown_procedure', 404). Answered above."""
        return None

    @extend_schema(operation_id="offices_list", summary="Find one-stop shops", parameters=PARAMETERS, examples=[EXAMPLE],
                   responses={200: OfficePageSerializer, 400: None, 404: None}, auth=[])
    def get(self, request: Request) -> Response:
        rows = self.found(request)
        near = request.query_params.get("near", "")
        if near:
            latitude, longitude = point(near)
            nearest = queries.nearest(rows, latitude, longitude)[:NEAREST]
            return Response({"results": self.told(nearest), "next": None, "previous": None})
        paginator = Pages()
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(self.told(page or []))

    def found(self, request: Request) -> QuerySet[Office]:
        """The offices that `q`, `area` and `procedure` leave."""
        wanted = {name: plain(request, name) for name in ("q", "area", "procedure")}
        rows = Office.objects.active_on(clock.today()).select_related("area")
        if wanted["q"]:
            rows = rows.filter(search_name__contains=fold(wanted["q"]))
        if wanted["area"]:
            code = wanted["area"]
            rows = rows.filter(Q(area__code=code) | Q(province__code=code) | Q(area__parent__code=code))
        if wanted["procedure"]:
            levels = self.levels_for(wanted["procedure"])
            rows = rows if levels is None else rows.filter(level__in=list(levels))
        return rows.order_by("pk")

    def told(self, offices: list[Office]) -> list[dict[str, Any]]:
        """The offices as rows of the answer, with the same few queries however many."""
        closures, free = queries.closures_on(offices=offices, on=clock.today()), self.next_free(offices)
        return [OfficeSerializer(row(office, closures.get(office.pk), free.get(office.pk))).data for office in offices]


def row(office: Office, closure: Closure | None, free: datetime | None) -> dict[str, Any]:
    """What the API tells about an office."""
    closed = None
    if closure is not None:
        closed = {"reason": closure.reason, "directive": closure.legal_basis or None, "until": closure.ends_on}
    return {"code": office.code, "name": office.name, "level": office.level, "area": office.area.name, "address": office.address,
            "hotline": office.hotline, "closed": closed, "next_free": free}


def plain(request: Request, name: str) -> str:
    """A text parameter without NUL. Raises Refused('invalid', 400) when it is too long."""
    text = request.query_params.get(name, "").replace("\x00", "").strip()
    if len(text) > LONGEST_QUERY:
        sentence = _("Nội dung này dài tối đa %(most)s ký tự.") % {"most": LONGEST_QUERY}
        raise Refused("invalid", sentence, status=400, fields={name: [sentence]})
    return text


def point(text: str) -> tuple[float, float]:
    """'10.03,105.78' as degrees. Raises Refused('invalid', 400) for anything that is no place on Earth."""
    sentence = _("Vị trí phải có dạng vĩ độ,kinh độ, ví dụ 10.03,105.78.")
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise Refused("invalid", sentence, status=400, fields={"near": [sentence]}) from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refused("invalid", sentence, status=400, fields={"near": [sentence]})
    return latitude, longitude
