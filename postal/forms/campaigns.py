"""What officers and citizens type about address campaigns; the rules themselves are in the services."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from onestop.directives.models import Directive
from onestop.offices.fields import Commune
from onestop.offices.models import Area, Office
from onestop.people.fields import Day, LongText, Moment, ShortText
from onestop.people.models import User
from onestop.people.states import Role
from postal.campaigns import Extent
from postal.models import CampaignItem, WaiverCampaign
from postal.services.campaigns import Answer, Plan
from postal.services.campaigns.answering import Choice
from postal.states import ASKED, CampaignKind, ItemOutcome, ItemState, ReturnWish, WaiverState

SCRIPT = _("Chào ông/bà, tôi gọi từ Bộ phận Một cửa về hồ sơ của ông/bà. Để hạn chế đi lại, cơ quan có thể gửi kết quả qua bưu chính "
           "công ích hoặc cử cán bộ mang đến nhà. Ông/bà muốn nhận cách nào? Xin ông/bà đọc giúp địa chỉ: số nhà, đường hoặc thôn, xã "
           "hoặc phường.")


class CampaignForm(forms.Form):
    """A new campaign."""

    name = ShortText(label=_("Tên đợt liên hệ"), max_length=160, error_messages={"required": _("Vui lòng ghi tên đợt liên hệ.")})
    kind = forms.ChoiceField(label=_("Liên hệ ai"), choices=CampaignKind.choices, widget=forms.RadioSelect,
                             initial=CampaignKind.UNCOLLECTED)
    office = forms.ModelChoiceField(label=_("Đơn vị"), queryset=Office.objects.none(), required=False, empty_label=_("Cả tỉnh, thành phố"))
    since = Day(label=_("Từ ngày"), required=False, help_text=_("Ngày có kết quả; hoặc ngày nộp, nếu là hồ sơ chưa đăng ký bưu chính."))
    until = Day(label=_("Đến hết ngày"), required=False)
    directive = forms.ModelChoiceField(label=_("Theo văn bản"), queryset=Directive.objects.none(), required=False,
                                       empty_label=_("Không theo văn bản nào"))
    legal_basis = ShortText(label=_("Căn cứ"), max_length=255, required=False, help_text=_("Ví dụ: khoản 2 văn bản số 2964/UBND-KSTT."))
    waiver = forms.ModelChoiceField(label=_("Đợt miễn cước"), queryset=WaiverCampaign.objects.none(), required=False,
                                    empty_label=_("Không miễn cước"))
    script = LongText(label=_("Lời nói khi gọi"), max_length=2000, initial=SCRIPT)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provinces = user.provinces_as(Role.ADMINISTRATOR)
        own = user.office_ids_as(Role.LEADER, Role.DESK)
        offices = Office.objects.filter(Q(province__in=self.provinces) | Q(pk__in=own)).order_by("name")
        held = self.provinces or sorted(set(offices.values_list("province_id", flat=True)))
        self.choose("office", offices)
        self.choose("directive", Directive.objects.published().filter(
            Q(scopes__area__in=held) | Q(scopes__area__parent__in=held) | Q(scopes__area__parent__parent__in=held)
            | Q(scopes__office__province__in=held)).distinct().order_by("-issued_on"))
        self.choose("waiver", WaiverCampaign.objects.filter(province__in=held).exclude(state=WaiverState.ENDED).order_by("-pk"))
        if not self.provinces:
            self.fields["office"].required = True
            self.fields["office"].empty_label = None  # type: ignore[attr-defined]

    def choose(self, name: str, rows: Any) -> None:
        """What may be chosen in a field, by its own name."""
        field: Any = self.fields[name]
        field.queryset = rows
        field.label_from_instance = lambda row: getattr(row, "name", "") or str(row)

    def province(self) -> Area:
        """The office's, else the administrator's own."""
        office = self.cleaned_data["office"]
        return Area.objects.get(pk=office.province_id if office else self.provinces[0])

    def plan(self) -> Plan:
        """As the services take it."""
        return Plan(province=self.province(), **{name: self.cleaned_data[name] for name in (
            "name", "kind", "office", "directive", "legal_basis", "since", "until", "script", "waiver")})

    def extent(self) -> Extent:
        """Which dossiers it would hold."""
        typed = self.cleaned_data
        office = typed["office"].pk if typed["office"] else None
        return Extent(typed["kind"], self.province().pk, office, typed["since"], typed["until"])


class Ticks(forms.TypedMultipleChoiceField):
    """Rows by their keys, all ticked at first. One that was settled meanwhile is no longer shown, and no mistake either."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, **options)

    def offer(self, known: Sequence[CampaignItem], shown: Sequence[tuple[int, Any]]) -> None:
        """What may be sent, and what is shown of it."""
        self.choices = [(row.pk, row.pk) for row in known]
        self.widget.choices = list(shown)  # type: ignore[attr-defined]
        self.initial = [key for key, _label in shown]


