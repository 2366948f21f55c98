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
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, DossierPaper, Upload
from dossiers.states import ScanState
from onestop import clock
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
    if not size:
        raise _refusal("file_empty", _("Tệp không có nội dung."))
    if size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1024 // 1024
        raise _refusal("file_too_large", _("Tệp lớn hơn %(most)s MB.") % {"most": most}, 413)
    mime = checked_type(file, name)
    token = secrets.token_urlsafe(32)
    upload = Upload(name=name[-200:], mime=mime, size=size, sha256=_sha256(file), token_digest=tokens.digest(token),
                    expires_at=clock.now() + KEPT)
    upload.file.save(name, file, save=False)
    try:
        upload.save()
    except BaseException:
        upload.file.delete(save=False)
        raise
    return Stored(upload, token)


def _refusal(code: str, sentence: object, status: int = 422) -> Refused:
    return Refused(code, sentence, status=status, fields={"file": [sentence]})


def checked_type(file: UploadedFile[Any], name: str) -> str:
    """The type by content, if it is allowed and fits the name. Raises Refused('file_type', 415)."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    found = content_type(file)
    if found in ALLOWED.values() and ALLOWED.get(ending) == found:
        return found
    raise _refusal("file_type", _("Chỉ nhận tệp PDF, ảnh (PNG, JPG, HEIC, TIFF), DOCX hoặc XLSX, đúng với đuôi tên tệp."), 415)


def content_type(file: UploadedFile[Any]) -> str:
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


def _sha256(file: UploadedFile[Any]) -> str:
    summed = hashlib.sha256()
    for chunk in file.chunks():
        summed.update(chunk)
    file.seek(0)
    return summed.hexdigest()


def still_free(token: str) -> bool:
    """Whether a stored file can still be given to a dossier."""
    free = Upload.objects.filter(token_digest=tokens.digest(token), dossier__isnull=True, expires_at__gt=clock.now())
    return free.exclude(scan_state=ScanState.INFECTED).exists()


def attach(*, dossier: Dossier, files: Sequence[Attached]) -> list[Upload]:
    """Give uploaded files to a dossier, in the caller's transaction; each file goes to one dossier only.

    Raises Refused('upload_unknown', fields papers) for a token that is unknown, used or expired.
    """
    if len(files) > MOST_FILES:
        raise Refused("too_many_files", _("Một hồ sơ nhận tối đa 30 tệp."))
    papers = {paper.position: paper for paper in dossier.papers.all()}
    return [_attach_one(dossier, given, papers.get(given.position or 0)) for given in files]


def _attach_one(dossier: Dossier, given: Attached, paper: DossierPaper | None) -> Upload:
    free = Upload.objects.filter(token_digest=tokens.digest(given.token), dossier__isnull=True, expires_at__gt=clock.now())
    upload = free.exclude(scan_state=ScanState.INFECTED).first()
    taken = upload is not None and free.filter(pk=upload.pk).update(dossier=dossier, paper=paper, expires_at=None) == 1
    if upload is None or not taken:
        sentence = _("Có tệp không còn dùng được (đã hết hạn hoặc đã nộp). Vui lòng tải lên lại.")
        raise Refused("upload_unknown", sentence, fields={"papers": [sentence]})
    if paper is not None and not paper.present:
        paper.present = True
        paper.save(update_fields=["present"])
    return upload


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
