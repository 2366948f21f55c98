"""What beat looks after in money: tries the gateway is silent about, reminders, requests whose time is over."""
from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from dossiers.models import PaymentAttempt, PaymentEvent, PaymentRequest
from dossiers.services import dues
from dossiers.services.payments import attempts
from dossiers.services.payments.asking import cancel, pay_address
from dossiers.services.records import claim, inform, write_event
from dossiers.states import AttemptState, PaymentState
from onestop import clock
from onestop.patience import each_part, or_next_sweep, patiently
from onestop.people import shown
from onestop.transitions import Refused

log = logging.getLogger(__name__)
PER_SWEEP = 200
SILENT_IN_A_ROW = 3  # then the gateway is out of reach: the rest waits


def sweep() -> dict[str, int]:
    """Everything once; how much of each. A fault in one part keeps none of the others waiting."""
    parts: dict[str, Callable[[], int]] = {"asked": ask_silent, "reminded": remind, "expired": expire_requests}
    return each_part("payments", parts)


def ask_silent() -> int:
    """Ask the gateway about tries it has told nothing about for a while, with growing pauses; how many were asked about."""
    due = Q(asked_times=0, started_at__lte=attempts.due_since(0))
    for asked in range(1, settings.GATEWAY_QUERY_MOST):
        due |= Q(asked_times=asked, asked_at__lte=attempts.due_since(asked))
    # Also those whose last question was cut off in the middle: they are not given up yet.
    due |= Q(asked_times__gte=settings.GATEWAY_QUERY_MOST, asked_at__lte=attempts.due_since(settings.GATEWAY_QUERY_MOST))
    waiting = PaymentAttempt.objects.filter(due, state=AttemptState.SENT).order_by("asked_at", "pk").values_list("pk", flat=True)
    asked_about = silent = 0
    for pk in waiting[:PER_SWEEP]:
        answer = _asked_safely(pk)
        asked_about += bool(answer)
        silent = silent + 1 if answer == "silent" else 0
        if silent >= SILENT_IN_A_ROW:
            break
    return asked_about


def _asked_safely(pk: int) -> str:
    """One try; what goes wrong with it is looked into, and keeps no other payment from being found."""
    try:
        return _asked(pk)
    except Refused as refusal:
        log.info("try to pay %s waits for the next sweep: %s", pk, refusal.code)
    except Exception:
        log.exception("try to pay %s", pk)
    return ""


def _asked(pk: int) -> str:
    if attempts.gateway_open():
        return attempts.ask_gateway(pk)
    return "settled" if or_next_sweep("try to pay", attempts.expire, pk, "no_gateway") else ""


def remind() -> int:
    """Remind of requests that end soon, once each."""
    told = PaymentEvent.objects.filter(subject=OuterRef("pk"), verb="remind")
    last = clock.today() + timedelta(days=settings.PAYMENT_REMIND_DAYS)
    soon = PaymentRequest.objects.filter(~Exists(told), state=PaymentState.OPEN, due_on__gte=clock.today(), due_on__lte=last,
                                         asked_at__lt=clock.now() - timedelta(days=1))
    return sum(or_next_sweep("reminder", _remind_one, request) for request in soon.select_related("dossier")[:PER_SWEEP])


@patiently
def _remind_one(request: PaymentRequest) -> bool:
    with transaction.atomic():
        dossier = claim(request.dossier)
        row = PaymentRequest.objects.select_for_update().get(pk=request.pk)
        if row.state != PaymentState.OPEN or row.events.filter(verb="remind").exists():
            return False
        dues.note(row, "remind", before=row.state)
        event = write_event(dossier, "remind_payment", actor=None, via="worker", before=str(dossier.state), public=False)
        inform(dossier, event, "payment_reminder", amount=shown.money(row.amount), pay_by=shown.day(row.due_on),
               pay_url=pay_address(dossier), useless_at=clock.at(row.due_on + timedelta(days=1)) if row.due_on else None)
    return True


def expire_requests() -> int:
    """Take back requests whose last day is over, unless a try to pay is still open at the gateway."""
    trying = PaymentAttempt.objects.filter(request=OuterRef("pk"), state=AttemptState.SENT)
    over = PaymentRequest.objects.filter(~Exists(trying), state=PaymentState.OPEN, due_on__lt=clock.today())
    return sum(or_next_sweep("request to pay", _expire_one, request) for request in over.select_related("dossier")[:PER_SWEEP])


def _expire_one(request: PaymentRequest) -> bool:
    return bool(cancel(actor=None, request=request, reason=str(_("Quá hạn nộp.")), via="worker", verb="expire"))
