"""The price of a shipment: set when it is made, for good on the day it is collected; a carrier's table, kept by versions.

A price is final once `priced_on` is set: the table in force on the day of collection counts. A job sets it soon after the collection was
reported; whoever reports has nothing to do. What stands in a settlement that was not dropped is never priced again.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.offices.models import Area
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import User
from onestop.transitions import Refused
from postal import fees, policies
from postal.models import Carrier, FeeRule, SettlementLine, Shipment, SocialClaim, WaiverCampaign, WaiverEvent
from postal.services import eligibility
from postal.services.steps import note
from postal.states import Direction, State

PER_SWEEP = 500
FIELDS = ["fee", "discount", "social_group", "payable", "payer", "waiver"]


class Book:
    """Tables, waivers and places, each read once: for a run over many shipments."""

    def __init__(self) -> None:
        self._tables: dict[int, list[fees.Price]] = {}
        self._waivers: dict[int, list[WaiverCampaign]] = {}
        self._places: dict[int, tuple[int, ...]] = {}

    def table(self, carrier: int) -> list[fees.Price]:
        """A carrier's prices of all times."""
        if carrier not in self._tables:
            columns = ("service", "zone", "amount", "valid_from", "valid_to", "direction")
            self._tables[carrier] = [fees.Price(*row) for row in FeeRule.objects.filter(carrier_id=carrier).values_list(*columns)]
        return self._tables[carrier]

    def waivers(self, province: int) -> list[WaiverCampaign]:
        """The waivers that run in a province."""
        if province not in self._waivers:
            self._waivers[province] = eligibility.running(province)
        return self._waivers[province]

    def place(self, area: int | None) -> tuple[int, ...]:
        """An area and those it lies in, the province last; nothing for no area."""
        if area is None:
            return ()
        if area not in self._places:
            row = Area.objects.filter(pk=area).values_list("pk", "parent_id", "parent__parent_id").first()
            self._places[area] = tuple(key for key in row or () if key is not None)
        return self._places[area]


# --- pricing ----------------------------------------------------------------------------------------------------------

def price(shipment: Shipment, book: Book | None = None) -> None:
    """Set fee, discount, social_group, payable, payer and waiver of a shipment with its dossier, office and carrier; nothing is saved.

    By the table of the day of collection, before that of today. A waiver that was promised stays. Only reads.
    """
    book = book or Book()
    day = clock.local(shipment.collected_at).date() if shipment.collected_at else clock.today()
    there = shipment.to_office.area_id if shipment.direction == Direction.BETWEEN and shipment.to_office else shipment.area_id
    zone = fees.zone(book.place(shipment.office.area_id), book.place(there))
    fee = fees.price(book.table(shipment.carrier_id), service=shipment.service, direction=shipment.direction, zone=zone, day=day)
    if shipment.waiver_id is None and fees.unpaid(shipment.direction, shipment.state):  # what a citizen paid, nobody pays again
        shipment.waiver = eligibility.covering(shipment, book.waivers(shipment.office.province_id))
    group = SocialClaim.objects.filter(dossier_id=shipment.dossier_id).values_list("group", flat=True).first() or ""
    found = fees.bill(fee=fee, group=group, direction=shipment.direction, waiver=shipment.waiver_id)
    shipment.fee, shipment.discount, shipment.social_group = found.fee, found.discount, found.group
    shipment.payable, shipment.payer = found.payable, found.payer


def settled(shipments: Sequence[int]) -> set[int]:
    """Those of these shipments that stand in a settlement which was not dropped."""
    return set(SettlementLine.objects.filter(shipment__in=shipments, counts=True).values_list("shipment_id", flat=True))


def reprice(shipment: Shipment, book: Book | None = None, *, verb: str = "price", actor: User | None = None, reason: str = "") -> bool:
    """Price a locked row anew and keep what changed, with an event; whether something did. The day of collection makes it final."""
    before = _money(shipment)
    price(shipment, book)
    return _kept(shipment, before, verb, actor, reason)


def _kept(shipment: Shipment, before: dict[str, object], verb: str, actor: User | None, reason: str) -> bool:
    if shipment.collected_at is not None:
        shipment.priced_on = clock.local(shipment.collected_at).date()
    shipment.save(update_fields=[*FIELDS, "priced_on"])
    changed = _money(shipment) != before
    if changed:
        basis = shipment.waiver.legal_basis if shipment.waiver else ""
        note(shipment, verb, shipment.state, shipment.state, actor=actor, reason=reason, legal_basis=basis, was=before,
             now=_money(shipment))
    return changed


def stay_paid(shipment: Shipment) -> bool:
    """A report that came late: the citizen had paid before anybody started the waiver that took the shipment over, so that it stays the
    citizen's, as if the report had come in time. For a held row with a waiver, in the caller's transaction; whether it changed.

    What stands in a settlement is told by its comparison with the carrier's file.
    """
    paid_at = None if shipment.direction == Direction.BETWEEN else eligibility.paid_at(shipment)
    if paid_at is None:
        return False
    started = WaiverEvent.objects.filter(subject=shipment.waiver_id, verb="start", at__gt=paid_at)
    if not started.exists() or settled([shipment.pk]):
        return False
    before, shipment.waiver = _money(shipment), None
    price(shipment)
    return _kept(shipment, before, "price", None, gettext("Người dân đã trả cước trước khi bưu gửi được miễn; bưu chính báo muộn."))


