"""Who has a dossier: another office that decides it, another step, and colleagues who take over from those off duty."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from dossiers import competence, policies
from dossiers.models import Dossier, DossierEvent
from dossiers.services import steps
from dossiers.services.applicants import long_text
from dossiers.services.records import allow, claim, staff_url, write_event
from dossiers.states import IN_INBOX, State, StepName
from onestop import clock
from onestop.notify.services import Recipient, tell
from onestop.offices.models import DutyShift, Office
from onestop.offices.states import Place
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused

PER_SWEEP = 200
LOOK_AHEAD = timedelta(days=31)  # how far the roster is read to see when somebody is back
GAP = timedelta(days=3)  # days without a shift between two days of leave: a weekend


@patiently
def transfer(*, actor: User, dossier: Dossier, office: Office, reason: str, via: str) -> Dossier:
    """Give a dossier to another office that may decide it; rights follow, the receiving office stays (rules.md 2).

    Raises Refused: 'reason_missing', 'not_allowed' 403, 'ended' 409, 'already_done' 409, 'not_competent'.
    """
    reason = long_text(reason)
    if not reason:
        sentence = _("Vui lòng ghi lý do chuyển hồ sơ.")
        raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_transfer(actor, found))
        if found.state not in IN_INBOX:
            raise Refused("ended", _("Hồ sơ đã kết thúc, không chuyển được nữa."), status=409)
        if office.pk == found.competent_office_id:
            raise Refused("already_done", _("Hồ sơ đang ở đơn vị này."), status=409)
        if not competence.may_decide(office, found.procedure, found.received_office.province_id):
            sentence = _("Đơn vị này không có thẩm quyền giải quyết thủ tục của hồ sơ.")
            raise Refused("not_competent", sentence, fields={"office": [sentence]})
        before, found.competent_office, found.assignee = found.competent_office, office, None
        found.save(update_fields=["competent_office", "assignee"])
        steps.hand_to(found, name=StepName.HANDLE, office=office, actor=actor, note=reason)
        write_event(found, "transfer", actor=actor, via=via, before=found.state, reason=reason, public=False,
                    data={"from": before.pk, "from_name": before.name, "to": office.pk, "to_name": office.name})
    return found


@patiently
def pass_on(*, actor: User, dossier: Dossier, officer: User, step: str, due_at: datetime | None = None, note: str = "",
            via: str) -> Dossier:
    """The next step goes to `officer`, for example a leader who signs; who is in charge stays the same.

    Raises Refused: 'not_allowed' 403, 'ended' and 'already_done' 409, 'wrong_assignee', 'bad_due'.
    """
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_assign(actor, found))
        if found.state not in IN_INBOX:
            raise Refused("ended", _("Hồ sơ đã kết thúc."), status=409)
        if not (officer.is_active and policies.can_work_on(officer, found)):
            raise Refused("wrong_assignee", _("Người được chọn không làm việc tại đơn vị này."))
        if due_at is not None and due_at <= clock.now():
            sentence = _("Hạn của bước phải sau thời điểm này.")
            raise Refused("bad_due", sentence, fields={"due_on": [sentence]})
        if found.steps.filter(ended_at__isnull=True, name=step, officer=officer).exists() and due_at is None:
            raise Refused("already_done", _("Hồ sơ đang ở bước này, do người này giữ."), status=409)
        steps.hand_to(found, name=step, officer=officer, due_at=due_at, actor=actor, note=note)
        write_event(found, "pass_on", actor=actor, via=via, before=found.state, reason=long_text(note), public=False,
                    data={"step": step, "officer": officer.pk, "officer_name": officer.full_name})
    return found


# --- who is off duty --------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Away:
    """Somebody who is not at work: until the end of a day, or for good (None) because the role has ended."""

    user_id: int
    until: date | None


def away(user_ids: Iterable[int], today: date) -> dict[int, Away]:
    """Who of these the roster has off for the whole of `today`, and until when; two queries.

    Off is who has leave in every buổi of the day; without a line in the roster somebody counts as present.
    """
    ids = set(user_ids)
    days: dict[int, dict[date, bool]] = {}
    for user_id, day, place in DutyShift.objects.filter(user__in=ids, date__range=(today, today + LOOK_AHEAD)).values_list(
            "user_id", "date", "place"):
        known = days.setdefault(user_id, {})
        known[day] = known.get(day, True) and place == Place.LEAVE
    employed = set(Assignment.objects.in_force(today).filter(user__in=ids, user__is_active=True).values_list("user_id", flat=True))
    found = {user_id: Away(user_id, last_day_off(off, today)) for user_id, off in days.items() if off.get(today)}
    return found | {user_id: Away(user_id, None) for user_id in ids - employed}


def last_day_off(off: dict[date, bool], today: date) -> date:
    """The last day of the leave that covers `today`; days without a shift in between, as a weekend, belong to it."""
    last = today
    for day in sorted(off):
        if day <= last:
            continue
        if not off[day] or day - last > GAP:
            break
        last = day
    return last


def cover() -> int:
    """Give open dossiers of officers who are off duty, and that fall due before they are back, to the present colleague with the
    least to do (letter Cần Thơ 1b: no break in service); how many. Setting COVER_OFF_DUTY."""
    if not settings.COVER_OFF_DUTY:
        return 0
    today = clock.today()
    holders = Dossier.objects.filter(state__in=IN_INBOX, assignee__isnull=False).order_by().values_list("assignee_id", flat=True).distinct()
    absent = away(list(holders), today)
    done = 0
    for person in absent.values():
        for dossier in due_before_return(person)[:PER_SWEEP - done]:
            done += or_next_sweep(f"dossier {dossier.pk}", cover_one, dossier, person)
    return done


def due_before_return(person: Away) -> QuerySet[Dossier]:
    """The open dossiers of somebody absent that can't wait: all of them where the person does not come back."""
    held = Dossier.objects.filter(state__in=IN_INBOX, assignee_id=person.user_id).select_related("competent_office")
    if person.until is None:
        return held
    limit = clock.at(person.until + timedelta(days=1), 23, 59)
    step = Q(steps__ended_at__isnull=True, steps__due_at__lte=limit)
    return held.filter(Q(due_at__lte=limit) | Q(state=State.SUBMITTED, accept_due_at__lte=limit) | step).distinct()


