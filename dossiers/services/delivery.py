"""What the post tells about a dossier's parcel, as rows of the dossier's public history. The post calls; dossiers know no post."""
from __future__ import annotations

from dossiers.models import Dossier, DossierEvent
from dossiers.services.records import write_event


def note_shipment(*, dossier: Dossier, state: str, state_name: str, waybill: str, carrier: str) -> DossierEvent:
    """Note where the parcel is, in the caller's transaction. The public page shows carrier, waybill and state."""
    return write_event(dossier, "shipment", actor=None, via="post", before=str(dossier.state), label=carrier,
                       data={"state": state, "state_name": state_name, "waybill": waybill, "carrier": carrier})
