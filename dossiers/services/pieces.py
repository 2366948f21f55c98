"""A file that comes in pieces: a browser whose connection broke goes on where the portal has got to."""
from __future__ import annotations

import secrets
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Upload
from dossiers.services.files import KEPT, Stored, ask_for_scan, check_ending, check_size, checked_type, sha256_of
from onestop import clock
from onestop.patience import patiently
from onestop.people import tokens
from onestop.people.words import clean
from onestop.transitions import Refused

PIECE_BYTES = 1024 * 1024  # the most of one piece


class WrongOffset(Refused):
    """The piece does not begin where the portal has got to; `offset` (bytes) is where it has."""

    def __init__(self, offset: int) -> None:
        super().__init__("wrong_offset", _("Phần này của tệp không nối tiếp phần đã nhận; hãy gửi tiếp từ byte %(offset)s.") % {
            "offset": offset}, status=409)
        self.offset = offset


def begin(*, name: str, size: int) -> Stored:
    """Room for a file of `size` bytes that will come in pieces, kept for 24 hours.

    Raises Refused: 'file_empty', 'file_too_large' (413), 'file_type' (415) by its name.
    """
    name = clean(PurePath(name).name)[-200:]
    check_size(size)
    check_ending(name)
    token = secrets.token_urlsafe(32)
    upload = Upload(name=name, mime="", size=size, sha256="", token_digest=tokens.digest(token), expires_at=clock.now() + KEPT, received=0)
    upload.file.save(name, ContentFile(b""), save=False)
    try:
        upload.save()
    except BaseException:
        upload.file.delete(save=False)
        raise
    return Stored(upload, token)


@patiently
def store_piece(*, token: str, offset: int, piece: bytes) -> Upload:
    """Add a piece at `offset`; with the last one the file is checked by content. A piece that came before is told where to go on.

    The row is locked while the bytes are written, so that two tabs can't mix their pieces. Raises WrongOffset (409), Refused:
    'upload_unknown' 404, 'piece_too_large' 413, 'file_type' 415 (the file is thrown away).
    """
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(
            token_digest=tokens.digest(token), dossier__isnull=True, expires_at__gt=clock.now()).first()
        if upload is None:
            raise Refused("upload_unknown", _("Không tìm thấy tệp này hoặc tệp đã hết hạn. Vui lòng tải lên lại."), status=404)
        if upload.received is None or upload.received != offset:
            raise WrongOffset(upload.size if upload.received is None else upload.received)
        if not piece or len(piece) > PIECE_BYTES or offset + len(piece) > upload.size:
            raise Refused("piece_too_large", _("Phần gửi lên dài hơn mức cho phép hoặc dài hơn tệp."), status=413)
        _write(upload, offset, piece)
        upload.received = offset + len(piece)
        if upload.received < upload.size:
            upload.save(update_fields=["received"])
            return upload
        refusal = _finish(upload)
    if refusal is not None:
        upload.file.delete(save=False)
        raise refusal
    return upload


def _write(upload: Upload, offset: int, piece: bytes) -> None:
    with open(upload.file.path, "r+b") as kept:
        kept.seek(offset)
        kept.truncate()
        kept.write(piece)


def _finish(upload: Upload) -> Refused | None:
    """Check the whole file; one that is not of an allowed kind loses its row here and its content after the commit."""
    with upload.file.storage.open(str(upload.file.name)) as whole:
        try:
            upload.mime = checked_type(whole, upload.name)
        except Refused as refusal:
            upload.delete()
            return refusal
        upload.sha256 = sha256_of(whole)
    upload.received = None
    upload.save(update_fields=["mime", "sha256", "received"])
    ask_for_scan(upload)
    return None
