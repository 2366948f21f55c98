"""Letters that stop the clock (Khánh Hòa 4): applied to every open dossier of a field-verification procedure in their scope."""
from __future__ import annotations

import logging
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import ClockEntry, Dossier
from dossiers.services import ledger
from dossiers.services.records import claim, day_text, inform, write_event
from dossiers.states import CLOCK_STOPPED, OPEN, Cause, Kind
from onestop import clock
from onestop.directives.models import Rule
from onestop.directives.rules import Applied, rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.transitions import Refused

log = logging.getLogger(__name__)


def concerned(office: Office, basis: str) -> QuerySet[Dossier]:
    """Open field-verification dossiers of an office to which a letter's clause has not been applied."""
    applied = ClockEntry.objects.filter(dossier=OuterRef("pk"), kind=Kind.SUSPEND, legal_basis=basis)
    return Dossier.objects.filter(~Exists(applied), received_office=office, state__in=OPEN, procedure__field_verification=True)


def basis_of(rule: Applied) -> str:
    """How the ledger names the letter and clause of a rule."""
    return basis(rule.clause, rule.number)


def basis(clause: str, number: str) -> str:
    """'khoản 4, 2964/UBND-KSTT'."""
    return ", ".join(part for part in (clause, number) if part)[:255]


def period_of(rule: Applied) -> tuple[date, date] | None:
    """The first and last day (both included) of a rule that stops the clock; None where it does not say until when."""
    until = rule.params.get("until")
    row = Rule.objects.select_related("directive").filter(
        directive_id=rule.directive_id, kind=RuleKind.STOP_CLOCK, clause=rule.clause).first()
    if not isinstance(until, str) or row is None:
        return None
    return row.starts_on or row.directive.starts_on, date.fromisoformat(until)


def apply_letters() -> int:
    """Apply the rules in force to every office that has dossiers they concern; how many dossiers were suspended."""
    waiting = Dossier.objects.filter(state__in=OPEN, procedure__field_verification=True)
    offices = Office.objects.filter(pk__in=waiting.order_by().values("received_office").distinct())
    return sum(apply_at(office) for office in offices)


def apply_at(office: Office) -> int:
    """Apply the rule in force at one office today."""
    rule = rules_for(office=office, on=clock.today()).get(RuleKind.STOP_CLOCK)
    period = period_of(rule) if rule else None
    if rule is None or period is None or period[1] < clock.today():
        return 0
    not_late_before = Q(due_at__isnull=True) | Q(due_at__gte=clock.at(period[0])) | Q(state__in=CLOCK_STOPPED)
    ids = list(concerned(office, basis_of(rule)).filter(not_late_before).values_list("pk", flat=True))
    return sum(_applied(pk, rule, *period) for pk in ids)


def _applied(pk: int, rule: Applied, first: date, last: date) -> bool:
    """A dossier whose date can't be computed (no work calendar) or that is busy waits; the others do not wait for it."""
    try:
        return apply_to(pk, rule, first, last)
    except Refused as refusal:
        log.warning("dossier %s is not suspended yet: %s", pk, refusal.code)
        return False


@patiently
def apply_to(pk: int, rule: Applied, first: date, last: date) -> bool:
    """Suspend one dossier until the end of the letter's last day, once a letter and clause; whether this call did it.

    A dossier that was due before the letter's first day stays late and is left as it is; one that was due since, when the letter
    had not been entered yet, gets its new date and is still counted late (rules.md 5.4).
    """
    with transaction.atomic():
        dossier = claim(Dossier(pk=pk))
        if dossier.received_at is None or not concerned(dossier.received_office, basis_of(rule)).filter(pk=pk).exists():
            return False
        begin, until = ledger.whole_days(max(first, clock.local(dossier.received_at).date()), last)
        if ledger.is_late(dossier, begin) or until < begin:
            return False
        due_from = dossier.due_at
        ledger.add(dossier, kind=Kind.SUSPEND, cause=Cause.FORCE_MAJEURE, effective_at=begin, effective_until=until,
                   legal_basis=basis_of(rule), citizen_text=rule.text, after_due=ledger.is_late(dossier, clock.now()))
        ledger.recompute(dossier)
        event = write_event(dossier, "suspend", actor=None, via="letter", before=dossier.state, reason=rule.text,
                            legal_basis=basis_of(rule), data={"directive": rule.directive_id})
        inform(dossier, event, "dossier_new_date", reason=rule.text, legal_basis=basis_of(rule), was=lambda: day_text(due_from))
    return True
