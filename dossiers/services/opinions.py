"""Opinions asked of other units, each with its own due date."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.models import Dossier, Opinion
from dossiers.services.applicants import long_text
from dossiers.services.attachments import take
from dossiers.services.files import Attached
from dossiers.services.ledger import calendar_from, calendar_missing
from dossiers.services.records import allow, claim, day_text_lazy, staff_url, write_event
from dossiers.states import IN_INBOX, OPINION_TRANSITIONS, OpinionState
from onestop import clock, worktime
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused, step

LONGEST = 5000
PER_SWEEP = 200


@patiently
def ask(*, actor: User, dossier: Dossier, office: Office, question: str, due_at: datetime | None = None, via: str) -> Opinion:
    """Ask another unit of the province, until `due_at` (None: OPINION_WORKING_HOURS of working time from now); its leaders are told.

    Raises Refused: 'invalid' with fields question, office, due_on; 'not_allowed' 403; 'ended' and 'already_done' 409.
    """
    question = long_text(question)
    _check(dossier, office, question, due_at)
    with transaction.atomic():
        found = claim(dossier)
        allow(policies.can_ask_opinion(actor, found))
        if found.state not in IN_INBOX:
            raise Refused("ended", _("Hồ sơ đã kết thúc."), status=409)
        if found.opinions.filter(office=office, state=OpinionState.ASKED).exists():
            raise Refused("already_done", _("Đơn vị này đang được xin ý kiến về hồ sơ."), status=409)
        made: Opinion = Opinion.objects.create(dossier=found, office=office, question=question, asked_by=actor,
                                               due_at=due_at or usual_due())
        event = write_event(found, "ask_opinion", actor=actor, via=via, before=found.state, reason=question, public=False,
                            data={"opinion": made.pk, "office": office.pk, "office_name": office.name})
        _tell_unit(made, "opinion_asked", f"{event.pk}")
    return made


def _check(dossier: Dossier, office: Office, question: str, due_at: datetime | None) -> None:
    wrong: dict[str, list[object]] = {}
    if not question or len(question) > LONGEST:
        wrong["question"] = [_("Vui lòng ghi nội dung cần cho ý kiến, tối đa 5000 ký tự.")]
    if office.pk == dossier.competent_office_id or office.province_id != dossier.received_office.province_id:
        wrong["office"] = [_("Vui lòng chọn một đơn vị khác trong tỉnh.")]
    if due_at is not None and due_at <= clock.now():
        wrong["due_on"] = [_("Hạn cho ý kiến phải sau thời điểm này.")]
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)


def usual_due() -> datetime:
    """By when an opinion that is asked now is due. Raises Refused('calendar_missing')."""
    try:
        return worktime.add_working_minutes(calendar_from(clock.today()), clock.now(), settings.OPINION_WORKING_HOURS * 60)
    except worktime.CalendarMissing as missing:
        raise calendar_missing(missing.day) from missing


def _claim(opinion: Opinion) -> Opinion:
    rows = Opinion.objects.select_for_update(of=("self",)).select_related("dossier__procedure", "office", "asked_by")
    dossier = claim(opinion.dossier)  # first the dossier, as everybody does
    found = rows.filter(pk=opinion.pk).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy yêu cầu cho ý kiến này."), status=404)
    found.dossier = dossier
    return found


def _step(opinion: Opinion, name: str) -> None:
    if str(opinion.state) == OPINION_TRANSITIONS[name][1]:
        raise Refused("already_done", _("Việc này đã được thực hiện trước đó."), status=409)
    opinion.state = step(OPINION_TRANSITIONS, name, opinion.state, sentence=_("Yêu cầu cho ý kiến này đã kết thúc.")).after


@patiently
def answer(*, actor: User, opinion: Opinion, text: str, uploads: Sequence[Attached] = (), via: str) -> Opinion:
    """The asked unit's opinion; who asked is told. Raises Refused: 'invalid' with fields, 403, 409, 'upload_unknown'."""
    text = long_text(text)
    if not text or len(text) > LONGEST:
        sentence = _("Vui lòng ghi ý kiến, tối đa 5000 ký tự.")
        raise Refused("invalid", sentence, fields={"answer": [sentence]})
    with transaction.atomic():
        found = _claim(opinion)
        allow(policies.can_answer_opinion(actor, found))
        _step(found, "answer")
        found.answer, found.answered_by, found.answered_at = text, actor, clock.now()
        found.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        found.uploads.set(take(found.dossier, uploads, by_office=True))
        event = write_event(found.dossier, "answer_opinion", actor=actor, via=via, before=found.dossier.state, reason=text, public=False,
                            data={"opinion": found.pk, "office_name": found.office.name})
        _tell(found, found.asked_by, "opinion_answered", str(event.pk), url=staff_url(found.dossier))
    return found


