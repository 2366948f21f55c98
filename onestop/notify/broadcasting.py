"""What a broadcast says to one person, how many parts of an SMS that is, and what it costs. Reads only."""
from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from onestop.notify import segments
from onestop.notify.models import Broadcast, Provider
from onestop.notify.segments import Segments
from onestop.notify.states import Via
from onestop.notify.texts import language_for
from onestop.people import tokens
from onestop.people.words import clean

TOKEN = 20  # characters of a person's token: 8 of the row's number, 12 of its seal


def token(pk: int) -> str:
    """What stands in the link by which somebody on a broadcast's list objects; always TOKEN characters, so that every text is as long."""
    seal = tokens.sealed(f"broadcast-person:{pk}")
    return f"{pk:08x}{seal[:TOKEN - 8]}"


def person_of(text: str) -> int:
    """The row's number of a token; 0 where it is none of ours."""
    if len(text) != TOKEN or not text.isascii() or not text.isalnum():
        return 0
    try:
        pk = int(text[:8], 16)
    except ValueError:
        return 0
    return pk if hmac.compare_digest(token(pk), text) else 0


def end_link(pk: int) -> str:
    """The link that ends the messages to one person of a list."""
    return f"{settings.PUBLIC_URL}/nhan-tin/thoi/{token(pk)}/"


def body(broadcast: Broadcast, language: str, pk: int) -> str:
    """The whole message to one person: the text in their language, and how to end it."""
    language = language_for(language)
    text = (broadcast.text_en if language == "en" else "") or broadcast.text
    with translation.override(language):
        return f"{text}\n{_('Thôi nhận tin: %(link)s') % {'link': end_link(pk)}}"


def provider_for(channel: str) -> Provider | None:
    """The gateway that is tried first."""
    return Provider.objects.filter(channel=channel, active=True).order_by("rank", "pk").first()


@dataclass(frozen=True)
class Preview:
    """One language of a broadcast as it goes out, with what it costs a person in đồng."""

    language: str
    text: str  # exactly as sent
    sent: Segments
    marks: Segments  # with tone marks
    plain: Segments  # without
    price: int  # đồng a part
    without_marks: bool

    @property
    def cost(self) -> int:
        """Đồng a person."""
        return self.sent.parts * self.price


def previews(broadcast: Broadcast, pk: int = 0) -> list[Preview]:
    """The message in each language that has words of its own; `pk` of the person it is shown for. One query."""
    provider = provider_for(broadcast.channel)
    return [_preview(broadcast, language, pk, provider) for language in ("vi", *(("en",) if broadcast.text_en else ()))]


def _preview(broadcast: Broadcast, language: str, pk: int, provider: Provider | None) -> Preview:
    whole = body(broadcast, language, pk)
    if broadcast.channel != Via.SMS:
        return Preview(language, whole, Segments(1, "ucs2", len(whole)), segments.count(whole), segments.count(whole, plain=True), 0, False)
    line, bare = clean(whole), settings.SMS_PLAIN or (provider is not None and provider.plain)
    marks, plain = segments.count(line), segments.count(line, plain=True)
    return Preview(language, segments.without_marks(line) if bare else line, plain if bare else marks, marks, plain,
                   provider.price if provider else 0, bare)


def estimate(broadcast: Broadcast, people: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """(parts, đồng) of a whole list: people × parts × price; `people`: how many of each language a text message reaches. One query."""
    known = {item.language: item for item in previews(broadcast)}
    parts = cost = 0
    for language, many in people:
        item = known.get(language_for(language), known["vi"])
        parts, cost = parts + many * item.sent.parts, cost + many * item.cost
    return parts, cost
