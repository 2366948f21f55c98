"""Broadcasts for tests, through the services and jobs that the portal uses."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile

from onestop.notify import tasks
from onestop.notify.models import Broadcast, Subscription
from onestop.notify.services import broadcasts
from onestop.notify.services.broadcasts import Plan
from onestop.offices.models import Area
from tests.cast import Cast

LAW = "Quyết định số 1615/QĐ-UBND"
TEXT = "Từ ngày 25/8, chỉ nhận hồ sơ trực tuyến hoặc qua bưu chính. Tổng đài 1900 0000."


def subscribers(area: Area, many: int, *, first: int = 0, **more: Any) -> None:
    """People who get the news of an area."""
    Subscription.objects.bulk_create([Subscription(
        contact=f"09{first + number:08d}", phone=f"09{first + number:08d}", area=area, state="active", consent_words="Đồng ý", **more)
        for number in range(many)], batch_size=500)


def plan(cast: Cast, **more: Any) -> Plan:
    given = {"name": "Cách nộp hồ sơ", "province": cast.province, "audience": "subscribers", "text": TEXT, "consent": "Đồng ý khi đăng ký"}
    return Plan(**{**given, **more})


def drafted(cast: Cast, **more: Any) -> Broadcast:
    return broadcasts.draft(actor=more.pop("actor", cast.administrator), plan=plan(cast, **more))


def listed(cast: Cast, lines: Iterable[str], *, name: str = "ds.csv", **more: Any) -> Broadcast:
    """A broadcast to an uploaded list, its list made."""
    upload = ContentFile("\n".join(lines).encode(), name=name)
    return counted(cast, drafted(cast, audience="list", upload=upload, consent=LAW, **more))


def counted(cast: Cast, row: Broadcast, job: Any = tasks.fill_audience) -> Broadcast:
    """The list is made by the job."""
    broadcasts.count(actor=cast.administrator, broadcast=row)
    job(row.pk)
    row.refresh_from_db()
    return row


def started(cast: Cast, row: Broadcast) -> Broadcast:
    """Started with the number and cost that it has."""
    return broadcasts.start(actor=cast.administrator, broadcast=row, people=row.people, cost=row.cost)


__all__ = ["LAW", "TEXT", "counted", "drafted", "listed", "plan", "started", "subscribers"]
