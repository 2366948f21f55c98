"""The head of the office signs an apology before it is carried out (rules.md 6; NĐ 61/2018: 'người đứng đầu')."""
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Extension
from dossiers.services.extensions import approve, rows
from dossiers.services.records import allow
from dossiers.states import ExtensionState
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused


@patiently
def sign(*, actor: User, extension: Extension, via: str) -> Extension:
    """Sign; where the head did not ask for it, that is the approval, too, and it is carried out.

    A head who asked signs, and somebody else approves. Raises Refused: 'not_allowed' 403, 'already_done' and 'wrong_state' 409, and as
    approve().
    """
    with transaction.atomic():
        found = rows.claim(extension)
        allow(policies.can_sign_extension(actor, found))
        if found.state != ExtensionState.REQUESTED:
            raise Refused("wrong_state", _("Đề nghị không còn chờ ký."), status=409)
        if found.signed_at is not None:
            raise Refused("already_done", _("Văn bản này đã được ký."), status=409)
        found.signed_by, found.signed_at = actor, clock.now()
        found.save(update_fields=["signed_by", "signed_at"])
        rows.note(found, "sign", str(found.state), actor=actor, via=via)
    if policies.can_decide_extension(actor, found):
        return approve(actor=actor, extension=found, via=via)
    return found
