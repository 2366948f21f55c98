"""What may be asked of the list of shipments."""
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onestop.people.fields import ShortText
from postal.models import ShipmentQuerySet
from postal.states import GROUPS

FIRST_GROUP = "can-lay"


class ShipmentFilter(forms.Form):
    """One of the working lists, and a waybill or the number of a dossier."""

    nhom = forms.ChoiceField(choices=[(name, label) for name, (label, _states) in GROUPS.items()], required=False, widget=forms.HiddenInput)
    q = ShortText(label=_("Mã bưu gửi hoặc mã hồ sơ"), max_length=60, required=False)

    @property
    def group(self) -> str:
        """The list asked for, else the one that is worked on first."""
        return str(self.cleaned_data.get("nhom") or FIRST_GROUP)

    def narrow(self, shipments: ShipmentQuerySet) -> ShipmentQuerySet:
        """The shipments asked for, those to be fetched first at the top."""
        found = shipments.filter(state__in=GROUPS[self.group][1])
        words = self.cleaned_data.get("q") or ""
        if words:
            found = found.filter(Q(waybill__icontains=words) | Q(dossier__code__icontains=words) | Q(dossier__reference__iexact=words))
        return found.order_by("collect_due_at", "pk") if self.group == FIRST_GROUP else found.order_by("-pk")
