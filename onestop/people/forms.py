"""Forms of people: signing in, giving roles, making keys."""
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from onestop.people.fields import Day, Several, ShortText
from onestop.people.models import DownloadEventQuerySet, User
from onestop.people.states import NamedList, Role, Scope
from onestop.people.words import clean, phone_number


class SignInForm(AuthenticationForm):
    """A citizen signs in with the phone number, staff with the name they were given."""

    error_messages = {
        "invalid_login": _("Tên đăng nhập hoặc mật khẩu chưa đúng. Vui lòng kiểm tra lại, chú ý chữ hoa và chữ thường."),
        "inactive": _("Tài khoản này đã ngừng hoạt động."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Số điện thoại hoặc tên đăng nhập")
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "autocomplete": "username", "spellcheck": "false"}
        self.fields["password"].label = _("Mật khẩu")

    def clean_username(self) -> str:
        """NFC; a phone number in any spelling as 0xxxxxxxxx."""
        text = clean(self.cleaned_data["username"])
        return phone_number(text) or text


class AssignmentForm(forms.Form):
    """A role for a person at an office of the administrator's province."""

    username = ShortText(label=_("Tên đăng nhập của cán bộ"), max_length=60)
    office: Any = forms.ModelChoiceField(label=_("Đơn vị"), queryset=None)
    role = forms.ChoiceField(label=_("Vai trò"), choices=Role.choices)
    ends_on = Day(label=_("Đến hết ngày"), required=False)

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["office"]
        field.queryset = offices

    def clean_username(self) -> str:
        """The person must exist; kept as `user`."""
        found = User.objects.filter(username=self.cleaned_data["username"], is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Không có cán bộ nào dùng tên đăng nhập này."))
        self.user = found
        return found.username


class DownloadFilter(forms.Form):
    """Which downloads of lists to show."""

    q = ShortText(label=_("Họ tên người tải"), max_length=100, required=False)
    danh_sach = forms.ChoiceField(label=_("Danh sách"), choices=[("", _("Tất cả")), *NamedList.choices], required=False)
    ngay = Day(label=_("Ngày"), required=False)

    def narrow(self, found: DownloadEventQuerySet) -> DownloadEventQuerySet:
        """The downloads asked for, the newest first."""
        asked = self.cleaned_data
        return found.asked(words=asked.get("q") or "", which=asked.get("danh_sach") or "", day=asked.get("ngay"))


class TokenForm(forms.Form):
    """A key of the API for a partner."""

    name = ShortText(label=_("Tên đối tác hoặc hệ thống"), max_length=80)
    scopes = forms.MultipleChoiceField(label=_("Quyền"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    offices: Any = Several(label=_("Đơn vị"), queryset=None, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["offices"]
        field.queryset = offices
