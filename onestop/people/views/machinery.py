"""What load balancers and meters ask; nothing personal in the answers."""
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from onestop.access import address, not_found
from onestop.people import health

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and broker answer, else 503; worker and ages (seconds) are told beside it."""
    seen = health.look()
    body = {"ready": seen.ready, "database": seen.database, "broker": seen.broker, "worker": seen.worker,
            "beat_age": seen.heartbeat_age, "outbox_age": seen.outbox_age, "outbox_waiting": seen.outbox_waiting,
            "outbox_put_off": seen.outbox_put_off, "gateway_missing": seen.gateway_missing, "shipments_unowned": seen.shipments_unowned}
    return JsonResponse(body, status=200 if seen.ready else 503, headers={"Cache-Control": "no-store"})


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to this machine only: a request that came through a proxy is from outside."""
    if "HTTP_X_FORWARDED_FOR" in request.META or address(request) not in LOOPBACK:
        return not_found(request)
    seen = health.look()
    figures = {"database_up": int(seen.database), "broker_up": int(seen.broker), "worker_up": int(seen.worker),
               "heartbeat_age_seconds": seen.heartbeat_age, "outbox_oldest_age_seconds": seen.outbox_age or 0,
               "outbox_waiting": seen.outbox_waiting, "outbox_put_off": seen.outbox_put_off,
               "message_gateways_resting": seen.gateways_resting, "message_gateway_missing": int(seen.gateway_missing),
               "shipments_unowned": seen.shipments_unowned}
    lines = [f"# TYPE onestop_{name} gauge\nonestop_{name} {value}" for name, value in figures.items() if value is not None]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
