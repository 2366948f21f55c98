"""The English catalogue: what the sources ask for, what it still lacks, and compiling it without a system package.

    python deploy/translations.py missing            texts without English, as JSON {text: ""} (plural: a list of two)
    python deploy/translations.py update FILE.json   put {text: English} into the catalogue ("-" reads standard input)
    python deploy/translations.py check              every fault of the catalogue, one a line
    python deploy/translations.py compile            locale/*/LC_MESSAGES/django.po to .mo, where older

A text with a context is written "context\\u0004text", as in gettext itself.
"""
import argparse
import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("onestop", "bookings", "dossiers", "postal", "reports")
ENGLISH = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
SEPARATOR = "\x04"
# Name of the gettext function, to the positions of (context, text, plural) among its arguments.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None), "gettext_lazy": (None, 0, None), "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1), "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None), "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2), "npgettext_lazy": (0, 1, 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd](?!\w)|\{\w+\}")
TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass
class Text:
    """One text that the sources ask to be translated."""

    text: str
    plural: str | None = None
    context: str | None = None
    places: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What names it in the JSON files."""
        return f"{self.context}{SEPARATOR}{self.text}" if self.context else self.text


@dataclass
class Found:
    """The texts of the sources by key, and the calls that can't be translated."""

    texts: dict[str, Text] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, text: Text, place: str) -> None:
        """Note one use; the plural form wins over a plain use of the same text."""
        known = self.texts.setdefault(text.key, text)
        known.places.append(place)
        known.plural = known.plural or text.plural


def extract() -> Found:
    """Every translatable text of the Python sources and the templates."""
    found = Found()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                _from_python(path, found)
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.is_file() and not path.name.startswith("README"):
            _from_template(path, found)
    return found


# --- Python -------------------------------------------------------------------------------------------------------

def _from_python(path: Path, found: Found) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = _local_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = names.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) \
                and node.func.value.id == "translation" and node.func.attr in FUNCTIONS:
            function = node.func.attr
        if function:
            _from_call(node, FUNCTIONS[function], f"{path.relative_to(ROOT)}:{node.lineno}", found)


def _local_names(tree: ast.Module) -> dict[str, str]:
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names if alias.name in FUNCTIONS
    }


def _from_call(node: ast.Call, positions: tuple[int | None, int, int | None], place: str, found: Found) -> None:
    parts: list[str | None] = []
    for position in positions:
        if position is None:
            parts.append(None)
            continue
        argument = node.args[position] if position < len(node.args) else None
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            found.faults.append(f"{place}: the text must be written out, not computed")
            return
        parts.append(argument.value)
    context, text, plural = parts
    if text:
        found.add(Text(text, plural, context), place)


# --- templates ----------------------------------------------------------------------------------------------------

_CONSTANT = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_INLINE = re.compile(rf"^trans(?:late)?\s+{_CONSTANT}(?:\s.*?context\s+{_CONSTANT})?", re.DOTALL)
_BLOCK = re.compile(rf"^blocktrans(?:late)?(?P<rest>(?:\s.*?context\s+(?P<context>{_CONSTANT}))?.*)$", re.DOTALL)
_MARKED = re.compile(rf"_\({_CONSTANT}\)")


def _from_template(path: Path, found: Found) -> None:
    from django.template.base import Lexer, TokenType

    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    block: _Block | None = None
    for token in Lexer(source).tokenize():
        place = f"{path.relative_to(ROOT)}:{token.lineno}"
        if token.token_type == TokenType.BLOCK:
            block = _from_tag(token.contents, place, block, found)
        elif block is not None and token.token_type == TokenType.VAR:
            block.append(f"%({token.contents})s")
        elif block is not None and token.token_type == TokenType.TEXT:
            block.append(token.contents.replace("%", "%%"))
        if token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for marked in _MARKED.findall(token.contents):
                found.add(Text(_unquoted(marked).replace("%", "%%")), place)


class _Block:
    """A {% blocktranslate %} being read."""

    def __init__(self, context: str | None, trimmed: bool, place: str) -> None:
        self.context, self.trimmed, self.place = context, trimmed, place
        self.parts: list[list[str]] = [[]]

    def append(self, text: str) -> None:
        self.parts[-1].append(text)

    def text(self) -> Text:
        forms = ["".join(part) for part in self.parts]
        if self.trimmed:
            forms = [re.sub(r"\s*\n\s*", " ", form.strip()) for form in forms]
        return Text(forms[0], forms[1] if len(forms) > 1 else None, self.context)


