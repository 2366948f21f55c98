"""The verbs of casework: from acceptance to the handed-over result. Each is one transaction; the clock's ledger moves with it."""
from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier
from dossiers.services import dues, forms, halting, hand_overs, ledger, opinions, steps
from dossiers.services.applicants import long_text
from dossiers.services.records import allow, claim, day_text, inform, write_event
from dossiers.services.supplements import request as request_supplement
from dossiers.states import IN_INBOX, Cause, Handover, Kind, ReturnMethod, State, StepName
from onestop import clock
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

__all__ = ["assign", "change_return", "decide", "hand_over", "request_payment", "request_supplement", "resume", "start",
           "stop", "withdraw", "write_note"]


@patiently
def start(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "") -> Dossier:
    """Begin the casework; whoever starts an unassigned dossier is in charge of it. Raises Refused (403, 409)."""
    with transaction.atomic():
        found, before = halting.begin(dossier, "start", actor, policies.can_start)
        if found.assignee is None and actor is not None:
            found.assignee = actor
            steps.hand_to(found, name=StepName.HANDLE, officer=actor, actor=actor)
        found.save(update_fields=["state", "assignee"])
        write_event(found, "start", actor=actor, via=via, label=actor_label, before=before, data={"note": long_text(note)})
    return found


@patiently
def assign(*, actor: User | None, dossier: Dossier, assignee: User, via: str, note: str = "", actor_label: str = "",
           due_at: datetime | None = None) -> Dossier:
    """Give a dossier to an officer of its office, who has it until `due_at` (None: the usual time of the step).

    Raises Refused: 'not_allowed' 403, 'ended' and 'already_done' 409, 'wrong_assignee', 'bad_due'.
    """
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_assign(actor, found))
        if found.state not in IN_INBOX:
            raise Refused("ended", _("Hồ sơ đã kết thúc, không cần phân công."), status=409)
        if not (assignee.is_active and policies.can_work_on(assignee, found)):
            raise Refused("wrong_assignee", _("Người được phân công không làm việc tại đơn vị này."))
        if due_at is not None and due_at <= clock.now():
            sentence = _("Hạn của bước phải sau thời điểm này.")
            raise Refused("bad_due", sentence, fields={"due_on": [sentence]})
        step = found.steps.filter(ended_at__isnull=True).first()
        if found.assignee_id == assignee.pk and (step is None or (step.officer_id == assignee.pk and due_at is None)):
            raise Refused("already_done", _("Hồ sơ đã được giao cho người này."), status=409)
        found.assignee = assignee
        found.save(update_fields=["assignee"])
        steps.hand_to(found, name=StepName.HANDLE, officer=assignee, due_at=due_at, actor=actor, note=note)
        write_event(found, "assign", actor=actor, via=via, label=actor_label, before=found.state, public=False, reason=long_text(note),
                    data={"assignee": assignee.pk, "assignee_name": assignee.full_name, "note": long_text(note)})
    return found


@patiently
def request_payment(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "",
                    told: dict[str, str] | None = None) -> Dossier:
    """Wait for the citizen's payment; the clock stops. `told`: amount, pay_by and pay_url of a request. Raises Refused (403, 409)."""
    with transaction.atomic():
        return halting.pause(dossier, "request_payment", policies.can_request_payment, Cause.PAYMENT, actor=actor, via=via,
                             label=actor_label, reason=long_text(note), template="dossier_payment",
                             **(told or {"amount": "", "pay_by": "", "pay_url": ""}))


@patiently
def stop(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "",
         by_citizen: bool = False) -> Dossier:
    """Stop the casework for a reason (form 05), on the citizen's wish or by the office's decision; the clock stops.

    Raises Refused: 'reason_missing', 403, 409."""
    reason = long_text(note)
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do dừng xử lý."), fields={"note": [_("Vui lòng ghi lý do dừng xử lý.")]})
    with transaction.atomic():
        found = halting.pause(dossier, "stop", policies.can_stop, Cause.STOPPED, actor=actor, via=via, label=actor_label, reason=reason,
                              template="dossier_stopped", data={"by_citizen": True} if by_citizen else None)
        dues.end(found, actor=actor, via=via, reason=reason)
    forms.stopped(event=found.events.filter(verb="stop").select_related("subject__procedure", "actor").latest("pk"))
    return found


@patiently
def resume(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "") -> Dossier:
    """The papers or the money came, or the reason is gone: the clock runs on with what was left. Raises Refused (403, 409)."""
    with transaction.atomic():
        found, before = halting.begin(dossier, "resume", actor, policies.can_resume)
        halting.run_on(found, before, actor=actor, via=via, label=actor_label, note=note)
    return found


def _end(dossier: Dossier, cause: Cause, actor: User | None) -> None:
    """The clock ends, if it ever began."""
    if dossier.received_at is not None:
        ledger.add(dossier, kind=Kind.END, cause=cause, effective_at=clock.now(), decided_by=actor, executed_by=actor)
        ledger.recompute(dossier)