def held_by(user_id: int, office_ids: Iterable[int]) -> list[Dossier]:
    """The open dossiers of these offices that somebody is in charge of, what is due first on top; at most BULK_MOST."""
    held = Dossier.objects.filter(state__in=IN_INBOX, assignee_id=user_id, competent_office__in=office_ids)
    return list(held.order_by("sort_at", "pk")[:settings.BULK_MOST])


@patiently
def cover_one(dossier: Dossier, person: Away) -> bool:
    """One dossier to a present colleague, who is told as well as the one who is off; whether there is one."""
    with transaction.atomic():
        found = claim(dossier)
        colleague = least_busy(found.competent_office, clock.today(), leave_out=person.user_id)
        if found.state not in IN_INBOX or found.assignee_id != person.user_id or colleague is None:
            return False
        absent = User.objects.get(pk=person.user_id)
        found.assignee = colleague
        found.save(update_fields=["assignee"])
        reason = reason_of(person, absent)
        held = found.steps.filter(ended_at__isnull=True).first()
        if held is None or held.officer_id in (None, person.user_id):  # a leader who is to sign keeps what lies there
            steps.hand_to(found, name=StepName.HANDLE, officer=colleague, actor=None, note=reason)
        event = write_event(found, "cover", actor=None, via="worker", before=found.state, reason=reason, public=False,
                            data={"from": absent.pk, "assignee": colleague.pk, "assignee_name": colleague.full_name})
        tell_both(found, event, absent, colleague, reason)
    return True


def reason_of(person: Away, absent: User) -> str:
    """Why a dossier changes hands, in a sentence."""
    if person.until is None:
        return _("%(name)s không còn làm việc tại đơn vị.") % {"name": absent.full_name}
    return _("%(name)s nghỉ đến hết ngày %(day)s theo lịch trực.") % {"name": absent.full_name, "day": f"{person.until:%d/%m/%Y}"}


def least_busy(office: Office, today: date, *, leave_out: int = 0) -> User | None:
    """The specialist of an office who is at work today and has the fewest open dossiers; None where nobody is."""
    held = Count("assigned_dossiers", filter=Q(assigned_dossiers__state__in=IN_INBOX), distinct=True)
    there = User.objects.filter(is_active=True, assignments__in=office.assignments.in_force(today).filter(role=Role.SPECIALIST))
    people = list(there.exclude(pk=leave_out).annotate(held=held).order_by("held", "pk").distinct())
    absent = away([person.pk for person in people], today)
    return next((person for person in people if person.pk not in absent), None)


def tell_both(dossier: Dossier, event: DossierEvent, before: User, after: User, reason: str) -> None:
    """Who had it and who has it now, in the caller's transaction."""
    context = {"number": dossier.number, "reason": reason, "before": before.full_name, "after": after.full_name, "url": staff_url(dossier)}
    for person in (before, after):
        tell(event_key=f"dossier:{dossier.pk}:{event.verb}:{event.pk}:{person.pk}", template="dossier_reassigned",
             context={**context, "mine": person.pk == after.pk}, recipient=Recipient(person.full_name, person.phone, person.email),
             office=dossier.competent_office)
