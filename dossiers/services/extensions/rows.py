"""What the verbs of a request share: its claimed row, its step, its event."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Extension, ExtensionEvent
from dossiers.services.findings import legal_basis
from dossiers.states import EXTENSION_TRANSITIONS
from onestop import clock
from onestop.history import WORKER
from onestop.people.models import User
from onestop.transitions import Refused, step


def note(extension: Extension, verb: str, before: str, *, actor: User | None, via: str, reason: str = "", **data: Any) -> None:
    """The event row of a verb, in the caller's transaction."""
    ExtensionEvent.objects.create(subject=extension, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                                  to_state=str(extension.state), reason=reason, legal_basis=legal_basis(extension),
                                  data={"via": via, **data})


def claim(extension: Extension) -> Extension:
    """The request's row, locked and read anew. Raises Refused('not_found', 404)."""
    rows = Extension.objects.select_for_update(of=("self",)).select_related("office", "directive", "requested_by")
    found = rows.filter(pk=extension.pk).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy đề nghị này."), status=404)
    return found


def take(extension: Extension, name: str) -> str:
    """Set the state a verb leads to; the state before. Raises Refused('already_done' or 'wrong_state', 409)."""
    if str(extension.state) == EXTENSION_TRANSITIONS[name][1]:
        raise Refused("already_done", _("Việc này đã được thực hiện trước đó."), status=409)
    taken = step(EXTENSION_TRANSITIONS, name, extension.state, sentence=_("Đề nghị đang ở trạng thái “%(state)s” nên không làm được "
                 "việc này.") % {"state": extension.get_state_display()})
    extension.state = taken.after
    return taken.before


def alive(extension: Extension) -> None:
    """The job's sign of life, outside of its transactions, so that two workers never wait for each other."""
    with transaction.atomic():
        Extension.objects.filter(pk=extension.pk).update(worked_at=clock.now())


def parts(keys: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Keys in pieces of `size`, so that a statement stays short."""
    return (keys[start:start + size] for start in range(0, len(keys), size))
