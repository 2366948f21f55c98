"""An open handover list: begun, counted one by one, cleaned, given up. Each step keeps its time (letter Thường Tín 6)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onestop import clock
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import policies
from postal.models import Carrier, HandoverItem, HandoverList, HandoverListEvent
from postal.services import counting
from postal.states import HANDOVER_TRANSITIONS, HandoverState

CLOSED = gettext_lazy("Bảng kê này đã ký hoặc đã bỏ nên không thay đổi được nữa.")


def note(row: HandoverList, verb: str, *, actor: User | None, label: str = "", before: str = "", reason: str = "", **data: Any) -> None:
    """A row of the list's history, in the caller's transaction."""
    HandoverListEvent.objects.create(subject=row, actor=actor, actor_label="" if actor else label[:120], verb=verb, from_state=before,
                                     to_state=row.state, reason=reason, data=data)


def claim(row: HandoverList, actor: User | None, *, only_open: bool = True) -> HandoverList:
    """The list, locked and read anew. `actor` None: a program, whose scope and offices the door has checked.

    Raises Refused: 'forbidden' 403, 'closed' 409.
    """
    held = HandoverList.objects.select_for_update(of=("self",)).select_related("office__area", "office__province", "office__parent",
                                                                                 "carrier").get(pk=row.pk)
    _allow(actor, held.carrier, held.office)
    if only_open and held.state != HandoverState.OPEN:
        raise Refused("closed", CLOSED, status=409)
    return held


def _allow(actor: User | None, carrier: Carrier, office: Office) -> None:
    if actor is not None and not policies.can_list(actor, carrier, office):
        raise Refused("forbidden", _("Chỉ nhân viên của doanh nghiệp bưu chính này hoặc cán bộ tiếp nhận của đơn vị được lập bảng kê."),
                      status=403)


@patiently
def open_list(*, office: Office, carrier: Carrier, kind: str, actor: User | None = None, label: str = "",
              key: uuid.UUID | None = None) -> HandoverList:
    """Somebody's open list of a kind between an office and a carrier: the one they have, else a new one. A program's `key` gives the same
    list again, open or closed. Raises Refused: 'forbidden' 403, 'key_used' 409."""
    _allow(actor, carrier, office)
    known = _known(office, carrier, kind, actor, key)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            row = HandoverList.objects.create(key=key or uuid.uuid4(), office=office, carrier=carrier, kind=kind, made_by=actor)
            note(row, "make", actor=actor, label=label)
            return row
    except IntegrityError:
        known = _known(office, carrier, kind, actor, key)  # somebody's second window was faster
        if known is None:
            raise
        return known


def _known(office: Office, carrier: Carrier, kind: str, actor: User | None, key: uuid.UUID | None) -> HandoverList | None:
    if key is not None:
        found = HandoverList.objects.filter(key=key).first()
        if found is not None and (found.office_id, found.carrier_id, found.kind) != (office.pk, carrier.pk, kind):
            raise Refused("key_used", _("Mã này đã được dùng cho một bảng kê khác."), status=409)
        return found
    if actor is None:
        return None
    return HandoverList.objects.filter(office=office, carrier=carrier, kind=kind, made_by=actor, state=HandoverState.OPEN).first()


@patiently
def count(*, item: HandoverItem, counts: Sequence[dict[str, Any]], actor: User | None, seal_number: str = "", differs: str = "",
          label: str = "") -> HandoverItem:
    """What both sides found in one envelope. Where it differs from what was expected, a sentence says how.

    Raises Refused: 'invalid' with fields, 'closed' and 'taken_out' 409, 'forbidden' 403.
    """
    rows, differs = counting.checked(counts), clean(differs)[:255]
    with transaction.atomic():
        held = claim(item.list, actor)
        kept = HandoverItem.objects.select_related("shipment__dossier__version").filter(pk=item.pk, list=held).first()
        if kept is None:
            raise Refused("taken_out", _("Bưu gửi này vừa được đưa ra khỏi bảng kê."), status=409)
        if rows != counting.expected(kept.shipment) and not differs:
            sentence = _("Số giấy tờ khác với danh sách: vui lòng ghi rõ thiếu hoặc thừa gì.")
            raise Refused("invalid", sentence, fields={"differs": [sentence]})
        kept.counts, kept.papers, kept.counted_at = rows, counting.papers_in(rows), clock.now()
        kept.differs, kept.seal_number = differs, clean(seal_number)[:40]
        kept.save(update_fields=["counts", "papers", "counted_at", "differs", "seal_number"])
        note(held, "count", actor=actor, label=label, reason=differs, shipment=kept.shipment_id, papers=kept.papers)
    return kept


@patiently
def clean_off(*, row: HandoverList, how: str, actor: User | None, label: str = "") -> HandoverList:
    """The hygiene step, with its time and how; done twice, the first time stays. Raises Refused: 'invalid', 'closed' 409, 403."""
    how = clean(how)[:120]
    if not how:
        sentence = _("Vui lòng ghi cách khử khuẩn.")
        raise Refused("invalid", sentence, fields={"cleaned_how": [sentence]})
    with transaction.atomic():
        held = claim(row, actor)
        if held.cleaned_at is None:
            held.cleaned_at, held.cleaned_how = clock.now(), how
            held.save(update_fields=["cleaned_at", "cleaned_how"])
            note(held, "clean", actor=actor, label=label, reason=how)
    return held


@patiently
def take_out(*, row: HandoverList, item_pk: int, actor: User | None, label: str = "") -> bool:
    """Take a shipment out of an open list; whether it was in it. Raises Refused: 'closed' 409, 403."""
    with transaction.atomic():
        held = claim(row, actor)
        item = HandoverItem.objects.filter(pk=item_pk, list=held).first()
        if item is None:
            return False
        item.delete()
        note(held, "take_out", actor=actor, label=label, shipment=item.shipment_id)
    return True


@patiently
def drop(*, row: HandoverList, actor: User | None, label: str = "") -> HandoverList:
    """Give up an open list: nothing was handed over. Done twice changes nothing. Raises Refused: 'closed' 409 for a signed one, 403."""
    with transaction.atomic():
        held = claim(row, actor, only_open=False)
        if held.state == HandoverState.DROPPED:
            return held
        if held.state not in HANDOVER_TRANSITIONS["drop"][0]:
            raise Refused("closed", CLOSED, status=409)
        held.state = HandoverState.DROPPED
        held.save(update_fields=["state"])
        held.items.update(held=False)
        note(held, "drop", actor=actor, label=label, before=HandoverState.OPEN)
    return held
