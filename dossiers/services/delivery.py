"""What the post tells about a dossier's parcel, as rows of the dossier's public history. The post calls; dossiers know no post."""
from __future__ import annotations

from dossiers.models import Dossier, DossierEvent
from dossiers.services.records import write_event
from dossiers.states import Handover, ReturnMethod, State

# What the carrier says about a result on its way, on the dossier's own axis; delivered is the hand-over's own to say.
HANDOVER_OF = {"ordered": Handover.ON_THE_WAY, "collected": Handover.ON_THE_WAY, "in_transit": Handover.ON_THE_WAY,
               "returned": Handover.FAILED}


def note_shipment(*, dossier: Dossier, state: str, state_name: str, waybill: str, carrier: str) -> DossierEvent:
    """Note where the parcel is, in the caller's transaction. The public page shows carrier, waybill and state."""
    handover = HANDOVER_OF.get(state)
    if handover is not None:  # one statement: a carrier's word about papers that come in changes nothing here
        Dossier.objects.filter(pk=dossier.pk, state=State.DECIDED, return_method=ReturnMethod.POST).update(handover=handover)
    return write_event(dossier, "shipment", actor=None, via="post", before=str(dossier.state), label=carrier,
                       data={"state": state, "state_name": state_name, "waybill": waybill, "carrier": carrier})
