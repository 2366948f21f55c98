"""What beat looks after: limits that passed, letters that stop the clock, expired files, work that was interrupted."""
from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from dossiers.models import Dossier, DossierEvent, HandOver, IssuedForm, Supplement
from dossiers.services import (
    bulk,
    calendar_shift,
    extensions,
    files,
    forms,
    intake,
    links,
    opinions,
    supplement_sweeps,
    suspensions,
    withdrawn,
)
from dossiers.services.records import claim, track_url, write_event
from dossiers.states import OPEN, FormKind, State
from onestop import clock
from onestop.history import WORKER
from onestop.notify.services import Recipient, tell
from onestop.patience import each_part, patiently
from onestop.people.models import User
from onestop.people.states import Role

log = logging.getLogger(__name__)
PER_SWEEP = 200
SETTLING = timedelta(minutes=1)  # a form this young is being made by whoever accepted the dossier
LOOK_BACK = timedelta(days=7)


def sweep() -> dict[str, int]:
    """Everything once; how much of each. A part that is refused (busy, no work calendar) keeps none of the others waiting."""
    parts = {"escalated": escalate, "suspended": suspensions.apply_letters, "files": files.remove_expired,
             "extended": extensions.resume, "forms": issue_missing_forms, "reminded": opinions.remind,
             "supplements": supplement_sweeps.sweep, "withdrawn": withdrawn.lift_withdrawn,
             "shifted": calendar_shift.sweep, "bulk": bulk.resume,
             "links": links.make_due}
    return each_part("dossiers", parts)


def escalate() -> int:
    """Tell the office's leaders, once, about submissions whose acceptance limit has passed (letter Vĩnh Phúc 1; rules.md 5.1)."""
    told = DossierEvent.objects.filter(subject=OuterRef("pk"), verb="escalate")
    late = Dossier.objects.filter(~Exists(told), state=State.SUBMITTED, accept_due_at__lt=clock.now())
    return sum(escalate_one(dossier) for dossier in late[:PER_SWEEP])


@patiently
def escalate_one(dossier: Dossier) -> bool:
    """One late submission: an event, and a message to each leader of its office."""
    with transaction.atomic():
        found = claim(dossier)
        if found.state != State.SUBMITTED or found.events.filter(verb="escalate").exists():
            return False
        event = write_event(found, "escalate", actor=None, via="worker", label=WORKER, before=found.state, public=False)
        leaders = User.objects.filter(assignments__in=found.received_office.assignments.in_force(clock.today()).filter(role=Role.LEADER))
        for leader in leaders.distinct():
            tell(event_key=f"dossier:{found.pk}:escalate:{event.pk}", template="dossier_escalated",
                 context={"number": found.number, "office": found.received_office.name, "track_url": track_url(found)},
                 recipient=Recipient(leader.full_name, leader.phone, leader.email), office=found.received_office)
    return True


def issue_missing_forms() -> int:
    """Make the forms that a crash left out; how many."""
    return _receipts() + _supplements() + _refusals() + _stops() + _hand_overs()


def _settled(moment: str) -> Q:
    now = clock.now()
    return Q(**{f"{moment}__lt": now - SETTLING, f"{moment}__gt": now - LOOK_BACK})


def _receipts() -> int:
    made = IssuedForm.objects.filter(dossier=OuterRef("pk"), kind=FormKind.RECEIPT)
    missing = Dossier.objects.filter(_settled("received_at"), ~Exists(made), state__in=OPEN)
    done = 0
    for dossier in missing.select_related("procedure", "version", "received_office__province", "received_office__area")[:PER_SWEEP]:
        accepted = dossier.events.filter(verb="accept").select_related("actor").first()
        done += _issued(dossier.pk, partial(intake.issue_receipt, dossier, accepted.actor if accepted else None))
    return done


def _supplements() -> int:
    printed = Count("dossier__forms", filter=Q(dossier__forms__kind=FormKind.SUPPLEMENT), distinct=True)
    asked = Supplement.objects.filter(_settled("asked_at")).annotate(printed=printed, asked=Count("dossier__supplements", distinct=True))
    missing = asked.filter(printed__lt=F("asked")).select_related("dossier", "asked_by").order_by("pk")[:PER_SWEEP]
    return sum(_issued(item.dossier_id, partial(forms.supplement, asked=item, signer=item.asked_by)) for item in missing)


def _refusals() -> int:
    made = IssuedForm.objects.filter(dossier=OuterRef("subject"), kind=FormKind.REFUSAL)
    missing = DossierEvent.objects.filter(_settled("at"), ~Exists(made), verb="refuse").select_related("subject", "actor")
    return sum(_issued(event.subject_id, partial(forms.refused, event=event)) for event in missing[:PER_SWEEP])


def _stops() -> int:
    made = IssuedForm.objects.filter(dossier=OuterRef("subject"), kind__in=[FormKind.STOP, FormKind.REFUSAL], issued_at__gte=OuterRef("at"))
    missing = DossierEvent.objects.filter(_settled("at"), ~Exists(made), verb="stop").select_related("subject", "actor").order_by("pk")
    return sum(_issued(event.subject_id, partial(forms.stopped, event=event)) for event in missing[:PER_SWEEP])


def _hand_overs() -> int:
    made = IssuedForm.objects.filter(dossier=OuterRef("dossier"), kind=FormKind.HANDOVER)
    missing = HandOver.objects.filter(_settled("at"), ~Exists(made)).select_related("dossier", "handed_by").order_by("pk")
    return sum(_issued(row.dossier_id, partial(forms.handover, hand_over=row)) for row in missing[:PER_SWEEP])


def _issued(dossier: int, make: Callable[[], object]) -> bool:
    """One form; one that can't be printed keeps none of the others waiting."""
    try:
        make()
    except Exception:
        log.exception("a form of dossier %s is not made yet", dossier)
        return False
    return True
