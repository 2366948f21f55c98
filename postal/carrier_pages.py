"""What the pages of carriers show: an order as it would go out, and the history in words."""
from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from onestop import clock
from onestop.history import WORKER
from onestop.offices.models import Office
from onestop.people.shapes import TimelineItem
from onestop.people.states import Role
from onestop.signature import HEADER
from postal.carriers import content, folder, http
from postal.carriers.mapping import typed_spans
from postal.forms.carriers import WEEKDAYS, CarrierForm
from postal.manifests import HEADER as COLUMNS
from postal.models import Carrier, CarrierChange, CarrierEvent, CarrierWord, Shipment
from postal.states import CARRIER_SHOWN, DEAD_LETTERS, Adapter, Direction, Meaning, State

CHANGES = 20  # of a carrier's history


@dataclass(frozen=True)
class Trial:
    """What would go out to a carrier, and what stands in the way; nothing has been sent."""

    body: str
    headers: list[tuple[str, str]]
    line: list[tuple[str, str]]
    faults: list[str]


def with_counts(carriers: QuerySet[Carrier]) -> QuerySet[Carrier]:
    """Carriers with how many shipments wait to be told, are dead letters, and how many words wait for a meaning."""
    held = Shipment.objects.filter(carrier=OuterRef("pk"))
    return carriers.select_related("province").annotate(
        waiting=_number(held.filter(state__in=[State.READY, State.SENDING]), "carrier"),
        dead=_number(held.filter(state__in=DEAD_LETTERS), "carrier"),
        unknown=_number(CarrierWord.objects.filter(carrier=OuterRef("pk"), meaning=""), "carrier"))


def _number(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many rows a subquery finds."""
    return Coalesce(Subquery(rows.order_by().values(by).annotate(number=Count("pk")).values("number")), 0)


def trial(carrier: Carrier) -> Trial:
    """An order about nobody, as this carrier would get it."""
    shipment = _sample(carrier)
    headers = [("Idempotency-Key", str(shipment.key)), (HEADER, "sha256=…")]
    body = json.dumps(json.loads(http.content(shipment)), ensure_ascii=False, indent=2)
    line = list(zip(COLUMNS, content.line(shipment), strict=True))
    return Trial(body, headers, line, [*(_faults_by_file(carrier) if carrier.adapter == Adapter.FILE else _faults_by_http(carrier))])


def _sample(carrier: Carrier) -> Shipment:
    offices = Office.objects.filter(province=carrier.province) if carrier.province_id else Office.objects.all()
    office = offices.order_by("pk").first() or Office(name=_("Bộ phận Một cửa ví dụ"), address=_("Số 1, đường Ví Dụ"))
    return Shipment(carrier=carrier, office=office, direction=Direction.OUT, key=UUID(int=0), recipient=_("Nguyễn Thị Ví Dụ"),
                    phone="0900000000", address=_("Số 2, đường Ví Dụ"), area_path=_("Phường Ví Dụ"),
                    collect_due_at=clock.now() + timedelta(hours=carrier.collect_hours))


def _faults_by_http(carrier: Carrier) -> list[str]:
    address = urlsplit(carrier.order_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        return [_("Chưa có địa chỉ nhận yêu cầu đúng.")]
    if address.scheme == "http" and settings.PRODUCTION:
        return [_("Địa chỉ không dùng HTTPS: nội dung có họ tên, địa chỉ, số điện thoại của công dân.")]
    return []


def _faults_by_file(carrier: Carrier) -> list[str]:
    place = folder.home(carrier)
    nearest = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return [_("Cổng không ghi được vào thư mục %(folder)s.") % {"folder": _shown(place)}]
    return [] if place.exists() else [_("Thư mục %(folder)s chưa có, sẽ được tạo khi lập bảng kê đầu tiên.") % {"folder": _shown(place)}]


def _shown(place: Path) -> str:
    """The part of a path that whoever keeps the exchange folder knows."""
    return f"{place.parent.name}/{place.name}"


def history(carrier: Carrier) -> list[TimelineItem]:
    """Who changed what, the newest first."""
    changes = CarrierChange.objects.filter(subject=carrier).select_related("actor").order_by("-pk")[:CHANGES]
    return [_item(change) for change in changes]


def _item(change: CarrierChange) -> TimelineItem:
    label, tone = CARRIER_SHOWN.get(change.verb, (change.verb, "neutral"))
    who = change.actor or ("" if change.actor_label == WORKER else change.actor_label)
    return TimelineItem(change.at, str(label), _told(change.verb, change.data), who, tone)


def _told(verb: str, data: dict[str, Any]) -> str:
    if verb in ("explain", "drop_word"):
        meaning = _meaning(data.get("to", "")) if verb == "explain" else _("bỏ khỏi bảng")
        return f"{data['word']}: {_meaning(data['from'])} → {meaning}"
    if verb == "change":
        return "; ".join(f"{_label(name)}: {_value(before)} → {_value(after)}" for name, (before, after) in data["changes"].items())
    if "count" in data:
        return _("%(count)s bưu gửi") % {"count": data["count"]}
    return ""


def _meaning(value: str) -> str:
    return str(Meaning(value).label) if value in Meaning.values else _("chưa rõ")


def _label(name: str) -> str:
    names = {"hours": _("Giờ làm việc"), "order_fields": _("Tên trường của yêu cầu"), "answer_fields": _("Tên trường của câu trả lời")}
    field = CarrierForm.base_fields.get(name)
    return names.get(name) or str(field.label if field else name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, list):
        return ", ".join(str(Role(one).label) if one in Role.values else str(one) for one in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}={one}" for name, one in value.items()) or "–"
    return str(value) if value not in (None, "") else "–"


def week(carrier: Carrier) -> list[tuple[str, str]]:
    """The carrier's own week, day by day; [] where the offices' calendar counts."""
    if not carrier.hours:
        return []
    return [(str(day), typed_spans(carrier.hours.get(str(number), [])) or _("nghỉ")) for number, day in enumerate(WEEKDAYS)]


def told(carrier: Carrier) -> dict[str, str]:
    """Who is told before a time runs out, and after."""
    return {"warned": _value(carrier.warn_roles), "late": _value(carrier.late_roles)}


def with_waiting(words: QuerySet[CarrierWord]) -> QuerySet[CarrierWord]:
    """Words with the number of events that wait for their meaning."""
    events = CarrierEvent.objects.filter(carrier=OuterRef("carrier"), status=OuterRef("word"), applied=False)
    return words.annotate(held=_number(events, "status"))
