"""Files of a dossier that the office adds, and who looked at the citizen's."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.models import Dossier, Upload
from dossiers.services import files
from dossiers.services.applicants import long_text
from dossiers.services.files import Attached
from dossiers.services.records import allow, claim, write_event
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

MOST_FILES = 5


def store_all(given: Sequence[UploadedFile[Any]]) -> list[Attached]:
    """Check and keep files that came with a form, before any transaction. Raises Refused: 'too_many_files', and as store_upload."""
    if len(given) > MOST_FILES:
        sentence = _("Mỗi lần gửi tối đa %(most)s tệp.") % {"most": MOST_FILES}
        raise Refused("too_many_files", sentence, fields={"files": [sentence]})
    return [Attached(files.store_upload(file).token) for file in given]


def take(dossier: Dossier, given: Sequence[Attached], *, by_office: bool) -> list[Upload]:
    """Give stored files to a dossier, in the caller's transaction. Raises Refused('upload_unknown')."""
    taken = files.attach(dossier=dossier, files=given)
    if by_office and taken:
        Upload.objects.filter(pk__in=[upload.pk for upload in taken]).update(by_office=True)
    return taken


@patiently
def attach(*, actor: User, dossier: Dossier, uploads: Sequence[Attached], via: str, note: str = "") -> list[Upload]:
    """Add the office's own files to a dossier; never shown to the citizen. Raises Refused: 'invalid', 403, 'upload_unknown'."""
    if not uploads:
        sentence = _("Vui lòng chọn tệp.")
        raise Refused("invalid", sentence, fields={"files": [sentence]})
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_attach(actor, found))
        taken = take(found, uploads, by_office=True)
        write_event(found, "attach", actor=actor, via=via, before=found.state, reason=long_text(note), public=False,
                    data={"uploads": [upload.pk for upload in taken], "names": [upload.name for upload in taken]})
    return taken


@patiently
def viewed(*, actor: User, upload: Upload, via: str) -> None:
    """A member of staff opens a file of a citizen: who, which, when (rules.md 9). The caller has checked that they may."""
    if upload.dossier is None:
        raise Refused("not_found", _("Không tìm thấy tệp này."), status=404)
    with transaction.atomic():
        write_event(upload.dossier, "view_file", actor=actor, via=via, before=upload.dossier.state, public=False, reason=upload.name,
                    data={"upload": upload.pk})