def _from_tag(contents: str, place: str, block: _Block | None, found: Found) -> _Block | None:
    """Read one tag; the block that is open after it."""
    if block is not None:
        if contents in ("endblocktranslate", "endblocktrans"):
            found.add(block.text(), block.place)
            return None
        if contents == "plural":
            block.parts.append([])
        else:
            found.faults.append(f"{place}: {{% {contents} %}} inside blocktranslate")
        return block
    opening = _BLOCK.match(contents)
    if opening:
        context = opening["context"]
        return _Block(_unquoted(context) if context else None, "trimmed" in opening["rest"].split(), place)
    inline = _INLINE.match(contents)
    if inline:
        context = inline[2]
        found.add(Text(_unquoted(inline[1]).replace("%", "%%"), None, _unquoted(context) if context else None), place)
    return None


def _unquoted(constant: str) -> str:
    quote = constant[0]
    return constant[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")


# --- the catalogue ------------------------------------------------------------------------------------------------

def catalogue(path: Path = ENGLISH) -> Catalog:
    """The catalogue in file `path`, or an empty one."""
    if not path.exists():
        return Catalog(locale=path.parent.parent.name, charset="utf-8", fuzzy=False, header_comment="# English texts.")
    with path.open("rb") as handle:
        return read_po(handle, locale=path.parent.parent.name, charset="utf-8")


def _message(known: Catalog, text: Text) -> Message | None:
    return known.get(text.text, text.context)


def _forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string or "")]


def missing(found: Found, known: Catalog) -> dict[str, str | list[str]]:
    """The texts without a complete translation, ready to be filled in."""
    wanted: dict[str, str | list[str]] = {}
    for key, text in found.texts.items():
        message = _message(known, text)
        complete = message is not None and not message.fuzzy and all(_forms(message)) \
            and bool(message.pluralizable) == bool(text.plural)
        if not complete:
            wanted[key] = ["", ""] if text.plural else ""
    return wanted


def faults(found: Found, known: Catalog) -> list[str]:
    """Everything that is wrong with the catalogue or with the calls, one sentence each; empty when all is well."""
    wrong = list(found.faults)
    wrong += [f"{found.texts[key].places[0]}: no English for {key!r}" for key in missing(found, known)]
    for message in known:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        key = f"{message.context}{SEPARATOR}{key}" if message.context else key
        if key not in found.texts:
            wrong.append(f"catalogue: nothing uses {key!r}")
        else:
            wrong += [f"catalogue: {sentence} in {key!r}" for sentence in _form_faults(found.texts[key], message)]
    return wrong


def _form_faults(text: Text, message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy translation"
    originals = [text.text, text.plural or text.text]
    forms = _forms(message)
    for number, form in enumerate(forms):
        original = originals[min(number, 1)] if len(forms) > 1 else text.text
        for kind, pattern in (("placeholders", PLACEHOLDER), ("tags", TAG)):
            if form and sorted(pattern.findall(form)) != sorted(pattern.findall(original)):
                yield f"{kind} differ"


def update(found: Found, known: Catalog, given: dict[str, str | list[str]]) -> list[str]:
    """Put `given` into the catalogue and drop what nothing uses; the keys that no source asks for."""
    unknown = [key for key in given if key not in found.texts]
    for key, text in found.texts.items():
        message = _message(known, text)
        string: str | list[str] | tuple[str, ...] | None = given.get(key)
        if string is None and message is not None:
            string = message.string if bool(message.pluralizable) == bool(text.plural) else None
        if message is not None:
            known.delete(text.text, text.context)
        if string:
            forms = tuple(string) if isinstance(string, list | tuple) else string
            known.add((text.text, text.plural) if text.plural else text.text, forms, context=text.context,
                      locations=sorted({(place.rpartition(":")[0], None) for place in text.places}))
    for message in list(known):
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if key and (f"{message.context}{SEPARATOR}{key}" if message.context else key) not in found.texts:
            known.delete(key, message.context)
    return unknown


def save(known: Catalog, path: Path = ENGLISH) -> None:
    """Write the catalogue in a stable order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known.fuzzy = False
    with path.open("wb") as handle:
        write_po(handle, known, sort_output=True, omit_header=False, width=120, include_lineno=False)


def compile_all() -> int:
    """Compile every catalogue that is newer than its .mo; how many were compiled."""
    count = 0
    for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po")):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
            continue
        fresh = target.with_suffix(f".{os.getpid()}")
        with fresh.open("wb") as handle:
            write_mo(handle, catalogue(path))
        fresh.replace(target)
        count += 1
    return count


def main() -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description="The English catalogue of the portal.")
    parser.add_argument("action", choices=["missing", "update", "check", "compile"])
    parser.add_argument("file", nargs="?", default="-", help="for update: the JSON file, or - for standard input")
    options = parser.parse_args()
    if options.action == "compile":
        compile_all()
        return 0
    found, known = extract(), catalogue()
    if options.action == "missing":
        json.dump(missing(found, known), sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif options.action == "update":
        given = json.loads(sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8"))
        unknown = update(found, known, given)
        save(known)
        print(f"{len(known)} texts in the catalogue, {len(missing(found, known))} missing, {len(unknown)} not asked for")
    wrong = faults(found, known) if options.action == "check" else []
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
