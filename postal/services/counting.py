"""Papers, counted by both sides: what is expected of a dossier, what was there, and what a postman takes over at somebody's door
(rules.md 8; letters Khánh Hòa 3, Thường Tín 6)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.services import results, returning
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step
from postal import policies
from postal.drawings import is_whole
from postal.models import CollectionSlip, Shipment
from postal.services import handling
from postal.states import FETCHED, TRANSITIONS, Direction

KINDS = ("originals", "certified", "copies")
MOST_OF_A_KIND = 99
NOT_YOURS = gettext_lazy("Bạn không được giao việc này.")


@dataclass(frozen=True)
class Taken:
    """What both saw at the door. `counts` as Shipment.counts; signatures as data URLs, '' where both signed the carrier's paper form."""

    giver: str
    counts: Sequence[dict[str, Any]]
    seal_number: str = ""
    cleaned_how: str = ""
    differs: str = ""
    giver_signature: str = ""
    receiver_signature: str = ""
    on_paper: bool = False


def expected(shipment: Shipment) -> list[dict[str, Any]]:
    """What should lie in it: the papers as published for the procedure where a citizen gives them, the dossier's own between offices, the
    documents of the result where it goes out. At most three queries."""
    if shipment.direction == Direction.OUT:
        found = [{"position": number, "name": f"{one.kind} {one.number}".strip(), "originals": 1, "certified": 0, "copies": 0}
                 for number, one in enumerate(results.live(shipment.dossier), 1)]
        return found or [{"position": 1, "name": _("Kết quả giải quyết"), "originals": 1, "certified": 0, "copies": 0}]
    if shipment.counts:
        return list(shipment.counts)
    papers: Any = shipment.dossier.papers.filter(present=True) if shipment.direction == Direction.BETWEEN else \
        shipment.dossier.version.papers.all()
    return [{"position": one.position, "name": one.name, **{kind: getattr(one, kind) for kind in KINDS}} for one in papers]


def papers_in(counts: Sequence[dict[str, Any]]) -> int:
    """How many papers a count adds up to."""
    return sum(int(row[kind]) for row in counts for kind in KINDS)


def of_kinds(counts: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The same by kind."""
    return {kind: sum(int(row[kind]) for row in counts) for kind in KINDS}


def checked(counts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A count that can be kept. Raises Refused('invalid') for numbers that are none."""
    for row in counts:
        if any(not 0 <= int(row[kind]) <= MOST_OF_A_KIND for kind in KINDS):
            raise Refused("invalid", _("Vui lòng ghi một số từ 0 đến 99."))
    return [{"position": int(row["position"]), "name": str(row["name"])[:400], **{kind: int(row[kind]) for kind in KINDS}}
            for row in counts]


def signature(drawn: str, field: str) -> str:
    """A drawn signature that can be kept and printed; '' for none. Raises Refused('bad_signature') at `field`."""
    if not drawn:
        return ""
    try:
        whole = is_whole(returning.drawing(drawn))
    except Refused:
        whole = False
    if not whole:
        sentence = _("Không đọc được chữ ký. Vui lòng ký lại hoặc chọn ký trên giấy.")
        raise Refused("bad_signature", sentence, fields={field: [sentence]})
    return drawn


@patiently
def take_over(*, actor: User, shipment: Shipment, taken: Taken) -> CollectionSlip:
    """A postman has the papers of a citizen in hand: counted with them, sealed before them, signed by both. Done twice: the first slip.

    Raises Refused: 'forbidden' 403, 'wrong_state' 409, 'invalid' with fields, 'bad_signature'.
    """
    ready = _checked(taken)
    with transaction.atomic():
        row = Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "office", "dossier").get(pk=shipment.pk)
        if not policies.works_for(actor, row.carrier_id, row.office):
            raise Refused("forbidden", NOT_YOURS, status=403)
        known = CollectionSlip.objects.filter(shipment=row).first()
        if known is not None:
            return known
        if row.direction != Direction.IN:
            raise Refused("wrong_state", _("Bưu gửi này không phải giấy tờ nhận từ công dân."), status=409)
        if row.state not in FETCHED:
            step(TRANSITIONS, "take", row.state, sentence=handling.WRONG_STATE)
        slip = CollectionSlip.objects.create(
            shipment=row, giver=ready.giver, giver_signature=ready.giver_signature, receiver=actor, differs=ready.differs,
            receiver_signature=ready.receiver_signature, cleaned_how=ready.cleaned_how)
        _keep(row, ready, actor)
        handling.collect(shipment=row, actor=actor)
    return slip


def _keep(row: Shipment, ready: Taken, actor: User) -> None:
    moment, counts = clock.now(), list(ready.counts)
    row.counts, row.papers, row.counted_at, row.counted_by = counts, papers_in(counts), moment, actor
    row.sealed_at, row.seal_number, row.cleaned_at = moment, ready.seal_number, moment
    row.save(update_fields=["counts", "papers", "counted_at", "counted_by", "sealed_at", "seal_number", "cleaned_at"])


def _checked(taken: Taken) -> Taken:
    wrong: dict[str, list[Any]] = {}
    giver, differs, how = clean(taken.giver)[:120], clean(taken.differs)[:255], clean(taken.cleaned_how)[:120]
    counts = checked(taken.counts)
    if not giver:
        wrong["giver"] = [_("Vui lòng ghi tên người giao giấy tờ.")]
    if not how:
        wrong["cleaned_how"] = [_("Vui lòng ghi cách khử khuẩn.")]
    if not papers_in(counts) and not differs:
        wrong["differs"] = [_("Không đếm được giấy tờ nào: vui lòng ghi rõ vì sao.")]
    if not taken.on_paper and not (taken.giver_signature and taken.receiver_signature):
        wrong["on_paper"] = [_("Cần chữ ký của cả hai bên trên màn hình, hoặc đánh dấu đã ký trên phiếu giấy.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return Taken(giver, counts, clean(taken.seal_number)[:40], how, differs, signature(taken.giver_signature, "giver_signature"),
                 signature(taken.receiver_signature, "receiver_signature"), taken.on_paper)
