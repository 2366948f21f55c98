"""More time for programs: ask, approve, reject, lift, follow (letter Cần Thơ 1c and 2)."""
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from dossiers import scopes
from dossiers.api import access, inputs, shapes
from dossiers.api.inputs import checked
from dossiers.models import Dossier, Extension
from dossiers.services import extensions
from onestop import clock
from onestop.directives.models import Directive
from onestop.offices.models import Office
from onestop.people.rest.authentication import needs
from onestop.people.rest.idempotency import idempotent
from onestop.people.rest.pagination import Pages
from onestop.people.states import Scope
from onestop.people.words import clean
from onestop.transitions import Refused

ASKED = {"office": "ninh-kieu", "dossiers": ["H13.70-261125-0001"], "instrument": "directed_extension", "until": "2026-12-25",
         "reason": "Chưa thể xác minh thực tế", "citizen_text": "Do dịch bệnh, chưa thể xác minh thực tế.", "directive": "2468/VPUB-KSTT",
         "clause": "khoản 1c"}
PREVIEW = {"dossier": "H13.70-261125-0001", "due_from": "2026-12-09T17:00:00+07:00", "due_to": "2026-12-25T17:00:00+07:00",
           "excluded_because": "", "state": "waiting",
           "findings": [{"code": "field_verification", "ok": True, "hard": True, "sentence": "…"}]}
SHOWN = {"id": 1, "state": "requested", "instrument": "directed_extension", "until": "2026-12-25", "total": 1, "done": 0, "excluded": 0,
         "waiting": 1, "lifted": 0, "failed": [], "scope": {}, "progress_url": "http://localhost:8000/api/v1/extensions/1/",
         "preview_url": "http://localhost:8000/api/v1/extensions/1/preview/"}
ERRORS = shapes.problems(400, 401, 403, 404, 409, 422, 429, 503)
AS_EXTENSION = OpenApiExample("Extension", response_only=True, value=SHOWN)


class Extend(APIView):
    permission_classes = [needs(Scope.EXTEND)]


def shown(request: Request, extension: Extension, *, preview: bool = False, status: int = 200) -> Response:
    """The request as it is now."""
    url = reverse("api:extension", kwargs={"pk": extension.pk}, request=request)
    return Response(shapes.extension_json(extension, url, preview=preview), status=status)


def letter(number: str) -> Directive | None:
    """The published letter with this number. Raises Refused('unknown_directive')."""
    if not number:
        return None
    found = Directive.objects.filter(number=clean(number), published_at__isnull=False).first()
    if found is None:
        sentence = _("Không có văn bản nào có số này.")
        raise Refused("unknown_directive", sentence, fields={"directive": [sentence]})
    return found


def office_for(request: Request, code: str) -> Office:
    """The office the caller may ask for. Raises NotFound for another one's."""
    office = access.office_called(code)
    officer = access.officer_of(request)
    if not access.partner(request).may_act_for(office.pk) or office.pk not in officer.office_ids_as():
        raise NotFound
    return office


def chosen(request: Request, office: Office, numbers: list[str]) -> list[Dossier]:
    """The dossiers that were named, of the office. Raises Refused('unknown_dossier') naming the first unknown one."""
    found = access.reachable(request).filter(Q(received_office=office) | Q(competent_office=office))
    return named(found, numbers)


def named(found: QuerySet[Dossier], numbers: list[str]) -> list[Dossier]:
    """Dossiers by code or reference. Raises Refused('unknown_dossier') naming the first unknown one."""
    numbers = [clean(number).upper() for number in numbers]
    rows = list(found.filter(Q(code__in=numbers) | Q(reference__in=numbers)))
    known = {row.code for row in rows} | {row.reference for row in rows}
    missing = [number for number in numbers if number not in known]
    if missing:
        sentence = _("Không tìm thấy hồ sơ %(number)s.") % {"number": missing[0]}
        raise Refused("unknown_dossier", sentence, fields={"dossiers": [sentence]})
    return rows


def scope_of(asked: dict[str, Any], office: Office | None = None) -> scopes.Scope:
    """The filter of a body as a scope; of one office where no other is named."""
    kept = {name: asked[name] for name in ("field", "states", "received_from", "received_to", "due_before")}
    verification = asked["field_verification"]
    return scopes.Scope.from_json({
        **kept, "procedures": [code for code in (*asked["procedures"], asked["procedure"]) if code],
        "areas": [code for code in (*asked["areas"], asked["area"]) if code], "channels": [asked["channel"]] if asked["channel"] else [],
        "offices": asked["offices"] or ([office.code] if office else []),
        "field_verification": "" if verification is None else scopes.YES if verification else scopes.NO,
    })


def check_offices(request: Request, scope: scopes.Scope) -> None:
    """Every office of a scope is one the caller may ask for. Raises NotFound, Refused('unknown_office')."""
    for code in scope.offices:
        office_for(request, code)


def items_named(extension: Extension, numbers: list[str]) -> list[int]:
    """The items of a request by their dossiers' numbers. Raises Refused('unknown_dossier')."""
    rows = named(Dossier.objects.filter(extension_items__extension=extension), numbers)
    return list(extension.items.filter(dossier__in=rows).values_list("pk", flat=True))


