"""Reading what nobody has attended to: online submissions that wait, with who is on duty for them now (letter Vĩnh Phúc 1)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from dossiers.models import Dossier, DossierEvent
from dossiers.services import duty
from dossiers.states import State
from onestop import clock
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role


@dataclass(frozen=True)
class Row:
    """One waiting dossier. `late`: its limit has passed; `warned`: the officer on duty, or the leaders, were told."""

    dossier: Dossier
    officers: list[User]
    late: bool
    warned: bool


@dataclass(frozen=True)
class OfficeNow:
    """An office with what waits there and who is on duty."""

    office: Office
    waiting: int
    late: int
    officers: list[User]


def waiting(user: User) -> QuerySet[Dossier]:
    """Online submissions of a leader's offices (an administrator's province) that nobody is in charge of, the nearest limit first."""
    own = Q(received_office_id__in=user.office_ids_as(Role.LEADER))
    provinces = user.provinces_as(Role.ADMINISTRATOR)
    mine = own | Q(received_office__province_id__in=provinces) if provinces else own
    rows = Dossier.objects.filter(mine, state=State.SUBMITTED, channel=Channel.ONLINE, assignee__isnull=True)
    return rows.select_related("procedure", "received_office").order_by("accept_due_at", "pk")


def rows(dossiers: Sequence[Dossier]) -> list[Row]:
    """The same with who is on duty. Two queries."""
    now = clock.now()
    present = duty.on_duty([dossier.received_office_id for dossier in dossiers], now)
    warned = set(DossierEvent.objects.filter(subject__in=dossiers, verb=duty.WARNED).values_list("subject_id", flat=True))
    return [Row(dossier, present.get(dossier.received_office_id, []),
                dossier.accept_due_at is not None and dossier.accept_due_at < now, dossier.pk in warned) for dossier in dossiers]


def offices_now(user: User) -> list[OfficeNow]:
    """The offices at which something waits, the fullest first. Three queries."""
    late = Count("pk", filter=Q(accept_due_at__lt=clock.now()))
    counted = list(waiting(user).order_by().values("received_office").annotate(number=Count("pk"), late=late).order_by("-number")[:50])
    offices = Office.objects.in_bulk([item["received_office"] for item in counted])
    present = duty.on_duty(offices, clock.now())
    return [OfficeNow(offices[item["received_office"]], item["number"], item["late"], present.get(item["received_office"], []))
            for item in counted]
