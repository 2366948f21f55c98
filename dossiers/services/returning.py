"""Handing the result over with proof: at the counter, at home; and the way of return as the citizen changes it."""
from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, HandOver, Upload
from dossiers.services import files, forms, links, processing
from dossiers.services.hand_overs import Received
from dossiers.services.records import claim
from dossiers.services.results import take_file
from dossiers.states import State
from onestop.history import CITIZEN
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

log = logging.getLogger(__name__)
PICTURES = (files.ALLOWED["jpg"], files.ALLOWED["png"], files.ALLOWED["heic"])
DRAWN = "data:image/png;base64,"
LONGEST_DRAWING = 400_000  # characters: a drawn signature is a few thousand


@dataclass(frozen=True)
class Proof:
    """What shows that somebody took the result: a photo, a signature drawn on a screen, or one on paper. Checked, not yet the dossier's."""

    photo: Upload | None = None
    signature: Upload | None = None
    on_paper: bool = False

    def __bool__(self) -> bool:
        return self.on_paper or self.photo is not None or self.signature is not None


def kept_proof(*, photo: UploadedFile[Any] | None = None, drawn: str = "", on_paper: bool = False) -> Proof:
    """Check and store what the officer took: a picture by its content, never changed or made smaller; a drawing as the browser sends it.

    Raises Refused: 'photo_type' 415, 'bad_signature', and the codes of a stored file.
    """
    signature = files.store_upload(_picture(drawing(drawn))).upload if drawn else None
    return Proof(_photo(photo) if photo is not None else None, signature, on_paper)


def _photo(photo: UploadedFile[Any]) -> Upload:
    if files.content_type(photo) not in PICTURES:
        sentence = _("Ảnh phải là tệp JPG, PNG hoặc HEIC.")
        raise Refused("photo_type", sentence, status=415, fields={"photo": [sentence]})
    try:
        return files.store_upload(photo).upload
    except Refused as refusal:
        raise Refused(refusal.code, refusal.sentence, status=refusal.status, fields={"photo": [refusal.sentence]}) from refusal


def drawing(drawn: str) -> bytes:
    """The picture of a signature as the browser sends it (data URL of a PNG). Raises Refused('bad_signature') for anything else."""
    sentence = _("Không đọc được chữ ký. Vui lòng ký lại hoặc chọn ký trên giấy.")
    wrong = Refused("bad_signature", sentence, fields={"signature": [sentence]})
    if not drawn.startswith(DRAWN) or len(drawn) > LONGEST_DRAWING:
        raise wrong
    try:
        content = base64.b64decode(drawn[len(DRAWN):], validate=True)
    except (binascii.Error, ValueError) as error:
        raise wrong from error
    if not content or files.content_type(_picture(content)) != files.ALLOWED["png"]:
        raise wrong
    return content


def _picture(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("chu-ky.png", content, content_type="image/png")


def hand_over(*, actor: User, dossier: Dossier, received: Received, proof: Proof) -> Dossier:
    """The result in somebody's hands at the counter, with proof; the receipt for it is made after the commit.

    Raises Refused: 'proof_missing', 'document_missing' (somebody else than the applicant), 'already_done', 'wrong_state' 409, 403.
    """
    done = give(actor=actor, dossier=dossier, received=received, proof=proof, via="counter")
    issue_receipt(done)
    return done


@patiently
def give(*, actor: User, dossier: Dossier, received: Received, proof: Proof, via: str) -> Dossier:
    """The step itself: receiver, relation and proof in one transaction with it. Raises what hand_over raises."""
    _check(received, proof, via)
    with transaction.atomic():
        claim(dossier)  # before its files, as everybody does: two at once must not wait for each other
        taken = replace(received, photo=_take(dossier, proof.photo), signature=_take(dossier, proof.signature))
        return processing.hand_over(actor=actor, dossier=dossier, via=via, received=taken)


def issue_receipt(dossier: Dossier) -> None:
    """The printed receipt of a hand-over. A paper that can't be made now is made when it is asked for."""
    row = HandOver.objects.select_related("dossier", "handed_by").get(dossier=dossier)
    try:
        forms.handover(hand_over=row)
    except (OSError, RuntimeError) as error:
        log.error("receipt of hand-over %s not made: %s", row.pk, error)


def _check(received: Received, proof: Proof, via: str) -> None:
    if not clean(received.receiver):
        sentence = _("Vui lòng ghi họ tên người nhận.")
        raise Refused("receiver_missing", sentence, fields={"receiver": [sentence]})
    if clean(received.relation) and not clean(received.document):
        sentence = _("Người nhận thay cần xuất trình giấy tờ; vui lòng ghi loại và số giấy tờ.")
        raise Refused("document_missing", sentence, fields={"document": [sentence]})
    if not proof or (via == "home" and proof.photo is None and proof.signature is None):
        at_home = _("Cần ảnh chụp hoặc chữ ký của người nhận.")
        sentence = at_home if via == "home" else _("Cần chữ ký của người nhận: ký trên màn hình hoặc đánh dấu đã ký trên giấy.")
        raise Refused("proof_missing", sentence, fields={"signature": [sentence]})


def _take(dossier: Dossier, upload: Upload | None) -> Upload | None:
    return take_file(dossier, upload) if upload is not None else None


@patiently
def change_by_citizen(*, dossier: Dossier, method: str, address: str, area: Area | None = None) -> Dossier:
    """The citizen, whose second factor the door has checked, chooses another way (Khánh Hòa 2: at submission, or later).

    Raises what processing.change_return raises.
    """
    with transaction.atomic():
        changed = processing.change_return(actor=None, actor_label=CITIZEN, dossier=dossier, method=method, address=address, area=area,
                                           via="web")
        if changed.state == State.DECIDED:
            links.make_if_electronic(changed)
    return changed