class CallForm(forms.Form):
    """What came of a call. Everything below the outcome counts where the person agreed."""

    marks_optional = False
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    outcome = forms.ChoiceField(label=_("Kết quả cuộc gọi"), choices=ItemOutcome.choices, widget=forms.RadioSelect,
                                error_messages={"required": _("Vui lòng chọn kết quả cuộc gọi.")})
    others = Ticks(label=_("Ghi cả cho các hồ sơ khác của người này trong đợt"), required=False,
                   help_text=_("Bỏ đánh dấu hồ sơ nào người này trả lời khác; hồ sơ đó được ghi riêng ngay sau đây."))
    elsewhere = forms.BooleanField(label=_("Ghi cả cho hồ sơ của người này ở đơn vị khác"), required=False, initial=True)
    wish = forms.ChoiceField(label=_("Cách nhận kết quả"), choices=ReturnWish.choices, widget=forms.RadioSelect, required=False)
    address = ShortText(label=_("Số nhà, đường, thôn"), max_length=255, required=False)
    commune = Commune(required=False)
    consent = forms.BooleanField(label=_("Đã đọc và người nhận đồng ý"), required=False)
    officer = forms.ModelChoiceField(label=_("Cán bộ mang đến"), queryset=User.objects.none(), required=False,
                                     empty_label=_("Phân công sau"))
    planned_on = Day(label=_("Ngày mang đến"), required=False)
    again_at = Moment(label=_("Gọi lại lúc"), required=False, help_text=_("Để trống thì Cổng tự xếp lần gọi sau."))
    note = ShortText(label=_("Ghi chú"), max_length=500, required=False)

    def __init__(self, *args: Any, officers: Any, companions: Sequence[CampaignItem] = (), elsewhere: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticks: Any = self.fields["others"]
        ticks.offer(companions, [(row.pk, _named(row)) for row in companions if row.state == ItemState.WAITING])
        self.has_companions, self.has_elsewhere = bool(ticks.widget.choices), elsewhere > 0
        self.fields["elsewhere"].help_text = _("Còn %(count)d hồ sơ ở đơn vị khác, cùng đợt. Hỏi người này có muốn nhận như vậy không; có "
                                               "thì đơn vị đó không gọi lại nữa.") % {"count": elsewhere}
        if officers is None:
            del self.fields["officer"], self.fields["planned_on"]
            return
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        self.fields["officer"].label_from_instance = lambda user: user.full_name  # type: ignore[attr-defined]

    def answer(self) -> Answer:
        """As the services take it."""
        typed = self.cleaned_data
        return Answer(outcome=typed["outcome"], wish=typed["wish"], address=typed["address"], area=typed["commune"],
                      consent=typed["consent"], officer=typed.get("officer"), planned_on=typed.get("planned_on"),
                      again_at=typed["again_at"], note=typed["note"])


def _named(row: CampaignItem) -> Any:
    dossier = row.dossier
    told = f"{dossier.number} – {dossier.full_name} – {dossier.procedure.name}"
    return format_lazy("{} ({})", told, _("Chỉ nói với chính người nộp")) if dossier.procedure.sensitive else told


class AnswerForm(forms.Form):
    """The citizen's own choice behind the link of an invitation; nothing that the portal knows is shown (rules.md 9)."""

    marks_optional = False
    dossiers = Ticks(label=_("Hồ sơ"), help_text=_("Bỏ đánh dấu hồ sơ nào muốn chọn khác; chọn cho hồ sơ đó sau khi gửi."),
                     error_messages={"required": _("Vui lòng chọn ít nhất một hồ sơ.")})
    factor = ShortText(label=_("4 số cuối số điện thoại nhận tin nhắn này"), max_length=10,
                       widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "short"}),
                       error_messages={"required": _("Vui lòng nhập 4 số cuối số điện thoại.")})
    wish = forms.ChoiceField(label=_("Nhận kết quả"), widget=forms.RadioSelect, initial=ReturnWish.POST,
                             choices=[(ReturnWish.POST, _("Gửi qua bưu chính đến địa chỉ dưới đây")),
                                      (ReturnWish.COUNTER, _("Tôi tự đến Bộ phận Một cửa nhận"))],
                             error_messages={"required": _("Vui lòng chọn cách nhận kết quả.")})
    address = ShortText(label=_("Số nhà, đường, thôn"), max_length=255, required=False,
                        widget=forms.TextInput(attrs={"autocomplete": "street-address"}), help_text=_("Cần khi nhận qua bưu chính."))
    commune = Commune(required=False)
    consent = forms.BooleanField(label=_("Tôi đồng ý như trên"), required=False)

    def __init__(self, *args: Any, items: Sequence[CampaignItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(items) == 1:
            del self.fields["dossiers"]
            return
        ticks: Any = self.fields["dossiers"]
        ticks.offer(items, [(item.pk, described(item)) for item in items if item.state in ASKED])

    def choice(self) -> Choice:
        """As the services take it."""
        typed = self.cleaned_data
        return Choice(wish=typed["wish"], address=typed["address"], area=typed["commune"], consent=typed["consent"])


def described(item: CampaignItem) -> Any:
    """A dossier on a public page: its number, its procedure unless that is sensitive, where its result is (rules.md 9)."""
    procedure = item.dossier.procedure
    told = {"number": item.dossier.number, "office": item.office.name}
    name = _("%(number)s, đã có kết quả tại %(office)s") if item.dossier.decided_at else _("%(number)s, %(office)s đang giải quyết")
    return name % told if procedure.sensitive else format_lazy("{}: {}", name % told, procedure.name)


class PeopleFilter(forms.Form):
    """Who of a list is shown."""

    marks_optional = False
    muc = forms.ChoiceField(choices=[("", ""), ("den-luot", ""), *ItemState.choices], required=False, widget=forms.HiddenInput)
    don_vi = forms.ModelChoiceField(label=_("Đơn vị"), queryset=Office.objects.none(), required=False, empty_label=_("Tất cả"))
    q = ShortText(label=_("Mã hồ sơ, họ tên hoặc số điện thoại"), max_length=60, required=False)

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["don_vi"].queryset = offices  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """What was understood."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}
