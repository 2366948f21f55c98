"""What every verb needs: one short transaction, the claimed row, the right, the event, the message."""
from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, DossierEvent
from dossiers.states import TRANSITIONS
from onestop.history import WORKER
from onestop.notify.services import News, Recipient, tell
from onestop.people import shown
from onestop.people.models import User
from onestop.transitions import Refused, Step, step

CITIZEN = "công dân"


def claim(dossier: Dossier) -> Dossier:
    """The dossier's row, locked and read anew. Raises Refused('not_found', 404)."""
    rows = Dossier.objects.select_for_update(of=("self",)).select_related(
        "procedure", "version", "received_office__province", "received_office__area", "competent_office")
    found = rows.filter(pk=dossier.pk).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy hồ sơ này."), status=404)
    return found


def allow(permitted: bool) -> None:
    """Raises Refused('not_allowed', 403) where a policy says no."""
    if not permitted:
        raise Refused("not_allowed", _("Tài khoản của bạn không được làm việc này với hồ sơ."), status=403)


def take(dossier: Dossier, name: str) -> Step:
    """The step of a verb. Raises Refused('already_done', 409) where it was taken before, Refused('wrong_state', 409) else."""
    if str(dossier.state) == TRANSITIONS[name][1] and str(dossier.state) not in TRANSITIONS[name][0]:
        raise Refused("already_done", _("Việc này đã được thực hiện trước đó."), status=409)
    sentence = _("Hồ sơ đang ở trạng thái “%(state)s” nên không làm được việc này.") % {"state": dossier.get_state_display()}
    return step(TRANSITIONS, name, dossier.state, sentence=sentence)


def write_event(dossier: Dossier, verb: str, *, actor: User | None, via: str, before: str = "", label: str = "", reason: str = "",
                legal_basis: str = "", public: bool = True, data: dict[str, Any] | None = None) -> DossierEvent:
    """The event row of a verb. `label` says who acted where no user did."""
    event = event_row(dossier, verb, actor=actor, via=via, before=before, label=label, reason=reason, legal_basis=legal_basis,
                      public=public, data=data)
    event.save(force_insert=True)
    return event


def event_row(dossier: Dossier, verb: str, *, actor: User | None, via: str, before: str = "", label: str = "", reason: str = "",
              legal_basis: str = "", public: bool = True, data: dict[str, Any] | None = None) -> DossierEvent:
    """The same, not saved: for runs that write many with one statement."""
    return DossierEvent(
        subject=dossier, actor=actor, actor_label="" if actor else label or WORKER, verb=verb, from_state=before,
        to_state=str(dossier.state), reason=reason, legal_basis=legal_basis, public=public, data={"via": via, **(data or {})})


def track_path(number: str) -> str:
    """The tracking form with the number filled in; the second factor is asked for there."""
    return f"{reverse('dossiers:track')}?{urlencode({'ma': number})}"


def track_url(dossier: Dossier) -> str:
    """The same as a whole address, for messages and QR codes."""
    return f"{settings.PUBLIC_URL}{track_path(dossier.number)}"


def staff_url(dossier: Dossier) -> str:
    """The officers' page of a dossier, for messages to staff."""
    return f"{settings.PUBLIC_URL}{reverse('dossiers:detail', args=[dossier.pk])}"


def day_text(moment: Any) -> str:
    """A moment as '17:00 ngày 23/04/2020'; a plain sentence for None."""
    if moment is None:
        return str(_("ngày được báo sau"))
    return shown.moment(moment)


day_text_lazy = lazy(day_text, str)  # read in its reader's language


def inform(dossier: Dossier, event: DossierEvent, template: str, *, useless_at: datetime | None = None, **extra: Any) -> None:
    """Tell the applicant about an event, in the caller's transaction; not after `useless_at`. notify.texts names no sensitive procedure."""
    news = news_of(dossier, event, template, **extra)
    tell(event_key=news.event_key, template=news.template, context=news.context, recipient=news.recipient, office=news.office,
         useless_at=useless_at)


def news_of(dossier: Dossier, event: DossierEvent, template: str, **extra: Any) -> News:
    """What inform() tells and to whom, not yet written; the event is saved. For runs that write many messages with one statement.
    A value that is a function is asked for its text in the language of the message."""
    context = {
        "number": dossier.number, "procedure": dossier.procedure,
        "office": dossier.received_office.name, "address": dossier.received_office.address,
        "hotline": dossier.received_office.hotline, "track_url": track_url(dossier), "due": day_text_lazy(dossier.due_at),
        **{name: lazy(value, str)() if callable(value) else value for name, value in extra.items()},
    }
    recipient = Recipient(dossier.full_name, dossier.phone, dossier.email, dossier.language)
    return News(event_key=f"dossier:{dossier.pk}:{event.verb}:{event.pk}", template=template, context=context, recipient=recipient,
                office=dossier.received_office)
