"""Files from citizens and officers: checked by content, stored privately under names nobody can guess, expiring until used."""
from __future__ import annotations

import hashlib
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import filetype  # type: ignore[import-untyped]
from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, DossierPaper, Upload
from dossiers.states import ScanState
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.people import tokens
from onestop.people.words import clean
from onestop.transitions import Refused

KEPT = timedelta(hours=24)
OFFICE = "application/vnd.openxmlformats-officedocument"
# What may be uploaded: the name's ending → the content it must have.
ALLOWED = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "heic": "image/heic",
    "tif": "image/tiff", "tiff": "image/tiff",
    "docx": f"{OFFICE}.wordprocessingml.document", "xlsx": f"{OFFICE}.spreadsheetml.sheet",
}
INSIDE = {"word/document.xml": ALLOWED["docx"], "xl/workbook.xml": ALLOWED["xlsx"]}
MOST_FILES = 30


@dataclass(frozen=True)
class Stored:
    """A stored file and its token, which is told only now."""

    upload: Upload
    token: str


@dataclass(frozen=True)
class Attached:
    """A file by its token, for the paper at `position` of the list (None: for none in particular)."""

    token: str
    position: int | None = None


def store_upload(file: UploadedFile[Any]) -> Stored:
    """Check and keep one file for 24 hours, until a dossier takes it.

    Raises Refused: 'file_empty', 'file_too_large' (413), 'file_type' (415) by content and by name.
    """
    name = clean(PurePath(str(file.name or "")).name)
    size = file.size or 0
    check_size(size)
    mime = checked_type(file, name)
    token = secrets.token_urlsafe(32)
    upload = Upload(name=name[-200:], mime=mime, size=size, sha256=sha256_of(file), token_digest=tokens.digest(token),
                    expires_at=clock.now() + KEPT)
    upload.file.save(name, file, save=False)
    try:
        upload.save()
    except BaseException:
        upload.file.delete(save=False)
        raise
    ask_for_scan(upload)
    return Stored(upload, token)


def ask_for_scan(upload: Upload) -> None:
    """Have a file that is there as a whole looked through, where a scanner is set; beat finds what is left."""
    if scans():
        enqueue_after_commit("dossiers.scan_upload", upload.pk)


def scans() -> bool:
    """Whether files are scanned here."""
    return bool(settings.CLAMD_URL) and settings.UPLOAD_SCAN != "off"


def readable(upload: Upload) -> bool:
    """Whether staff may open a file: never one with a virus or one that is not there as a whole; what nobody has checked yet is
    held back where UPLOAD_SCAN says 'hold', unless it is an office's own."""
    if upload.scan_state == ScanState.INFECTED or upload.received is not None:
        return False
    return settings.UPLOAD_SCAN != "hold" or upload.scan_state == ScanState.CLEAN or upload.by_office


def upload_of(token: str) -> Upload | None:
    """The file with this token that no dossier has taken and that has not expired."""
    return Upload.objects.filter(token_digest=tokens.digest(token), dossier__isnull=True, expires_at__gt=clock.now()).first()


def check_size(size: int) -> None:
    """Raises Refused: 'file_empty', 'file_too_large' (413)."""
    if size <= 0:
        raise _refusal("file_empty", _("Tệp không có nội dung."))
    if size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1024 // 1024
        raise _refusal("file_too_large", _("Tệp lớn hơn %(most)s MB.") % {"most": most}, 413)


def check_ending(name: str) -> None:
    """Raises Refused('file_type', 415) for a name whose ending is not on the list; the content is looked at when it is there."""
    if name.rpartition(".")[2].lower() not in ALLOWED or "." not in name:
        raise wrong_type()


def wrong_type() -> Refused:
    """Said of a file that is not one of the kinds taken."""
    return _refusal("file_type", _("Chỉ nhận tệp PDF, ảnh (PNG, JPG, HEIC, TIFF), DOCX hoặc XLSX, đúng với đuôi tên tệp."), 415)


def _refusal(code: str, sentence: object, status: int = 422) -> Refused:
    return Refused(code, sentence, status=status, fields={"file": [sentence]})


