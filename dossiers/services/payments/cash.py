"""Cash at the counter: a receipt number without gaps, per office and year."""
from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.models import CashCounter, CashReceipt, PaymentRequest
from dossiers.services.payments.settling import settle
from dossiers.services.records import allow, claim
from dossiers.states import PaymentMethod, PaymentState
from onestop import clock
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused


@patiently
def cash(*, actor: User, request: PaymentRequest, payer: str, via: str) -> CashReceipt:
    """Take the sum of a request in cash. Asked again, the receipt that was given.

    Raises Refused: 'invalid' with fields, 'not_open' 409 (paid otherwise, or taken back), 403.
    """
    name = clean(payer)[:120]
    if not name:
        raise Refused("invalid", _("Vui lòng ghi tên người nộp tiền."), fields={"payer": [_("Vui lòng ghi tên người nộp tiền.")]})
    with transaction.atomic():
        dossier = claim(request.dossier)
        allow(policies.can_take_cash(actor, dossier))
        given = CashReceipt.objects.filter(request=request).first()
        if given is not None:
            return given
        row = PaymentRequest.objects.select_for_update().get(pk=request.pk)
        if row.state != PaymentState.OPEN:
            raise Refused("not_open", _("Khoản này không còn chờ nộp."), status=409)
        office, year = dossier.received_office, clock.today().year
        receipt = CashReceipt.objects.create(request=row, office=office, year=year, number=next_number(office, year), payer=name,
                                             taken_by=actor)
        settle(row, PaymentMethod.CASH, actor=actor, via=via, receipt=receipt.number, year=year)
    return receipt


def next_number(office: Office, year: int) -> int:
    """The next receipt number of an office's year. The counter's row stays locked until the caller's transaction ends; one that is rolled
    back gives its number back."""
    counter, _made = CashCounter.objects.get_or_create(office=office, year=year)
    CashCounter.objects.filter(pk=counter.pk).update(last=F("last") + 1)
    return CashCounter.objects.values_list("last", flat=True).get(pk=counter.pk)
