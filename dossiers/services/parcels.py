"""Parcels with papers that citizens send by post: registered before they are opened, counted against the list of papers, made into a
dossier or answered (rules.md 8; letter Thường Tín 5)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, Parcel, ParcelEvent
from dossiers.services import intake
from dossiers.services.applicants import Applicant, Request, long_text
from dossiers.services.intake import PaperCount
from dossiers.services.records import allow
from dossiers.states import PARCEL_TRANSITIONS, ParcelState
from onestop import clock
from onestop.catalogue.models import Procedure, ProcedureVersion
from onestop.catalogue.queries import does, version_on
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused, Step, step


@dataclass(frozen=True)
class Sender:
    """What stands on a parcel."""

    name: str
    phone: str = ""
    address: str = ""
    waybill: str = ""
    carrier: str = ""


@patiently
def register(*, actor: User, office: Office, sender: Sender, procedure: Procedure | None = None, note: str = "") -> Parcel:
    """Write a parcel down as it came, unopened. The same waybill of the same carrier twice gives the first parcel again.

    Raises Refused: 'not_allowed' 403, 'invalid' with fields, 'not_here' for a procedure of other offices.
    """
    allow(policies.can_receive(actor, office))
    values = _checked(sender)
    if procedure is not None and not does(office, procedure):
        raise Refused("not_here", _("%(office)s không thực hiện thủ tục này. Vui lòng chọn đơn vị khác.") % {"office": office.name})
    try:
        with transaction.atomic():
            parcel: Parcel = Parcel.objects.create(office=office, procedure=procedure, registered_by=actor,
                                                    note=long_text(note)[:2000], **values)
            _write(parcel, "register", actor)
            return parcel
    except IntegrityError:
        known = Parcel.objects.filter(office=office, carrier=values["carrier"], waybill=values["waybill"]).first()
        if known is None or not values["waybill"]:
            raise
        return known


def _checked(sender: Sender) -> dict[str, Any]:
    values = {"sender_name": clean(sender.name), "sender_phone": phone_number(sender.phone), "sender_address": clean(sender.address)[:255],
              "waybill": clean(sender.waybill).upper().replace(" ", ""), "carrier": clean(sender.carrier)[:80]}
    wrong: dict[str, list[Any]] = {}
    if not 2 <= len(values["sender_name"]) <= 120:
        wrong["sender_name"] = [_("Vui lòng ghi tên người gửi.")]
    if sender.phone.strip() and not values["sender_phone"]:
        wrong["sender_phone"] = [_("Vui lòng ghi số điện thoại Việt Nam, ví dụ 0912345678.")]
    if len(values["waybill"]) > 40:
        wrong["waybill"] = [_("Mã vận đơn dài tối đa 40 ký tự.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return values


def _write(parcel: Parcel, verb: str, actor: User, *, before: str = "", reason: str = "",
           data: dict[str, Any] | None = None) -> ParcelEvent:
    event: ParcelEvent = ParcelEvent.objects.create(subject=parcel, actor=actor, verb=verb, from_state=before, to_state=str(parcel.state),
                                                    reason=reason, data=data or {})
    return event


def _claim(actor: User, parcel: Parcel) -> Parcel:
    """The parcel's row, locked and read anew. Raises Refused('not_allowed', 403)."""
    row: Parcel = Parcel.objects.select_for_update(of=("self",)).select_related("office", "procedure",
                                                                                           "dossier__version").get(pk=parcel.pk)
    allow(policies.can_receive(actor, row.office))
    return row


def _take(parcel: Parcel, verb: str) -> Step:
    sentence = _("Bưu phẩm đang ở trạng thái “%(state)s” nên không làm được việc này.") % {"state": parcel.get_state_display()}
    taken = step(PARCEL_TRANSITIONS, verb, parcel.state, sentence=sentence)
    parcel.state = taken.after
    return taken


@patiently
def clean_off(*, actor: User, parcel: Parcel) -> Parcel:
    """The hygiene step, with its time (Thường Tín 5). Doing it twice keeps the first time. Raises Refused: 'not_allowed' 403."""
    with transaction.atomic():
        row = _claim(actor, parcel)
        if row.cleaned_at is None:
            row.cleaned_at = clock.now()
            row.save(update_fields=["cleaned_at"])
            _write(row, "clean", actor, before=row.state)
    return row


@dataclass(frozen=True)
class Count:
    """What lies in a parcel against the procedure's list, and which required papers are not there."""

    rows: list[dict[str, Any]]
    missing: list[str]


def version_of(parcel: Parcel, procedure: Procedure) -> ProcedureVersion:
    """The list its papers are counted against: the dossier's own where they belong to one, else the one in force today."""
    return parcel.dossier.version if parcel.dossier is not None else version_on(procedure, clock.today())


