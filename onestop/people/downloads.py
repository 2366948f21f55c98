"""The one place where a list of people is handed out as a file: who took which list, when, how many lines (rules.md 9; Luật 91/2025)."""
from typing import Any

from django.http import HttpRequest

from onestop import access
from onestop.people import services
from onestop.people.states import NamedList


def taken(request: HttpRequest, which: NamedList, name: str, rows: int) -> None:
    """Write down that the person of a request takes a list: `name` says which one of its kind, `rows` how many people stand in it.

    Called by every view that sends such a file, before it is sent. It writes, so these views answer POST only.
    """
    actor: Any = request.user
    services.note_download(actor=actor, which=which, name=name, rows=rows, address=access.address(request))
