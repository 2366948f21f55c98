"""What the operations give back. Never a name, an address or a paper's name to somebody without a token."""
from typing import Any

from rest_framework import serializers

from dossiers import extension_lists, history_words, payments, tracking
from dossiers.models import Dossier, Extension, ExtensionItem
from dossiers.services.payments import pay_address
from onestop import clock

Shape = serializers.Serializer[Any]


class DossierProblemShape(Shape):
    """application/problem+json (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)  # type: ignore[assignment]
    directive = serializers.DictField(child=serializers.CharField(), required=False)


def problems(*statuses: int) -> dict[tuple[int, str], type[Shape]]:
    """The error answers of an operation, for the schema."""
    return {(status, "application/problem+json"): DossierProblemShape for status in statuses}


class StatusShape(Shape):
    code = serializers.IntegerField(min_value=1, max_value=10)
    name = serializers.CharField()


class DossierShape(Shape):
    """A dossier to whoever works on it."""

    code = serializers.CharField(allow_null=True)
    reference = serializers.CharField()
    procedure = serializers.CharField()
    office = serializers.CharField()
    channel = serializers.CharField()
    status = StatusShape()
    state = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    accept_due_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    original_due_at = serializers.DateTimeField(allow_null=True)
    assignee = serializers.CharField(allow_null=True)
    return_method = serializers.CharField()
    mark = serializers.CharField(required=False)


class DossierPage(Shape):
    results = DossierShape(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class TrackedEventShape(Shape):
    verb = serializers.CharField()
    title = serializers.CharField()
    at = serializers.DateTimeField()


class TrackedShape(Shape):
    """A dossier to whoever has its number and second factor: nothing personal."""

    code = serializers.CharField()
    procedure = serializers.DictField(child=serializers.CharField())
    status = StatusShape()
    received_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    original_due_at = serializers.DateTimeField(allow_null=True)
    clock = serializers.CharField(help_text="waiting, running, stopped, ended")
    explanation = serializers.ListField(child=serializers.CharField())
    events = TrackedEventShape(many=True)
    shipment = serializers.DictField(allow_null=True)
    payments = serializers.ListField(child=serializers.DictField())


class SubmittedShape(Shape):
    reference = serializers.CharField()
    secret = serializers.CharField()
    status = StatusShape()
    accept_due_at = serializers.DateTimeField(allow_null=True)
    track_url = serializers.URLField()


class UploadStateShape(Shape):
    """How much of a file is here; what is known of it once it is complete."""

    expires_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    scan_state = serializers.CharField()
    name = serializers.CharField()
    mime = serializers.CharField()
    size = serializers.IntegerField()
    offset = serializers.IntegerField()
    complete = serializers.BooleanField()


class UploadShape(UploadStateShape):
    token = serializers.CharField()


class FindingShape(Shape):
    kind = serializers.ChoiceField(choices=["wrong", "missing", "warning"])
    field = serializers.CharField()
    sentence = serializers.CharField()
    directive = serializers.DictField(allow_null=True)


class FeeShape(Shape):
    amount = serializers.IntegerField()
    currency = serializers.CharField()


class OutlookShape(Shape):
    ready = serializers.BooleanField()
    accept_by = serializers.DateTimeField(allow_null=True)
    due_by = serializers.DateTimeField(allow_null=True)
    fee = FeeShape(allow_null=True)
    findings = FindingShape(many=True)


class PreviewShape(Shape):
    dossier = serializers.CharField()
    due_from = serializers.DateTimeField(allow_null=True)
    due_to = serializers.DateTimeField(allow_null=True)
    excluded_because = serializers.CharField()
    findings = serializers.ListField(child=serializers.DictField())
    state = serializers.CharField()


class PreviewPage(Shape):
    results = PreviewShape(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ExtensionShape(Shape):
    """A request for more time; `failed` names the dossiers that could not be moved, with the reason."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    instrument = serializers.CharField()
    until = serializers.DateField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    excluded = serializers.IntegerField()
    waiting = serializers.IntegerField()
    lifted = serializers.IntegerField()
    failed = serializers.ListField(child=serializers.DictField(), help_text="the first hundred")
    scope = serializers.DictField(help_text="what the list was frozen from; empty where the dossiers were named")
    progress_url = serializers.CharField()
    preview_url = serializers.CharField()
    preview = PreviewShape(many=True, required=False)


