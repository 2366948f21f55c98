"""The gateway's or the bank's file of a day against ours, line by line.

A bank's line that carries our number and its sum settles the request: nobody else tells about transfers. A gateway's line settles
nothing, since a file is not signed: a try that we do not know as paid is asked about at the gateway again.
"""
from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.gateway.statements import Line, Unreadable, lines
from dossiers.models import PaymentAttempt, PaymentEvent, PaymentRequest, Reconciliation, ReconciliationLine
from dossiers.services.payments.settling import paid_again, settle
from dossiers.services.records import allow, claim
from dossiers.states import AttemptState, PaymentMethod, PaymentState
from onestop import clock
from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

Finding = ReconciliationLine.Finding
BANK = "sao kê ngân hàng"


def reconcile(*, actor: User, file_name: str, content: bytes, source: str, day: date) -> Reconciliation:
    """Read a file and keep what was found. Raises Refused: 'unreadable' with field file, 'already_done' 409 (this very file), 403."""
    allow(policies.can_manage_grounds(actor))
    digest = hashlib.sha256(content).hexdigest()
    known = Reconciliation.objects.filter(digest=digest).first()
    if known is not None:
        raise Refused("already_done", _("Tệp này đã được đối soát trước đó (lần số %(number)s).") % {"number": known.pk}, status=409)
    try:
        theirs = lines(content)
    except Unreadable as error:
        sentence = _("Không đọc được tệp. Cần tệp CSV (UTF-8) có cột số tiền và cột mã giao dịch hoặc nội dung.")
        raise Refused("unreadable", sentence, fields={"file": [sentence]}) from error
    compare = _bank if source == Reconciliation.Source.BANK else _gateway
    found = list(compare(theirs, day, actor))
    try:
        with transaction.atomic():
            made = Reconciliation.objects.create(source=source, day=day, file_name=file_name[:160], digest=digest, read_by=actor)
            for row in found:
                row.reconciliation = made
            ReconciliationLine.objects.bulk_create(found, batch_size=500)
    except IntegrityError as error:
        raise Refused("already_done", _("Tệp này vừa được đối soát."), status=409) from error
    if source == Reconciliation.Source.GATEWAY:
        enqueue_after_commit("dossiers.sweep_payments")
    return made


def _row(reference: str, finding: str, theirs: int | None, ours: int | None, note: object = "") -> ReconciliationLine:
    return ReconciliationLine(reference=reference[:40], finding=finding, theirs=theirs, ours=ours, note=str(note)[:255])


# --- the gateway ------------------------------------------------------------------------------------------------------

def _gateway(theirs: Sequence[Line], day: date, actor: User) -> Iterable[ReconciliationLine]:
    named = {line.reference for line in theirs}
    tries = {row.reference: row for row in PaymentAttempt.objects.filter(reference__in=named)}
    seen: set[str] = set()
    for line in theirs:
        yield _compared(line, tries.get(line.reference), line.reference in seen)
        seen.add(line.reference)
    ours = PaymentAttempt.objects.filter(state=AttemptState.PAID, ended_at__range=_whole(day)).exclude(reference__in=named)
    for row in ours:
        yield _row(row.reference, Finding.ONLY_OURS, None, row.amount, _("Cổng đã ghi nhận nhưng tệp không có."))


def _whole(day: date) -> tuple[object, object]:
    return clock.at(day), clock.at(day).replace(hour=23, minute=59, second=59, microsecond=999999)


def _compared(line: Line, ours: PaymentAttempt | None, again: bool) -> ReconciliationLine:
    if ours is None:
        return _row(line.reference, Finding.ONLY_THEIRS, line.amount, None, _("Không có giao dịch này ở Cổng."))
    if again:
        return _row(line.reference, Finding.DIFFERS, line.amount, ours.amount, _("Giao dịch có hai dòng trong tệp."))
    if line.amount != ours.amount:
        return _row(line.reference, Finding.DIFFERS, line.amount, ours.amount, _("Số tiền khác nhau."))
    if ours.state != AttemptState.PAID:
        _ask_again(ours)
        return _row(line.reference, Finding.DIFFERS, line.amount, None, _("Cổng chưa ghi nhận; đang hỏi lại cổng thanh toán."))
    return _row(line.reference, Finding.MATCH, line.amount, ours.amount)


