"""Reading officers' ways to people's homes: by officer and day, and who waits for a plan."""
from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import Dossier, HomeVisit, Upload
from dossiers.models import HandOver as HandedOver
from dossiers.policies import OFFICE_STAFF
from dossiers.states import ReturnMethod, State, VisitState
from onestop import clock
from onestop.people.models import User


def _mine(user: User, prefix: str = "") -> Q:
    own = user.office_ids_as(*OFFICE_STAFF)
    return Q(**{f"{prefix}received_office_id__in": own}) | Q(**{f"{prefix}competent_office_id__in": own})


def visits_of(user: User, *, day: date, officer: User | None = None) -> QuerySet[HomeVisit]:
    """The visits of a day at the user's offices, by officer, then address; of today also those of earlier days that nobody has told the
    outcome of. One query a page."""
    wanted = Q(planned_on=day)
    if day == clock.today():
        wanted |= Q(planned_on__lt=day, state=VisitState.ASSIGNED)
    rows = HomeVisit.objects.filter(_mine(user, "dossier__"), wanted).exclude(state=VisitState.CANCELLED)
    if officer is not None:
        rows = rows.filter(officer=officer)
    return rows.select_related("dossier__procedure", "dossier__received_office", "officer").order_by("officer__full_name", "address", "pk")


def one(user: User, pk: int) -> HomeVisit | None:
    """A visit of the user's offices."""
    rows = HomeVisit.objects.filter(_mine(user, "dossier__"), pk=pk)
    return rows.select_related("dossier__procedure", "dossier__received_office", "officer").first()


def unplanned(user: User) -> QuerySet[Dossier]:
    """Results to be brought home that nobody is on the way with, the oldest first."""
    open_visit = HomeVisit.objects.filter(dossier=OuterRef("pk"), state=VisitState.ASSIGNED)
    rows = Dossier.objects.filter(_mine(user), ~Exists(open_visit), state=State.DECIDED, return_method=ReturnMethod.HOME)
    return rows.select_related("procedure", "received_office").order_by("decided_at", "pk")


def officers_at(office_ids: list[int]) -> QuerySet[User]:
    """Who works at these offices today and could go, by name."""
    today = clock.today()
    held = Q(assignments__office_id__in=office_ids, assignments__role__in=OFFICE_STAFF, assignments__starts_on__lte=today)
    current = held & (Q(assignments__ends_on__isnull=True) | Q(assignments__ends_on__gte=today))
    return User.objects.filter(current, is_active=True).distinct().order_by("full_name", "pk")


def without_proofs(uploads: QuerySet[Upload]) -> QuerySet[Upload]:
    """Files without the photos and signatures of hand-overs, which only the dossier's own offices see, one by one (rules.md 9)."""
    proof = HandedOver.objects.filter(Q(photo=OuterRef("pk")) | Q(signature=OuterRef("pk")))
    return uploads.filter(~Exists(proof))


def proof_ids(dossier: Dossier) -> set[int]:
    """The files of a dossier that are the photo or signature of its hand-over. One query."""
    pairs = HandedOver.objects.filter(dossier=dossier).values_list("photo_id", "signature_id")
    return {pk for pair in pairs for pk in pair if pk is not None}
