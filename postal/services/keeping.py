"""How carriers are kept: made, changed, given another key; who did it stands in their history, the key itself never."""
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused
from postal import policies
from postal.models import Carrier, CarrierChange, Manifest
from postal.services.breakers import NOT_YOURS
from postal.states import Adapter, ManifestState

TAKEN = _("Mã này đã có doanh nghiệp khác dùng.")
FOLDER_TAKEN = _("Thư mục này đã có doanh nghiệp khác dùng.")
UNFINISHED = _("Còn bảng kê đang lập; vui lòng chờ ghi xong rồi đổi cách kết nối.")


@patiently
def add(*, actor: User, values: Mapping[str, Any]) -> Carrier:
    """A new carrier with a key of its own. Raises Refused: 'forbidden' 403, 'invalid' with fields."""
    carrier = Carrier(key=secrets.token_urlsafe(32), **values)
    _allow(actor, carrier)
    _folder_is_free(carrier)
    try:
        with transaction.atomic():
            carrier.save()
            CarrierChange.objects.create(subject=carrier, actor=actor, verb="create", data={"changes": _shown(values)})
    except IntegrityError as error:
        raise Refused("invalid", TAKEN, fields={"code": [TAKEN]}) from error
    return carrier


@patiently
def change(*, actor: User, carrier: Carrier, values: Mapping[str, Any]) -> Carrier:
    """Change how a carrier is reached and what it is given time for; without a change nothing is noted. Times that were given stay.

    Raises Refused: 'forbidden' 403, 'unfinished' 409, 'invalid' with fields.
    """
    with transaction.atomic():
        row = Carrier.objects.select_for_update(of=("self",)).get(pk=carrier.pk)
        _allow(actor, row)
        changes = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
        if not changes:
            return row
        if {"adapter", "folder"} & set(changes) and Manifest.objects.filter(carrier=row, state=ManifestState.MAKING).exists():
            raise Refused("unfinished", UNFINISHED, status=409)
        for name, (_before, after) in changes.items():
            setattr(row, name, after)
        _allow(actor, row)
        if "province" in changes and row.province is None:
            raise Refused("forbidden", NOT_YOURS, status=403)
        _folder_is_free(row)
        row.save(update_fields=list(changes))
        told = {name: [before, after] for name, (before, after) in changes.items()}
        CarrierChange.objects.create(subject=row, actor=actor, verb="change", data={"changes": _shown(told)})
    return row


@patiently
def replace_key(*, actor: User, carrier: Carrier) -> str:
    """A new shared key; the old one is worth nothing from now on. Raises Refused: 'forbidden' 403."""
    with transaction.atomic():
        row = Carrier.objects.select_for_update(of=("self",)).get(pk=carrier.pk)
        _allow(actor, row)
        row.key = secrets.token_urlsafe(32)
        row.save(update_fields=["key"])
        CarrierChange.objects.create(subject=row, actor=actor, verb="replace_key")
    return row.key


def _allow(actor: User, carrier: Carrier) -> None:
    if not policies.can_keep_carrier(actor, carrier):
        raise Refused("forbidden", NOT_YOURS, status=403)


def _folder_is_free(carrier: Carrier) -> None:
    if carrier.adapter != Adapter.FILE:
        return
    place = carrier.folder or carrier.code
    others = Carrier.objects.filter(adapter=Adapter.FILE).exclude(pk=carrier.pk)
    if any(place == (other.folder or other.code) for other in others):
        raise Refused("invalid", FOLDER_TAKEN, fields={"folder": [FOLDER_TAKEN]})


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they can be kept in the history."""
    return {name: [_plain(one) for one in value] if isinstance(value, list) else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, bool, list, dict, type(None))) else str(value)
