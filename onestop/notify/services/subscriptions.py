"""The only writers of subscriptions: asked for, confirmed by a code, noted at the counter, ended, objected to (rules.md 9).

Nothing that the public sees tells whether a number is subscribed: asking and ending answer alike in every case.
"""
from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.notify import policies
from onestop.notify.contacts import Contact
from onestop.notify.models import BroadcastPerson, Message, Subscription
from onestop.notify.services.writing import Recipient, tell
from onestop.notify.states import SUBSCRIPTION_TRANSITIONS, SubscriptionState, Urgency
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.patience import patiently
from onestop.people import tokens
from onestop.people.models import User
from onestop.transitions import Refused

MINUTES = 30  # how long a code is good
TRIES = 5  # wrong codes until a new one is needed
PAUSE_SECONDS = 60  # between two codes to one telephone or address
A_DAY = 6  # codes to one telephone or address
CODES = ("subscription_code", "subscription_end_code")


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: news of a commune in a language, with the words they agreed to."""

    contact: Contact
    area: Area
    consent_words: str
    language: str = "vi"


# --- asking and confirming -----------------------------------------------------------------------------------------------

@patiently
def ask(*, wish: Wish) -> None:
    """Send a code that confirms a subscription. The answer is the same whatever is known of the contact, also where no code goes out
    because one went just now or too many did. Raises Refused: 'no_contact', 'no_commune', 'no_consent' 422."""
    _check(wish)
    with transaction.atomic():
        row, made = _claimed(wish)
        if not made and not _may_send(row):
            return
        if row.state != SubscriptionState.ACTIVE:  # who is subscribed keeps what they agreed to, whoever types their number
            row.consent_words, row.language, row.via, row.noted_by = wish.consent_words, wish.language, "web", None
        if row.state == SubscriptionState.ENDED:
            row.state = SubscriptionState(SUBSCRIPTION_TRANSITIONS["again"][1])
        row.asked_at = clock.now()
        if _may_send(row):
            _send_code(row, "subscription_code")
        row.save()


@patiently
def confirm(*, contact: Contact, area: Area, code: str) -> Subscription:
    """The code was right: from now on the news of the area come. Confirming twice is harmless. Raises Refused('code_wrong'), the same
    whether the code is wrong or over, or nobody asked."""
    row = _tried(contact.key, area)
    if row is None or not hmac.compare_digest(row.code_digest, _digest(row, code)):
        raise _code_wrong()
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",)).select_related("area").get(pk=row.pk)
        if row.state == SubscriptionState.WAITING:
            row.state, row.confirmed_at, row.ended_at = SubscriptionState.ACTIVE, clock.now(), None
        row.save(update_fields=["state", "confirmed_at", "ended_at"])
    return row


@patiently
def note(*, actor: User, wish: Wish, via: str) -> Subscription:
    """An officer notes a subscription of somebody at the counter or on the telephone, who heard the words of the consent and agreed.
    The person is told, with the link that ends it. Raises Refused: 'forbidden' 403, and as ask()."""
    if not policies.can_note_subscription(actor, _province(wish.area)):
        raise Refused("forbidden", _("Chỉ cán bộ phục vụ địa bàn này được ghi nhận đăng ký."), status=403)
    _check(wish)
    with transaction.atomic():
        row, _made = _claimed(wish)
        if row.state == SubscriptionState.ACTIVE:
            return row
        row.language, row.consent_words = wish.language, wish.consent_words
        row.state, row.via, row.noted_by, row.asked_at = SubscriptionState.ACTIVE, via, actor, clock.now()
        row.confirmed_at, row.ended_at = clock.now(), None
        row.save()
        _tell(row, "subscription_noted", f"subscription:{row.pk}:noted:{clock.now():%Y%m%d%H%M%S%f}", {"link": end_link(row)})
    return row


# --- ending ------------------------------------------------------------------------------------------------------------

@patiently
def end(*, subscription: Subscription) -> None:
    """No more news of this area. Ending twice is harmless."""
    with transaction.atomic():
        row = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if row.state in SUBSCRIPTION_TRANSITIONS["end"][0]:
            row.state, row.ended_at, row.code_digest = SubscriptionState.ENDED, clock.now(), ""
            row.save(update_fields=["state", "ended_at", "code_digest"])


@patiently
def end_all(*, contact: str) -> int:
    """No more news of any area; how many were ended. Ending twice is harmless."""
    alive = Subscription.objects.filter(contact=contact, state__in=SUBSCRIPTION_TRANSITIONS["end"][0])
    return alive.update(state=SubscriptionState.ENDED, ended_at=clock.now(), code_digest="")


@patiently
def object_to(*, person: BroadcastPerson) -> None:
    """Somebody wants no more broadcasts, subscribed or not: an objection stands in the book as an ended subscription (rules.md 9)."""
    with transaction.atomic():
        if end_all(contact=person.contact):
            return
        area = person.broadcast.area or person.broadcast.province
        Subscription.objects.get_or_create(contact=person.contact, area=area, defaults={
            "phone": person.phone, "email": person.email, "language": person.language, "state": SubscriptionState.ENDED, "via": "link",
            "ended_at": clock.now()})


@patiently
def ask_to_end(*, contact: Contact, language: str = "vi") -> None:
    """Send a code that ends every subscription of a contact, if there is one. The answer is the same in every case."""
    with transaction.atomic():
        rows = Subscription.objects.select_for_update().filter(contact=contact.key, state__in=SUBSCRIPTION_TRANSITIONS["end"][0])
        row = rows.order_by("pk").first()
        if row is None or not _may_send(row):
            return
        _send_code(row, "subscription_end_code")
        row.save(update_fields=["code_digest", "code_until", "failures"])


@patiently
def end_by_code(*, contact: Contact, code: str) -> int:
    """End every subscription of a contact with the code that was sent; how many. Raises Refused('code_wrong')."""
    row = _tried(contact.key, None)
    if row is None or not hmac.compare_digest(row.code_digest, _digest(row, code)):
        raise _code_wrong()
    return end_all(contact=row.contact)


def end_link(row: Subscription) -> str:
    """The link that ends one subscription."""
    return f"{settings.PUBLIC_URL}/nhan-tin/thoi/{row.key.hex}/"


# --- inside ------------------------------------------------------------------------------------------------------------

def _check(wish: Wish) -> None:
    if not wish.contact:
        sentence = _("Vui lòng ghi số điện thoại hoặc địa chỉ thư điện tử.")
        raise Refused("no_contact", sentence, fields={"contact": [sentence]})
    if wish.area.level == AreaLevel.PROVINCE:
        sentence = _("Vui lòng chọn phường, xã trong danh sách.")
        raise Refused("no_commune", sentence, fields={"place": [sentence]})
    if not wish.consent_words:
        sentence = _("Cần có sự đồng ý để gửi tin.")
        raise Refused("no_consent", sentence, fields={"agree": [sentence]})


def _province(area: Area) -> int:
    while area.parent is not None:
        area = area.parent
    return area.pk


def _claimed(wish: Wish) -> tuple[Subscription, bool]:
    """The row of a contact and an area, locked, and whether it was made just now; two who ask at once find the same one."""
    reach = {"phone": wish.contact.phone, "email": wish.contact.email}
    _row, made = Subscription.objects.get_or_create(contact=wish.contact.key, area=wish.area, defaults=reach)
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("area")
    return rows.get(contact=wish.contact.key, area=wish.area), made


def _may_send(row: Subscription) -> bool:
    """Whether this contact may get another code now. A telephone is looked up by its index, an address among the day's messages."""
    now = clock.now()
    codes = Message.objects.filter(template_key__in=CODES, recipient_key=row.contact)
    if row.phone:
        codes = codes.filter(phone=row.phone)
    if codes.filter(created_at__gt=now - timedelta(seconds=PAUSE_SECONDS)).exists():
        return False
    return codes.filter(created_at__gt=now - timedelta(days=1)).count() < A_DAY


