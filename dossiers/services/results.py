"""The documents that settle a dossier: added with the decision or before it, corrected by withdrawing one and adding another."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from dossiers import policies
from dossiers.models import Dossier, Result, Upload
from dossiers.services import files, links, processing
from dossiers.services.applicants import long_text
from dossiers.services.records import allow, claim, inform, write_event
from dossiers.states import RUNNING, ReturnMethod, State
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

PDF = files.ALLOWED["pdf"]
MOST_RESULTS = 20  # of one dossier
OPEN_FOR_RESULTS = RUNNING | {State.DECIDED, State.RETURNED}


@dataclass(frozen=True)
class Document:
    """What a result says about itself, and its file where there is an electronic one."""

    kind: str
    number: str = ""
    abstract: str = ""
    issued_on: date | None = None
    file: UploadedFile[Any] | None = None


@dataclass(frozen=True)
class Kept:
    """A checked document, its file stored but not yet the dossier's."""

    kind: str
    number: str
    abstract: str
    issued_on: date | None
    upload: Upload | None


def checked_pdf(file: UploadedFile[Any]) -> int:
    """How many pages a PDF has. Raises Refused 'result_not_pdf' for another kind or one that does not open, 'result_encrypted',
    'result_empty'. Size is checked where the file is stored."""
    if files.content_type(file) != PDF:
        raise _file("result_not_pdf", _("Tệp kết quả phải là tệp PDF."))
    try:
        reader = PdfReader(file)
        if reader.is_encrypted:
            raise _file("result_encrypted", _("Tệp PDF đang đặt mật khẩu nên công dân không mở được. Vui lòng bỏ mật khẩu rồi tải lại."))
        pages = len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise _file("result_not_pdf", _("Không mở được tệp PDF này. Vui lòng xuất lại rồi tải lên.")) from error
    finally:
        file.seek(0)
    if not pages:
        raise _file("result_empty", _("Tệp PDF không có trang nào."))
    return pages


def _file(code: str, sentence: object) -> Refused:
    return Refused(code, sentence, status=415 if code == "result_not_pdf" else 422, fields={"file": [sentence]})


def kept(document: Document) -> Kept:
    """Clean and check a document and store its file for a day. Raises Refused: 'invalid' with fields, the file's own codes."""
    kind = clean(document.kind)[:120]
    wrong: dict[str, list[Any]] = {}
    if not kind:
        wrong["kind"] = [_("Vui lòng ghi loại kết quả, ví dụ: Giấy phép, Quyết định.")]
    if document.issued_on is not None and document.issued_on > clock.today():
        wrong["issued_on"] = [_("Ngày ký không được sau ngày hôm nay.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    upload = None
    if document.file is not None:
        checked_pdf(document.file)
        upload = files.store_upload(document.file).upload
    return Kept(kind, clean(document.number)[:60], clean(long_text(document.abstract))[:400], document.issued_on, upload)


def take_file(dossier: Dossier, upload: Upload) -> Upload:
    """Give a stored file to a dossier as the office's own, in the caller's transaction. Raises Refused('upload_unknown')."""
    free = Upload.objects.filter(pk=upload.pk, dossier__isnull=True)
    if free.update(dossier=dossier, by_office=True, expires_at=None) != 1:
        raise Refused("upload_unknown", _("Tệp không còn dùng được. Vui lòng tải lên lại."))
    upload.dossier, upload.by_office, upload.expires_at = dossier, True, None
    return upload


def live(dossier: Dossier) -> list[Result]:
    """The results that stand, oldest first."""
    return list(dossier.results.filter(withdrawn_at__isnull=True).select_related("upload", "added_by"))


@patiently
def decide(*, actor: User | None, dossier: Dossier, via: str, document: Kept | None, note: str = "", actor_label: str = "") -> Dossier:
    """Decide with the result's document in one step: both or neither. Raises what processing.decide and add raise."""
    with transaction.atomic():
        found = processing.decide(actor=actor, dossier=dossier, via=via, note=note or _described(document), actor_label=actor_label)
        if document is not None:
            _write(found, document, actor=actor, via=via, label=actor_label)
        links.make_if_electronic(found)
    return found


def _described(document: Kept | None) -> str:
    return " ".join(part for part in (document.kind, document.number) if part) if document is not None else ""


@patiently
def add(*, actor: User | None, dossier: Dossier, via: str, document: Kept, reason: str = "", actor_label: str = "") -> Result:
    """Add a document: before the decision, or after it (a correction: the reason is asked for once there was another one).

    Raises Refused: 'ended', 'too_many' 409, 'reason_missing', 403.
    """
    reason = long_text(reason)
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_add_result(actor, found))
        if found.state not in OPEN_FOR_RESULTS:
            raise Refused("ended", _("Hồ sơ đang ở trạng thái không nhận kết quả."), status=409)
        earlier = list(found.results.all())
        if len(earlier) >= MOST_RESULTS:
            raise Refused("too_many", _("Hồ sơ đã có quá nhiều kết quả."), status=409)
        corrects = found.decided_at is not None and bool(earlier)
        if corrects and not reason:
            sentence = _("Vui lòng ghi lý do đính chính kết quả.")
            raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
        made = _write(found, document, actor=actor, via=via, label=actor_label, reason=reason, corrects=corrects)
        links.make_if_electronic(found)
    return made


def _write(dossier: Dossier, document: Kept, *, actor: User | None, via: str, label: str = "", reason: str = "",
           corrects: bool = False) -> Result:
    """The row and its event; a correction is told to the citizen."""
    upload = take_file(dossier, document.upload) if document.upload is not None else None
    made = Result.objects.create(dossier=dossier, upload=upload, kind=document.kind, number=document.number, abstract=document.abstract,
                                 issued_on=document.issued_on, added_by=actor)
    event = write_event(dossier, "correct_result" if corrects else "add_result", actor=actor, via=via, label=label, before=dossier.state,
                        reason=reason, public=corrects, data={"result": made.pk})
    if corrects:
        inform(dossier, event, "dossier_result_corrected", reason=reason, electronic=dossier.return_method == ReturnMethod.ELECTRONIC)
    return made


@patiently
def withdraw(*, actor: User, result: Result, reason: str, via: str) -> Result:
    """Take a document back with a reason; links to it end at once. Raises Refused: 'reason_missing', 'already_done' 409, 403."""
    reason = long_text(reason)
    if not reason:
        sentence = _("Vui lòng ghi lý do thu hồi kết quả.")
        raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
    with transaction.atomic():
        found = claim(result.dossier)
        allow(policies.can_add_result(actor, found))
        if Result.objects.filter(pk=result.pk, withdrawn_at__isnull=True).update(withdrawn_at=clock.now()) != 1:
            raise Refused("already_done", _("Kết quả này đã được thu hồi."), status=409)
        links.revoke(found)
        write_event(found, "withdraw_result", actor=actor, via=via, before=found.state, reason=reason, public=found.decided_at is not None,
                    data={"result": result.pk})
        result.refresh_from_db()
    return result
