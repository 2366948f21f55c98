"""From a template to the words a person reads: an office's own words where there are any, else those of templates/messages/."""
import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.template import Context, Engine, TemplateSyntaxError
from django.template.base import TextNode, VariableNode
from django.utils import translation
from django.utils.translation import gettext as _

from onestop.catalogue.models import Paper, Procedure
from onestop.notify.models import TemplateText
from onestop.notify.segments import without_marks
from onestop.notify.wording import SECRETS, TEMPLATES, Wording
from onestop.people.words import clean

log = logging.getLogger(__name__)
Own = Mapping[tuple[str, str], tuple[str, str]]  # subject and body by key and language
NAME = re.compile(r"[a-z][a-z_]*")


class _Bare(Engine):
    """An engine that knows no tag, no filter and no file: {{ name }} and nothing else."""

    default_builtins = []


_BARE = _Bare(loaders=[], autoescape=False)


def render(*, template: str, context: Mapping[str, Any], language: str, sensitive: bool = False, own: Own | None = None) -> tuple[str, str]:
    """Subject and body of a message in `language`: the words written for it on the portal (`own`, or looked up), else those of
    messages/<template>.txt, whose first line is the subject. Plain text, nothing escaped.

    The file may also use `portal`, the portal's address. `procedure` is the procedure's row, or its name. Where that row is marked
    sensitive, or `sensitive` is said, neither its name nor its papers stand in the text (rules.md 9). Raises TemplateDoesNotExist.
    """
    language = language_for(language)
    with translation.override(language):
        said = sayable(context, sensitive=sensitive)
        words = (own_words([template]) if own is None else own).get((template, language))
        text = said_in_own_words(template, words, said) if words else None
        if text is None:
            text = Engine.get_default().get_template(f"messages/{template}.txt").render(
                Context({"portal": settings.PUBLIC_URL, **said}, autoescape=False))
    subject, _newline, body = unicodedata.normalize("NFC", text).strip().partition("\n")
    return clean(subject)[:200], body.strip()


def is_private(context: Mapping[str, Any], *, sensitive: bool = False) -> bool:
    """Whether what is told may not be named."""
    procedure = context.get("procedure")
    return sensitive or (isinstance(procedure, Procedure) and procedure.sensitive)


def sayable(context: Mapping[str, Any], *, sensitive: bool = False) -> dict[str, Any]:
    """The context with the procedure's name for its row; without name and papers, also inside other texts, where they may not be named."""
    procedure = context.get("procedure") or ""
    said = {**context, "procedure": procedure.name if isinstance(procedure, Procedure) else procedure}
    if not is_private(context, sensitive=sensitive):
        return said
    papers = {str(item) for name in SECRETS if isinstance(said.get(name), list) for item in said[name]}
    if isinstance(procedure, Procedure):
        papers |= set(Paper.objects.filter(version=procedure.current_id).values_list("name", flat=True))
    unsaid = [(str(said["procedure"]), _("thủ tục này")), *((paper, _("giấy tờ")) for paper in sorted(papers, key=len, reverse=True))]
    return {name: _emptied(value) if name in SECRETS else _without(value, unsaid) for name, value in said.items()}


def _emptied(value: Any) -> Any:
    return [] if isinstance(value, list) else ""


def _without(value: Any, unsaid: Iterable[tuple[str, str]]) -> Any:
    if isinstance(value, bool | int | list):
        return value
    text = unicodedata.normalize("NFC", str(value))
    for secret, instead in unsaid:
        if secret:
            text = instead.join(re.split(re.escape(unicodedata.normalize("NFC", secret)), text, flags=re.IGNORECASE))
    return text


# --- own words ----------------------------------------------------------------------------------------------------

def own_words(templates: Iterable[str]) -> Own:
    """The words written on the portal for these messages, by key and language. One query."""
    rows = TemplateText.objects.filter(key__in=set(templates), active=True).order_by("version")
    return {(key, language): (subject, body) for key, language, subject, body in rows.values_list("key", "language", "subject", "body")}


def said_in_own_words(template: str, words: tuple[str, str], said: Mapping[str, Any]) -> str | None:
    """Subject and body in the words of the portal's administrator; None where the file's must do: what is needed is not there in this
    case (a payment without an amount), or the words can't be read any more.

    A line that names something that is not there is left out: a reason nobody gave, a hotline that does not exist.
    """
    wording = TEMPLATES.get(template)
    if wording is None or any(said.get(name) in ("", None, []) for name in wording.needed):
        return None
    try:
        subject, body = (_filled(text, said) for text in words)
    except (TemplateSyntaxError, BadWords):
        log.exception("own words of %s", template)
        return None
    return f"{subject or str(wording.name)}\n{body}" if body else None


class BadWords(Exception):
    """Own words say something else than plain {{ name }}; `part` is what."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


def names_in(line: str) -> list[str]:
    """The placeholders of a line, in order. Raises BadWords, TemplateSyntaxError for anything but text and plain {{ name }}."""
    names = []
    for node in _BARE.from_string(line).nodelist:
        if isinstance(node, TextNode):
            continue
        name = str(node.filter_expression.token) if isinstance(node, VariableNode) else str(node)
        if not NAME.fullmatch(name):
            raise BadWords(name)
        names.append(name)
    return names


def _filled(text: str, said: Mapping[str, Any]) -> str:
    plain = {name: "; ".join(map(str, value)) if isinstance(value, list) else value for name, value in said.items()}
    lines = [line for line in text.splitlines() if all(plain.get(name) not in ("", None) for name in names_in(line))]
    return "\n".join(_BARE.from_string(line).render(Context(plain, autoescape=False)) for line in lines)


def example(wording: Wording, language: str, *, sensitive: bool = False, own: Own | None = None) -> tuple[str, str]:
    """Subject and body as somebody would read them."""
    return render(template=wording.key, context=wording.sample, language=language, sensitive=sensitive, own={} if own is None else own)


# --- writing it down ----------------------------------------------------------------------------------------------

def language_for(wanted: str) -> str:
    """A language the portal speaks: the wanted one, else Vietnamese."""
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def one_line(text: str) -> str:
    """How a text goes into an SMS: one line; without tone marks where SMS_PLAIN asks for it."""
    text = clean(text)
    return without_marks(text) if settings.SMS_PLAIN else text
