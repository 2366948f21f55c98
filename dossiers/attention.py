"""What else waits for somebody besides dates: to sign, papers the citizen answered, unread messages, opinions to give."""
from __future__ import annotations

from django.db.models import Q

from dossiers.models import Dossier, Letter, Opinion, Packet, Supplement, WorkStep
from dossiers.states import IN_INBOX, OpinionState, PacketState, State, StepName
from onestop.people.models import User
from onestop.people.states import Role

TABS = ("to_sign", "answered", "unread")


def waits_for(tab: str, user: User | None) -> Q:
    """The dossiers of one of TABS."""
    if tab == "to_sign":
        mine = WorkStep.objects.filter(officer=user, name=StepName.SIGN, ended_at__isnull=True)
        return Q(state__in=sorted(IN_INBOX), pk__in=mine.values("dossier"))
    if tab == "answered":
        papers = Supplement.objects.filter(answered_at__isnull=False, confirmed_at__isnull=True, closed_at__isnull=True)
        return Q(state=State.SUPPLEMENT, pk__in=papers.values("dossier"))
    return Q(pk__in=Letter.objects.filter(author__isnull=True, read_at__isnull=True).values("dossier"))


def counts(user: User) -> dict[str, int]:
    """How many dossiers each of TABS holds. One query each."""
    return {tab: Dossier.objects.visible_to(user).filter(waits_for(tab, user)).order_by().count() for tab in TABS}


def opinions_to_give(user: User) -> int:
    """How many opinions the own offices owe to others. One query."""
    offices = user.office_ids_as(Role.SPECIALIST, Role.LEADER)
    return Opinion.objects.filter(office__in=offices, state=OpinionState.ASKED).count() if offices else 0


def given_up(user: User) -> int:
    """How many statuses did not reach the National Portal and wait for a person. One query."""
    return Packet.objects.filter(state=PacketState.GIVEN_UP, dossier__in=Dossier.objects.visible_to(user)).order_by().count()
