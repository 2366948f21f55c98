"""More time by request: an agency asks for a frozen list of dossiers, the administrator checks and carries it out, each citizen
is told (letters Cần Thơ 1c and 2, Khánh Hòa 4). Many dossiers are carried out in the background, one transaction each."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, Extension, ExtensionEvent, ExtensionItem, IssuedForm
from dossiers.services import forms, ledger
from dossiers.services.applicants import long_text
from dossiers.services.findings import CAUSES, Assessor, legal_basis, moments
from dossiers.services.records import allow, claim, day_text, inform, write_event
from dossiers.states import ENDED, EXTENSION_TRANSITIONS, Cause, ExtensionState, FormKind, Instrument, ItemState, Kind
from onestop import clock
from onestop.directives.models import Directive
from onestop.history import WORKER
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused, step

MOST_DOSSIERS = 2000
LONGEST_DAYS = 366


@patiently
def request_extension(*, actor: User, office: Office, dossiers: Sequence[Dossier], instrument: str, until: date, reason: str,
                      citizen_text: str, directive: Directive | None = None, clause: str = "", starts_on: date | None = None,
                      via: str = "web") -> Extension:
    """Ask for more time for a list of dossiers of one office, which is frozen with the findings and the dates before and after.

    Raises Refused: 'not_allowed' 403, 'invalid' with fields, 'nothing_to_extend' with the first reason where none of them meets
    the letter.
    """
    allow(policies.can_request_extension(actor, office))
    if instrument == Instrument.SUSPENSION:
        starts_on = starts_on or clock.today()
    asked = Extension(office=office, instrument=instrument, until=until, starts_on=starts_on, reason=long_text(reason),
                      citizen_text=long_text(citizen_text), directive=directive, clause=clause[:40], requested_by=actor)
    _check(asked, dossiers)
    items = _assess(asked, office, directive, dossiers)
    if not any(item.state == ItemState.WAITING for item in items):
        letter = {"number": directive.number, "clause": clause} if directive else None
        raise Refused("nothing_to_extend", items[0].excluded_because, directive=letter)
    with transaction.atomic():
        asked.save()
        for item in items:
            item.extension = asked
        ExtensionItem.objects.bulk_create(items, batch_size=200)
        _note(asked, "request", "", actor=actor, via=via, reason=asked.reason)
    return asked


def _check(asked: Extension, dossiers: Sequence[Dossier]) -> None:
    wrong: dict[str, list[object]] = {}
    today = clock.today()
    if not dossiers or len(dossiers) > MOST_DOSSIERS:
        wrong["dossiers"] = [_("Vui lòng chọn từ 1 đến 2000 hồ sơ.")]
    elif any(dossier.received_office_id != asked.office_id for dossier in dossiers):
        wrong["dossiers"] = [_("Các hồ sơ phải của cùng một đơn vị.")]
    if asked.instrument not in Instrument.values:
        wrong["instrument"] = [_("Vui lòng chọn hình thức.")]
    if asked.until < today:
        wrong["until"] = [_("Ngày đề nghị phải từ hôm nay trở đi.")]
    elif (asked.until - today).days > LONGEST_DAYS:
        wrong["until"] = [_("Ngày đề nghị quá xa (hơn một năm).")]
    if asked.starts_on and not asked.until >= asked.starts_on >= today:
        wrong["starts_on"] = [_("Ngày bắt đầu tạm dừng phải từ hôm nay và không sau ngày kết thúc.")]
    if not asked.reason:
        wrong["reason"] = [_("Vui lòng ghi lý do.")]
    if not asked.citizen_text:
        wrong["citizen_text"] = [_("Vui lòng ghi nội dung báo cho công dân.")]
    if asked.instrument != Instrument.APOLOGY and asked.directive is None:
        wrong["directive"] = [_("Vui lòng chọn văn bản làm căn cứ.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)


def _assess(asked: Extension, office: Office, directive: Directive | None, dossiers: Sequence[Dossier]) -> list[ExtensionItem]:
    assessor, items = Assessor(asked, office, directive), []
    wanted = Dossier.objects.filter(pk__in={dossier.pk for dossier in dossiers})
    for dossier in wanted.select_related("procedure", "version").prefetch_related("clock", "version__channels"):
        judged = assessor.judge(dossier)
        items.append(ExtensionItem(
            dossier=dossier, state=ItemState.EXCLUDED if judged.excluded_because else ItemState.WAITING, findings=judged.findings,
            due_from=judged.due_from, due_to=judged.due_to, excluded_because=judged.excluded_because))
    return items


def _note(extension: Extension, verb: str, before: str, *, actor: User | None, via: str, reason: str = "") -> None:
    ExtensionEvent.objects.create(subject=extension, actor=actor, actor_label="" if actor else WORKER, verb=verb, from_state=before,
                                  to_state=str(extension.state), reason=reason, legal_basis=legal_basis(extension), data={"via": via})


def _claim(extension: Extension) -> Extension:
    rows = Extension.objects.select_for_update(of=("self",)).select_related("office", "directive", "requested_by")
    found = rows.filter(pk=extension.pk).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy đề nghị này."), status=404)
    return found


def _step(extension: Extension, name: str) -> str:
    """Set the state a verb leads to; the state before. Raises Refused('already_done' or 'wrong_state', 409)."""
    if str(extension.state) == EXTENSION_TRANSITIONS[name][1]:
        raise Refused("already_done", _("Việc này đã được thực hiện trước đó."), status=409)
    taken = step(EXTENSION_TRANSITIONS, name, extension.state, sentence=_("Đề nghị đang ở trạng thái “%(state)s” nên không làm được "
                 "việc này.") % {"state": extension.get_state_display()})
    extension.state = taken.after
    return taken.before


@patiently
def approve(*, actor: User, extension: Extension, via: str, reason: str = "") -> Extension:
    """Approve a request and carry it out: one dossier at once, many in the background (task dossiers.execute_extension).

    The approver is never the requester. Raises Refused: 'not_allowed' 403, 'already_done' and 'wrong_state' 409.
    """
    with transaction.atomic():
        found = _claim(extension)
        allow(policies.can_decide_extension(actor, found))
        before = "" if found.state == ExtensionState.DONE else _step(found, "approve")
        if not before:
            raise Refused("already_done", _("Đề nghị đã được phê duyệt và thực hiện."), status=409)
        found.decided_by, found.decided_at, found.decision_reason = actor, clock.now(), long_text(reason)
        found.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
        _note(found, "approve", before, actor=actor, via=via, reason=found.decision_reason)
        waiting = list(found.items.filter(state=ItemState.WAITING).values_list("pk", flat=True)[:2])
        if len(waiting) == 1:
            execute_item(waiting[0])
            finish(found)
        else:
            enqueue_after_commit("dossiers.execute_extension", found.pk)
    issue_notices(found)
    return found


@patiently
def reject(*, actor: User, extension: Extension, via: str, reason: str) -> Extension:
    """Say no, with the reason. Raises Refused: 'reason_missing', 'not_allowed' 403, 'already_done' and 'wrong_state' 409."""
    reason = long_text(reason)
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do không phê duyệt."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    with transaction.atomic():
        found = _claim(extension)
        allow(policies.can_decide_extension(actor, found))
        before = _step(found, "reject")
        found.decided_by, found.decided_at, found.decision_reason = actor, clock.now(), reason
        found.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
        _note(found, "reject", before, actor=actor, via=via, reason=reason)
    return found


@patiently
def lift(*, actor: User, extension: Extension, from_day: date | None = None, via: str, reason: str) -> Extension:
    """End a suspension early: from a day on (None: today, never earlier) its days count again; carried out in the background.

    Raises Refused: 'reason_missing', 'not_liftable', 'not_allowed' 403, 'already_done' and 'wrong_state' 409.
    """
    reason = long_text(reason)
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do bãi bỏ."), fields={"reason": [_("Vui lòng ghi lý do bãi bỏ.")]})
    with transaction.atomic():
        found = _claim(extension)
        allow(policies.can_lift_extension(actor, found))
        if found.instrument != Instrument.SUSPENSION:
            raise Refused("not_liftable", _("Chỉ bãi bỏ được việc tạm dừng tính thời gian; ngày đã hẹn với công dân không rút ngắn lại."))
        before = _step(found, "lift")
        found.lifted_from = max(from_day or clock.today(), clock.today(), found.starts_on or clock.today())
        if found.lifted_from > found.until:
            raise Refused("not_liftable", _("Đến ngày đó việc tạm dừng đã hết, không còn gì để bãi bỏ."))
        found.save(update_fields=["state", "lifted_from"])
        _note(found, "lift", before, actor=actor, via=via, reason=reason)
        enqueue_after_commit("dossiers.execute_extension", found.pk)
    return found


def execute(pk: int) -> int:
    """Carry out what is left of a request, one dossier a transaction; how many. Safe to call again, also by two workers at
    once: no dossier is done twice, and a run that died is taken up where it stopped."""
    extension = Extension.objects.select_related("office", "directive").filter(pk=pk).first()
    if extension is None:
        return 0
    if extension.state == ExtensionState.LIFTED:
        return sum(lift_entry(entry) for entry in _unlifted(extension))
    if extension.state != ExtensionState.APPROVED:
        issue_notices(extension)
        return 0
    assessor = Assessor(extension, extension.office, extension.directive)
    waiting = list(extension.items.filter(state=ItemState.WAITING).values_list("pk", flat=True))
    done = sum(execute_item(item, assessor) for item in waiting)
    finish(extension)
    issue_notices(extension)
    return done


@patiently
def execute_item(pk: int, assessor: Assessor | None = None) -> bool:
    """Move one dossier's date by an approved request; whether this call did it. What no longer meets the letter is left out with
    the reason. `assessor` saves reading the letter and the calendar anew for each dossier."""
    with transaction.atomic():
        rows = ExtensionItem.objects.select_for_update(of=("self",)).select_related("extension__office", "extension__directive", "dossier")
        item = rows.filter(pk=pk, state=ItemState.WAITING).first()
        if item is None:
            return False
        asked = item.extension
        dossier = claim(item.dossier)
        judged = (assessor or Assessor(asked, asked.office, asked.directive)).judge(dossier)
        item.findings = judged.findings
        if judged.excluded_because:
            item.state, item.excluded_because, item.due_to = ItemState.EXCLUDED, judged.excluded_because, None
        else:
            _move_date(item, dossier, asked)
        item.save(update_fields=["state", "findings", "excluded_because", "due_from", "due_to"])
    return bool(item.state == ItemState.DONE)


def _move_date(item: ExtensionItem, dossier: Dossier, asked: Extension) -> None:
    """Ledger, dates, event and message of one dossier, in the caller's transaction."""
    kind, begin, until = moments(asked)
    due_from = dossier.due_at
    ledger.add(dossier, kind=kind, cause=CAUSES[asked.instrument], effective_at=begin, effective_until=until, extension=asked,
               legal_basis=legal_basis(asked), citizen_text=asked.citizen_text, decided_by=asked.decided_by,
               after_due=ledger.is_late(dossier, clock.now()))
    ledger.recompute(dossier)
    event = write_event(dossier, "suspend" if kind == Kind.SUSPEND else "extend", actor=asked.decided_by, via="extension",
                        before=dossier.state, reason=asked.citizen_text, legal_basis=legal_basis(asked),
                        data={"extension": asked.pk, "instrument": asked.instrument})
    inform(dossier, event, "dossier_new_date", reason=asked.citizen_text, legal_basis=legal_basis(asked),
           was=lambda: day_text(due_from))
    item.state, item.due_from, item.due_to = ItemState.DONE, due_from, dossier.due_at


