"""Status packets are made from the history: one for each event that changed the state of a dossier the National Portal knows."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import translation

from dossiers.bridge_wire import SYSTEM
from dossiers.models import Bridge, Dossier, DossierEvent, ExternalCode, Packet
from dossiers.services.bridge import state
from dossiers.states import PUBLIC_CODE, PUBLIC_NAME, State, Sync
from onestop import clock
from onestop.people.shown import day

PER_SWEEP = 1000
LONGEST_TRANSACTION = timedelta(minutes=10)  # an event that is written now may have a smaller key than one that is seen already


def collect() -> int:
    """Make the packets that are missing, in the order of the events; how many. Doing it twice makes nothing twice.

    Looked at are events after those known to be collected, and all of dossiers that got the portal's code only now.
    """
    found = state.row()
    old = DossierEvent.objects.filter(pk__gt=found.collected, at__lt=clock.now() - LONGEST_TRANSACTION)
    settled = old.aggregate(last=Max("pk"))["last"]
    made = _make(_missing().filter(pk__gt=found.collected))  # two questions: together they would read the whole history each time
    made += _make(_missing().filter(subject__in=_new_to_it()))
    if settled and made < PER_SWEEP:
        Bridge.objects.filter(pk=found.pk, collected__lt=settled).update(collected=settled)
    return made


def _new_to_it() -> QuerySet[Any]:
    """Dossiers that got the portal's code and of which it knows nothing yet."""
    return ExternalCode.objects.filter(system=SYSTEM, dossier__sync=Sync.NONE).values("dossier")


def _missing() -> QuerySet[Any]:
    """Events that changed the state of a dossier with the portal's code and have no packet."""
    ours = ExternalCode.objects.filter(dossier=OuterRef("subject"), system=SYSTEM)
    changed = Q(verb="submit") | (~Q(from_state="") & ~Q(from_state=F("to_state")))
    return DossierEvent.objects.filter(changed, Exists(ours), packet__isnull=True).order_by("pk")


def _make(events: QuerySet[Any]) -> int:
    """One transaction for the packets and for the axis that shows them as waiting."""
    rows = list(events.select_related("subject__received_office", "subject__procedure")[:PER_SWEEP])
    codes = dict(ExternalCode.objects.filter(system=SYSTEM, dossier__in={row.subject_id for row in rows}).values_list("dossier", "code"))
    with translation.override("vi"):
        packets = [packet_of(row, codes[row.subject_id]) for row in rows if row.to_state in State.values]
    with transaction.atomic():
        Packet.objects.bulk_create(packets, ignore_conflicts=True)
        Dossier.objects.filter(pk__in={packet.dossier_id for packet in packets}).exclude(sync=Sync.FAILED).update(sync=Sync.BEHIND)
    return len(packets)


def packet_of(event: DossierEvent, code: str) -> Packet:
    """What the portal is told of an event: codes, status, when, the date of the result. No name, no phone, no paper, no reason."""
    dossier, status = event.subject, PUBLIC_CODE[State(event.to_state)]
    packet = Packet(dossier=dossier, event=event, status=status)
    packet.payload = {
        "id": str(packet.key), "ma_ho_so_dvcqg": code, "ma_ho_so": dossier.code or dossier.reference,
        "ma_thu_tuc": dossier.procedure.code, "ma_don_vi": dossier.received_office.identifier, "trang_thai": status,
        "ten_trang_thai": str(PUBLIC_NAME[status]), "thoi_diem": clock.local(event.at).isoformat(timespec="seconds"),
        "ngay_tiep_nhan": day(dossier.received_at), "ngay_hen_tra": day(dossier.due_at),
    }
    return packet