@patiently
def withdraw(*, actor: User, opinion: Opinion, via: str, reason: str = "") -> Opinion:
    """The opinion is no longer needed; the unit is told. Raises Refused: 403, 409."""
    with transaction.atomic():
        found = _claim(opinion)
        allow(policies.can_withdraw_opinion(actor, found))
        _step(found, "withdraw")
        found.save(update_fields=["state"])
        event = write_event(found.dossier, "withdraw_opinion", actor=actor, via=via, before=found.dossier.state, reason=long_text(reason),
                            public=False, data={"opinion": found.pk, "office_name": found.office.name})
        _tell_unit(found, "opinion_withdrawn", str(event.pk))
    return found


def end(dossier: Dossier, *, actor: User | None, via: str) -> None:
    """The dossier is settled or given up: what other units still owe is no longer needed, and they are told so.

    In the caller's transaction, which holds the dossier's row.
    """
    for found in Opinion.objects.select_related("office", "asked_by").filter(dossier=dossier, state=OpinionState.ASKED):
        found.dossier = dossier
        _step(found, "withdraw")
        found.save(update_fields=["state"])
        event = write_event(dossier, "withdraw_opinion", actor=actor, via=via, before=str(dossier.state), public=False,
                            data={"opinion": found.pk, "office_name": found.office.name})
        _tell_unit(found, "opinion_withdrawn", str(event.pk))


def remind() -> int:
    """Remind each unit once, OPINION_REMINDER_HOURS before its opinion is due; how many."""
    limit = clock.now() + timedelta(hours=settings.OPINION_REMINDER_HOURS)
    due = Opinion.objects.filter(state=OpinionState.ASKED, reminded_at__isnull=True, due_at__lte=limit)
    return sum(or_next_sweep(f"opinion {opinion.pk}", remind_one, opinion) for opinion in due[:PER_SWEEP])


@patiently
def remind_one(opinion: Opinion) -> bool:
    """One reminder to the unit; whether this call sent it."""
    with transaction.atomic():
        found = _claim(opinion)
        if found.state != OpinionState.ASKED or found.reminded_at is not None:
            return False
        found.reminded_at = clock.now()
        found.save(update_fields=["reminded_at"])
        event = write_event(found.dossier, "remind_opinion", actor=None, via="worker", before=found.dossier.state, public=False,
                            data={"opinion": found.pk, "office_name": found.office.name})
        _tell_unit(found, "opinion_reminder", str(event.pk))
    return True


def _tell_unit(opinion: Opinion, template: str, key: str) -> None:
    """A message to each leader of the asked unit, in the caller's transaction."""
    leaders = User.objects.filter(assignments__in=opinion.office.assignments.in_force(clock.today()).filter(role=Role.LEADER))
    for leader in leaders.distinct():
        _tell(opinion, leader, template, key)


def _tell(opinion: Opinion, person: User, template: str, key: str, *, url: str = "") -> None:
    address = url or f"{settings.PUBLIC_URL}{reverse('dossiers:opinion', args=[opinion.pk])}"
    tell(event_key=f"opinion:{opinion.pk}:{key}:{person.pk}", template=template, office=opinion.office,
         context={"number": opinion.dossier.number, "office": opinion.office.name, "due": day_text_lazy(opinion.due_at), "url": address},
         recipient=Recipient(person.full_name, person.phone, person.email))
