"""Contact data of invitation lists that are over (rules.md 9): names, numbers and notes of the people, also on the list of calls about
them. Answers and so every figure stay, and an appointment keeps what it was booked with."""
from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from bookings.models import CallTask, Outreach, OutreachEvent, OutreachPerson
from bookings.services.outreach.steps import claim
from bookings.states import CallState, OutreachState
from onestop import clock
from onestop.history import WORKER
from onestop.patience import or_next_sweep, patiently

PER_SWEEP = 100


def sweep() -> int:
    """Lists closed CONTACT_LIST_DAYS ago or earlier; how many were emptied."""
    since = clock.now() - timedelta(days=settings.CONTACT_LIST_DAYS)
    closed = OutreachEvent.objects.filter(subject=OuterRef("pk"), verb="close", at__lte=since)
    named = OutreachPerson.objects.filter(outreach=OuterRef("pk")).exclude(phone="")
    left = Exists(named) | Exists(_called().filter(outreach_person__outreach=OuterRef("pk")))
    over = Outreach.objects.filter(Exists(closed), left, state=OutreachState.CLOSED).order_by("pk")
    return sum(or_next_sweep("a list of invitations", _forget, row) for row in over[:PER_SWEEP])


def _called() -> QuerySet[CallTask]:
    """Calls that are over and still say with whom they were."""
    return CallTask.objects.exclude(state=CallState.OPEN).exclude(phone="")


@patiently
def _forget(run: Outreach) -> int:
    with transaction.atomic():
        row = claim(run)
        people = row.people.exclude(phone="")
        # Nobody is on a list twice by name and number: what replaces the name tells the rows apart.
        many = people.update(full_name="", search_name=Concat(Value("#"), Cast(F("pk"), CharField())), phone="", citizen_id="", note="")
        calls = _called().filter(outreach_person__outreach=row).update(full_name="", phone="")
        if many or calls:
            OutreachEvent.objects.create(subject=row, actor_label=WORKER, verb="purge", from_state=row.state, to_state=row.state,
                                         data={"people": many})
    return many + calls
