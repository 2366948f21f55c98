"""Who of an office has how much to do, and who is off duty."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from dossiers.services.assigning import Away, away
from dossiers.states import IN_INBOX, RUNNING
from onestop import clock
from onestop.people.models import Assignment, User
from onestop.people.states import Role

OFFICERS = (Role.DESK, Role.SPECIALIST, Role.LEADER)


@dataclass(frozen=True)
class Load:
    """One officer: open dossiers, overdue ones, and until when they are off duty."""

    user: User
    open: int
    overdue: int
    away: Away | None


def loads(leader: User, today: date) -> list[Load]:
    """The officers of the offices that somebody leads, those off duty first. Four queries."""
    own = leader.office_ids_as(Role.LEADER)
    here = Assignment.objects.in_force(today).filter(office__in=own, role__in=OFFICERS)
    mine = Q(assigned_dossiers__competent_office__in=own, assigned_dossiers__state__in=IN_INBOX)
    late = mine & Q(assigned_dossiers__state__in=RUNNING, assigned_dossiers__due_at__lt=clock.now())
    held = User.objects.filter(Q(pk__in=here.values("user")) | mine).distinct()
    people = list(held.annotate(held=Count("assigned_dossiers", filter=mine, distinct=True),
                                late=Count("assigned_dossiers", filter=late, distinct=True)).order_by("full_name", "pk"))
    absent = away([person.pk for person in people], today)
    rows = [Load(person, person.held, person.late, absent.get(person.pk)) for person in people]  # type: ignore[attr-defined]
    return sorted(rows, key=lambda row: row.away is None)
