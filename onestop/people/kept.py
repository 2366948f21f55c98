"""Parts of a page that are rendered once and then known by what they depend on: `{% kept 'name' value … %}…{% endkept %}`.

Only for what depends on nothing but the language and the values named (settings aside): a heading, a list of links, a form as it
is first shown. Never for a token of a form, a person, or anything read from the database. A value of None: not kept this time.
"""
from typing import Any

from django.conf import settings
from django.template import Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MOST = 500
LONGEST = 400  # characters of a key; who asks for longer addresses gets them rendered
_texts: dict[tuple[Any, ...], SafeString] = {}


class Kept(Node):
    """The part and the values that it depends on."""

    def __init__(self, nodelist: NodeList, values: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values

    def render(self, context: Context) -> SafeString:
        values = [value.resolve(context) for value in self.values]
        if None in values or settings.DEBUG or sum(len(str(value)) for value in values) > LONGEST:
            return self.nodelist.render(context)
        key = (get_language(), *values)
        text = _texts.get(key)
        if text is None:
            if len(_texts) >= MOST:
                _texts.clear()
            text = _texts[key] = self.nodelist.render(context)
        return text


def kept(parser: Parser, token: Token) -> Kept:
    """The tag: its first value is the part's own name."""
    values = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    if not values:
        raise TemplateSyntaxError("kept needs the name of the part")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, values)


def forget() -> None:
    """Forget every part."""
    _texts.clear()