@patiently
def withdraw(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "") -> Dossier:
    """The citizen takes the dossier back. `actor` None: the door has checked the citizen's secret. Raises Refused (403, 409)."""
    with transaction.atomic():
        found, before = halting.begin(dossier, "withdraw", actor, policies.can_withdraw)
        found.save(update_fields=["state"])
        steps.close(found)
        _end(found, Cause.WITHDRAWN, actor)
        dues.end(found, actor=actor, via=via, reason=long_text(note))
        opinions.end(found, actor=actor, via=via)
        event = write_event(found, "withdraw", actor=actor, via=via, label=actor_label, before=before, reason=long_text(note))
        inform(found, event, "dossier_withdrawn")
    return found


@patiently
def decide(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "") -> Dossier:
    """There is a result: the clock ends and the citizen is told how it comes. `note` describes the result. Raises Refused (403, 409).

    On time or late is decided here, not when the citizen collects (rules.md 4).
    """
    with transaction.atomic():
        found, before = halting.begin(dossier, "decide", actor, policies.can_decide)
        dues.refuse_unpaid(found)
        found.decided_at, found.result_note = clock.now(), long_text(note)
        found.assignee, found.handover = found.assignee or actor, Handover.READY
        found.save(update_fields=["state", "decided_at", "result_note", "assignee", "handover"])
        _end(found, Cause.DECIDED, actor)
        opinions.end(found, actor=actor, via=via)
        steps.hand_to(found, name=StepName.RETURN, office=found.received_office, actor=actor)
        event = write_event(found, "decide", actor=actor, via=via, label=actor_label, before=before)
        inform(found, event, "dossier_result", by_post=found.return_method == ReturnMethod.POST,
               at_home=found.return_method == ReturnMethod.HOME, electronic=found.return_method == ReturnMethod.ELECTRONIC)
    return found


@patiently
def hand_over(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "",
              received: hand_overs.Received | None = None) -> Dossier:
    """The result is in somebody's hands, `received` says whose. `actor` None: the carrier's signed event, `actor_label` its name.

    Raises Refused (403, 409)."""
    with transaction.atomic():
        found, before = halting.begin(dossier, "hand_over", actor, policies.can_hand_over)
        found.returned_at, found.handover = clock.now(), Handover.DELIVERED
        found.save(update_fields=["state", "returned_at", "handover"])
        steps.close(found)
        hand_overs.write(found, actor=actor, via=via, note=note, received=received)
        event = write_event(found, "hand_over", actor=actor, via=via, label=actor_label, before=before, data={"note": long_text(note)})
        inform(found, event, "dossier_returned", at=lambda: day_text(found.returned_at))
    return found


@patiently
def change_return(*, actor: User | None, dossier: Dossier, method: str, address: str, via: str, actor_label: str = "",
                  area: Area | None = None) -> Dossier:
    """Another way to get the result, as long as it was not handed over (Khánh Hòa 2: post at submission, or later). `area` is the
    commune of the address; a new address without one leaves it open.

    Raises Refused: 'invalid' with fields, 'not_allowed' 403, 'ended' or 'on_its_way' 409.
    """
    address = " ".join(long_text(address).split())[:255]
    if method not in ReturnMethod.values or (method in (ReturnMethod.POST, ReturnMethod.HOME) and not address):
        sentence = _("Vui lòng ghi địa chỉ nhận kết quả.")
        raise Refused("invalid", sentence, fields={"return_address": [sentence]})
    with transaction.atomic():
        found = claim(dossier)
        if found.state in (State.RETURNED, State.REFUSED, State.WITHDRAWN):
            raise Refused("ended", _("Hồ sơ đã kết thúc."), status=409)
        allow(actor is None or policies.works_on(actor, found, *policies.OFFICE_STAFF))
        if not policies.return_is_open(found):
            raise Refused("on_its_way", _("Kết quả đang được giao nên không đổi cách nhận được nữa."), status=409)
        if method == ReturnMethod.POST and _came_back(found):
            raise Refused("post_failed", _("Bưu chính đã chuyển hoàn kết quả này. Vui lòng chọn cách nhận khác."), status=409)
        if area is not None or address != found.return_address:
            found.return_area = area
        found.return_method, found.return_address = method, address
        if found.state == State.DECIDED:
            found.handover = Handover.READY  # what could not be delivered waits again
        found.save(update_fields=["return_method", "return_address", "return_area", "handover"])
        write_event(found, "change_return", actor=actor, via=via, label=actor_label, before=found.state, data={"method": method})
    return found


def _came_back(dossier: Dossier) -> bool:
    """Whether the post has brought this result back once (papers on their way in are another matter)."""
    return dossier.events.filter(verb="shipment", data__state="returned").exclude(data__direction="in").exists()


@patiently
def write_note(*, actor: User, dossier: Dossier, text: str, via: str) -> None:
    """An internal note in the dossier's history, never shown to the public. Raises Refused: 'invalid', 403."""
    text = long_text(text)
    if not text or len(text) > 5000:
        raise Refused("invalid", _("Vui lòng ghi nội dung, tối đa 5000 ký tự."), fields={"text": [_("Vui lòng ghi nội dung.")]})
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_note(actor, found))
        write_event(found, "note", actor=actor, via=via, before=found.state, reason=text, public=False)
