"""From a template of templates/messages/ to the words a person reads."""
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from onestop.notify.segments import without_marks
from onestop.people.words import clean


def render(*, template: str, context: Mapping[str, Any], language: str) -> tuple[str, str]:
    """Subject and body of messages/<template>.txt in `language`: its first line, and the rest. Plain text, nothing escaped.

    The template may also use `portal`, the portal's address. Raises TemplateDoesNotExist.
    """
    found = Engine.get_default().get_template(f"messages/{template}.txt")
    with translation.override(language_for(language)):
        text = found.render(Context({"portal": settings.PUBLIC_URL, **context}, autoescape=False))
    subject, _newline, body = unicodedata.normalize("NFC", text).strip().partition("\n")
    return clean(subject)[:200], body.strip()


def language_for(wanted: str) -> str:
    """A language the portal speaks: the wanted one, else Vietnamese."""
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def one_line(text: str) -> str:
    """How a text goes into an SMS: one line; without tone marks where SMS_PLAIN asks for it."""
    text = clean(text)
    return without_marks(text) if settings.SMS_PLAIN else text
