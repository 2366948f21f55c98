"""Plain forms for letters: the letter with its scope, one rule, the reason of a withdrawal."""
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onestop.directives.models import Directive
from onestop.directives.queries import areas_of
from onestop.directives.services import Letter, RuleText
from onestop.directives.states import RuleKind
from onestop.offices.models import ROOM_CAP, Area, Office
from onestop.people.fields import Several
from onestop.people.models import User
from onestop.people.states import Role
from onestop.people.words import clean


class Text(forms.CharField):
    """NFC, single spaces, no control characters."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text,
                           widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class LetterForm(forms.Form):
    number = Text(label=_("Số, ký hiệu"), max_length=60, help_text=_("Ví dụ: 4708/UBND-CCHC"))
    issuer = Text(label=_("Cơ quan ban hành"), max_length=160)
    issued_on = _day(_("Ngày ban hành"))
    title = Text(label=_("Trích yếu"), max_length=300)
    summary = Text(label=_("Tóm tắt cho người dân"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    starts_on = _day(_("Có hiệu lực từ ngày"))
    ends_on = _day(_("Đến hết ngày"), required=False, help_text=_("Để trống nếu văn bản không ghi ngày hết hiệu lực."))
    areas = Several(label=_("Áp dụng tại địa bàn (gồm mọi đơn vị bên dưới)"), queryset=Area.objects.none(),
                    required=False, widget=forms.CheckboxSelectMultiple)
    offices = Several(label=_("Chỉ áp dụng tại đơn vị"), queryset=Office.objects.none(), required=False,
                      widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = user.provinces_as(Role.ADMINISTRATOR)
        self.fields["areas"].queryset = areas_of(own)  # type: ignore[attr-defined]
        self.fields["offices"].queryset = Office.objects.filter(province__in=own).select_related("area", "province")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("starts_on"), found.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("Ngày hết hiệu lực phải sau ngày có hiệu lực."))
        if not found.get("areas") and not found.get("offices"):
            self.add_error("areas", _("Chọn ít nhất một địa bàn hoặc đơn vị."))
        return found

    def letter(self, before: Directive | None = None) -> Letter:
        """What was typed; a draft's own mark and written date stay."""
        found = self.cleaned_data
        return Letter(number=found["number"], issuer=found["issuer"], issued_on=found["issued_on"], title=found["title"],
                      summary=found["summary"], starts_on=found["starts_on"], ends_on=found["ends_on"],
                      issued_text=before.issued_text if before else "", demonstration=before.demonstration if before else False)

    @staticmethod
    def initial_of(directive: Directive) -> dict[str, Any]:
        names = ["number", "issuer", "issued_on", "title", "summary", "starts_on", "ends_on"]
        scopes = list(directive.scopes.all())
        return {**{name: getattr(directive, name) for name in names},
                "areas": [scope.area_id for scope in scopes if scope.area_id],
                "offices": [scope.office_id for scope in scopes if scope.office_id]}


class RuleForm(forms.Form):
    """One rule; of the parameters only those of its kind are taken (states.py)."""

    kind = forms.ChoiceField(label=_("Quy định"), choices=RuleKind.choices)
    clause = Text(label=_("Điểm, khoản"), max_length=40, help_text=_("Ví dụ: điểm b khoản 1"))
    text = Text(label=_("Câu cho người dân"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    starts_on = _day(_("Từ ngày"), required=False, help_text=_("Để trống: theo hiệu lực của văn bản."))
    ends_on = _day(_("Đến hết ngày"), required=False)
    people = forms.IntegerField(label=_("Số người tối đa"), required=False, min_value=1, max_value=ROOM_CAP,
                                help_text=_("Cho quy định về số người trong phòng, khu vực chờ."))
    distance_m = forms.DecimalField(label=_("Khoảng cách tối thiểu (m)"), required=False, min_value=0, max_value=10, decimal_places=1)
    hours = forms.IntegerField(label=_("Trong vòng (giờ)"), required=False, min_value=1, max_value=240,
                               help_text=_("Cho quy định về bưu chính."))
    until = _day(_("Dừng tính thời gian đến hết ngày"), required=False)
    online_only = forms.BooleanField(label=_("Chỉ khi nộp được trực tuyến (không tính bưu chính)"), required=False)
    places = Text(label=_("Mã địa bàn, mã đơn vị bị phong tỏa"), required=False, max_length=400,
                  help_text=_("Cách nhau bằng dấu phẩy. Để trống: toàn bộ phạm vi của văn bản."))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        needed = {RuleKind.ROOM_CAP: "people", RuleKind.WAITING_CAP: "people", RuleKind.STOP_CLOCK: "until",
                  RuleKind.COLLECT_WITHIN: "hours"}.get(found.get("kind", ""))
        if needed and not found.get(needed) and needed not in self.errors:
            self.add_error(needed, _("Quy định này cần có giá trị ở đây."))
        return found

    def rule(self) -> RuleText:
        found = self.cleaned_data
        return RuleText(found["kind"], found["clause"], found["text"], _params(found), found["starts_on"], found["ends_on"])


def _params(found: dict[str, Any]) -> dict[str, Any]:
    kind = found["kind"]
    if kind in (RuleKind.ROOM_CAP, RuleKind.WAITING_CAP):
        distance = {"distance_m": float(found["distance_m"])} if found["distance_m"] and kind == RuleKind.WAITING_CAP else {}
        return {"people": found["people"], **distance}
    if kind == RuleKind.STOP_CLOCK:
        until: date = found["until"]
        return {"until": until.isoformat()}
    if kind == RuleKind.COLLECT_WITHIN:
        return {"hours": found["hours"]}
    if kind == RuleKind.COUNTER_LAST:
        return {"online_only": found["online_only"]}
    if kind == RuleKind.BLOCKADE and found["places"]:
        codes = [code.strip() for code in found["places"].split(",") if code.strip()]
        return {"areas": codes, "offices": codes}
    return {}


class WithdrawForm(forms.Form):
    reason = Text(label=_("Lý do thu hồi"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
