"""Judging many dossiers of one request: one assessor an office, calendars and versions read once."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from dossiers import deadlines
from dossiers.models import ClockEntry, Dossier, Extension
from dossiers.services import ledger
from dossiers.services.findings import Assessor, Judged
from onestop import clock, worktime
from onestop.offices import calendars


class Assessors:
    """What a job knows about one request; made anew by each job, so that a letter or calendar that changes is seen."""

    def __init__(self, extension: Extension) -> None:
        self.extension = extension
        self._by_office: dict[int, Assessor] = {}
        self._calendars: dict[int, worktime.Calendar] = {}
        self._known: dict[int, dict[Any, datetime]] = {}
        self._versions: dict[tuple[int, int], dict[str, int]] = {}

    @staticmethod
    def read(found: QuerySet[Dossier]) -> QuerySet[Dossier]:
        """With everything that judging, telling and recomputing needs: a fixed number of queries for any number of dossiers."""
        found = found.select_related("procedure", "version", "received_office__province", "received_office__area")
        return found.prefetch_related("clock", "version__channels")

    def judge(self, dossier: Dossier) -> Judged:
        """The findings by the rules at the office that received the dossier."""
        office = dossier.received_office
        if office.pk not in self._by_office:
            self._by_office[office.pk] = Assessor(self.extension, office, self.extension.directive)
        return self._by_office[office.pk].judge(dossier)

    def due_with(self, dossier: Dossier, thought: deadlines.Entry) -> datetime | None:
        """The due date with an entry that is only thought of. Raises Refused('calendar_missing')."""
        if dossier.received_at is None:
            return None
        first = clock.local(dossier.received_at).date()
        return ledger.dates(dossier, extra=[thought], cal=self._calendar(first), known=self._known.setdefault(first.year, {}))[0]

    def settle(self, dossier: Dossier, new: ClockEntry) -> None:
        """Set the dates that follow from the ledger with a new row, not saved. Raises Refused('calendar_missing')."""
        if dossier.received_at is None:
            raise ValueError("a dossier without acceptance has no clock")
        first = clock.local(dossier.received_at).date()
        known = self._known.setdefault(first.year, {})
        due_at, original = ledger.dates(dossier, extra=[as_new(new)], cal=self._calendar(first), known=known)
        last = clock.local(due_at or dossier.received_at).date()
        ledger.apply_dates(dossier, due_at, original, [*dossier.clock.all(), new], self._calendar_versions(first, last))

    def _calendar(self, first: date) -> worktime.Calendar:
        if first.year not in self._calendars:
            self._calendars[first.year] = ledger.calendar_from(first)
        return self._calendars[first.year]

    def _calendar_versions(self, first: date, last: date) -> dict[str, int]:
        years = (first.year, last.year)
        if years not in self._versions:
            self._versions[years] = calendars.versions(first, last)
        return self._versions[years]


def as_new(row: ClockEntry) -> deadlines.Entry:
    """A row that is not saved yet, as the pure rules see it: after all that are."""
    return deadlines.Entry(kind=row.kind, cause=row.cause, effective_at=row.effective_at, effective_until=row.effective_until,
                           at=row.at, key=-1, lifts=row.lifts_id, legal_basis=row.legal_basis)
