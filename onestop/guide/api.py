"""One procedure for programs: papers, and the channels as the letters in force allow them (api.md)."""
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from onestop import clock
from onestop.catalogue import queries as catalogue
from onestop.catalogue.models import ChannelTerm, Paper, Procedure
from onestop.guide.channels import ChannelOption, options_in, situation
from onestop.offices.models import Office
from onestop.transitions import Refused


class ProcedureAsked(serializers.Serializer[Any]):
    """`office`: an office's code; without it the catalogue alone decides. `on`: a day, today if left out."""

    office = serializers.SlugField(required=False, allow_blank=True, max_length=40, default="")
    on = serializers.DateField(required=False, default=None, allow_null=True)


class ChannelTermShape(serializers.Serializer[Any]):
    amount = serializers.DecimalField(8, 2, coerce_to_string=False, allow_null=True)
    unit = serializers.CharField()


class ChannelFeeShape(serializers.Serializer[Any]):
    """`amount` 0: free; null: the catalogue does not name the fee."""

    amount = serializers.DecimalField(14, 2, coerce_to_string=False, allow_null=True)
    currency = serializers.CharField()


class LetterSource(serializers.Serializer[Any]):
    number = serializers.CharField()
    clause = serializers.CharField()


class ChannelShape(serializers.Serializer[Any]):
    """One channel, in the order the citizen should consider them. `directive`: the letter that closes or opens it."""

    channel = serializers.ChoiceField(choices=["online", "postal", "in_person"])
    available = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    directive = LetterSource(allow_null=True)
    needs_appointment = serializers.BooleanField()
    term = ChannelTermShape(allow_null=True)
    fee = ChannelFeeShape(allow_null=True)
    pay_online = serializers.BooleanField(help_text="Whether the fee may be paid online.")


class ListedPaper(serializers.Serializer[Any]):
    name = serializers.CharField()
    originals = serializers.IntegerField()
    certified = serializers.IntegerField()
    copies = serializers.IntegerField()
    required = serializers.BooleanField()  # type: ignore[assignment]


class FormShape(serializers.Serializer[Any]):
    """The electronic form: its version, and the schema that `answers` of a submission are checked against."""

    version = serializers.IntegerField()
    schema = serializers.DictField()


class ProcedurePage(serializers.Serializer[Any]):
    """A procedure. `usable` false: it still needs review and can't be booked or submitted."""

    code = serializers.CharField()
    name = serializers.CharField()
    field = serializers.CharField()
    levels = serializers.ListField(child=serializers.CharField())
    urgent = serializers.BooleanField()
    field_verification = serializers.BooleanField()
    presence_required = serializers.BooleanField()
    usable = serializers.BooleanField()
    papers = ListedPaper(many=True)
    channels = ChannelShape(many=True)
    form = FormShape(allow_null=True)


SAMPLE = {
    "code": "1.001193", "name": "Thủ tục đăng ký khai sinh", "field": "Hộ tịch", "levels": ["commune"], "urgent": False,
    "field_verification": False, "presence_required": False, "usable": True,
    "papers": [{"name": "Tờ khai đăng ký khai sinh", "originals": 1, "certified": 0, "copies": 0, "required": True}],
    "channels": [
        {"channel": "online", "available": True, "reason": "", "directive": None, "needs_appointment": False,
         "term": {"amount": 1, "unit": "working_day"}, "fee": {"amount": 0, "currency": "VND"}, "pay_online": True},
        {"channel": "in_person", "available": False, "reason": "Theo phần mở đầu văn bản số 4708/UBND-CCHC, thủ tục này không nhận "
         "trực tiếp tại quầy vì có thể nộp qua kênh: trực tuyến.", "directive": {"number": "4708/UBND-CCHC", "clause": "phần mở đầu"},
         "needs_appointment": True, "term": {"amount": 1, "unit": "working_day"}, "fee": {"amount": 0, "currency": "VND"},
         "pay_online": True}],
    "form": {"version": 1, "schema": {"version": 1, "sections": [{"title": "Người được khai sinh", "fields": [
        {"key": "ho_ten_tre", "type": "text", "label": "Họ và tên trẻ", "required": True}]}]}},
}


class ProcedureView(APIView):
    """A procedure's page for programs."""

    @extend_schema(
        operation_id="procedures_read",
        summary="Một thủ tục: giấy tờ, biểu mẫu điện tử, các cách nộp theo thứ tự nên chọn và quy định đang áp dụng",
        description="400 `invalid`: ngày hoặc mã đơn vị sai dạng. 404 `not_found`: không có thủ tục; `unknown_office`: không có đơn vị. "
                    "429: quá nhiều yêu cầu.",
        parameters=[ProcedureAsked], responses={200: ProcedurePage},
        examples=[OpenApiExample("Khai sinh", value=SAMPLE, response_only=True)],
    )
    def get(self, request: Request, code: str) -> Response:
        asked = ProcedureAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        procedure = catalogue.by_code(code[:40])
        if procedure is None:
            raise Http404
        case = situation(office=_office(asked.validated_data["office"]), procedure=procedure,
                         on=asked.validated_data["on"] or clock.today())
        appointment = case.needs_appointment is not None
        papers = [paper_json(paper) for paper in case.version.papers.all()] if case.version else []
        return Response({**procedure_json(procedure), "papers": papers, "form": form_json(procedure),
                         "channels": [channel_json(option, appointment) for option in options_in(case)]})


def _office(code: str) -> Office | None:
    """The office with a code; none asked for, none given. Raises Refused('unknown_office', 404)."""
    if not code:
        return None
    office = Office.objects.filter(code=code).first()
    if office is None:
        raise Refused("unknown_office", _("Không có đơn vị nào có mã này."), status=404)
    return office


def procedure_json(procedure: Procedure) -> dict[str, Any]:
    """The facts of a procedure."""
    names = ("code", "name", "field", "levels", "urgent", "field_verification", "presence_required")
    return {**{name: getattr(procedure, name) for name in names}, "usable": procedure.is_usable()}


def form_json(procedure: Procedure) -> dict[str, Any] | None:
    """The published form, or None where the procedure has none."""
    version = catalogue.published(procedure)
    return None if version is None else {"version": version.number, "schema": version.schema}


def paper_json(paper: Paper) -> dict[str, Any]:
    """One paper of the list, with how many of each kind."""
    return {name: getattr(paper, name) for name in ("name", "originals", "certified", "copies", "required")}


def channel_json(option: ChannelOption, appointment: bool) -> dict[str, Any]:
    """A channel as api.md has it."""
    term: ChannelTerm | None = option.term
    return {
        "channel": option.channel, "available": option.available, "reason": option.reason, "directive": option.source,
        "needs_appointment": appointment and option.channel == "in_person",
        "term": {"amount": _plain(term.amount), "unit": term.unit} if term else None,
        "fee": {"amount": _plain(term.fee_amount), "currency": term.fee_currency} if term else None, "pay_online": option.pay_online,
    }


def _plain(value: Any) -> int | float | None:
    """A decimal as a JSON number, whole where it is whole."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