def _ask_again(attempt: PaymentAttempt) -> None:
    """The next sweep asks about it as if it had just been sent."""
    same = PaymentAttempt.objects.filter(pk=attempt.pk, state=attempt.state).exclude(state=AttemptState.PAID)
    same.update(state=AttemptState.SENT, asked_times=0, asked_at=None, ended_at=None)


# --- the bank ---------------------------------------------------------------------------------------------------------

def _bank(theirs: Sequence[Line], day: date, actor: User) -> Iterable[ReconciliationLine]:
    numbers = {number for line in theirs for number in line.numbers}
    seen: Counter[int] = Counter()  # how many lines of this file have paid a request
    for line in theirs:
        yield _transfer(line, day, actor, seen)
    recorded = PaymentEvent.objects.filter(verb="paid", data__statement_day=day.isoformat()).exclude(subject__number__in=numbers)
    for event in recorded.select_related("subject"):
        yield _row(event.subject.number, Finding.ONLY_OURS, None, event.subject.amount, _("Cổng đã ghi nhận nhưng tệp không có."))


def _transfer(line: Line, day: date, actor: User, seen: Counter[int]) -> ReconciliationLine:
    request = PaymentRequest.objects.select_related("dossier").filter(number__in=line.numbers).first()
    if request is None:
        return _row(line.reference, Finding.ONLY_THEIRS, line.amount, None, line.text or _("Không có mã thanh toán của Cổng."))
    name = request.number
    if line.amount != request.amount:
        return _row(name, Finding.DIFFERS, line.amount, request.amount, _("Số tiền khác nhau; chưa ghi nhận thanh toán."))
    seen[request.pk] += 1
    if settle(request, PaymentMethod.TRANSFER, actor=actor, via="statement", statement_day=day.isoformat(), line=line.reference):
        return _row(name, Finding.MATCH, line.amount, request.amount, _("Đã ghi nhận thanh toán."))
    if seen[request.pk] == 1 and _paid_by(request, line, day):
        return _row(name, Finding.MATCH, line.amount, request.amount, _("Đã ghi nhận trước đó."))
    _note_second(request, line, day, seen[request.pk])
    return _row(name, Finding.DIFFERS, line.amount, request.amount, _("Khoản này đã được nộp trước đó; kiểm tra để hoàn tiền."))


def _paid_by(request: PaymentRequest, line: Line, day: date) -> bool:
    """Whether this very line has paid the request: by the bank's reference, or by its day where the bank gives none."""
    if not PaymentRequest.objects.filter(pk=request.pk, state=PaymentState.PAID).exists():
        return False
    paid = request.events.filter(verb="paid").order_by("-pk").first()
    if paid is None or paid.data.get("method") != PaymentMethod.TRANSFER or paid.data.get("line", "") != line.reference:
        return False
    return bool(line.reference) or paid.data.get("statement_day") == day.isoformat()


@patiently
def _note_second(request: PaymentRequest, line: Line, day: date, nth: int) -> None:
    """The second sum should go back: noted once, however often its line is read."""
    which = {"statement_day": day.isoformat(), "line": line.reference, "nth": 0 if line.reference else nth}
    with transaction.atomic():
        claim(request.dossier)
        row = PaymentRequest.objects.select_for_update().get(pk=request.pk)
        known = [event.data for event in row.events.filter(verb="paid_twice")]
        if not any(which.items() <= data.items() for data in known):
            paid_again(row, via="statement", **which)