class Extensions(Extend):
    """Ask."""

    @extend_schema(
        operation_id="extensions_create", summary="Ask for more time for named or filtered dossiers; answers the frozen list with dates",
        request=inputs.ExtensionIn, responses={201: shapes.ExtensionShape, **ERRORS},
        examples=[OpenApiExample("Request", request_only=True, value=ASKED),
                  OpenApiExample("Requested", response_only=True, status_codes=["201"], value={**SHOWN, "preview": [PREVIEW]})])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = checked(inputs.ExtensionIn, request.data)
        office = office_for(request, asked["office"])
        until = asked["until"] or clock.today() + timedelta(days=asked["days"])
        wanted = {name: asked[name] for name in ("instrument", "starts_on", "reason", "citizen_text", "clause")}
        wanted |= {"actor": access.officer_of(request), "office": office, "until": until}
        wanted["directive"] = letter(asked["directive"])
        if asked["dossiers"]:
            made = extensions.request_extension(dossiers=chosen(request, office, asked["dossiers"]), via="api", **wanted)
        else:
            scope = scope_of(asked["filter"], office)
            check_offices(request, scope)
            made = extensions.request_scope(scope=scope, via="api", **wanted)
        return shown(request, made, preview=True, status=201)


class ExtensionDetail(Extend):
    """Follow."""

    @extend_schema(operation_id="extensions_show", summary="How far a request for more time is: state, done, failed, total",
                   responses={200: shapes.ExtensionShape, **shapes.problems(401, 403, 404, 429)}, examples=[AS_EXTENSION])
    def get(self, request: Request, pk: int) -> Response:
        return shown(request, access.extension_of(request, pk), preview=True)


class Approve(Extend):
    """Approve."""

    @extend_schema(operation_id="extensions_approve", summary="Approve and carry out; never by the requester",
                   request=inputs.ReasonIn, responses={200: shapes.ExtensionShape, **ERRORS},
                   examples=[OpenApiExample("Body", request_only=True, value={"reason": "Đúng khoản 1c"}), AS_EXTENSION])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        asked = checked(inputs.ReasonIn, request.data)
        found = access.extension_of(request, pk)
        return shown(request, extensions.approve(actor=access.officer_of(request), extension=found, via="api", reason=asked["reason"]))


class Reject(Extend):
    """Say no."""

    @extend_schema(operation_id="extensions_reject", summary="Reject with the reason", request=inputs.ReasonIn,
                   responses={200: shapes.ExtensionShape, **ERRORS},
                   examples=[OpenApiExample("Body", request_only=True, value={"reason": "Không phải xác minh thực tế"}), AS_EXTENSION])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        asked = checked(inputs.ReasonIn, request.data)
        found = access.extension_of(request, pk)
        return shown(request, extensions.reject(actor=access.officer_of(request), extension=found, via="api", reason=asked["reason"]))


class Lift(Extend):
    """End a suspension early."""

    @extend_schema(operation_id="extensions_lift", summary="End a suspension early: from a day on its days count again",
                   request=inputs.LiftIn, responses={200: shapes.ExtensionShape, **ERRORS},
                   examples=[OpenApiExample("Body", request_only=True, value={"reason": "Hết giãn cách", "from_day": "2026-12-07"}),
                             AS_EXTENSION])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        asked = checked(inputs.LiftIn, request.data)
        found = access.extension_of(request, pk)
        numbers, wanted = asked.pop("dossiers"), asked.pop("filter")
        items = items_named(found, numbers) if numbers else None
        scope = scope_of(wanted) if wanted and not numbers else None
        return shown(request, extensions.lift(actor=access.officer_of(request), extension=found, via="api", items=items, scope=scope,
                                              **asked))


class Preview(Extend):
    """The frozen list, page by page."""

    @extend_schema(operation_id="extensions_preview", summary="The frozen list: old and new date, or why a dossier is left out",
                   responses={200: shapes.PreviewPage, **shapes.problems(401, 403, 404, 429)},
                   examples=[OpenApiExample("Page", response_only=True, value={"results": [PREVIEW], "next": None, "previous": None})])
    def get(self, request: Request, pk: int) -> Response:
        found = access.extension_of(request, pk)
        pages = Pages()
        rows = pages.paginate_queryset(found.items.select_related("dossier").order_by("pk"), request, view=self) or []
        return pages.get_paginated_response([shapes.preview_json(item) for item in rows])


class Exclude(Extend):
    """Take single dossiers out."""

    @extend_schema(operation_id="extensions_exclude", summary="Take single dossiers out of the list before it is decided, with the reason",
                   request=inputs.ExcludeIn, responses={200: shapes.ExtensionShape, **ERRORS},
                   examples=[OpenApiExample("Body", request_only=True, value={"dossiers": ["H13.70-261125-0001"],
                                                                              "reason": "Đã xác minh được"}), AS_EXTENSION])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        asked = checked(inputs.ExcludeIn, request.data)
        found = access.extension_of(request, pk)
        extensions.exclude(actor=access.officer_of(request), extension=found, items=items_named(found, asked["dossiers"]),
                           reason=asked["reason"], via="api")
        return shown(request, found)


class Retry(Extend):
    """Try what failed again."""

    @extend_schema(operation_id="extensions_retry", summary="Try the dossiers that could not be done again", request=None,
                   responses={200: shapes.ExtensionShape, **ERRORS}, examples=[AS_EXTENSION])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        found = access.extension_of(request, pk)
        extensions.retry(actor=access.officer_of(request), extension=found, via="api")
        found.refresh_from_db()
        return shown(request, found)
