"""A page that every stranger gets alike, remembered by a process for a second; only the form's token is each visitor's own."""
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from onestop.moments import Moments

View = Callable[..., HttpResponse]
SECONDS, MOST = 1.0, 200
# Whoever has one of these may see something of their own: a hold, a name in the menu, a message.
OWN = frozenset({settings.SESSION_COOKIE_NAME, "messages"})
TOKEN = 'name="csrfmiddlewaretoken" value="'
_pages: Moments[tuple[str, ...], list[str]] = Moments(SECONDS, MOST)


def page_for_a_second(view: View) -> View:
    """Wrap a page of GET. It may be a second old, as any page is that somebody looks at; what is done from it is checked anew."""

    @wraps(view)
    def remembered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET" or OWN & request.COOKIES.keys() or "HTTP_HX_REQUEST" in request.META:
            return view(request, *args, **kwargs)
        key = (request.get_host(), request.get_full_path(), get_language() or "")
        parts = _pages.get(key)
        if parts is not None:
            return HttpResponse(get_token(request).join(parts) if len(parts) > 1 else parts[0])
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and not response.cookies and not request.session.modified:
            _pages.keep(key, _around_tokens(response.content.decode()))
        return response

    return remembered


def _around_tokens(text: str) -> list[str]:
    """A page cut at the token of each of its forms."""
    first, *others = text.split(TOKEN)
    parts = [first + TOKEN]
    for other in others:
        _token, quote, rest = other.partition('"')
        parts.append(quote + rest + TOKEN)
    return [*parts[:-1], parts[-1].removesuffix(TOKEN)]
