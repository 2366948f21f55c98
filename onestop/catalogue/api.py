"""The catalogue for programs: the list; the page of one procedure, with its channels as the letters allow, is the guide's."""
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop.catalogue import queries
from onestop.catalogue.models import Paper, Procedure
from onestop.catalogue.states import LEVELS, Channel
from onestop.people.rest.pagination import Pages

EXAMPLE = {"code": "1.001193", "name": "Thủ tục đăng ký khai sinh", "field": "Hộ tịch", "levels": ["commune"], "urgent": False,
           "field_verification": False, "presence_required": False, "usable": True}


class ProcedureLine(serializers.Serializer[Procedure]):
    """A procedure in a list. `usable` false: it still needs review and can't be booked or submitted."""

    code = serializers.CharField()
    name = serializers.CharField()
    field = serializers.CharField()
    levels = serializers.ListField(child=serializers.CharField())
    urgent = serializers.BooleanField()
    field_verification = serializers.BooleanField()
    presence_required = serializers.BooleanField()
    usable = serializers.BooleanField(source="is_usable")


class ProcedureQuery(serializers.Serializer[Any]):
    """What the list may be asked for."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")
    field = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    level = serializers.ChoiceField(choices=sorted(LEVELS.values()), required=False, allow_blank=True, default="")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, allow_blank=True, default="")


def procedure_json(procedure: Procedure) -> dict[str, Any]:
    """A procedure as the list shows it, for whoever adds to it."""
    return dict(ProcedureLine(procedure).data)


def papers_json(papers: list[Paper]) -> list[dict[str, Any]]:
    """The papers of a version, in order."""
    return [{"name": paper.name, "originals": paper.originals, "certified": paper.certified, "copies": paper.copies,
             "required": paper.required} for paper in papers]


class ByRank(Pages):
    """Cursor pages, best match first."""

    ordering = "rank"

    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position and not str(cursor.position).isprintable():
            raise NotFound(self.invalid_cursor_message)
        return cursor


class ProcedureList(APIView):
    """Search in the catalogue."""

    @extend_schema(
        operation_id="procedures_list",
        summary="Tìm thủ tục hành chính theo từ (có dấu hoặc không dấu), mã, lĩnh vực, cấp, cách thức nộp",
        description="Trang theo con trỏ: `results`, `next`, `previous`; `limit` tối đa 200. "
                    "400 `invalid`: tham số sai. 404: con trỏ sai. 429: quá nhiều yêu cầu.",
        parameters=[ProcedureQuery, OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: ProcedureLine(many=True)},
        examples=[OpenApiExample("Khai sinh", value={"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = ProcedureQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        pages = ByRank()
        found = queries.search(asked.validated_data["q"], field=asked.validated_data["field"],
                               level=asked.validated_data["level"], channel=asked.validated_data["channel"])
        page = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response([procedure_json(procedure) for procedure in page or []])
