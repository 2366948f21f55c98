"""Whose token it is, and which dossiers it reaches: those of its offices and, where it belongs to an officer, of theirs."""
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from dossiers.models import Dossier, Extension
from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.rest.authentication import Partner
from onestop.people.words import clean
from onestop.transitions import Refused


def partner(request: Request) -> Partner:
    """The caller behind a token."""
    if not isinstance(request.user, Partner):
        raise NotFound
    return request.user


def actor_of(request: Request) -> User | None:
    """The officer the token belongs to, if any."""
    return request.user.user if isinstance(request.user, Partner) else None


def officer_of(request: Request) -> User:
    """The officer the token belongs to. Raises Refused('officer_needed', 403) for a partner's token."""
    actor = actor_of(request)
    if actor is None:
        raise Refused("officer_needed", _("Việc này cần khóa truy cập của một cán bộ."), status=403)
    return actor


def label_of(request: Request) -> str:
    """What history calls the caller where no officer stands behind the token."""
    return request.user.label if isinstance(request.user, Partner) else ""


def reachable(request: Request) -> QuerySet[Dossier]:
    """The dossiers of the token's offices, seen with its officer's eyes."""
    caller = partner(request)
    found = Dossier.objects.all() if caller.user is None else Dossier.objects.visible_to(caller.user)
    if caller.office_ids:
        found = found.filter(Q(received_office__in=caller.office_ids) | Q(competent_office__in=caller.office_ids))
    return found.select_related("procedure", "received_office", "assignee")


def dossier_of(request: Request, ref: str) -> Dossier:
    """One of them by code or reference. Raises NotFound."""
    ref = clean(ref)[:60]
    found = reachable(request).filter(Q(code__iexact=ref) | Q(reference=ref.upper())).first() if ref else None
    if found is None:
        raise NotFound
    return found


def extensions(request: Request) -> QuerySet[Extension]:
    """The requests for more time the caller may see."""
    caller = partner(request)
    found = Extension.objects.all() if caller.user is None else Extension.objects.visible_to(caller.user)
    if caller.office_ids:
        found = found.filter(office__in=caller.office_ids)
    return found.select_related("office", "directive", "requested_by")


def extension_of(request: Request, pk: int) -> Extension:
    """One of them. Raises NotFound."""
    found = extensions(request).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def office_called(code: str) -> Office:
    """An office that exists today. Raises Refused('unknown_office', 422)."""
    found = Office.objects.active_on(clock.today()).filter(code=clean(code)).first()
    if found is None:
        sentence = _("Không có đơn vị nào có mã này.")
        raise Refused("unknown_office", sentence, fields={"office": [sentence]})
    return found
