"""Writing messages, inside the caller's own transaction; a worker sends them after the commit."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from onestop import clock
from onestop.jobs import wake_after_commit
from onestop.notify import policies
from onestop.notify.models import Broadcast, Message, MessageEvent, Preference, Provider
from onestop.notify.services import steps
from onestop.notify.services.preferences import UNASKED, Reach, email_of, follows_wish, ways, wishes_of
from onestop.notify.states import FAILED, TO_SEND, State, Urgency, Via
from onestop.notify.texts import Own, is_private, language_for, own_words, render
from onestop.notify.wording import urgency_of
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused


@dataclass(frozen=True)
class Recipient:
    """Whom to tell. `phone` in any usual way of writing it."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = "vi"

    @property
    def key(self) -> str:
        """By what a person counts as the same: telephone, else e-mail address, else name."""
        return (phone_number(self.phone) or self.email.strip().lower() or clean(self.name).lower())[:160]


@dataclass(frozen=True)
class News:
    """What tell() is told: one event, for those who write many messages with one statement. `body`: the words themselves instead of
    a template's, as a broadcast has them; `template` then only names them."""

    event_key: str
    template: str
    context: Mapping[str, Any]
    recipient: Recipient
    office: Office | None = None
    urgency: Urgency | None = None
    sensitive: bool = False
    useless_at: datetime | None = None
    ways: Sequence[Via] | None = None
    broadcast: Broadcast | None = None
    subject: str = ""
    body: str = field(default="", repr=False)


def tell(*, event_key: str, template: str, context: Mapping[str, Any], recipient: Recipient, office: Office | None = None,
         urgency: Urgency | None = None, sensitive: bool = False, useless_at: datetime | None = None,
         ways: Sequence[Via] | None = None) -> Message | None:
    """Write the message about one event to one person, inside the caller's transaction, and ask for its sending.

    The same event_key (at most 120 characters) and recipient give the first message again. `urgency`: None takes the template's.
    `sensitive`: the text names no procedure (rules.md 9). `useless_at`: after this moment it is not sent any more. `ways`: only these
    channels, instead of the person's own order. None where no channel reaches the person and they have no telephone to be called
    on. Raises TemplateDoesNotExist for a template that is not in templates/messages/.
    """
    news = News(event_key, template, context, recipient, office, urgency, sensitive, useless_at, ways)
    message = _written(news, wishes_of([recipient.key]))
    if message is None:
        return None
    known = Message.objects.filter(event_key=event_key, recipient_key=message.recipient_key).first()
    return known if known is not None else _saved(message)


def tell_many(news: Sequence[News]) -> int:
    """tell() for events that were all written in this transaction, so that nobody was told of them before: four statements for all.

    Gives how many messages were written; whoever no channel reaches has none.
    """
    wishes, own = wishes_of(item.recipient.key for item in news), own_words(item.template for item in news)
    return len(_insert([message for message in (_written(item, wishes, own) for item in news) if message is not None]))


def tell_batch(news: Sequence[News]) -> list[Message | None]:
    """tell() for many at once, of whom some may have been told before: then the message they have. One entry for each of `news`, in its
    order; None whom nothing reaches. Six statements for all."""
    wishes, own = wishes_of(item.recipient.key for item in news), own_words(item.template for item in news)
    drafts = [_written(item, wishes, own) for item in news]
    rows = {(row.event_key, row.recipient_key): row for row in drafts if row is not None}
    before = _told(rows)
    try:
        with transaction.atomic():
            _insert([row for key, row in rows.items() if key not in before])
    except IntegrityError:  # somebody else wrote one of them between the look and the rows
        before |= {key: _saved(row) for key, row in rows.items() if key not in before}
    return [None if row is None else before.get(key, rows[key]) for row in drafts
            for key in [(row.event_key, row.recipient_key) if row else ("", "")]]


def try_gateway(*, actor: User, provider: Provider, to: str, office: Office) -> Message:
    """Write one message that goes by this gateway and no other, to a telephone or, by Zalo, to an id there; once a minute for each.

    Raises Refused: 'not_allowed' 403, 'gateway_off' 409, 'bad_number' 422.
    """
    if not policies.can_manage_providers(actor):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
    if not provider.active:
        raise Refused("gateway_off", _("Cổng này đang tắt. Hãy bật cổng rồi gửi thử."), status=409)
    to = clean(to)[:60] if provider.channel == Via.ZALO else phone_number(to)
    if not to:
        sentence = _("Vui lòng ghi số điện thoại nhận tin thử.")
        raise Refused("bad_number", sentence, fields={"to": [sentence]})
    moment, reach = clock.now(), {"zalo_id": to} if provider.channel == Via.ZALO else {"phone": to}
    body = _("Tin nhắn thử của Cổng Một cửa lúc %(time)s. Vui lòng bỏ qua.") % {"time": f"{moment:%H:%M %d/%m/%Y}"}
    event = f"gateway:{provider.pk}:test:{moment:%Y%m%d%H%M}"
    known = Message.objects.filter(event_key=event, recipient_key=to).first()
    return known or _saved(Message(
        event_key=event, recipient_key=to, recipient_name=actor.full_name[:120], template_key="gateway_test",
        subject=str(_("Tin nhắn thử")), body=body, channel=provider.channel, gateway=provider, urgency=Urgency.NOW, office=office, **reach))


