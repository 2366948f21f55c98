"""Ending a list: places that nobody answered for are freed if wanted, in chunks; never those of people who said yes."""
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bookings.models import Outreach, OutreachPerson
from bookings.services import appointments, calls
from bookings.services.outreach.answering import SILENT, given_elsewhere, note
from bookings.services.outreach.drafting import give_back
from bookings.services.outreach.steps import PER_JOB, check_right, claim, go_on, take_step
from bookings.states import AppointmentState, OutreachState
from onestop import clock
from onestop.people.models import User

OFFICE = "Bộ phận Một cửa"


@transaction.atomic
def close(*, actor: User, run: Outreach, free: bool = False) -> Outreach:
    """End a list. What was never sent gives all its places back; of a list that was sent only the unanswered ones, if `free`.

    Closing twice changes nothing. Raises Refused('not_allowed' 403, 'wrong_state' 409).
    """
    row = claim(run)
    check_right(actor, row)
    if row.state == OutreachState.CLOSED:
        return row
    unsent = row.state != OutreachState.SENT
    take_step(row, "close", _("Đang gửi lời mời, vui lòng đợi gửi xong rồi kết thúc."), actor=actor, data={"free": free or unsent})
    go_on(row)
    return row


def to_free(run: Outreach) -> list[int]:
    """People whose place is still to be given back after closing."""
    if not run.events.filter(verb="close", data__free=True).exists():
        return []
    rows = run.people.filter(answer__in=SILENT, appointment__state=AppointmentState.BOOKED, appointment__slot__starts_at__gt=clock.now())
    return list(rows.order_by("row", "pk").values_list("pk", flat=True)[:PER_JOB])


def free_some(run: Outreach) -> bool:
    """One job's share, each in a transaction of its own; whether more is to do."""
    for pk in to_free(run):
        _free_one(pk)
    return bool(to_free(run))


@transaction.atomic
def _free_one(pk: int) -> None:
    person = OutreachPerson.objects.select_for_update(of=("self",)).select_related("appointment", "outreach").get(pk=pk)
    if person.answer not in SILENT or person.appointment is None:
        return
    if person.told_at is None:
        give_back(person, actor=None)
        return
    given = given_elsewhere(person)
    if given:
        note(person, given)
        return
    appointments.cancel(appointment=person.appointment, by_label=OFFICE, reason=_now("Chưa nhận được câu trả lời cho lời mời."))
    calls.close_for(outreach_person=person, reason=_now("Danh sách mời đã kết thúc."))
