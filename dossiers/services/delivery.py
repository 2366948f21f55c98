"""What the post tells about a dossier's parcel, as rows of the dossier's public history. The post calls; dossiers know no post."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, DossierEvent
from dossiers.services.records import allow, claim, event_row, write_event
from dossiers.states import IN_INBOX, Handover, ReturnMethod, State
from onestop.catalogue.states import Channel
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

# What the carrier says about a result on its way, on the dossier's own axis; delivered is the hand-over's own to say.
HANDOVER_OF = {"ordered": Handover.ON_THE_WAY, "collected": Handover.ON_THE_WAY, "in_transit": Handover.ON_THE_WAY,
               "returned": Handover.FAILED, "not_collected": Handover.READY, "lost": Handover.FAILED, "damaged": Handover.FAILED,
               "cancelled": Handover.READY}
OUT, IN = "out", "in"
# The carrier has, or had, the papers in its hands: from then on the citizen's wish that it fetch them can't be changed.
FETCHED = ("collected", "in_transit", "returning", "delivered", "returned", "lost", "damaged")


@dataclass(frozen=True)
class ShipmentNews:
    """Where one dossier's parcel is now, as the post says."""

    dossier: Dossier
    state: str
    state_name: str
    waybill: str
    carrier: str
    direction: str = OUT

    @property
    def handover(self) -> str | None:
        """What it means for the result; None: nothing, as a carrier's word about papers that come in."""
        return HANDOVER_OF.get(self.state) if self.direction == OUT else None


def note_shipments(news: Sequence[ShipmentNews]) -> None:
    """Note where parcels are, in the caller's transaction, with one statement for each meaning and one for the events. The public pages
    show carrier, waybill and state."""
    for handover in {one.handover: None for one in news if one.handover is not None}:
        meant = [one.dossier.pk for one in news if one.handover == handover]
        Dossier.objects.filter(pk__in=meant, state=State.DECIDED, return_method=ReturnMethod.POST).update(handover=handover)
    DossierEvent.objects.bulk_create([event_row(
        one.dossier, "shipment", actor=None, via="post", before=str(one.dossier.state), label=one.carrier,
        data={"state": one.state, "state_name": one.state_name, "waybill": one.waybill, "carrier": one.carrier,
              "direction": one.direction}) for one in news])


def came_back(*, dossier: Dossier) -> None:
    """Its result is in the office's hands again, in the caller's transaction: another way of return may be chosen."""
    Dossier.objects.filter(pk=dossier.pk, state=State.DECIDED, return_method=ReturnMethod.POST).update(handover=Handover.FAILED)


def correct_return(*, dossier: Dossier, address: str, area: Area | None, actor: User) -> None:
    """Another address for a result that goes by post, in the caller's transaction, from whoever asked the citizen for it. The post has
    checked who may."""
    Dossier.objects.filter(pk=dossier.pk).update(return_address=address, return_area=area)
    write_event(dossier, "correct_address", actor=actor, via="web", before=str(dossier.state), public=False)


def note_fee_group(*, dossier: Dossier, actor: User, reason: str, taken_back: bool = False) -> None:
    """That the applicant belongs to a group with a reduced postal fee, or that this was a mistake: for the officers' history only, in the
    caller's transaction. The post has checked who may."""
    verb = "end_fee_group" if taken_back else "fee_group"
    write_event(dossier, verb, actor=actor, via="web", before=str(dossier.state), reason=reason, public=False)


# --- the post fetches the papers (letter Khánh Hòa 3) -------------------------------------------------------------

def collection_is_open(dossier: Dossier) -> bool:
    """Whether the wish that the post fetch the papers may still be changed: until it has fetched them. One query."""
    if dossier.channel != Channel.ONLINE or dossier.state not in IN_INBOX:
        return False
    return not was_fetched(dossier)


def was_fetched(dossier: Dossier) -> bool:
    """Whether the post has, or had, the citizen's papers in its hands. One query."""
    return dossier.events.filter(verb="shipment", data__direction=IN, data__state__in=FETCHED).exists()


@patiently
def change_collection(*, actor: User | None, dossier: Dossier, wanted: bool, address: str = "", area: Area | None = None, via: str,
                      actor_label: str = "") -> Dossier:
    """The citizen wants the post to fetch the papers, at another address, or no longer; by an officer, or the citizen whose second factor
    the door has checked. The post follows by its next sweep.

    Raises Refused: 'invalid' with fields, 'not_allowed' 403, 'too_late' 409 once the post has fetched them.
    """
    address = clean(address)[:255] if wanted else ""
    if wanted and not address:
        sentence = _("Vui lòng ghi địa chỉ để bưu chính đến lấy giấy tờ.")
        raise Refused("invalid", sentence, fields={"collect_address": [sentence]})
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.works_on(actor, found, *policies.OFFICE_STAFF))
        if not collection_is_open(found):
            raise Refused("too_late", _("Bưu chính đã lấy giấy tờ hoặc hồ sơ không còn cần, nên không đổi được nữa."), status=409)
        if (found.collect_by_post, found.collect_address, found.collect_area) == (wanted, address, area):
            return found
        found.collect_by_post, found.collect_address, found.collect_area = wanted, address, area if wanted else None
        found.save(update_fields=["collect_by_post", "collect_address", "collect_area"])
        write_event(found, "change_collection", actor=actor, via=via, label=actor_label, before=found.state, data={"wanted": wanted})
    return found


def correct_collection(*, dossier: Dossier, address: str, area: Area | None, actor: User) -> None:
    """Another address to fetch the papers at, in the caller's transaction, from whoever asked the citizen for it. The post has checked who
    may."""
    Dossier.objects.filter(pk=dossier.pk).update(collect_address=address, collect_area=area)
    write_event(dossier, "change_collection", actor=actor, via="web", before=str(dossier.state), data={"wanted": True})


def end_collection(*, dossier: Dossier, actor: User | None, actor_label: str = "") -> None:
    """The post does not fetch the papers, in the caller's transaction: the citizen brings or sends them."""
    if Dossier.objects.filter(pk=dossier.pk, collect_by_post=True).update(collect_by_post=False):
        write_event(dossier, "change_collection", actor=actor, via="post", label=actor_label, before=str(dossier.state),
                    data={"wanted": False})
