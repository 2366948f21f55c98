"""How a person is reached: their own order of channels, else the portal's; only those that reach them."""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.history import CITIZEN
from onestop.notify import policies
from onestop.notify.models import Preference, PreferenceEvent
from onestop.notify.states import Via
from onestop.notify.texts import language_for
from onestop.notify.wording import PROOFS, TEMPLATES
from onestop.people.models import User
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused

UNASKED = "unasked"  # among a message's ways: the person's own order is looked up when it is sent
WISHES = (Via.SMS, Via.ZALO, Via.EMAIL, Via.CALL)  # what a person may put in order


@dataclass(frozen=True)
class Reach:
    """By what a person can be reached."""

    phone: str = ""
    email: str = ""
    zalo_id: str = ""

    def by(self, via: Via) -> bool:
        """Whether a channel reaches them."""
        return {Via.FILE: True, Via.SMS: bool(self.phone), Via.EMAIL: bool(self.email), Via.ZALO: bool(self.zalo_id),
                Via.CALL: bool(self.phone)}[via]


def ways(reach: Reach, *, order: Sequence[str] = (), only: Sequence[str] | None = None, call: bool = True) -> list[Via]:
    """The channels to try, first to last: `only` these where the caller knows better, else the person's `order`, else
    NOTIFY_CHANNELS. Of a person's order only what the portal has is tried; whom nothing else reaches is called, where anybody
    would `call`."""
    if only is not None:
        return _reaching(reach, only)
    calls = [Via.CALL] if call else []
    offered = [*settings.NOTIFY_CHANNELS, *calls]
    return (_reaching(reach, [name for name in order if name in offered]) or _reaching(reach, settings.NOTIFY_CHANNELS)
            or _reaching(reach, calls))


def _reaching(reach: Reach, names: Sequence[str]) -> list[Via]:
    return [via for via in (Via(name) for name in dict.fromkeys(names)) if reach.by(via)]


def wishes_of(contacts: Iterable[str]) -> Mapping[str, Preference]:
    """What these people wish, by telephone or address. One query."""
    return {row.contact: row for row in Preference.objects.filter(contact__in={contact for contact in contacts if contact})}


def contact_of(text: str) -> str:
    """A telephone number or an e-mail address as a preference is known by; '' if it is neither."""
    text = clean(text)
    return phone_number(text) or (text.lower() if "@" in text[1:-1] else "")


def follows_wish(news_template: str) -> bool:
    """Whether a message takes a person's own language and the e-mail address they added: no message to officers does, and what proves
    who holds a telephone or an address goes there and nowhere else."""
    return news_template not in PROOFS and not (news_template in TEMPLATES and TEMPLATES[news_template].internal)


def email_of(wish: Preference | None, template: str, phone: str) -> str:
    """The confirmed e-mail address that a person known by a telephone added; '' where there is none, or this message is not for it."""
    return wish.email if wish is not None and phone and follows_wish(template) else ""


@transaction.atomic
def note_preference(*, actor: User | None, contact: str, order: Sequence[str], zalo_id: str | None = None,
                    language: str = "vi") -> Preference:
    """Write down how somebody wants to be told, or change it; `actor` None: the person did so. `zalo_id` None: the one that is known.

    Raises Refused: 'not_allowed' 403; 'bad_contact', 'bad_order' 422.
    """
    if actor is not None and not policies.can_note_preference(actor):
        raise Refused("not_allowed", _("Bạn không có quyền ghi cách nhận tin của người dân."), status=403)
    known = contact_of(contact)
    if not known:
        sentence = _("Vui lòng ghi số điện thoại hoặc địa chỉ thư điện tử.")
        raise Refused("bad_contact", sentence, fields={"contact": [sentence]})
    if not order or any(name not in WISHES for name in order) or len(set(order)) != len(order):
        sentence = _("Vui lòng chọn mỗi kênh một lần, ít nhất một kênh.")
        raise Refused("bad_order", sentence, fields={"order": [sentence]})
    values: dict[str, Any] = {"order": list(order), "language": language_for(language), "noted_by": actor, "noted_at": clock.now()}
    if zalo_id is not None:
        values["zalo_id"] = clean(zalo_id)[:60]
    row = Preference.objects.update_or_create(contact=known, defaults=values)[0]
    note_wish(row, "wish", actor=actor, order=row.order, language=row.language)
    return row


def note_wish(row: Preference, verb: str, *, actor: User | None = None, **data: Any) -> None:
    """A row of history, inside the caller's transaction."""
    PreferenceEvent.objects.create(subject=row, actor=actor, actor_label="" if actor else CITIZEN, verb=verb, data=data)
