"""SMS and Zalo: a text to one person through an HTTP gateway, in the gateway's own dialect, under our id."""
from collections.abc import Mapping

from django.conf import settings

from onestop.notify.channels import Outcome
from onestop.notify.channels.answers import Answer, post
from onestop.notify.channels.dialect import Dialect
from onestop.notify.models import Message, Provider
from onestop.notify.segments import without_marks
from onestop.notify.states import Via
from onestop.people.words import clean

FROM_SETTINGS = "cau-hinh"  # the code of the gateway that SMS_GATEWAY_URL names
FIELDS: Mapping[str, Mapping[str, str]] = {
    Via.SMS: {"id": "id", "to": "to", "text": "text"},
    Via.ZALO: {"id": "tracking_id", "to": "recipient.user_id", "text": "message.text"},
}
# The Zalo OA answers every request with HTTP 200 and tells the error in the body.
ANSWERS: Mapping[str, Mapping[str, object]] = {
    Via.SMS: {"duplicate": []},
    Via.ZALO: {"id": "data.message_id", "code": "error", "good": ["0"], "duplicate": ["-131"], "one_by_one": True,
               "permanent": ["-213", "-201", "-217", "-227", "-230"], "own": ["-216", "-124", "-204"], "wait": ["-32", "-211"]},
}
HEADERS: Mapping[str, Mapping[str, str]] = {Via.ZALO: {"access_token": "{key}"}}


def send(message: Message, provider: Provider) -> Outcome:
    """One text to one person. A gateway that has seen our id before has sent it already."""
    key, dialect = str(message.key), dialect_of(provider)
    to = message.zalo_id if provider.channel == Via.ZALO else message.phone
    values = {"id": key, "to": to, "text": one_line(message.body, plain=is_plain(provider)), "phone": message.phone,
              "name": message.recipient_name, "subject": message.subject}
    answer = post(dialect.url, body=dialect.body(values), headers=dialect.header_lines(key))
    return dialect.understood(answer) if isinstance(answer, Answer) else answer


def dialect_of(provider: Provider) -> Dialect:
    """How a gateway is spoken to; what its row leaves open is what the channel usually does."""
    if provider.code == FROM_SETTINGS:
        fields = {**FIELDS[Via.SMS], **settings.SMS_GATEWAY_FIELDS}
        return Dialect(settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_KEY, fields=fields, answers=ANSWERS[Via.SMS])
    via = provider.channel
    return Dialect(provider.url, provider.key, provider.headers or HEADERS.get(via, {}), provider.fields or FIELDS[via], provider.extra,
                   provider.answers or ANSWERS[via])


def is_plain(provider: Provider) -> bool:
    """Whether a gateway takes texts without tone marks only."""
    return settings.SMS_PLAIN if provider.code == FROM_SETTINGS else provider.plain


def one_line(text: str, *, plain: bool) -> str:
    """How a text goes out: one line; without tone marks where the gateway asks for it."""
    text = clean(text)
    return without_marks(text) if plain else text
