"""Every template is used, compiles, asks only for what is there, and keeps to the content security policy."""
import ast
import re

import pytest
from django.template import Context, Template
from django.template.loader import get_template

from tests.house.sources import ROOT, Source, sources, templates

NAMES = [str(path.relative_to(ROOT / "templates")) for path in templates()]
PAGES = [name for name in NAMES if name.endswith(".html")]
INLINE = re.compile(r"""<style\b|<script\b(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|hx-on""", re.IGNORECASE)
OUTSIDE = re.compile(r"""<(?:script|link|img|source|iframe)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.IGNORECASE)


def test_an_undefined_variable_fails_the_test_that_renders_it():
    with pytest.raises(pytest.fail.Exception):
        Template("{{ nobody_gave_me }}").render(Context())


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_it_keeps_to_the_content_security_policy(name):
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", (ROOT / "templates" / name).read_text(encoding="utf-8"), flags=re.S)
    assert not INLINE.findall(text), "no inline style or script: use static/css and static/js"
    assert not OUTSIDE.findall(text), "no asset from outside"


def test_no_template_is_unused():
    literal, patterns = _references()
    unused = [name for name in NAMES if not _is_used(name, literal, patterns)]
    assert not unused, "nothing names " + ", ".join(unused)


def test_templates_that_are_named_exist():
    literal, _ = _references()
    wrong = sorted(name for name in literal if re.fullmatch(r"[a-z_]+(?:/[a-z0-9_]+)*\.(?:html|txt)", name)
                   and name not in NAMES)
    assert not wrong, f"named but not there: {wrong}"


def _is_used(name: str, literal: set[str], patterns: list[re.Pattern[str]]) -> bool:
    if name in literal or any(pattern.fullmatch(name) for pattern in patterns):
        return True
    # A message's template is named by its key: tell(template="booking_confirmed").
    folder, _, file = name.partition("/")
    return folder == "messages" and file.rpartition(".")[0] in literal


def _references() -> tuple[set[str], list[re.Pattern[str]]]:
    """Strings that may name a template: literals, and f-strings of Python with a folder in front as patterns."""
    literal: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for source in sources():
        _of_python(source, literal, patterns)
    for path in templates():
        for tag in re.findall(r"\{%(.*?)%\}", path.read_text(encoding="utf-8", errors="ignore"), flags=re.S):
            literal.update(text for pair in re.findall(r'"([^"]+)"|\'([^\']+)\'', tag) for text in pair if text)
    return literal, patterns


def _of_python(source: Source, literal: set[str], patterns: list[re.Pattern[str]]) -> None:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            literal.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9_-]+" for part in node.values]
            if isinstance(node.values[0], ast.Constant) and "/" in str(node.values[0].value):
                patterns.append(re.compile("".join(parts)))
