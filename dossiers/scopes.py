"""A scope: which dossiers, told by what they have in common. For requests for more time, lifting them early, and verbs for many."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from dossiers import policies
from dossiers.models import Dossier
from dossiers.states import OPEN
from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User

DAYS = ("received_from", "received_to", "due_before")
LISTS = ("offices", "procedures", "areas", "channels", "states")
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Scope:
    """Empty means any. Codes of offices, procedures and areas; days include both ends, `due_before` excludes its day."""

    offices: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    field: str = ""
    areas: tuple[str, ...] = ()  # of the receiving office, with everything inside them
    channels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    due_before: date | None = None
    field_verification: str = ""  # 'yes', 'no'

    def as_json(self) -> dict[str, Any]:
        """For the row of a request; what is empty is left out."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Scope:
        """What as_json() has written; other keys are passed over."""
        known = {item.name for item in fields(cls)}
        given = {name: value for name, value in kept.items() if name in known and value}
        for name in DAYS:
            if isinstance(given.get(name), str):
                given[name] = date.fromisoformat(given[name])
        return cls(**{name: tuple(value) if name in LISTS else value for name, value in given.items()})


def narrowed(found: QuerySet[Dossier], scope: Scope) -> QuerySet[Dossier]:
    """Apply a scope."""
    lists = {"procedure__code__in": scope.procedures, "channel__in": scope.channels, "state__in": scope.states}
    found = found.filter(**{name: list(value) for name, value in lists.items() if value})
    if scope.offices:
        found = found.filter(_at(Office.objects.filter(code__in=scope.offices)))
    if scope.areas:
        found = found.filter(received_office__in=Office.objects.filter(_inside(scope.areas)))
    if scope.field:
        found = found.filter(procedure__field=scope.field)
    if scope.field_verification:
        found = found.filter(procedure__field_verification=scope.field_verification == YES)
    return _by_days(found, scope)


def _by_days(found: QuerySet[Dossier], scope: Scope) -> QuerySet[Dossier]:
    if scope.received_from:
        found = found.filter(received_at__gte=clock.at(scope.received_from))
    if scope.received_to:
        found = found.filter(received_at__lt=clock.at(scope.received_to + timedelta(days=1)))
    if scope.due_before:
        found = found.filter(due_at__lt=clock.at(scope.due_before))
    return found


def _at(offices: Any) -> Q:
    """Received at these offices, or theirs to decide."""
    return Q(received_office__in=offices) | Q(competent_office__in=offices)


def _inside(codes: Sequence[str]) -> Q:
    """Offices of these areas, of communes and districts inside them."""
    return Q(area__code__in=codes) | Q(area__parent__code__in=codes) | Q(area__parent__parent__code__in=codes)


# --- requests for more time -----------------------------------------------------------------------------------------

def offices_to_ask_for(user: User, scope: Scope) -> list[Office]:
    """The offices of a scope for which a user may ask for more time, all of one province: that of the first."""
    own = Office.objects.filter(pk__in=user.office_ids_as(*policies.CASEWORK)).order_by("pk")
    found = list(own.filter(code__in=scope.offices) if scope.offices else own)
    return [office for office in found if office.province_id == found[0].province_id]


def to_extend(scope: Scope, office_ids: Sequence[int]) -> QuerySet[Dossier]:
    """The dossiers of a scope at these offices that are being worked on."""
    found = narrowed(Dossier.objects.filter(_at(list(office_ids))), scope)
    return found if scope.states else found.filter(state__in=OPEN)


def extent(found: QuerySet[Dossier]) -> tuple[int, int]:
    """(the last key, how many). One query."""
    counted = found.order_by().aggregate(last=Max("pk"), count=Count("pk"))
    return counted["last"] or 0, counted["count"]


def frozen(scope: Scope, kept: Mapping[str, Any]) -> QuerySet[Dossier]:
    """The dossiers that a request was made for: none that came after it."""
    return to_extend(scope, kept["office_ids"]).filter(pk__lte=kept["up_to"])