def _told(rows: Mapping[tuple[str, str], Message]) -> dict[tuple[str, str], Message]:
    known = Message.objects.filter(event_key__in={key for key, _person in rows}, recipient_key__in={person for _key, person in rows})
    return {(row.event_key, row.recipient_key): row for row in known}


def draft(*, event_key: str, template: str, recipient: Recipient, office: Office | None, urgency: Urgency | None = None,
          useless_at: datetime | None = None) -> Message | None:
    """The row that tell() writes, without its words and not saved: for a domain that writes its rows with one statement of its own,
    together with `created`, and calls `written` after its commit. None where nothing reaches the person. What the person wishes is
    looked up when the message is sent."""
    message = _drafted(News(event_key, template, {}, recipient, office, urgency, useless_at=useless_at), None)
    if message is not None:
        message.ways = [*message.ways, UNASKED]
    return message


def created(message: Message) -> MessageEvent:
    """The first event of a message, not saved."""
    return steps.event(message, "create", "", message.state)


def written(pk: int) -> None:
    """Ask for the sending of a message that was just written."""
    wake_after_commit("notify.send", pk, sweep="notify.sweep")


def obsolete(*, event_key_prefix: str) -> int:
    """Take back what has not been sent yet about an event: the key itself and the keys below it ('appointment:12' also
    means 'appointment:12:remind:24', never 'appointment:123'). Returns how many messages. Those under way are not stopped, but not
    tried again either should they fail; nobody calls about those that have failed."""
    below = event_key_prefix.rstrip(":")
    about = Message.objects.filter(Q(event_key=below) | Q(event_key__startswith=below + ":"))
    taken = sum(steps.move(message, "obsolete", reason=below) for message in about.filter(state__in=TO_SEND))
    moment = clock.now()
    later = Q(useless_at__isnull=True) | Q(useless_at__gt=moment)
    about.filter(later, state__in=[*TO_SEND, State.SENDING, *FAILED]).update(useless_at=moment)
    return taken


def _written(news: News, wishes: Mapping[str, Preference], own: Own | None = None) -> Message | None:
    """A message with its words, not saved; `own`: the portal's own words where they are known already."""
    message = _drafted(news, wishes.get(news.recipient.key))
    if message is None:
        return None
    if news.body:
        message.subject, message.body = clean(news.subject)[:200], news.body
    else:
        message.subject, message.body = render(template=news.template, context=news.context, language=message.language,
                                               sensitive=news.sensitive, own=own)
    return message


def _drafted(news: News, wish: Preference | None) -> Message | None:
    person = news.recipient
    number, own = phone_number(person.phone), wish if not news.body else None  # a broadcast is in words and to addresses of its own
    address = email_of(own, news.template, number) or person.email.strip().lower()
    reach = Reach(number, address, wish.zalo_id if wish else "")
    language = own.language if own is not None and follows_wish(news.template) else person.language
    message = Message(event_key=news.event_key, recipient_key=person.key, recipient_name=clean(person.name)[:120], phone=reach.phone,
                      email=reach.email, zalo_id=reach.zalo_id, template_key=news.template, language=language_for(language),
                      office=news.office, sensitive=is_private(news.context, sensitive=news.sensitive), broadcast=news.broadcast,
                      urgency=news.urgency or urgency_of(news.template), useless_at=news.useless_at)
    found = ways(reach, order=wish.order if wish else (), only=news.ways, call=message.can_be_read_out)
    if not found:
        return None
    message.channel, message.ways = found[0], [str(via) for via in found[1:]]
    return message


def _saved(message: Message) -> Message:
    """Write one message, or find the one that somebody else wrote between the look and the row."""
    try:
        with transaction.atomic():
            message.save(force_insert=True)
            created(message).save(force_insert=True)
    except IntegrityError:
        return Message.objects.get(event_key=message.event_key, recipient_key=message.recipient_key)
    written(message.pk)
    return message


def _insert(messages: Sequence[Message]) -> Sequence[Message]:
    Message.objects.bulk_create(messages)
    MessageEvent.objects.bulk_create([created(message) for message in messages])
    for message in messages:
        written(message.pk)
    return messages