def checked_type(file: File[bytes], name: str) -> str:
    """The type by content, if it is allowed and fits the name. Raises Refused('file_type', 415)."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    found = content_type(file)
    if found in ALLOWED.values() and ALLOWED.get(ending) == found:
        return found
    raise wrong_type()


def content_type(file: File[bytes]) -> str:
    """What a file is by its first bytes; office documents by what their archive holds. '' for anything else."""
    file.seek(0)
    head = file.read(8192)
    file.seek(0)
    guessed = filetype.guess(head)
    mime = str(guessed.mime) if guessed else ""
    if head[:4] != b"PK\x03\x04":
        return mime
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return ""
    finally:
        file.seek(0)
    return next((kind for part, kind in INSIDE.items() if part in names), "")


def sha256_of(file: File[bytes]) -> str:
    summed = hashlib.sha256()
    for chunk in file.chunks():
        summed.update(chunk)
    file.seek(0)
    return summed.hexdigest()


def names_of(given: Sequence[Attached]) -> dict[int, str]:
    """{place in the list of papers: the file's own name} of files that are still free."""
    digests = {tokens.digest(item.token): item.position for item in given if item.position}
    rows = Upload.objects.filter(token_digest__in=digests, dossier__isnull=True).values_list("token_digest", "name")
    return {position: name for digest, name in rows if (position := digests[digest])}


def unfinished_of(given: Sequence[str]) -> set[str]:
    """Those tokens whose files have not come in as a whole yet. One query, none without tokens."""
    digests = {tokens.digest(token): token for token in given}
    if not digests:
        return set()
    rows = Upload.objects.filter(token_digest__in=digests, received__isnull=False, dossier__isnull=True)
    return {digests[digest] for digest in rows.values_list("token_digest", flat=True)}


def still_free(token: str) -> bool:
    """Whether a stored file can still be given to a dossier."""
    upload = upload_of(token)
    return upload is not None and upload.received is None and upload.scan_state != ScanState.INFECTED


def attach(*, dossier: Dossier, files: Sequence[Attached]) -> list[Upload]:
    """Give uploaded files to a dossier, in the caller's transaction; each file goes to one dossier only.

    Raises Refused: 'upload_unknown' for a token that is unknown, used or expired, 'upload_unfinished' for one whose pieces are not
    all there, 'upload_infected' (all with fields papers), 'too_many_files'.
    """
    if len(files) > MOST_FILES:
        raise Refused("too_many_files", _("Một hồ sơ nhận tối đa 30 tệp."))
    papers = {paper.position: paper for paper in dossier.papers.all()}
    return [_attach_one(dossier, given, papers.get(given.position or 0)) for given in files]


def _attach_one(dossier: Dossier, given: Attached, paper: DossierPaper | None) -> Upload:
    free = Upload.objects.filter(token_digest=tokens.digest(given.token), dossier__isnull=True, expires_at__gt=clock.now())
    upload = free.first()
    if upload is not None and upload.received is not None:
        raise _not_usable("upload_unfinished", _("Có tệp chưa tải lên xong. Vui lòng đợi hoặc tải lên lại."))
    if upload is not None and upload.scan_state == ScanState.INFECTED:
        raise _not_usable("upload_infected", _("Có tệp chứa mã độc nên không dùng được. Vui lòng gửi tệp khác."))
    fit = free.filter(received__isnull=True).exclude(scan_state=ScanState.INFECTED)
    if upload is None or fit.filter(pk=upload.pk).update(dossier=dossier, paper=paper, expires_at=None) != 1:
        raise _not_usable("upload_unknown", _("Có tệp không còn dùng được (đã hết hạn hoặc đã nộp). Vui lòng tải lên lại."))
    if paper is not None and not paper.present:
        paper.present = True
        paper.save(update_fields=["present"])
    return upload


UNUSABLE = frozenset({"upload_unknown", "upload_unfinished", "upload_infected"})


def _not_usable(code: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={"papers": [sentence]})


def remove_expired(*, most: int = 200) -> int:
    """Delete files that no dossier took in time; how many. The row goes first, so that a half-done run can't leave a row
    without its file."""
    removed = 0
    for upload in Upload.objects.filter(dossier__isnull=True, expires_at__lt=clock.now())[:most]:
        with transaction.atomic():
            gone, _per_model = Upload.objects.filter(pk=upload.pk, dossier__isnull=True).delete()
        if gone:
            upload.file.delete(save=False)
            removed += 1
    return removed
