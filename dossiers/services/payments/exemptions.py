"""Who need not pay, or only in part: the grounds, which administrators keep, and their use on a dossier."""
from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.models import Dossier, ExemptionGround, Fee, PaymentRequest
from dossiers.services import dues, processing
from dossiers.services.applicants import long_text
from dossiers.services.records import allow, claim, write_event
from dossiers.states import PaymentState, State
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused


@patiently
def exempt(*, actor: User, dossier: Dossier, ground: ExemptionGround, evidence: str, via: str) -> Fee:
    """Take a ground's share off the fee, on evidence. An open request over another sum is taken back.

    Raises Refused: 'evidence_missing', 'no_fee', 'ground_ended', 'already_paid' 409, 'already_done' 409, 403.
    """
    evidence = " ".join(long_text(evidence).split())[:255]
    if not evidence:
        sentence = _("Vui lòng ghi giấy tờ chứng minh.")
        raise Refused("evidence_missing", sentence, fields={"evidence": [sentence]})
    if not ground.active:
        raise Refused("ground_ended", _("Lý do miễn, giảm này không còn áp dụng."), fields={"ground": [_("Không còn áp dụng.")]})
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_exempt(actor, found))
        fee = _open_fee(found, ground)
        fee.ground, fee.evidence, fee.set_by, fee.set_at = ground, evidence, actor, clock.now()
        fee.amount = fee.full * (100 - ground.percent) // 100
        fee.save(update_fields=["ground", "evidence", "set_by", "set_at", "amount"])
        _take_back(found, fee, actor)
        dues.bring_up(found)
        write_event(found, "exempt", actor=actor, via=via, before=str(found.state), reason=evidence, legal_basis=ground.legal_basis,
                    data={"ground": ground.code, "percent": ground.percent})
        if fee.amount == 0 and found.state == State.PAYMENT:
            processing.resume(actor=actor, dossier=found, via=via, note=ground.name)
    return fee


def _open_fee(dossier: Dossier, ground: ExemptionGround) -> Fee:
    fee = Fee.objects.select_for_update().filter(dossier=dossier).first()
    if fee is None or fee.full == 0:
        raise Refused("no_fee", _("Hồ sơ không có khoản phí nào để miễn, giảm."))
    if dossier.payments.filter(state=PaymentState.PAID).exists():
        raise Refused("already_paid", _("Phí đã được nộp. Hãy hoàn tiền trước khi miễn, giảm."), status=409)
    if fee.ground_id == ground.pk:
        raise Refused("already_done", _("Lý do này đã được áp dụng trước đó."), status=409)
    return fee


def _take_back(dossier: Dossier, fee: Fee, actor: User) -> None:
    for request in PaymentRequest.objects.select_for_update().filter(dossier=dossier, state=PaymentState.OPEN).exclude(amount=fee.amount):
        dues.cancel_row(request, verb="cancel", actor=actor, reason=str(_("Phí được miễn, giảm.")))


@patiently
def save_ground(*, actor: User, ground: ExemptionGround | None, name: str, percent: int, legal_basis: str, active: bool = True,
                code: str = "") -> ExemptionGround:
    """Add a ground (`ground` None) or change one; what was decided under it stays as it was. Raises Refused: 'invalid' with fields, 403."""
    allow(policies.can_manage_grounds(actor))
    name, legal_basis = clean(name)[:200], clean(legal_basis)[:255]
    missing = [field for field, value in (("name", name), ("legal_basis", legal_basis)) if not value]
    wrong = {field: [_("Vui lòng không để trống.")] for field in missing}
    if not 1 <= percent <= 100:
        wrong["percent"] = [_("Mức giảm từ 1 đến 100 phần trăm.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    row = ground or ExemptionGround(code=clean(code)[:30])
    row.name, row.percent, row.legal_basis, row.active = name, percent, legal_basis, active
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        sentence = _("Mã này đã có.")
        raise Refused("invalid", sentence, fields={"code": [sentence]}) from error
    return row
