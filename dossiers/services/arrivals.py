"""Papers that the post brings for a dossier that is there already: they become a parcel of the office, whose pages clean, open and count
them; complete, they are noted as the dossier's own (letters Khánh Hòa 3, Thường Tín 6)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, DossierPaper, Parcel, ParcelEvent
from dossiers.services.parcels import Sender
from dossiers.services.records import allow, write_event
from dossiers.states import PARCEL_TRANSITIONS, ParcelState
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused, step

KINDS = ("originals", "certified", "copies")


@dataclass(frozen=True)
class Arrival:
    """The papers of a dossier, as they came to an office."""

    dossier: Dossier
    office: Office
    sender: Sender


def arrived(coming: Sequence[Arrival], *, actor: User | None, label: str = "") -> None:
    """Register papers of dossiers that reached their office, unopened, in the caller's transaction. The post has checked who may; `label`
    names a program that says so. The number of statements does not grow with theirs.

    Done twice changes nothing; nor is anything registered where a dossier was itself made of a parcel: its papers are counted already.
    """
    known = set(Parcel.objects.filter(dossier__in=[one.dossier.pk for one in coming]).values_list("dossier", flat=True))
    fresh = [replace(one, sender=_as_kept(one.sender)) for one in {one.dossier.pk: one for one in coming}.values()
             if one.dossier.pk not in known]
    used = _used_waybills(fresh)
    made = []
    for one in fresh:
        waybill = one.sender.waybill
        free = (one.office.pk, one.sender.carrier, waybill) not in used
        used.add((one.office.pk, one.sender.carrier, waybill))
        made.append(Parcel(
            office=one.office, procedure=one.dossier.procedure, registered_by=actor, dossier=one.dossier, sender_name=one.sender.name,
            sender_phone=one.sender.phone, sender_address=one.sender.address, waybill=waybill if free else "", carrier=one.sender.carrier))
    Parcel.objects.bulk_create(made)
    ParcelEvent.objects.bulk_create([ParcelEvent(subject=parcel, actor=actor, actor_label="" if actor else label[:120], verb="register",
                                                 to_state=str(parcel.state), data={"dossier": parcel.dossier_id}) for parcel in made])


def _as_kept(sender: Sender) -> Sender:
    """What a parcel's columns hold of it: that is what stands once."""
    return replace(sender, name=sender.name[:120], address=sender.address[:255], waybill=sender.waybill[:40], carrier=sender.carrier[:80])


def _used_waybills(coming: Sequence[Arrival]) -> set[tuple[int, str, str]]:
    """(office, carrier, waybill) of parcels that are there already: each stands once."""
    waybills = {one.sender.waybill for one in coming if one.sender.waybill}
    found = Parcel.objects.filter(office__in={one.office.pk for one in coming}, waybill__in=waybills)
    return set(found.values_list("office", "carrier", "waybill"))


@patiently
def put_in(*, actor: User, parcel: Parcel) -> Parcel:
    """The counted papers of a parcel become those of its dossier. The officer may take them although some are missing. A second call
    changes nothing.

    Raises Refused: 'not_counted', 'wrong_state', 'no_dossier' 409, 'not_allowed' 403.
    """
    with transaction.atomic():
        rows = Parcel.objects.select_for_update(of=("self",)).select_related("office", "dossier__version", "procedure")
        row: Parcel = rows.get(pk=parcel.pk)
        allow(policies.can_receive(actor, row.office))
        if row.dossier is None:
            raise Refused("no_dossier", _("Bưu phẩm này chưa có hồ sơ."), status=409)
        if row.state == ParcelState.FILED:
            return row
        if row.opened_at is None:
            raise Refused("not_counted", _("Vui lòng mở và đếm giấy tờ trước."), status=409)
        taken = step(PARCEL_TRANSITIONS, "file", row.state, sentence=_("Bưu phẩm đã được gửi trả."))
        row.state = taken.after
        row.save(update_fields=["state"])
        _note_papers(row.dossier, row)
        ParcelEvent.objects.create(subject=row, actor=actor, verb="put_in", from_state=taken.before, to_state=str(row.state),
                                   data={"dossier": row.dossier.pk})
        write_event(row.dossier, "papers_arrived", actor=actor, via="post", before=str(row.dossier.state), public=False,
                    data={"parcel": row.pk, "missing": row.missing})
    return row


def _note_papers(dossier: Dossier, parcel: Parcel) -> None:
    """What was counted, beside what was uploaded: a paper that came is present, one that didn't stays as it was."""
    known = {paper.position: paper for paper in dossier.papers.all()}
    for item in parcel.counts:
        if not item["present"]:
            continue
        numbers = {kind: item[kind] for kind in KINDS}
        paper = known.get(item["position"])
        if paper is None:
            DossierPaper.objects.create(dossier=dossier, position=item["position"], name=item["name"], present=True, **numbers)
        else:
            DossierPaper.objects.filter(pk=paper.pk).update(present=True, **numbers)
