"""A letter that was withdrawn stops no clock any longer: the days after its withdrawal count again, and the people are told."""
from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from dossiers.models import ClockEntry
from dossiers.services import ledger
from dossiers.services.records import claim, day_text, inform, write_event
from dossiers.services.suspensions import basis
from dossiers.states import OPEN, Cause, Kind
from onestop import clock
from onestop.directives.models import Directive, Rule
from onestop.directives.states import RuleKind
from onestop.patience import or_next_sweep, patiently

PER_SWEEP = 500
LOOK_BACK = timedelta(days=400)  # no suspension lasts longer


def lift_withdrawn() -> int:
    """Lift what letters put into ledgers that were withdrawn since; how many dossiers."""
    letters = Directive.objects.filter(withdrawn_at__isnull=False, withdrawn_at__gt=clock.now() - LOOK_BACK)
    return sum(_lift_of(letter) for letter in letters)


def standing(letter: Directive, first: date) -> QuerySet[ClockEntry]:
    """The suspensions that rest on a letter (put there by itself or by a request that cites it) and reach beyond `first`."""
    rules = Rule.objects.filter(directive=letter, kind=RuleKind.STOP_CLOCK).values_list("clause", flat=True)
    by_itself = Q(extension__isnull=True, legal_basis__in=[basis(clause, letter.number) for clause in rules])
    return ClockEntry.objects.filter(by_itself | Q(extension__directive=letter), kind=Kind.SUSPEND, effective_until__gte=clock.at(first),
                                     lifted_by__isnull=True, dossier__state__in=OPEN)


def _lift_of(letter: Directive) -> int:
    if letter.withdrawn_at is None:
        return 0
    first = clock.local(letter.withdrawn_at).date() + timedelta(days=1)
    entries = standing(letter, first).select_related("dossier").order_by("pk")[:PER_SWEEP]
    return sum(or_next_sweep(f"suspension {entry.pk}", lift_one, entry, letter, first) for entry in entries)


@patiently
def lift_one(entry: ClockEntry, letter: Directive, first: date) -> bool:
    """Lift one dossier's suspension from a day on; whether this call did it. What was due to count earlier than it began is undone as
    a whole: a lift on or before the first day leaves nothing of it."""
    with transaction.atomic():
        dossier = claim(entry.dossier)
        if dossier.state not in OPEN or entry.lifted_by.exists():
            return False
        due_from = dossier.due_at
        begin = max(clock.at(first), entry.effective_at)
        ledger.add(dossier, kind=Kind.LIFT, cause=Cause.LIFTED, effective_at=begin, lifts=entry, extension=entry.extension,
                   legal_basis=entry.legal_basis)
        ledger.recompute(dossier)
        event = write_event(dossier, "lift", actor=None, via="letter", before=dossier.state, legal_basis=entry.legal_basis,
                            data={"directive": letter.pk})
        inform(dossier, event, "dossier_lifted", legal_basis=entry.legal_basis, was=lambda: day_text(due_from))
    return True
