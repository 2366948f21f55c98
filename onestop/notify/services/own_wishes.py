"""What people decide themselves about how they are told: the order of channels, the language, an e-mail address of their own.

Whoever calls has made sure who it is: an account, or the code and second factor of a dossier or an appointment. Nothing changes for
anybody but this one telephone number or address.
"""
from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.notify.contacts import contact as typed_contact
from onestop.notify.contacts import masked
from onestop.notify.models import Message, Preference
from onestop.notify.services.preferences import WISHES, Reach, contact_of, note_preference, note_wish
from onestop.notify.services.writing import Recipient, tell
from onestop.notify.states import Urgency, Via
from onestop.patience import patiently
from onestop.people import tokens
from onestop.people.words import clean
from onestop.transitions import Refused

SEAL, HOURS = signing.Signer(salt="preference-email"), 24  # of the link that confirms an address; how long it holds
PAUSE, A_DAY = timedelta(minutes=1), 6  # between two links of one person; links of one person, and to one address
TRIES = 5  # wrong codes until a new link is needed
CONFIRM, PROOF = "preference_email", "preference_code"


def contact_for(person: Recipient) -> str:
    """By what the portal knows this person's wishes: the telephone, else the e-mail address; '' where there is neither."""
    return contact_of(person.phone) or contact_of(person.email)


def wish_of(person: Recipient) -> Preference | None:
    """What is known of their wishes. One query."""
    known = contact_for(person)
    return Preference.objects.filter(contact=known).first() if known else None


def choices(person: Recipient, wish: Preference | None) -> list[Via]:
    """The channels that the portal has and that reach this person."""
    offered = [*settings.NOTIFY_CHANNELS, Via.CALL]
    return [via for via in WISHES if via in offered and _reach(person, wish).by(via)]


def may_add_email(person: Recipient) -> bool:
    """Whether an address can be added: the portal sends e-mail, the person is known by a telephone, and that can be sent the code; an
    address can't stand for another one."""
    return Via.EMAIL in settings.NOTIFY_CHANNELS and bool(contact_of(person.phone)) and bool(_to_the_telephone())


def _reach(person: Recipient, wish: Preference | None) -> Reach:
    own = wish if wish is not None else Preference()
    return Reach(contact_of(person.phone), own.email or person.email, own.zalo_id)


@patiently
def choose(*, person: Recipient, order: Sequence[str], language: str) -> Preference:
    """The order in which this person wants to be told, and the language. Raises Refused: 'bad_contact', 'bad_order' 422."""
    possible = choices(person, wish_of(person))
    if any(name not in possible for name in order):
        raise _wrong("bad_order", "order", _("Chỉ chọn được những kênh đang đến được với bạn."))
    return note_preference(actor=None, contact=contact_for(person), order=order, language=language)


@patiently
def ask_for_email(*, person: Recipient, email: str) -> Preference:
    """Send a link to a new address and a code to the telephone: both are theirs, whoever typed that number into a dossier or an
    appointment. The address is used once the link is opened and the code typed there, an earlier one until then.

    Raises Refused: 'bad_email', 'no_email', 'same_email' 422, 'too_soon' 429.
    """
    address = typed_contact("", email).email
    if not address:
        raise _wrong("bad_email", "email", _("Vui lòng ghi địa chỉ thư điện tử, ví dụ: ten@vi-du.vn."))
    if not may_add_email(person):
        raise Refused("no_email", _("Cổng không nhận thêm địa chỉ thư điện tử ở đây."))
    with transaction.atomic():
        row = _claimed(person)
        if address in (row.email, "" if row.email else person.email.strip().lower()):
            raise _wrong("same_email", "email", _("Địa chỉ này đang được dùng."))
        _check_pace(row, address)
        row.email_waiting, row.email_asked_at = address, clock.now()
        row.save(update_fields=["email_waiting", "email_asked_at"])
        note_wish(row, "ask_email", email=masked(address))
        link = f"{settings.PUBLIC_URL}/nhan-tin/thu-dien-tu/{_token(row)}/"
        tell(event_key=f"preference:{row.pk}:email:{clock.now():%Y%m%d%H%M%S%f}", template=CONFIRM, urgency=Urgency.NOW, ways=[Via.EMAIL],
             context={"link": link, "hours": HOURS}, recipient=Recipient("", email=address, language=person.language),
             useless_at=clock.now() + timedelta(hours=HOURS))
        tell(event_key=f"preference:{row.pk}:code:{clock.now():%Y%m%d%H%M%S%f}", template=PROOF, urgency=Urgency.NOW,
             context={"code": _code(row), "email": masked(address), "hours": HOURS}, ways=_to_the_telephone(),
             recipient=Recipient("", phone=row.contact, language=person.language), useless_at=clock.now() + timedelta(hours=HOURS))
    return row


