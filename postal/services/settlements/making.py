"""A settlement begins: the list of a waiver's shipments of a period, and the carrier's file to compare it with. Jobs do the long work."""
from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import policies
from postal.models import Carrier, SettlementList, WaiverCampaign
from postal.services.settlements import rows
from postal.states import SettlementWork, WaiverState


@patiently
def make(*, actor: User, waiver: WaiverCampaign, carrier: Carrier, starts_on: date, ends_on: date, due_on: date) -> SettlementList:
    """Begin a list; a job fills it with what was collected from `starts_on` to `ends_on` and stands in no other list.

    Raises Refused: not_allowed (403), waiver_not_started, other_carrier, period.
    """
    if not policies.can_manage_waivers(actor, waiver.province_id):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    if waiver.state == WaiverState.DRAFT:
        raise Refused("waiver_not_started", _("Đợt miễn cước này chưa bắt đầu."), status=409)
    if waiver.carrier_id not in (None, carrier.pk):
        other = _("Đợt miễn cước này chỉ áp dụng với %(carrier)s.") % {"carrier": waiver.carrier}
        raise Refused("other_carrier", other, fields={"carrier": [other]})
    if ends_on < starts_on:
        sentence = _("Ngày cuối kỳ phải từ ngày đầu kỳ trở đi.")
        raise Refused("period", sentence, fields={"ends_on": [sentence]})
    with transaction.atomic():
        made = SettlementList.objects.create(waiver=waiver, carrier=carrier, starts_on=starts_on, ends_on=ends_on, due_on=due_on,
                                             made_by=actor, doing=SettlementWork.FILL, worked_at=clock.now())
        rows.note(made, "make", "", actor=actor)
        enqueue_after_commit("postal.work_settlement", made.pk)
    return made


@patiently
def refill(*, actor: User, settlement: SettlementList) -> SettlementList:
    """Add what was collected in the period since the list was made. Raises Refused: not_allowed (403), frozen, at_work (409)."""
    with transaction.atomic():
        found = rows.claim(settlement.pk, actor)
        rows.still_open(found)
        found.doing, found.reached, found.worked_at = SettlementWork.FILL, 0, clock.now()
        found.save(update_fields=["doing", "reached", "worked_at"])
        rows.note(found, "refill", found.state, actor=actor)
        enqueue_after_commit("postal.work_settlement", found.pk)
    return found


@patiently
def upload(*, actor: User, settlement: SettlementList, file: UploadedFile[Any], waybill_title: str = "",
           amount_title: str = "") -> SettlementList:
    """Take the carrier's file; a job compares it line by line. The comparison before, and its decisions, go.

    `waybill_title` and `amount_title` name columns of the file where their titles are unusual. Raises Refused: not_allowed (403),
    frozen, at_work, same_file (409), empty_file.
    """
    digest = _digest(file)
    if not file.size:
        sentence = _("Tệp không có nội dung.")
        raise Refused("empty_file", sentence, fields={"file": [sentence]})
    wanted = {name: title for name, title in (("waybill", clean(waybill_title)), ("amount", clean(amount_title))) if title}
    with transaction.atomic():
        found = rows.claim(settlement.pk, actor)
        rows.still_open(found)
        if (found.file_sha256, found.bad_rows) == (digest, 0) and found.rows:
            raise Refused("same_file", _("Tệp này đã được đối soát với danh sách."), status=409)
        old, found.file_name, found.file_sha256 = found.file.name, clean(file.name or "")[:160], digest
        found.file.save("file", file, save=False)
        found.columns, found.rows, found.bad_rows, found.faults = wanted, 0, 0, []
        found.doing, found.reached, found.worked_at = SettlementWork.READ, 0, clock.now()
        rows.forget(found)
        found.save(update_fields=["file_name", "file_sha256", "file", "columns", "rows", "bad_rows", "faults", "doing", "reached",
                                  "worked_at", "count", "total"])
        rows.note(found, "upload", found.state, actor=actor, name=found.file_name, sha256=digest, replaced=bool(old))
        enqueue_after_commit("postal.work_settlement", found.pk)
    return found


def _digest(file: UploadedFile[Any]) -> str:
    seen = hashlib.sha256()
    for piece in file.chunks():
        seen.update(piece)
    file.seek(0)
    return seen.hexdigest()
