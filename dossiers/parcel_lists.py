"""Reading parcels: the list of an office by state, one parcel with what happened to it."""
from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from dossiers.models import Parcel
from dossiers.states import ParcelState
from onestop import clock
from onestop.people.models import User
from onestop.people.words import clean, fold, phone_number


def found(user: User, *, q: str = "", state: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Parcel]:
    """The parcels of a person's offices, the newest first."""
    rows = Parcel.objects.visible_to(user).select_related("office", "procedure", "dossier")
    if state:
        rows = rows.filter(state=state)
    if first is not None:
        rows = rows.filter(received_at__gte=clock.at(first))
    if last is not None:
        rows = rows.filter(received_at__lt=clock.at(last + timedelta(days=1)))
    query = clean(q)
    if query:
        same = Q(waybill__iexact=query.replace(" ", "")) | Q(sender_name__icontains=query)
        number = phone_number(query)
        rows = rows.filter(same | Q(sender_phone=number) if number else same)
    return rows


def by_waybill(user: User, waybill: str) -> Parcel | None:
    """The newest parcel with exactly this waybill: what a scanner looks for."""
    wanted = clean(waybill).replace(" ", "").upper()
    return Parcel.objects.visible_to(user).filter(waybill=wanted).order_by("-pk").first() if wanted else None


def counts(user: User) -> dict[str, int]:
    """How many parcels are in each state, and how many answers are overdue ('late'). One query."""
    late = Q(state=ParcelState.MISSING, answer_by__lt=clock.today())
    which = {state: Count("pk", filter=Q(state=state)) for state in ParcelState.values}
    return Parcel.objects.visible_to(user).aggregate(late=Count("pk", filter=late), **which)


def looks_like_waybill(text: str) -> bool:
    """Whether somebody scanned or typed a number rather than a name."""
    return any(char.isdigit() for char in text) and not fold(text).replace(" ", "").isalpha() and " " not in clean(text)
