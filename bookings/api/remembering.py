"""Answers that everybody gets alike, remembered by a process for a second: a list may be that old, a confirmation never is."""
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from onestop.access import address
from onestop.moments import Moments
from onestop.people.rest.throttles import seconds_to_wait

View = Callable[..., HttpResponse]
SECONDS, MOST = 1.0, 200  # an answer about two months has some 90 kB
_answers: Moments[tuple[str, str, str, str], HttpResponse] = Moments(SECONDS, MOST)


def for_a_second(view: View) -> View:
    """Wrap an API view that anybody may GET without a token. The caller's limit counts every call, the remembered ones too."""

    @wraps(view)
    def remembered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET" or "HTTP_AUTHORIZATION" in request.META:
            return view(request, *args, **kwargs)
        key = (request.path, request.META.get("QUERY_STRING", ""), get_language() or "", request.META.get("HTTP_ACCEPT", ""))
        known = _answers.get(key)
        if known is not None and seconds_to_wait(f"address:{address(request)}") <= 0:
            return HttpResponse(known.content, headers=known.headers)
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and known is None:
            rendered = getattr(response, "render", lambda: response)()
            _answers.keep(key, HttpResponse(rendered.content, headers=dict(rendered.headers)))
        return response

    return remembered
