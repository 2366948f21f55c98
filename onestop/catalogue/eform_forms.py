"""What an administrator types while building a form: a section, a field, its condition, a file to import, a note to publish."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onestop import clock
from onestop.catalogue.eforms import Schema
from onestop.catalogue.eforms.building import key_for
from onestop.catalogue.eforms.shape import (
    COMPARED,
    KEY,
    LEVELS,
    LONGEST_HELP,
    LONGEST_LABEL,
    LONGEST_TITLE,
    MOST_TESTS,
    OPERATORS,
    OPTIONED,
    OWN,
    PATTERNS,
    PREFIX,
    VALUE,
    Field,
    tests_of,
)
from onestop.catalogue.eforms.typed import Wrong, told, value_of, yes_or_no
from onestop.people.fields import LongText, ShortText
from onestop.people.words import clean, fold

NO_CHOICE = ("", _("Chọn…"))
CHOSEN = "="  # between a field's key and the value chosen for it


def help_text() -> LongText:
    """The field for a sentence of help."""
    return LongText(label=_("Hướng dẫn"), required=False, max_length=LONGEST_HELP, widget=forms.Textarea(attrs={"rows": 2}))


class SectionForm(forms.Form):
    """Title and help of a section."""

    title = ShortText(label=_("Tên phần"), max_length=LONGEST_TITLE)
    help = help_text()


class FieldForm(forms.Form):
    """A field of one type; only what that type has."""

    label = ShortText(label=_("Câu hỏi, nhãn của trường"), max_length=LONGEST_LABEL)
    help = help_text()
    required = forms.BooleanField(label=_("Bắt buộc khai"), required=False)
    options = LongText(label=_("Các lựa chọn"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}), help_text=_(
        "Mỗi dòng một lựa chọn. Có thể ghi mã trước dấu |, ví dụ: nam | Nam. Không ghi mã thì hệ thống tự đặt."))
    pattern = forms.ChoiceField(label=_("Mẫu nhập"), required=False, choices=[("", _("Không giới hạn")), *PATTERNS.items()])
    level = forms.ChoiceField(label=_("Cấp đơn vị hành chính"), required=False, choices=list(LEVELS.items()))
    paper = forms.TypedChoiceField(label=_("Giấy tờ trong thành phần hồ sơ"), coerce=int)
    min = ShortText(label=_("Nhỏ nhất"), required=False, max_length=30, widget=forms.TextInput(attrs={"class": "short"}))
    max = ShortText(label=_("Lớn nhất"), required=False, max_length=30, widget=forms.TextInput(attrs={"class": "short"}))
    key = ShortText(label=_("Mã trường"), required=False, max_length=40, widget=forms.TextInput(attrs={"class": "short"}), help_text=_(
        "Tên kỹ thuật trong dữ liệu, chữ thường không dấu. Để trống thì hệ thống tự đặt theo câu hỏi."))

    def __init__(self, *args: Any, kind: str, schema: Schema, papers: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.schema = kind, schema
        for name in {"options", "pattern", "level", "paper", "min", "max"} - OWN.get(kind, frozenset()):
            del self.fields[name]
        if kind == "note":
            del self.fields["required"]
            self.fields["help"].label = _("Nội dung")
        if "paper" in self.fields:
            self.fields["paper"].choices = [NO_CHOICE, *papers]  # type: ignore[attr-defined]
        self._name_limits()

    def _name_limits(self) -> None:
        names = {
            "rows": (_("Số dòng ít nhất"), _("Số dòng nhiều nhất")), "text": (_("Số ký tự ít nhất"), _("Số ký tự nhiều nhất")),
            "long_text": ("", _("Số ký tự nhiều nhất")), "date": (_("Ngày sớm nhất"), _("Ngày muộn nhất")),
        }.get(self.kind)
        for name, label in zip(("min", "max"), names or (), strict=False):
            if name in self.fields:
                self.fields[name].label = str(label)
        if self.kind == "date":
            for name in ("min", "max"):
                self.fields[name].help_text = _("Ví dụ: 23/08/2021; ghi “hôm nay” nếu là ngày khai.")

    @staticmethod
    def initial_of(field: Field) -> dict[str, Any]:
        """A stored field as the form shows it."""
        shown = dict(field)
        shown["options"] = "\n".join(f"{option['value']} | {option['label']}" for option in field.get("options", []))
        for name in ("min", "max"):
            if name in field:
                shown[name] = limit_text(field, field[name])
        return shown

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if key and (not KEY.fullmatch(key) or key.startswith(PREFIX)):
            raise ValidationError(_("Mã trường gồm chữ thường không dấu, chữ số và dấu _, bắt đầu bằng chữ cái, không bắt đầu bằng “a_”."))
        return key

    def clean_options(self) -> list[dict[str, str]]:
        """Lines as options; a value that is not given is made of the label."""
        made: list[dict[str, str]] = []
        for line in self.cleaned_data["options"].splitlines():
            value, bar, label = line.partition("|")
            value, label = (clean(value), clean(label)) if bar else ("", clean(line))
            if not label:
                continue
            taken = {option["value"] for option in made}
            value = value or key_for(label, {"sections": [{"fields": [{"key": name} for name in taken]}]})
            if not VALUE.fullmatch(value):
                raise ValidationError(_("Mã lựa chọn “%(value)s” chỉ gồm chữ cái không dấu, chữ số và dấu _ . -."),
                                      params={"value": value[:60]})
            made.append({"value": value, "label": label})
        return made

    def clean_min(self) -> Any:
        return self._limit("min")

    def clean_max(self) -> Any:
        return self._limit("max")

    def _limit(self, name: str) -> Any:
        text: str = self.cleaned_data[name]
        if not text:
            return None
        if self.kind == "date" and fold(text) in ("hom nay", "today"):
            return "today"
        kind = self.kind if self.kind in COMPARED else "integer"
        try:
            return value_of({"type": kind}, text, clock.today())
        except Wrong as wrong:
            raise ValidationError(wrong.sentence) from None

    def field(self, key: str = "") -> Field:
        """The field as the schema has it, without its condition; `key`: what it was called so far."""
        found = {name: value for name, value in self.cleaned_data.items() if value or (value == 0 and value is not False)}
        made_key = self.cleaned_data["key"] or key or key_for(self.cleaned_data["label"], self.schema)
        return {**found, "key": made_key, "type": self.kind}


class TestForm(forms.Form):
    """One test of a condition. The value is chosen, or typed where the field has none to choose from."""

    field = forms.ChoiceField(label=_("Trường"), required=False)
    op = forms.ChoiceField(label=_("So sánh"), required=False, choices=[NO_CHOICE, *OPERATORS.items()])
    chosen = forms.ChoiceField(label=_("Giá trị chọn sẵn"), required=False)
    typed = ShortText(label=_("hoặc ghi giá trị"), required=False, max_length=500,
                      help_text=_("Số, ngày, chữ; nhiều giá trị cách nhau bằng dấu chấm phẩy."))

    def __init__(self, *args: Any, earlier: Sequence[Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earlier = {field["key"]: field for field in earlier}
        self.fields["field"].choices = [NO_CHOICE, *((key, field["label"]) for key, field in self.earlier.items())]  # type: ignore[attr-defined]
        groups = [(field["label"], [(key + CHOSEN + value, label) for value, label in values_of(field)])
                  for key, field in self.earlier.items() if values_of(field)]
        self.fields["chosen"].choices = [NO_CHOICE, *groups]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        field = self.earlier.get(data.get("field", ""))
        if field is None or self.errors:
            return data
        if not data.get("op"):
            raise ValidationError(_("Chọn phép so sánh cho trường “%(label)s”."), params={"label": field["label"]})
        if data["op"] != "set":
            data["values"] = self._values(field, data)
        return data

    def _values(self, field: Field, data: dict[str, Any]) -> list[Any]:
        key, _mark, chosen = data.get("chosen", "").partition(CHOSEN)
        if chosen and key != field["key"]:
            raise ValidationError(_("Giá trị chọn sẵn không thuộc trường “%(label)s”."), params={"label": field["label"]})
        texts = [chosen] if chosen else []
        texts += [part for part in map(clean, data.get("typed", "").split(";")) if part]
        if not texts:
            raise ValidationError(_("Chọn hoặc ghi giá trị để so sánh với trường “%(label)s”."), params={"label": field["label"]})
        return [wanted_value(field, text) for text in texts]

    def test(self) -> dict[str, Any] | None:
        """The test as the schema has it; None for an empty line."""
        data = self.cleaned_data
        if not data.get("field"):
            return None
        made = {"field": data["field"], "op": data["op"]}
        if data["op"] != "set":
            made["value"] = data["values"] if data["op"] == "in" else data["values"][0]
        return made


def limit_text(field: Field, limit: Any) -> str:
    """A limit as it is typed in."""
    if limit == "today":
        return str(_("hôm nay"))
    return told(field, limit) if field["type"] in COMPARED - {"money"} else str(limit)


def values_of(field: Field) -> list[tuple[str, Any]]:
    """The values of a field that can be chosen, with their labels."""
    if field["type"] == "yes_no":
        return [("true", yes_or_no(True)), ("false", yes_or_no(False))]
    return [(option["value"], option["label"]) for option in field.get("options", [])]


def wanted_value(field: Field, text: str) -> Any:
    """A typed value as the condition holds it; labels of choices count as their values."""
    for value, label in values_of(field):
        if fold(str(label)) == fold(text):
            text = value
    plain = {name: part for name, part in field.items() if name in ("type", "options", "level")}
    if field["type"] == "choices":
        plain["type"] = "choice"
    try:
        return value_of(plain, text, clock.today())
    except Wrong as wrong:
        raise ValidationError(wrong.sentence) from None


class MatchForm(forms.Form):
    """Whether all tests must hold or one is enough."""

    match = forms.ChoiceField(label=_("Chỉ hỏi khi"), choices=[
        ("all", pgettext_lazy("condition", "tất cả điều kiện dưới đây đúng")),
        ("any", pgettext_lazy("condition", "ít nhất một điều kiện dưới đây đúng"))])


Tests = forms.formset_factory(TestForm, extra=2, max_num=MOST_TESTS, absolute_max=MOST_TESTS + 2, validate_max=True)


def initial_tests(condition: dict[str, Any] | None, earlier: Sequence[Field]) -> list[dict[str, Any]]:
    """A stored condition as the lines of the form."""
    known = {field["key"]: field for field in earlier}
    lines = []
    for test in tests_of(condition):
        field = known.get(test["field"], {"type": "text", "key": ""})
        values = [] if "value" not in test else test["value"] if isinstance(test["value"], list) else [test["value"]]
        pickable = bool(values_of(field)) and len(values) == 1
        as_text = [told({**field, "type": "choice"} if field["type"] in OPTIONED else field, value) for value in values]
        lines.append({"field": test["field"], "op": test["op"], "typed": "" if pickable else "; ".join(as_text), "chosen": (
            field["key"] + CHOSEN + (str(values[0]).lower() if field["type"] == "yes_no" else str(values[0]))) if pickable else ""})
    return lines


class ImportForm(forms.Form):
    """A form as a JSON file."""

    file = forms.FileField(label=_("Tệp JSON"), widget=forms.FileInput(attrs={"accept": ".json,application/json"}))


class CopyForm(forms.Form):
    """Another procedure that has a form."""

    source = forms.ChoiceField(label=_("Thủ tục đã có biểu mẫu"))

    def __init__(self, *args: Any, sources: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [NO_CHOICE, *sources]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """What the new version is about."""

    note = ShortText(label=_("Ghi chú phiên bản"), required=False, max_length=255,
                     help_text=_("Ví dụ: theo mẫu ban hành kèm quyết định số mấy. Được lưu vào lịch sử."))


class WithdrawForm(forms.Form):
    """Why citizens fill in no form any more."""

    reason = ShortText(label=_("Lý do ngừng dùng"), max_length=500)
