"""What people do by hand: say that the postman took something, let a failed order be tried again."""
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.people.models import User
from onestop.transitions import Refused, step
from postal import policies
from postal.models import Shipment
from postal.services.steps import move
from postal.states import FETCHED, TRANSITIONS, State

WRONG_STATE = _("Bưu gửi không còn ở trạng thái cho phép thao tác này.")


def collect(*, shipment: Shipment, actor: User | None = None, label: str = "") -> Shipment:
    """The carrier has fetched it. `label` names a partner who says so by the API (its scope was checked at the door).

    Doing it twice changes nothing. Raises Refused.
    """
    with transaction.atomic():
        row = _locked(shipment)
        if actor is not None and not policies.can_collect(actor, row):
            raise Refused("forbidden", _("Chỉ nhân viên bưu chính hoặc cán bộ tiếp nhận của đơn vị được xác nhận."), status=403)
        if row.state in FETCHED:
            return row
        step(TRANSITIONS, "take", row.state, sentence=WRONG_STATE)
        move(row, "take", actor=actor, label=label, changes={"collected_at": clock.now()})
    return row


def retry(*, actor: User, shipment: Shipment) -> Shipment:
    """Let a refused or failed order be tried again from the start, under the same id. Twice changes nothing. Raises Refused."""
    with transaction.atomic():
        row = _locked(shipment)
        if not policies.can_retry(actor, row):
            raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)
        if row.state == State.READY:
            return row
        step(TRANSITIONS, "retry", row.state, sentence=WRONG_STATE)
        move(row, "retry", actor=actor, changes={"attempts": 0, "next_attempt_at": clock.now(), "last_error": ""})
        enqueue_after_commit("postal.dispatch", row.pk)
    return row


def _locked(shipment: Shipment) -> Shipment:
    return Shipment.objects.select_for_update(of=("self",)).select_related("carrier", "dossier", "office").get(pk=shipment.pk)
