"""What the pages of the portal's own words show: each message as people read it, how long it is, and who changed it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from onestop.notify import segments, texts
from onestop.notify.models import TemplateText
from onestop.notify.segments import Segments
from onestop.notify.services.wording_texts import MANY_PARTS
from onestop.notify.states import Via
from onestop.notify.texts import Own
from onestop.notify.wording import OPTIONAL, TEMPLATES, Wording
from onestop.people.words import clean, fold


@dataclass(frozen=True)
class Said:
    """A message in one language as somebody reads it; its length as an SMS with tone marks and without."""

    language: str
    subject: str
    body: str

    @property
    def language_name(self) -> str:
        return str(dict(settings.LANGUAGES)[self.language])

    @cached_property
    def marks(self) -> Segments:
        return segments.count(clean(self.body))

    @cached_property
    def plain(self) -> Segments:
        return segments.count(clean(self.body), plain=True)

    @property
    def is_long(self) -> bool:
        return self.marks.parts > MANY_PARTS


@dataclass(frozen=True)
class Row:
    """One message in the list."""

    wording: Wording
    said: Sequence[Said]
    own: Sequence[str]  # languages in which the portal has its own words

    @property
    def is_long(self) -> bool:
        return any(said.is_long for said in self.said)


@dataclass(frozen=True)
class InLanguage:
    """One message in one language: what is read, what is read of a sensitive procedure, the words it comes from."""

    said: Said
    private: Said
    used: TemplateText | None
    versions: Sequence[TemplateText]


@dataclass(frozen=True)
class Placeholder:
    """What own words may name: with an example, and whether it must be there or may be empty."""

    name: str
    example: str
    needed: bool
    optional: bool

    @property
    def written(self) -> str:
        return f"{{{{ {self.name} }}}}"


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def said(wording: Wording, language: str, own: Own, *, sensitive: bool = False) -> Said:
    """The example in a language."""
    return Said(language, *texts.example(wording, language, sensitive=sensitive, own=own))


def channels(wording: Wording) -> str:
    """By which channels it goes, first to last."""
    if wording.key.endswith("_digest"):
        return str(_("Thư điện tử, hoặc xem tại cổng"))
    return ", ".join(str(Via(name).label) for name in settings.NOTIFY_CHANNELS)


def found(q: str, kind: str) -> list[Wording]:
    """The messages with these letters in key or name, to citizens, to officers, or with own words."""
    fits = list(TEMPLATES.values())
    if kind == "own":
        own = set(TemplateText.objects.filter(active=True).values_list("key", flat=True))
        fits = [row for row in fits if row.key in own]
    elif kind:
        fits = [row for row in fits if row.internal == (kind == "officer")]
    wanted = fold(q)
    return [row for row in fits if wanted in row.key or wanted in fold(str(row.name))]


def rows(wordings: Sequence[Wording]) -> list[Row]:
    """The list's rows. One query."""
    own = texts.own_words(row.key for row in wordings)
    return [Row(row, [said(row, language, own) for language in languages()],
                [language for language in languages() if (row.key, language) in own]) for row in wordings]


def in_languages(wording: Wording) -> list[InLanguage]:
    """One message in each language, with its versions, newest first. Two queries."""
    own = texts.own_words([wording.key])
    versions = list(TemplateText.objects.filter(key=wording.key).select_related("made_by", "ended_by").order_by("language", "-version"))
    return [InLanguage(said(wording, language, own), said(wording, language, own, sensitive=True),
                       next((row for row in versions if row.language == language and row.active), None),
                       [row for row in versions if row.language == language]) for language in languages()]


def placeholders(wording: Wording) -> list[Placeholder]:
    """What own words of this message may name."""
    sample: dict[str, Any] = wording.sample
    return [Placeholder(name, "; ".join(map(str, value)) if isinstance(value, list) else str(value), name in wording.needed,
                        name in OPTIONAL and name not in wording.needed)
            for name, value in ((name, sample[name]) for name in wording.placeholders)]


def newest(key: str, language: str) -> int:
    """The number of the newest version of own words, used or not; 0 where there is none."""
    return TemplateText.objects.filter(key=key, language=language).aggregate(last=Max("version"))["last"] or 0