def status_json(dossier: Dossier) -> dict[str, Any]:
    """{code, name} of the ten public statuses."""
    return {"code": dossier.public_code, "name": dossier.public_name}


def moment(value: Any) -> str | None:
    """ISO 8601 with the Vietnamese offset."""
    return clock.local(value).isoformat() if value else None


def dossier_json(dossier: Dossier) -> dict[str, Any]:
    """DossierShape of a row read with its procedure, office and assignee."""
    shown = {"code": dossier.code, "reference": dossier.reference, "procedure": dossier.procedure.code,
             "office": dossier.received_office.code, "channel": dossier.channel, "status": status_json(dossier), "state": dossier.state,
             "assignee": dossier.assignee.username if dossier.assignee else None, "return_method": dossier.return_method}
    times = {name: moment(getattr(dossier, name)) for name in ("submitted_at", "accept_due_at", "received_at", "due_at", "original_due_at")}
    mark = getattr(dossier, "mark", None)
    return {**shown, **times, **({} if mark is None else {"mark": mark})}


def tracked_json(dossier: Dossier) -> dict[str, Any]:
    """TrackedShape."""
    events = tracking.events(dossier)
    return {
        "code": dossier.number, "procedure": {"code": dossier.procedure.code, "name": dossier.procedure.name},
        "status": status_json(dossier), "received_at": moment(dossier.received_at), "due_at": moment(dossier.due_at),
        "original_due_at": moment(dossier.original_due_at), "clock": tracking.clock_state(dossier),
        "explanation": tracking.explain(dossier),
        "events": [{"verb": event.verb, "title": str(history_words.title(event)), "at": moment(event.at)} for event in events],
        "shipment": shipment_json(events), "payments": payments.public(dossier, pay_address(dossier)),
    }


def shipment_json(events: list[Any]) -> dict[str, Any] | None:
    """Where the parcel is, by the last event that spoke of it."""
    for event in reversed(events):
        if event.verb == "shipment":
            told = {name: event.data.get(name, "") for name in ("state", "state_name", "waybill", "carrier")}
            told["direction"] = event.data.get("direction", "out")
            return {**told, "at": moment(event.at)}
    return None


def preview_json(item: ExtensionItem) -> dict[str, Any]:
    """PreviewShape."""
    return {"dossier": item.dossier.number, "due_from": moment(item.due_from), "due_to": moment(item.due_to),
            "excluded_because": item.excluded_because, "findings": item.findings, "state": item.state}


FIRST = 100  # items that a request itself shows; all of them are on its preview's pages
KEPT_INSIDE = ("office_ids", "up_to", "expected")


def extension_json(extension: Extension, url: str, *, preview: bool = False) -> dict[str, Any]:
    """ExtensionShape, with the beginning of the frozen list where it is asked for. A fixed number of queries."""
    items, numbers = extension.items.select_related("dossier"), extension_lists.progress(extension)
    failed = [{"dossier": item.dossier.number, "reason": item.excluded_because} for item in items.filter(state="failed")[:FIRST]]
    scope = {name: value for name, value in extension.scope.items() if name not in KEPT_INSIDE}
    counts = {name: getattr(numbers, name) for name in ("total", "done", "excluded", "waiting", "lifted")}
    shown: dict[str, Any] = {"id": extension.pk, "state": extension.state, "instrument": extension.instrument,
                             "until": extension.until.isoformat(), **counts, "failed": failed, "scope": scope, "progress_url": url,
                             "preview_url": f"{url}preview/"}
    return {**shown, "preview": [preview_json(item) for item in items[:FIRST]]} if preview else shown
