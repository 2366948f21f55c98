"""Whether the portal is alive and ready, as figures: database, broker, age of the heartbeat, age of the outbox."""
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import current_app
from django.apps import apps
from django.db import Error, connection
from django.db.models import Count, Min
from kombu.exceptions import OperationalError

from onestop import clock
from onestop.people.models import Heartbeat

HEARTBEAT_LATE = 120  # seconds; beat asks every 30


@dataclass(frozen=True)
class Health:
    """`None` for an age: there is nothing to tell the age of."""

    database: bool
    broker: bool
    heartbeat_age: int | None = None
    outbox_age: int | None = None
    outbox_waiting: int = 0
    outbox_put_off: int = 0
    gateways_resting: int = 0
    gateway_missing: bool = False
    shipments_unowned: int = 0

    @property
    def worker(self) -> bool:
        return self.heartbeat_age is not None and self.heartbeat_age <= HEARTBEAT_LATE

    @property
    def ready(self) -> bool:
        """The portal can take requests; a worker that is away only delays, so it is told but does not refuse traffic."""
        return self.database and self.broker


def look() -> Health:
    """Ask everything once; never raises."""
    database, broker = _database_answers(), broker_answers()
    if not database:
        return Health(database, broker)
    oldest, waiting, later = _outbox()
    heard = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    return Health(database, broker, _age(heard), _age(oldest), waiting, later, _resting(), _missing(), _unowned())


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except Error:  # also a connection that was closed meanwhile
        return False


def broker_answers() -> bool:
    """Whether the broker takes a connection within two seconds."""
    try:
        with current_app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=0, timeout=2)
    except (OperationalError, OSError):
        return False
    return True


def _outbox() -> tuple[datetime | None, int, int]:
    """The oldest message due and not yet sent, how many there are, and how many were put off: by the night, the day's cap, a gateway that
    rests or that there is none, a failure. The outbox belongs to a floor above: asked by name."""
    rows, now = apps.get_model("notify", "Message").objects, clock.now()
    found: dict[str, Any] = rows.due(now).aggregate(oldest=Min("next_attempt_at"), waiting=Count("pk"))
    return found["oldest"], found["waiting"], rows.put_off(now).count()


def _resting() -> int:
    """Message gateways whose breaker is open: their messages wait and are not due."""
    gateways = apps.get_model("notify", "Provider").objects.filter(active=True, rest_until__gt=clock.now())
    return int(gateways.count())


def _missing() -> bool:
    """Whether messages are to go as texts and there is no gateway to carry them."""
    return bool(apps.get_model("notify", "Provider").objects.texts_missing())


def _unowned() -> int:
    """Shipments that were not fetched in time and nobody could be told of."""
    return int(apps.get_model("postal", "Shipment").objects.unowned(clock.now()).count())


def _age(moment: datetime | None) -> int | None:
    return None if moment is None else max(int((clock.now() - moment).total_seconds()), 0)