def _send_code(row: Subscription, template: str) -> None:
    """Put a new code into the row, not saved, and into a message."""
    code = f"{secrets.randbelow(10**6):06d}"
    row.code_digest, row.code_until, row.failures = _digest(row, code), clock.now() + timedelta(minutes=MINUTES), 0
    link = f"{settings.PUBLIC_URL}/nhan-tin/xac-nhan/{row.key}/?ma={code}" if row.email and template == CODES[0] else ""
    _tell(row, template, f"subscription:{row.key.hex}:{clock.now():%Y%m%d%H%M%S%f}", {"code": code, "minutes": MINUTES, "link": link},
          useless_at=row.code_until)


def _tell(row: Subscription, template: str, event_key: str, more: dict[str, object], useless_at: datetime | None = None) -> None:
    tell(event_key=event_key, template=template, context={"area": row.area.name, **more}, urgency=Urgency.NOW, useless_at=useless_at,
         recipient=Recipient("", phone=row.phone, email=row.email, language=row.language))


def _digest(row: Subscription, code: str) -> str:
    """Six digits alone could be guessed from their hash: the portal's own key goes into it."""
    digits = "".join(char for char in code if char.isascii() and char.isdigit())
    return tokens.sealed(f"subscription:{row.key.hex}:{digits}")


def _tried(key: str, area: Area | None) -> Subscription | None:
    """The row a code may open, one try counted against it; None where there is none, or no try is left."""
    open_now = Subscription.objects.filter(contact=key, code_until__gt=clock.now()).exclude(code_digest="")
    row = (open_now.filter(area=area) if area is not None else open_now.order_by("-code_until")).first()
    if row is None or Subscription.objects.filter(pk=row.pk, failures__lt=TRIES).update(failures=F("failures") + 1) != 1:
        return None
    return row


def _code_wrong() -> Refused:
    sentence = _("Mã chưa đúng, đã hết hạn hoặc đã nhập sai quá nhiều lần. Vui lòng xem lại tin nhắn hoặc gửi mã mới.")
    return Refused("code_wrong", sentence, fields={"code": [sentence]})