def compare(version: ProcedureVersion, counts: Sequence[PaperCount]) -> Count:
    """Count papers against a list; a paper is missing where the list requires it and it is not there."""
    given = {count.position: count for count in counts if count.present}
    papers = version.papers.all()
    rows = [{"position": paper.position, "name": paper.name, "present": paper.position in given,
             **{kind: getattr(given[paper.position], kind) if paper.position in given else 0
                for kind in ("originals", "certified", "copies")}} for paper in papers]
    return Count(rows, [paper.name for paper in papers if paper.required and paper.position not in given])


@patiently
def count(*, actor: User, parcel: Parcel, procedure: Procedure, papers: Sequence[PaperCount], answer_by: date | None = None,
          note: str = "") -> Parcel:
    """Open a parcel and count its papers; with papers missing the sender is told which, and until when to send them.

    May be done again when more papers came. A parcel that is complete stays as it is until file() makes its dossier of it. Raises
    Refused: 'not_cleaned' before the hygiene step, 'invalid' for a date that has passed, 'not_allowed' 403, 'wrong_state' 409.
    """
    with transaction.atomic():
        row = _claim(actor, parcel)
        if row.cleaned_at is None:
            raise Refused("not_cleaned", _("Vui lòng khử khuẩn bưu phẩm trước khi mở."), status=409)
        found = compare(version_of(row, procedure), papers)
        before = _take(row, "miss" if found.missing else "complete").before
        row.procedure, row.counts, row.missing = procedure, found.rows, found.missing
        row.opened_at, row.note = row.opened_at or clock.now(), long_text(note)[:2000] or row.note
        row.answer_by = _checked_date(answer_by) if found.missing else None
        row.save(update_fields=["state", "procedure", "counts", "missing", "opened_at", "note", "answer_by"])
        event = _write(row, "count", actor, before=before, data={"missing": found.missing})
        if found.missing:
            _inform(row, event, "parcel_missing")
    return row


def _checked_date(answer_by: date | None) -> date:
    if answer_by is None or answer_by <= clock.today():
        sentence = _("Hạn bổ sung phải sau ngày hôm nay.")
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields={"answer_by": [sentence]})
    return answer_by


def _inform(parcel: Parcel, event: ParcelEvent, template: str) -> None:
    """Tell the sender, who is called where there is no way to write."""
    tell(event_key=f"parcel:{parcel.pk}:{event.verb}:{event.pk}", template=template, office=parcel.office,
         recipient=Recipient(parcel.sender_name, parcel.sender_phone),
         context={"waybill": parcel.waybill, "office": parcel.office.name, "address": parcel.office.address,
                  "hotline": parcel.office.hotline, "procedure": parcel.procedure, "missing": parcel.missing, "reason": event.reason,
                  "until": shown.day(parcel.answer_by) if parcel.answer_by else ""})


def file(*, actor: User, parcel: Parcel, applicant: Applicant, request: Request) -> Dossier:
    """Make the dossier of a counted parcel, accepted with code and receipt; a second call gives the same dossier.

    The officer may take it in although papers are missing. Raises Refused: 'not_counted', 'not_allowed' 403, 'wrong_state' 409, and
    as intake.register_postal and intake.accept.
    """
    dossier = _filed(actor, parcel, applicant, request)
    if dossier.code is None:
        try:
            return intake.accept(actor=actor, dossier=dossier, via="web")
        except Refused as refusal:
            if refusal.code != "already_done":
                raise
    return dossier


@patiently
def _filed(actor: User, parcel: Parcel, applicant: Applicant, request: Request) -> Dossier:
    with transaction.atomic():
        row = _claim(actor, parcel)
        if row.dossier is not None:
            return row.dossier
        if row.opened_at is None or row.procedure is None:
            raise Refused("not_counted", _("Vui lòng mở và đếm giấy tờ trước khi lập hồ sơ."), status=409)
        taken = _take(row, "file")
        papers = [PaperCount(item["position"], item["name"], True, item["originals"], item["certified"], item["copies"])
                  for item in row.counts if item["present"]]
        row.dossier = intake.register_postal(actor=actor, office=row.office, procedure=row.procedure, applicant=applicant, request=request,
                                             papers=papers, submission_key=f"parcel:{row.pk}").dossier
        row.save(update_fields=["state", "dossier"])
        _write(row, "file", actor, before=taken.before, data={"dossier": row.dossier.pk})
    return row.dossier


@patiently
def send_back(*, actor: User, parcel: Parcel, reason: str) -> Parcel:
    """Send a parcel back to its sender, who is told why. Raises Refused: 'reason_missing', 'already_done' and 'wrong_state' 409, 403."""
    reason = long_text(reason)[:1000]
    if not reason:
        sentence = _("Vui lòng ghi lý do gửi trả.")
        raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
    with transaction.atomic():
        row = _claim(actor, parcel)
        if row.state == ParcelState.SENT_BACK:
            raise Refused("already_done", _("Việc này đã được thực hiện trước đó."), status=409)
        taken = _take(row, "send_back")
        row.save(update_fields=["state"])
        _inform(row, _write(row, "send_back", actor, before=taken.before, reason=reason), "parcel_sent_back")
    return row
