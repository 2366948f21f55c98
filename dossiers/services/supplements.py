"""The completeness request (rules.md 6): one written guidance that lists everything, answered by the citizen, looked at by the
office. Before acceptance nothing runs yet: the limit for acceptance waits instead of the clock."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, Supplement
from dossiers.services import files, forms, halting, ledger
from dossiers.services.applicants import long_text
from dossiers.services.files import Attached
from dossiers.services.records import CITIZEN, allow, claim, inform, take, write_event
from dossiers.states import WAITING_ACCEPTANCE, Cause, PaperProblem, Stage, State
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

MOST_ITEMS = 50
AGAIN_DAYS = 3  # at least so many days to complete an answer that was not enough


@dataclass(frozen=True)
class Wanted:
    """One thing that is asked for, and what is wrong with it now."""

    text: str
    problem: str = PaperProblem.MISSING


@patiently
def request(*, actor: User, dossier: Dossier, items: Sequence[Wanted | str], answer_by: date, via: str, reason: str = "",
            legal_basis: str = "") -> Supplement:
    """Ask once for everything that is missing, wrong or outdated (form 02). The clock stops until the office has the answer.

    At intake the guidance is given once (SUPPLEMENTS_AT_INTAKE), while the dossier is appraised as the setting says, and a further
    one rests on a rule. Raises Refused: 'invalid' with fields items, answer_by, legal_basis; 'guided_already' 409; 'not_allowed' 403;
    'already_done', 'wrong_state' 409.
    """
    wanted = _wanted(items, answer_by)
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_request_supplement(actor, found))
        stage = Stage.INTAKE if found.state in WAITING_ACCEPTANCE else Stage.APPRAISAL
        asked = Supplement(dossier=found, items=[item.text for item in wanted], problems=[item.problem for item in wanted],
                           reason=long_text(reason), legal_basis=long_text(legal_basis)[:255], stage=stage, answer_by=answer_by,
                           asked_by=actor)
        _once(asked)
        _ask(asked, via)
        asked.save()
    forms.supplement(asked=asked, signer=actor)
    return asked


def _wanted(items: Sequence[Wanted | str], answer_by: date) -> list[Wanted]:
    """The things asked for, cleaned. Raises Refused('invalid')."""
    given = [item if isinstance(item, Wanted) else Wanted(item) for item in items]
    wanted = [Wanted(text, str(item.problem)) for item in given if (text := long_text(item.text)[:500])]
    wrong: dict[str, list[Any]] = {}
    if not wanted or len(wanted) > MOST_ITEMS or any(item.problem not in PaperProblem.values for item in wanted):
        wrong["items"] = [_("Vui lòng liệt kê giấy tờ cần bổ sung, mỗi giấy tờ một dòng.")]
    if answer_by <= clock.today():
        wrong["answer_by"] = [_("Hạn bổ sung phải sau ngày hôm nay.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return wanted


def _once(asked: Supplement) -> None:
    """Raises Refused('already_done') while one is open, 'guided_already' past the limit, 'invalid' without the rule it needs."""
    before = list(asked.dossier.supplements.filter(stage=asked.stage))
    if asked.stage == Stage.INTAKE and any(item.answered_at is None and item.closed_at is None for item in before):
        raise Refused("already_done", _("Hồ sơ đang chờ công dân bổ sung theo hướng dẫn đã gửi."), status=409)
    most = settings.SUPPLEMENTS_AT_INTAKE if asked.stage == Stage.INTAKE else settings.SUPPLEMENTS_IN_APPRAISAL
    if most and len(before) >= most:
        raise Refused("guided_already", _("Ở giai đoạn này chỉ được hướng dẫn bổ sung %(most)s lần và đã hướng dẫn đủ.") % {"most": most},
                      status=409)
    if before and asked.stage == Stage.APPRAISAL and asked.dossier.state != State.SUPPLEMENT and not asked.legal_basis:
        sentence = _("Đã yêu cầu bổ sung một lần; lần này vui lòng ghi căn cứ.")
        raise Refused("invalid", sentence, fields={"legal_basis": [sentence]})


def _ask(asked: Supplement, via: str) -> None:
    """State, clock, event and message."""
    found, actor = asked.dossier, asked.asked_by
    told: dict[str, Any] = {"items": asked.lines, "answer_by": f"{asked.answer_by:%d/%m/%Y}", "answer_url": lambda: answer_url(found)}
    if asked.stage == Stage.APPRAISAL:
        before, found.state = found.state, take(found, "request_supplement").after
        halting.halt(found, before, Cause.SUPPLEMENT, verb="request_supplement", actor=actor, via=via, label="", reason=asked.reason,
                     legal_basis=asked.legal_basis, template="dossier_supplement", at_intake=False, **told)
        return
    found.accept_due_at = None  # asking in time keeps the limit; it runs anew from the answer
    found.save(update_fields=["accept_due_at"])
    event = write_event(found, "request_supplement", actor=actor, via=via, before=found.state, reason=asked.reason,
                        legal_basis=asked.legal_basis)
    inform(found, event, "dossier_supplement", reason=asked.reason, legal_basis=asked.legal_basis, at_intake=True, **told)


@patiently
def answer(*, actor: User | None, supplement: Supplement, text: str, uploads: Sequence[Attached] = (), via: str = "web") -> Supplement:
    """The citizen's answer, with files. `actor` None: the door has checked the second factor.

    The clock runs on by the office's confirmation, or at once where SUPPLEMENT_RESUMES is 'answer'. Raises Refused: 'invalid' with
    fields text, 'upload_unknown', 'already_done' 409, 'not_open' 409.
    """
    text = long_text(text)
    if not text and not uploads:
        sentence = _("Vui lòng ghi nội dung trả lời hoặc gửi kèm tệp.")
        raise Refused("invalid", sentence, fields={"text": [sentence]})
    if len(text) > 5000:
        sentence = _("Nội dung tối đa 5000 ký tự.")
        raise Refused("invalid", sentence, fields={"text": [sentence]})
    with transaction.atomic():
        found, asked = _claimed(supplement)
        allow(actor is None or policies.can_request_supplement(actor, found))
        if asked.answered_at is not None:
            raise Refused("already_done", _("Bạn đã gửi bổ sung. Cơ quan đang kiểm tra."), status=409)
        asked.answered_at, asked.answer = clock.now(), text
        asked.save(update_fields=["answered_at", "answer"])
        asked.uploads.add(*files.attach(dossier=found, files=uploads))
        write_event(found, "answer_supplement", actor=actor, via=via, label=CITIZEN, before=found.state)
        _after_answer(found, asked, actor, via)
    return asked


def _after_answer(found: Dossier, asked: Supplement, actor: User | None, via: str) -> None:
    if found.state in WAITING_ACCEPTANCE:
        found.accept_due_at = ledger.acceptance_limit(clock.now(), settings.ACCEPTANCE_WORKING_HOURS)
        found.save(update_fields=["accept_due_at"])
    elif settings.SUPPLEMENT_RESUMES == "answer":
        _resume(found, actor=actor, via=via, label=CITIZEN)
        asked.refresh_from_db()


@patiently
def confirm(*, actor: User, supplement: Supplement, complete: bool, via: str, note: str = "") -> Supplement:
    """The office has looked at the answer: all is there and the clock runs on, or something is still missing and the same guidance
    stays open. Raises Refused: 'reason_missing' where it isn't complete, 'not_allowed' 403, 'already_done' and 'not_open' 409."""
    note = long_text(note)
    if not complete and not note:
        sentence = _("Vui lòng ghi còn thiếu gì.")
        raise Refused("reason_missing", sentence, fields={"note": [sentence]})
    with transaction.atomic():
        found, asked = _claimed(supplement)
        allow(policies.can_resume(actor, found))
        if asked.confirmed_at is not None:
            raise Refused("already_done", _("Phần bổ sung này đã được xác nhận."), status=409)
        if asked.answered_at is None:
            raise Refused("not_open", _("Công dân chưa gửi bổ sung."), status=409)
        if complete:
            _settle(found, asked, actor, via, note)
        else:
            _still_missing(found, asked, actor, via, note)
    return asked


