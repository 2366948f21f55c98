"""An officer brings the result home: planned by day, delivered with proof, or failed with a reason (letter Thường Tín 5)."""
from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, DossierEvent, HomeVisit
from dossiers.services import processing, returning
from dossiers.services.applicants import long_text
from dossiers.services.hand_overs import Received
from dossiers.services.records import allow, claim, inform, write_event
from dossiers.services.returning import Proof
from dossiers.states import Handover, ReturnMethod, State, VisitState
from onestop import clock
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused


@patiently
def assign(*, actor: User, dossier: Dossier, officer: User, planned_on: date, address: str = "", via: str = "web") -> HomeVisit:
    """Give the way to an officer for a day; an open one is planned anew. The citizen is told the day.

    Raises Refused: 'wrong_officer', 'bad_day', 'address_missing', 'not_for_home', 'already_done' 409, 403.
    """
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_plan_visit(actor, found))
        _check_plan(found, officer, planned_on)
        where = clean(address)[:255] or found.return_address
        if not where:
            raise _wrong("address_missing", "address", _("Vui lòng ghi địa chỉ giao kết quả."))
        before = found.home_visits.filter(state=VisitState.ASSIGNED).first()
        if before is not None and (before.officer_id, before.planned_on, before.address) == (officer.pk, planned_on, where):
            raise Refused("already_done", _("Việc này đã được giao như vậy."), status=409)
        if before is not None:
            _end(before, VisitState.CANCELLED)
        visit = _planned(found, officer, planned_on, where, actor)
        _set_handover(found, Handover.ON_THE_WAY)
        event = write_event(found, "plan_visit", actor=actor, via=via, before=found.state,
                            data={"visit": visit.pk, "officer": officer.pk, "on": planned_on.isoformat()})
        inform(found, event, "home_visit_planned", on=lambda: shown.day(planned_on))
    return visit


def _planned(dossier: Dossier, officer: User, planned_on: date, address: str, actor: User) -> HomeVisit:
    try:
        with transaction.atomic():
            return HomeVisit.objects.create(dossier=dossier, officer=officer, address=address, planned_on=planned_on, assigned_by=actor)
    except IntegrityError as error:
        raise Refused("already_done", _("Việc này vừa được người khác giao."), status=409) from error


def _check_plan(dossier: Dossier, officer: User, planned_on: date) -> None:
    if dossier.state != State.DECIDED or dossier.return_method != ReturnMethod.HOME:
        raise Refused("not_for_home", _("Hồ sơ này không ở bước trả kết quả tại nhà."), status=409)
    if not policies.can_work_on(officer, dossier):
        raise _wrong("wrong_officer", "officer", _("Người được giao không làm việc tại đơn vị này."))
    last = clock.today() + timedelta(days=settings.HOME_VISIT_DAYS_AHEAD)
    if not clock.today() <= planned_on <= last:
        raise _wrong("bad_day", "planned_on", _("Ngày giao phải từ hôm nay đến hết ngày %(last)s.") % {"last": shown.day(last)})


def _wrong(code: str, field: str, sentence: object) -> Refused:
    return Refused(code, sentence, fields={field: [sentence]})


def _set_handover(dossier: Dossier, value: Handover) -> None:
    dossier.handover = value
    dossier.save(update_fields=["handover"])


def _end(visit: HomeVisit, state: VisitState, failure: str = "") -> None:
    """Close an open visit. Raises Refused('already_done', 409) where somebody was faster."""
    rows = HomeVisit.objects.filter(pk=visit.pk, state=VisitState.ASSIGNED)
    if rows.update(state=state, ended_at=clock.now(), failure=failure) != 1:
        raise Refused("already_done", _("Lượt giao này đã kết thúc."), status=409)
    visit.state, visit.ended_at, visit.failure = state, clock.now(), failure


def may_report(actor: User, visit: HomeVisit) -> bool:
    """Who may say what came of a visit: the officer it was given to while at the office, or whoever may plan."""
    return policies.can_plan_visit(actor, visit.dossier)


def deliver(*, actor: User, visit: HomeVisit, received: Received, proof: Proof) -> HomeVisit:
    """The result was given at the door. Name, time and a photo or signature are kept.

    Raises Refused: 'proof_missing', 'receiver_missing', 'already_done' 409, 403.
    """
    _deliver(actor, visit, received, proof)
    returning.issue_receipt(visit.dossier)
    return visit


@patiently
def _deliver(actor: User, visit: HomeVisit, received: Received, proof: Proof) -> None:
    with transaction.atomic():
        found = claim(visit.dossier)
        allow(may_report(actor, visit))
        _end(visit, VisitState.DELIVERED)
        returning.give(actor=actor, dossier=found, received=received, proof=proof, via="home")


@patiently
def fail(*, actor: User, visit: HomeVisit, reason: str, back_to_counter: bool = False, via: str = "web") -> HomeVisit:
    """Nobody took it: with the reason, then another plan, or the result waits at the counter again. The citizen is told.

    Raises Refused: 'reason_missing', 'already_done' 409, 403.
    """
    reason = clean(long_text(reason))[:255]
    if not reason:
        raise _wrong("reason_missing", "reason", _("Vui lòng ghi lý do chưa trao được."))
    with transaction.atomic():
        found = claim(visit.dossier)
        allow(may_report(actor, visit))
        _end(visit, VisitState.FAILED, reason)
        _set_handover(found, Handover.FAILED)
        event = write_event(found, "visit_failed", actor=actor, via=via, before=found.state, reason=reason, data={"visit": visit.pk})
        if back_to_counter:
            processing.change_return(actor=actor, dossier=found, method=ReturnMethod.COUNTER, address="", via=via)
        inform(found, event, "home_visit_failed", reason=reason, at_counter=back_to_counter)
    return visit


@patiently
def cancel(*, actor: User, visit: HomeVisit, reason: str, via: str = "web") -> HomeVisit:
    """Take a plan back before anybody went; the result waits again. Raises Refused: 'already_done' 409, 403."""
    with transaction.atomic():
        found = claim(visit.dossier)
        allow(may_report(actor, visit))
        _end(visit, VisitState.CANCELLED)
        _set_handover(found, Handover.READY)
        write_event(found, "cancel_visit", actor=actor, via=via, before=found.state, reason=clean(long_text(reason))[:255], public=False,
                    data={"visit": visit.pk})
    return visit


def note_view(actor: User, dossier: Dossier, *, what: str) -> DossierEvent:
    """Somebody of the office looked at a photo or signature: personal data, so it is written down (rules.md 9)."""
    allow(policies.can_see_proof(actor, dossier))
    return write_event(dossier, "view_file", actor=actor, via="web", before=dossier.state, public=False, data={"what": what})
