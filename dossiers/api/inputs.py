"""What the operations take, checked for shape; the rules are the services'."""
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from dossiers.services.extensions import MOST_DOSSIERS
from dossiers.services.files import MOST_FILES
from dossiers.states import Acting, Instrument, ReturnMethod, State
from onestop.catalogue.states import Channel
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel

CODE, TEXT = 60, 5000
Shape = serializers.Serializer[Any]


class Day(serializers.DateField):
    """An ISO date of our times."""

    def to_internal_value(self, value: Any) -> date:
        found: date = super().to_internal_value(value)
        if not 2000 <= found.year <= 2100:
            raise serializers.ValidationError(_("Ngày phải từ năm 2000 đến năm 2100."))
        return found


def commune_code(help_text: str) -> serializers.CharField:
    """The national code of a commune; '' for none."""
    return serializers.CharField(max_length=12, required=False, allow_blank=True, default="", help_text=help_text)


def commune_of(code: str) -> Area | None:
    """The commune of a code, None for ''. Raises ValidationError for a code that none has."""
    found = Area.objects.filter(code=code, level=AreaLevel.COMMUNE).first() if code else None
    if code and found is None:
        raise serializers.ValidationError(_("Không có xã, phường nào có mã này."))
    return found


class UploadIn(Shape):
    file = serializers.FileField(allow_empty_file=True, max_length=200)


class BeginIn(Shape):
    """A file that comes in pieces."""

    name = serializers.CharField(max_length=200)
    size = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class OffsetIn(Shape):
    offset = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class ApplicantIn(Shape):
    full_name = serializers.CharField(max_length=120)
    phone = serializers.CharField(max_length=30)
    citizen_id = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    email = serializers.CharField(max_length=254, required=False, allow_blank=True, default="")
    address = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    language = serializers.CharField(max_length=5, required=False, default="vi")
    acting = serializers.ChoiceField(choices=Acting.choices, required=False, default=Acting.SELF)
    filer_name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    filer_phone = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")
    filer_id = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    mandate = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    organisation = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    organisation_code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class PaperIn(Shape):
    token = serializers.CharField(max_length=100)
    position = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=32000)


class SubmissionIn(Shape):
    procedure = serializers.CharField(max_length=40)
    office = serializers.CharField(max_length=40)
    applicant = ApplicantIn()
    answers = serializers.DictField(required=False, default=dict)
    note = serializers.CharField(max_length=TEXT, required=False, allow_blank=True, default="")
    papers = serializers.ListField(child=serializers.JSONField(), required=False, default=list, max_length=MOST_FILES)
    return_method = serializers.ChoiceField(choices=ReturnMethod.choices, required=False, default=ReturnMethod.COUNTER)
    address = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    address_area = commune_code("code of the commune of `address`")
    collect_by_post = serializers.BooleanField(required=False, default=False, help_text="the post fetches the papers after the acceptance")
    collect_address = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    collect_area = commune_code("code of the commune of `collect_address`")

    def validate_address_area(self, code: str) -> Area | None:
        return commune_of(code)

    def validate_collect_area(self, code: str) -> Area | None:
        return commune_of(code)

    def validate_papers(self, papers: list[Any]) -> list[dict[str, Any]]:
        """Tokens, plain or as {token, position}."""
        rows = [{"token": paper} if isinstance(paper, str) else paper for paper in papers]
        checked = PaperIn(data=rows, many=True)
        checked.is_valid(raise_exception=True)
        return list(checked.validated_data)


class NoteIn(Shape):
    note = serializers.CharField(max_length=TEXT, required=False, allow_blank=True, default="")


class RefuseIn(Shape):
    reason = serializers.CharField(max_length=TEXT)
    legal_basis = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")


class SupplementIn(Shape):
    items = serializers.ListField(child=serializers.CharField(max_length=500), min_length=1, max_length=50)
    answer_by = Day()
    reason = serializers.CharField(max_length=TEXT, required=False, allow_blank=True, default="")


class AssignIn(Shape):
    assignee = serializers.CharField(max_length=CODE)
    note = serializers.CharField(max_length=TEXT, required=False, allow_blank=True, default="")



class ListIn(Shape):
    office = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    status = serializers.IntegerField(min_value=1, max_value=10, required=False, allow_null=True, default=None)
    state = serializers.ChoiceField(choices=State.choices, required=False, allow_blank=True, default="")
    due_before = Day(required=False, allow_null=True, default=None)
    overdue = serializers.BooleanField(required=False, default=False)
    assignee = serializers.CharField(max_length=CODE, required=False, allow_blank=True, default="")
    procedure = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, allow_blank=True, default="")
    area = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    q = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


def _codes() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list, max_length=200)


class ScopeIn(Shape):
    """Which dossiers, where they are not named; what is left out means any. Days include both ends, `due_before` excludes its day."""

    procedure = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    procedures = _codes()
    area = serializers.CharField(max_length=12, required=False, allow_blank=True, default="", help_text="with everything inside it")
    areas = _codes()
    offices = _codes()
    field = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, allow_blank=True, default="")
    states = serializers.ListField(child=serializers.ChoiceField(choices=State.choices), required=False, default=list, max_length=20)
    received_from = Day(required=False, allow_null=True, default=None)
    received_to = Day(required=False, allow_null=True, default=None)
    due_before = Day(required=False, allow_null=True, default=None)
    field_verification = serializers.BooleanField(required=False, allow_null=True, default=None)


class ExtensionIn(Shape):
    office = serializers.CharField(max_length=40)
    dossiers = serializers.ListField(child=serializers.CharField(max_length=CODE), required=False, default=list, max_length=MOST_DOSSIERS)
    filter = ScopeIn(required=False, allow_null=True, default=None)
    instrument = serializers.ChoiceField(choices=Instrument.choices)
    until = Day(required=False, allow_null=True, default=None)
    days = serializers.IntegerField(min_value=1, max_value=366, required=False, allow_null=True, default=None)
    starts_on = Day(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=TEXT)
    citizen_text = serializers.CharField(max_length=TEXT)
    directive = serializers.CharField(max_length=CODE, required=False, allow_blank=True, default="")
    clause = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked["dossiers"] and not asked["filter"]:
            raise serializers.ValidationError({"dossiers": _("Cần nêu hồ sơ (dossiers) hoặc điều kiện lọc (filter).")})
        if asked["until"] is None and asked["days"] is None:
            raise serializers.ValidationError({"until": _("Cần nêu đến ngày nào (until) hoặc bao nhiêu ngày (days).")})
        return asked


class ReasonIn(Shape):
    reason = serializers.CharField(max_length=TEXT, required=False, allow_blank=True, default="")


class LiftIn(ReasonIn):
    from_day = Day(required=False, allow_null=True, default=None)
    dossiers = serializers.ListField(child=serializers.CharField(max_length=CODE), required=False, default=list, max_length=MOST_DOSSIERS)
    filter = ScopeIn(required=False, allow_null=True, default=None)


class ExcludeIn(Shape):
    dossiers = serializers.ListField(child=serializers.CharField(max_length=CODE), min_length=1, max_length=500)
    reason = serializers.CharField(max_length=200)


def checked(shape: type[Shape], data: Any) -> dict[str, Any]:
    """The body or query as the shape says; DRF's ValidationError (400) with every field at fault."""
    given = shape(data=data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
