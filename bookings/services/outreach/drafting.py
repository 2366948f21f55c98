"""Making a list of people to invite: from an uploaded file, or from dossiers whose results wait to be collected."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import eligibility, policies, refusals
from bookings.models import Appointment, Outreach, OutreachEvent, OutreachPerson
from bookings.services import moving
from bookings.services.outreach.steps import check_right, claim, refuse
from bookings.states import APPOINTMENT_TRANSITIONS, AppointmentState, OutreachState, Purpose
from dossiers.models import Dossier
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.history import WORKER
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.words import clean, fold, phone_number
from onestop.transitions import step


@dataclass(frozen=True)
class Invitee:
    """One person of a list, as checked: `row` is the line of the file (header 1), or the position in a selection."""

    row: int
    full_name: str
    phone: str
    citizen_id: str = ""
    note: str = ""
    dossier: Dossier | None = None


@dataclass(frozen=True)
class Plan:
    """What people are invited for, and between which days."""

    name: str
    procedure: Procedure
    first_day: date
    last_day: date
    purpose: str = Purpose.SUBMIT
    file_name: str = ""
    file_digest: str = ""


@transaction.atomic
def make_list(*, actor: User, office: Office, plan: Plan, invitees: Sequence[Invitee], report: Sequence[dict[str, Any]] = ()) -> Outreach:
    """A draft with its people; the same person named twice stands once. `report` (line and sentence of what was left out) is kept.

    Raises Refused: 'not_allowed' 403; 'bad_period', 'nobody', 'too_many_people', what the office can't do 422; 'already_uploaded' 409.
    """
    if not policies.can_invite(actor, office.pk):
        raise refusals.not_allowed()
    _check_plan(office, plan)
    people = _once(invitees)
    if not people:
        raise refuse("nobody", _("Danh sách không có ai để mời."))
    if len(people) > settings.OUTREACH_PEOPLE:
        raise refuse("too_many_people", _("Mỗi danh sách mời tối đa %(most)s người. Vui lòng chia danh sách.") % {
            "most": settings.OUTREACH_PEOPLE})
    Office.objects.select_for_update(no_key=True).get(pk=office.pk)  # the same file or selection sent twice makes one list
    same_file = Outreach.objects.filter(office=office, file_digest=plan.file_digest).exclude(state=OutreachState.CLOSED)
    if plan.file_digest and same_file.exists():
        by_file, by_choice = _("Tệp này đã được tải lên và danh sách chưa kết thúc."), _("Danh sách này đã được lập và chưa kết thúc.")
        raise refuse("already_uploaded", by_file if plan.file_name else by_choice, "file", status=409)
    run = Outreach.objects.create(office=office, name=clean(plan.name)[:160], procedure=plan.procedure, purpose=plan.purpose,
                                  first_day=plan.first_day, last_day=plan.last_day, file_name=clean(plan.file_name)[:160],
                                  file_digest=plan.file_digest, created_by=actor)
    OutreachPerson.objects.bulk_create([OutreachPerson(
        outreach=run, row=item.row, full_name=item.full_name, search_name=fold(item.full_name)[:120], phone=item.phone,
        citizen_id=item.citizen_id, note=item.note[:255], dossier=item.dossier) for item in people])
    OutreachEvent.objects.create(subject=run, actor=actor, verb="create", to_state=run.state,
                                 data={"people": len(people), "left_out": list(report)[:500]})
    return run


def _check_plan(office: Office, plan: Plan) -> None:
    """The procedure can be done here and the days can be booked."""
    refusal = eligibility.service_refusal(office, plan.procedure, plan.purpose)
    if refusal is not None:
        raise refusal
    today = clock.today()
    if not today <= plan.first_day <= plan.last_day:
        raise refuse("bad_period", _("Khoảng ngày mời phải từ hôm nay trở đi và đúng thứ tự."), "first_day")
    if plan.last_day > eligibility.last_bookable_day(today):
        raise refuse("bad_period", _("Chỉ mời trong vòng %(days)s ngày tới.") % {"days": settings.BOOKING_DAYS_AHEAD}, "last_day")
    if len(clean(plan.name)) < 3:
        raise refuse("no_name", _("Vui lòng đặt tên danh sách."), "name")


def _once(invitees: Sequence[Invitee]) -> list[Invitee]:
    """The same phone and name once, the first line counts."""
    found: dict[tuple[str, str], Invitee] = {}
    for item in invitees:
        checked = Invitee(item.row, clean(item.full_name)[:120], phone_number(item.phone), item.citizen_id, clean(item.note), item.dossier)
        if checked.phone and checked.full_name:
            found.setdefault((checked.phone, fold(checked.full_name)), checked)
    return list(found.values())


@transaction.atomic
def drop_person(*, actor: User, person: OutreachPerson) -> bool:
    """Leave somebody out before anything was sent: the proposed place is given back without a word. False: already gone.

    Raises Refused('not_allowed' 403, 'wrong_state' 409).
    """
    run = claim(person.outreach)
    check_right(actor, run)
    if run.state not in (OutreachState.DRAFT, OutreachState.PROPOSED):
        raise refuse("wrong_state", _("Lời mời đã được gửi, không bỏ người này ra được nữa."), status=409)
    row = OutreachPerson.objects.select_for_update(of=("self",)).filter(pk=person.pk, outreach=run).first()
    if row is None:
        return False
    give_back(row, actor=actor)
    OutreachEvent.objects.create(subject=run, actor=actor, verb="drop_person", from_state=run.state, to_state=run.state,
                                 data={"row": row.row})
    row.delete()
    return True


def give_back(person: OutreachPerson, *, actor: User | None) -> None:
    """A place proposed to somebody who was never told of it is free again, without a message. Inside the caller's transaction."""
    if person.appointment_id is None:
        return
    appointment = Appointment.objects.select_related("slot__session").get(pk=person.appointment_id)
    OutreachPerson.objects.filter(pk=person.pk).update(appointment=None)
    if appointment.state == AppointmentState.BOOKED:
        done = step(APPOINTMENT_TRANSITIONS, "cancel", appointment.state, sentence=moving.NOT_MOVABLE)
        moving.withdraw(appointment, done, actor=actor, label="" if actor else WORKER, reason="")