def waiting_for(token: str) -> Preference:
    """Whose new address a link confirms. Raises Refused('link_over', 404): forged, too old, or another address was asked for since."""
    try:
        pk, asked = SEAL.unsign_object(token[:300])
        row = Preference.objects.filter(pk=pk).exclude(email_asked_at=None).first()
    except (signing.BadSignature, ValueError, TypeError):
        row = None
    if row is None or _asked(row) != asked or clock.now() >= _asked_at(row) + timedelta(hours=HOURS):
        raise Refused("link_over", _("Đường dẫn này đã hết hạn hoặc đã được thay. Vui lòng gửi lại từ trang Cách nhận tin."), status=404)
    return row


@patiently
def confirm_email(*, token: str, code: str) -> Preference:
    """The address of a link and the telephone of its code are theirs: from now on it is used, last where the person has an order. The
    telephone is told. Confirming twice is harmless. Raises Refused as waiting_for(), and 'code_wrong' 422 (counted; the same after the
    last try)."""
    found = waiting_for(token)
    with transaction.atomic():
        row = Preference.objects.select_for_update().get(pk=found.pk)
        if _asked(row) != _asked(found):
            raise Refused("link_over", _("Đường dẫn này đã được thay bằng đường dẫn mới hơn."), status=404)
        if not row.email_waiting:
            return row
        right = _proves(row, code)
        if right:
            _use(row)
    if not right:
        sentence = _("Mã chưa đúng, đã hết hạn hoặc đã nhập sai quá nhiều lần. Vui lòng xem lại tin nhắn hoặc gửi mã mới.")
        raise _wrong("code_wrong", "code", sentence)
    return row


def _proves(row: Preference, code: str) -> bool:
    """Whether the code of the telephone was typed; a wrong one is counted."""
    since = _asked_at(row)
    if row.events.filter(verb="wrong_code", at__gte=since).count() >= TRIES:
        return False
    right = hmac.compare_digest(clean(code).replace(" ", "").encode(), _code(row).encode())
    if not right:
        note_wish(row, "wrong_code")
    return right


def _use(row: Preference) -> None:
    row.email, row.email_waiting = row.email_waiting, ""
    if row.order and Via.EMAIL not in row.order:
        row.order = [*row.order, str(Via.EMAIL)]
    row.save(update_fields=["email", "email_waiting", "order"])
    note_wish(row, "confirm_email", email=masked(row.email))
    tell(event_key=f"preference:{row.pk}:added:{clock.now():%Y%m%d%H%M%S%f}", template="preference_email_added",
         context={"email": masked(row.email), "hotline": settings.HOTLINE}, urgency=Urgency.NOW, ways=_to_the_telephone(),
         recipient=Recipient("", phone=row.contact, language=row.language))


@patiently
def drop_email(*, person: Recipient) -> None:
    """No more messages to the address they added, confirmed or not. Doing it twice is harmless."""
    with transaction.atomic():
        row = Preference.objects.select_for_update().filter(contact=contact_for(person)).first()
        if row is None or not (row.email or row.email_waiting):
            return
        left = [name for name in row.order if name != Via.EMAIL or person.email]
        row.email, row.email_waiting, row.email_asked_at, row.order = "", "", None, left
        row.save(update_fields=["email", "email_waiting", "email_asked_at", "order"])
        note_wish(row, "drop_email")


# --- inside ------------------------------------------------------------------------------------------------------------

def _claimed(person: Recipient) -> Preference:
    """The row of this person, locked. Before the first wish it holds none: the portal's own order counts."""
    row, _made = Preference.objects.get_or_create(contact=contact_for(person), defaults={"language": person.language})
    return Preference.objects.select_for_update().get(pk=row.pk)


def _check_pace(row: Preference, address: str) -> None:
    """Counted by what was sent: giving an address up does not make the next one come sooner."""
    now = clock.now()
    day = Message.objects.filter(created_at__gt=now - timedelta(days=1))
    links, codes = day.filter(template_key=CONFIRM, recipient_key=address[:160]), day.filter(template_key=PROOF, recipient_key=row.contact)
    if codes.filter(created_at__gt=now - PAUSE).exists() or codes.count() >= A_DAY or links.count() >= A_DAY:
        raise Refused("too_soon", _("Đường dẫn vừa được gửi. Vui lòng xem hộp thư, hoặc thử lại sau."), status=429)


def _token(row: Preference) -> str:
    """The same as long as the link holds: the code hangs on it."""
    return SEAL.sign_object([row.pk, _asked(row)])


def _code(row: Preference) -> str:
    """Six digits, of this one link: nobody who reads the address's mail or the database knows them."""
    seal = tokens.sealed(f"{PROOF}:{_token(row)}")
    return f"{int(seal, 16) % 10**6:06d}"


def _asked(row: Preference) -> str:
    return _asked_at(row).isoformat()


def _asked_at(row: Preference) -> datetime:
    return clock.local(row.email_asked_at) if row.email_asked_at is not None else clock.at(clock.today())


def _to_the_telephone() -> list[Via]:
    return [via for via in (Via.SMS, Via.FILE) if via in settings.NOTIFY_CHANNELS]


def _wrong(code: str, name: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={name: [sentence]})
