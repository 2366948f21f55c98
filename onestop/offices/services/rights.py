"""What every verb of this app begins with: may this person, and whose hand does the history show."""
from typing import Any

from django.utils.translation import gettext_lazy as _

from onestop.people.models import User
from onestop.transitions import Refused

MACHINE = "hệ thống"


def permit(actor: User | None, allowed: bool) -> None:
    """Pass, or raise Refused('forbidden', 403). No actor is the portal itself (a management command)."""
    if actor is not None and not allowed:
        raise Refused("forbidden", _("Tài khoản của bạn không có quyền thực hiện việc này."), status=403)


def wrong(code: str, field: str, sentence: Any) -> Refused:
    """A refusal because of what was given in one field."""
    return Refused(code, sentence, fields={field: [sentence]})


def by(actor: User | None) -> dict[str, Any]:
    """The event's fields that say who did it."""
    return {"actor": actor, "actor_label": "" if actor else MACHINE}
