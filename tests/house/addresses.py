"""Every address of the portal, read from the resolver."""
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

DUMMY = {"IntConverter": 999999, "UUIDConverter": "00000000-0000-4000-8000-000000000000", "StringConverter": "khong-co",
         "SlugConverter": "khong-co", "PathConverter": "khong-co"}


@dataclass(frozen=True)
class Address:
    """One named pattern."""

    name: str
    pattern: URLPattern

    @property
    def view_class(self) -> Any:
        """The class behind the view, or None for a function."""
        callback: Any = self.pattern.callback
        return getattr(callback, "cls", None) or getattr(callback, "view_class", None)

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    @property
    def needs_sign_in(self) -> bool:
        """What LoginRequiredMiddleware looks at."""
        return bool(getattr(self.pattern.callback, "login_required", True))

    def url(self) -> str | None:
        """The address without parameters, or None where it needs some."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return None

    def example(self) -> str:
        """An address that leads here, with parameters that mean nothing."""
        kwargs = self.kwargs
        return reverse(self.name, kwargs={name: DUMMY.get(type(kind).__name__, "khong-co") for name, kind in kwargs.items()})

    @property
    def kwargs(self) -> dict[str, Any]:
        return _CONVERTERS[self.name]


_CONVERTERS: dict[str, dict[str, Any]] = {}


def addresses() -> list[Address]:
    """All of them; an unnamed pattern is a fault of its own."""
    return list(_walk(get_resolver().url_patterns, "", {}))


def _walk(patterns: list[Any], prefix: str, converters: dict[str, Any]) -> Iterator[Address]:
    for pattern in patterns:
        known = {**converters, **getattr(pattern.pattern, "converters", {})}
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _walk(pattern.url_patterns, inner, known)
        else:
            name = f"{prefix}{pattern.name or ''}"
            _CONVERTERS[name] = known
            yield Address(name, pattern)