def _settle(found: Dossier, asked: Supplement, actor: User, via: str, note: str) -> None:
    if found.state == State.SUPPLEMENT:
        _resume(found, actor=actor, via=via, note=note)
        asked.refresh_from_db()
        return
    asked.confirmed_at, asked.confirmed_by = clock.now(), actor
    asked.save(update_fields=["confirmed_at", "confirmed_by"])
    write_event(found, "confirm_supplement", actor=actor, via=via, before=found.state, reason=note, public=False)


def _still_missing(found: Dossier, asked: Supplement, actor: User, via: str, note: str) -> None:
    """The same guidance is open again, for some days at least."""
    asked.answered_at = asked.reminded_at = None
    asked.answer_by = max(asked.answer_by, clock.today() + timedelta(days=AGAIN_DAYS))
    asked.save(update_fields=["answered_at", "reminded_at", "answer_by"])
    if found.state in WAITING_ACCEPTANCE:
        found.accept_due_at = None
        found.save(update_fields=["accept_due_at"])
    event = write_event(found, "reopen_supplement", actor=actor, via=via, before=found.state, reason=note)
    inform(found, event, "dossier_supplement_again", reason=note, answer_by=f"{asked.answer_by:%d/%m/%Y}",
           answer_url=lambda: answer_url(found))


def _resume(found: Dossier, *, actor: User | None, via: str, label: str = "", note: str = "") -> None:
    before, found.state = found.state, take(found, "resume").after
    halting.run_on(found, before, actor=actor, via=via, label=label, note=note)


def _claimed(supplement: Supplement) -> tuple[Dossier, Supplement]:
    """The dossier's row locked, and its guidance read anew. Raises Refused('not_open', 409) where it was closed."""
    found = claim(supplement.dossier)
    asked = Supplement.objects.get(pk=supplement.pk)
    asked.dossier = found
    waits = State.SUBMITTED if asked.stage == Stage.INTAKE else State.SUPPLEMENT
    if asked.closed_at is not None or (found.state != waits and asked.confirmed_at is None):
        raise Refused("not_open", _("Yêu cầu bổ sung này không còn mở."), status=409)
    return found, asked


def answer_url(dossier: Dossier) -> str:
    """Where the citizen answers, after the second factor."""
    return f"{settings.PUBLIC_URL}{reverse('dossiers:answer_supplement', args=[dossier.number])}"
