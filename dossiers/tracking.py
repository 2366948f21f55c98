"""What the public may know of a dossier: found by its number and a second factor, its date explained in sentences, its history.

Never a name, an address, a paper's name or a comment (rules.md 9).
"""
from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.db import connection
from django.db.models import Q

from dossiers import deadlines
from dossiers.explaining import explain
from dossiers.lateness import category as lateness
from dossiers.models import Dossier, DossierEvent
from dossiers.services import ledger
from dossiers.states import CLOCK_STOPPED, ENDED, WAITING_ACCEPTANCE
from onestop import clock
from onestop.people import tokens
from onestop.people.words import clean

__all__ = ["TRACKED_KEY", "Mark", "clock_state", "events", "explain", "find", "lateness", "mark", "opened_in", "suspended_today"]
TRACKED_KEY = "dossiers_tracked"  # numbers whose second factor a browser has given


def find(number: str, *, secret: str = "", phone_last4: str = "") -> Dossier | None:
    """The dossier with this code or submission reference, if the second factor fits: the secret, or the phone's last four
    digits. None for a wrong number and a wrong factor alike, after the same comparison."""
    number = clean(number).upper()[:60]
    rows = Dossier.objects.select_related("procedure", "version", "received_office")
    dossier = rows.filter(code__iexact=number).first() or rows.filter(reference=number).first() if number else None
    stored = dossier.secret_digest if dossier else tokens.digest("")
    phone = dossier.phone[-4:] if dossier else "----"
    by_secret = tokens.matches(clean(secret).upper(), stored)
    by_phone = hmac.compare_digest(clean(phone_last4).encode(), phone.encode()) and len(phone) == 4
    return dossier if dossier is not None and (by_secret or by_phone) else None


def opened_in(session: Mapping[str, Any], number: str) -> Dossier | None:
    """The dossier with this number, if its second factor was given in the browser of this session."""
    rows = Dossier.objects.select_related("procedure__current", "version", "received_office__area__parent__parent",
                                          "received_office__province",
                                          "competent_office")
    mine = rows.filter(pk__in=session.get(TRACKED_KEY, []))
    return mine.filter(Q(code__iexact=number) | Q(reference=number.upper())).first()


# All that the page of a dossier says, in one row of plain columns: its dates and state, the names on the page, and the last rows
# of its history and its ledger. Both are append-only: the same last row, the same rows before it.
MARK = """
    SELECT d.id, coalesce(d.code, d.reference), d.state, d.channel, d.return_method, d.version_id, d.was_late,
           d.submitted_at, d.accept_due_at, d.received_at, d.original_due_at, d.due_at, d.decided_at,
           p.name, o.name, o.address, o.hotline,
           (SELECT max(e.id) FROM dossiers_dossierevent e WHERE e.subject_id = d.id),
           (SELECT max(c.id) FROM dossiers_clockentry c WHERE c.dossier_id = d.id)
    FROM dossiers_dossier d JOIN catalogue_procedure p ON p.id = d.procedure_id JOIN offices_office o ON o.id = d.received_office_id
    WHERE d.id IN ({mine}) AND (upper(d.code) = %s OR d.reference = %s)
"""
Mark = tuple[Any, ...]


def mark(session: Mapping[str, Any], number: str) -> Mark | None:
    """What the page of the dossier with this number depends on, today's date and whether it is past due included; None unless
    its second factor was given in the browser of this session. One query."""
    mine = session.get(TRACKED_KEY, [])
    if not mine:
        return None
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(mine=", ".join(["%s"] * len(mine))), [*mine, number.upper(), number.upper()])
        row = cursor.fetchone()
    if row is None:
        return None
    now, due = clock.now(), row[11]
    return (*row, now.date(), due is not None and now > (due if due.tzinfo else due.replace(tzinfo=UTC)))


def clock_state(dossier: Dossier) -> str:
    """'waiting' before acceptance, 'running', 'stopped' or 'ended' (api.md)."""
    if dossier.state in WAITING_ACCEPTANCE:
        return "waiting"
    if dossier.state in ENDED:
        return "ended"
    if dossier.state in CLOCK_STOPPED or suspended_today(dossier):
        return "stopped"
    return "running"


def suspended_today(dossier: Dossier) -> bool:
    """Whether a whole-day suspension covers today."""
    return clock.today() in deadlines.gaps_of(ledger.entries_of(dossier)).days


def events(dossier: Dossier) -> list[DossierEvent]:
    """The public history, oldest first. Show `verb` and `at` of each, nothing else."""
    return list(dossier.events.filter(public=True))