def _money(shipment: Shipment) -> dict[str, object]:
    return {"fee": shipment.fee, "payable": shipment.payable, "payer": str(shipment.payer), "waiver": shipment.waiver_id}


def locked(pk: int) -> Shipment | None:
    """A shipment held for this transaction, with what pricing reads."""
    rows = Shipment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("dossier", "office", "carrier", "to_office").filter(pk=pk).first()


@patiently
def settle_price(pk: int, book: Book | None = None) -> bool:
    """Price a collected shipment for good; whether this call did. Twice changes nothing. Raises Refused('busy')."""
    with transaction.atomic():
        row = locked(pk)
        if row is None or row.collected_at is None or row.priced_on is not None or settled([pk]):
            return False
        reprice(row, book)
    return True


def settle_prices() -> int:
    """Price what was collected and has no final price yet; how many (500 at most). What stands in a settlement keeps its price, and
    keeps nobody waiting."""
    held = SettlementLine.objects.filter(shipment=OuterRef("pk"), counts=True)
    waiting = Shipment.objects.filter(~Exists(held), collected_at__isnull=False, priced_on__isnull=True).exclude(state=State.CANCELLED)
    book = Book()
    return sum(or_next_sweep("a price", settle_price, pk, book) for pk in waiting.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP])


def reprice_dossier(dossier: int, *, actor: User, reason: str) -> int:
    """Price the shipments of a dossier that nobody can have paid yet and no settlement holds, in the caller's transaction; how many
    changed."""
    done = 0
    for pk in Shipment.objects.filter(dossier_id=dossier).exclude(state=State.CANCELLED).order_by("pk").values_list("pk", flat=True):
        row = locked(pk)
        if row is not None and fees.unpaid(row.direction, row.state) and not settled([pk]):
            done += reprice(row, actor=actor, reason=reason)
    return done


# --- the table --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class NewPrice:
    """A price from a day on, in đồng."""

    service: str
    zone: str
    amount: int
    valid_from: date
    direction: str = ""
    basis: str = ""


@patiently
def add_price(*, actor: User, carrier: Carrier, new: NewPrice) -> FeeRule:
    """A new version of one price. The version before ends the day before; what lies in the past is never changed.

    The same again changes nothing; a version that is not in force yet may be corrected. Raises Refused: not_allowed (403),
    in_the_past, a_later_one_exists (409).
    """
    return add_prices(actor=actor, carrier=carrier, new=[new])[0]


@patiently
def add_prices(*, actor: User, carrier: Carrier, new: Sequence[NewPrice]) -> list[FeeRule]:
    """Several prices together: all or none. Raises Refused as add_price()."""
    if not policies.can_set_fees(actor, carrier):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được lập bảng cước."), status=403)
    with transaction.atomic():
        Carrier.objects.select_for_update(no_key=True).get(pk=carrier.pk)
        made = [_add(actor, carrier, item) for item in new]
        unpriced = Shipment.objects.filter(carrier=carrier, fee__isnull=True, priced_on__isnull=False)
        unpriced.update(priced_on=None)  # they were collected before there was a table: the sweep looks again
    return made


def problem(carrier: Carrier, new: NewPrice) -> Refused | None:
    """Why a price can't be added; None if it can."""
    versions = _versions(carrier, new)
    if versions and new.valid_from < clock.today() and versions[0].valid_from != new.valid_from:
        return Refused("in_the_past", _("Giá cước của ngày đã qua không được thay đổi; vui lòng chọn từ hôm nay trở đi."),
                       fields={"valid_from": [_("Vui lòng chọn từ hôm nay trở đi.")]})
    if versions and versions[0].valid_from > new.valid_from:
        return Refused("a_later_one_exists", _("Đã có giá cước áp dụng từ một ngày muộn hơn."), status=409)
    same = versions[0] if versions and versions[0].valid_from == new.valid_from else None
    if same is not None and same.amount != new.amount and same.valid_from <= clock.today():
        return Refused("in_the_past", _("Giá cước này đang áp dụng nên không sửa được; vui lòng lập giá mới từ ngày mai."), status=409)
    return None


def _versions(carrier: Carrier, new: NewPrice) -> list[FeeRule]:
    same = Q(service=new.service, zone=new.zone, direction=new.direction)
    return list(FeeRule.objects.filter(same, carrier=carrier).order_by("-valid_from"))


def _add(actor: User, carrier: Carrier, new: NewPrice) -> FeeRule:
    fees.dong(new.amount)
    refusal = problem(carrier, new)
    if refusal is not None:
        raise refusal
    versions = _versions(carrier, new)
    if versions and versions[0].valid_from == new.valid_from:
        row = versions[0]
        if row.amount != new.amount:
            row.amount, row.basis, row.made_by, row.made_at = new.amount, new.basis, actor, clock.now()
            row.save(update_fields=["amount", "basis", "made_by", "made_at"])
        return row
    if versions:
        before = Q(valid_to__isnull=True) | Q(valid_to__gte=new.valid_from)
        FeeRule.objects.filter(before, pk=versions[0].pk).update(valid_to=new.valid_from - timedelta(days=1))
    return FeeRule.objects.create(carrier=carrier, service=new.service, zone=new.zone, direction=new.direction, amount=new.amount,
                                  basis=new.basis, valid_from=new.valid_from, made_by=actor)


def in_force(on: date) -> Q:
    """A condition on FeeRule: it holds on a day."""
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gte=on))