@patiently
def finish(extension: Extension) -> None:
    """Close a request of which nothing is left to do; two workers at once close it once."""
    with transaction.atomic():
        found = _claim(extension)
        if found.state != ExtensionState.APPROVED or found.items.filter(state=ItemState.WAITING).exists():
            return
        before = _step(found, "finish")
        found.save(update_fields=["state"])
        _note(found, "finish", before, actor=None, via="worker")
    extension.state = found.state


def _unlifted(extension: Extension) -> list[int]:
    return list(extension.entries.filter(kind=Kind.SUSPEND, lifted_by__isnull=True).values_list("pk", flat=True))


@patiently
def lift_entry(pk: int) -> bool:
    """Lift one dossier's suspension; whether this call did it. Whoever has the result already is not told of another date."""
    with transaction.atomic():
        entry = ledger.suspension(pk)
        dossier = claim(entry.dossier)
        asked = entry.extension
        if asked is None or asked.lifted_from is None or entry.lifted_by.exists():
            return False
        due_from = dossier.due_at
        ledger.add(dossier, kind=Kind.LIFT, cause=Cause.LIFTED, effective_at=clock.at(asked.lifted_from), lifts=entry, extension=asked,
                   legal_basis=entry.legal_basis)
        ledger.recompute(dossier)
        event = write_event(dossier, "lift", actor=None, via="extension", before=dossier.state, legal_basis=entry.legal_basis,
                            data={"extension": asked.pk})
        if dossier.state not in ENDED:
            inform(dossier, event, "dossier_lifted", legal_basis=entry.legal_basis, was=lambda: day_text(due_from))
    return True


def issue_notices(extension: Extension) -> int:
    """The notice (form 04) of every dossier whose date was moved, where it is still missing. Outside of transactions."""
    if extension.decided_at is None:
        return 0
    issued = 0
    items = extension.items.filter(state=ItemState.DONE).select_related("dossier__procedure", "dossier__received_office")
    made = IssuedForm.objects.filter(dossier=OuterRef("dossier"), kind=FormKind.EXTENSION, issued_at__gte=extension.decided_at)
    for item in items.filter(~Exists(made)):
        forms.extension(dossier=item.dossier, asked=extension, signer=extension.decided_by, due_from=item.due_from)
        issued += 1
    return issued
