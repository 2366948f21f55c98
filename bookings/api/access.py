"""Who is asking, and which rows they may reach. What a caller may not see does not exist for them (404)."""
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request

from bookings import facts, persons, policies, queries
from bookings.api.shapes import ProblemShape
from bookings.models import Appointment
from onestop.catalogue.models import Procedure
from onestop.history import CITIZEN
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.rest.authentication import Partner
from onestop.transitions import Refused


def problems(*statuses: int) -> dict[int, OpenApiResponse]:
    """The error answers of an operation, for the schema."""
    return {status: OpenApiResponse(ProblemShape, description=f"application/problem+json {status}") for status in statuses}


def partner(request: Request) -> Partner | None:
    return request.user if isinstance(request.user, Partner) else None


def actor(request: Request) -> User | None:
    """The officer a token belongs to, if any."""
    caller = partner(request)
    return caller.user if caller is not None else None


def label(request: Request) -> str:
    """How the history names the caller."""
    caller = partner(request)
    return caller.label[:120] if caller is not None else CITIZEN


def find_procedure(code: str) -> Procedure:
    """Raises Refused('unknown_procedure', 404)."""
    found = facts.procedure(code)
    if found is None:
        raise Refused("unknown_procedure", _("Không có thủ tục nào mang mã này."), status=404)
    return found


def find_office(code: str) -> Office:
    """Raises Refused('unknown_office', 404)."""
    found = facts.office(code)
    if found is None:
        raise unknown_office()
    return found


def unknown_office() -> Refused:
    return Refused("unknown_office", _("Không có đơn vị nào mang mã này."), status=404)


def check_slot_reach(request: Request, office_id: int) -> None:
    """A token of other offices doesn't see this slot. Raises Refused('unknown_slot', 404)."""
    caller = partner(request)
    if caller is not None and not caller.may_act_for(office_id):
        raise Refused("unknown_slot", _("Không tìm thấy khung giờ này."), status=404)


def unknown_appointment() -> Refused:
    return Refused("unknown_appointment", _("Không tìm thấy lịch hẹn này."), status=404)


def of_office(request: Request, code: str, *scopes: str) -> Appointment:
    """An appointment at an office of the caller's token. Raises Refused('unknown_appointment', 404)."""
    found, caller = queries.by_code(code), partner(request)
    if found is None or caller is None or not caller.has_scope(*scopes) or not caller.may_act_for(found.office_id):
        raise unknown_appointment()
    if caller.user is not None and not policies.can_see(caller.user, found):
        raise unknown_appointment()
    return found


def check_in_time(request: Request, row: Appointment, secret: str) -> None:
    """Whoever brings the citizen's secret acts for the citizen, also a partner: until the cut-off. Raises Refused('too_near', 409)."""
    refusal = persons.cut_off(row, actor=actor(request), label=CITIZEN) if secret else None
    if refusal is not None:
        raise refusal


def by_secret_or_office(request: Request, code: str, secret: Any, *scopes: str) -> Appointment:
    """The appointment for whoever holds its secret, or for a token of its office with one of `scopes`."""
    if isinstance(secret, str) and secret:
        found = queries.by_link(code, secret)
        if found is not None:
            return found
    return of_office(request, code, *scopes)
