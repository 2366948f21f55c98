"""Postal pulls: what dossiers want carried gets its shipment, and loses it where they want it no more. Repeats are harmless."""
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from dossiers.states import IN_INBOX, ReturnMethod
from dossiers.states import State as DossierState
from onestop.catalogue.states import Channel
from onestop.patience import or_next_sweep, patiently
from postal.models import Carrier, Shipment
from postal.services.making import make_in, make_out
from postal.services.steps import move
from postal.services.timing import collection_for
from postal.states import Direction, State

__all__ = ["PER_SWEEP", "collection_for", "follow_wishes", "pull_accepted", "pull_decided"]
PER_SWEEP = 500
NOT_WANTED = _("Không còn cần bưu chính vận chuyển cho hồ sơ này.")
MOVED = _("Công dân đổi địa chỉ lấy giấy tờ trước khi bưu chính đến.")
# Until the carrier has it, and no worker is at this moment telling the carrier of it.
RECALLABLE = frozenset({State.READY, State.ORDERED, State.REFUSED, State.FAILED, State.NOT_COLLECTED})


def pull_decided() -> int:
    """Make shipments for decided dossiers that are to go by post and have none; how many were made (500 at most)."""
    waiting = Dossier.objects.filter(~Exists(_on_its_way(Direction.OUT)), state=DossierState.DECIDED, return_method=ReturnMethod.POST)
    return _pull(waiting, make_out)


def pull_accepted() -> int:
    """Make shipments for accepted online dossiers whose papers the post shall fetch (letter Khánh Hòa 3); how many (500 at most)."""
    wanted = Dossier.objects.filter(collect_by_post=True, channel=Channel.ONLINE, state__in=IN_INBOX, received_at__isnull=False)
    return _pull(wanted.filter(~Exists(_on_its_way(Direction.IN))), make_in)


def _on_its_way(direction: str) -> QuerySet[Shipment]:
    return Shipment.objects.filter(dossier=OuterRef("pk"), direction=direction, replaced=False).exclude(state=State.CANCELLED)


def _pull(waiting: QuerySet[Dossier], make) -> int:  # type: ignore[no-untyped-def]
    carriers = {carrier.province_id: carrier for carrier in Carrier.objects.filter(active=True).order_by("-code")}
    if None not in carriers:
        waiting = waiting.filter(received_office__province_id__in=list(carriers))
    made = 0
    for dossier in waiting.select_related("received_office").order_by("pk")[:PER_SWEEP]:
        carrier = carriers.get(dossier.received_office.province_id) or carriers[None]
        made += or_next_sweep("a shipment", make, dossier, carrier)
    return made


def follow_wishes() -> int:
    """Take back what need not be carried any more, and what is to be fetched elsewhere, while the carrier hasn't got it; how many. Where
    the wish only changed its address the next pull makes it anew."""
    wanted_in = Q(direction=Direction.IN, dossier__collect_by_post=True, dossier__state__in=IN_INBOX) & _same_place("collect")
    wanted_out = Q(direction=Direction.OUT, dossier__state=DossierState.DECIDED, dossier__return_method=ReturnMethod.POST)
    held = Shipment.objects.filter(state__in=RECALLABLE, replaced=False).exclude(direction=Direction.BETWEEN)
    unwanted = held.exclude(wanted_in).exclude(wanted_out)
    return sum(or_next_sweep("a shipment", _take_back, pk) for pk in unwanted.order_by("pk").values_list("pk", flat=True)[:PER_SWEEP])


def _same_place(wish: str) -> Q:
    area = Q(area=F(f"dossier__{wish}_area")) | Q(**{"area__isnull": True, f"dossier__{wish}_area__isnull": True})
    return Q(address=F(f"dossier__{wish}_address")) & area


@patiently
def _take_back(pk: int) -> bool:
    with transaction.atomic():
        row = Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "dossier").get(pk=pk)
        if row.state not in RECALLABLE:
            return False
        return move(row, "cancel", reason=str(MOVED if row.is_needed else NOT_WANTED))
