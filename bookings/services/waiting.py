"""The waiting list of an office: joining and leaving it. The offers are made in offers.py."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings import eligibility, persons, policies, refusals, wishes
from bookings.models import Appointment, WaitingEntry, WaitingEvent
from bookings.services import counters, notices, offers
from bookings.services.appointments import Applicant, checked_applicant
from bookings.services.offers import accept, decline, offer_for, offer_next
from bookings.states import WAITING_TRANSITIONS, BookedBy, Purpose, WaitingState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.history import CITIZEN
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.tokens import digest, new_secret
from onestop.people.words import fold
from onestop.transitions import Refused, step

__all__ = ["Joined", "accept", "decline", "join", "offer_for", "offer_next", "withdraw"]
CODE_LENGTH = 8
ONCE_COLUMNS = "bookings_waitingentry.person_key"  # how SQLite names the index waiting_once


@dataclass(frozen=True)
class Joined:
    """A new entry of the waiting list and its secret."""

    entry: WaitingEntry
    secret: str


def join(*, applicant: Applicant, office: Office, procedure: Procedure, first: date, last: date, purpose: str = Purpose.SUBMIT,
         channel: str = BookedBy.WEB, dossiers: int = 1, people: int = 1, actor: User | None = None, actor_label: str = "") -> Joined:
    """Wait for a place at an office between two days (both included, within the days one may book).

    Raises Refused: 'invalid_applicant', 'bad_period', 'too_many', 'unknown_channel', 'phone_limit' and what eligibility refuses 422;
    'already_waiting', 'already_booked' 409; 'not_allowed' 403.
    """
    if channel not in BookedBy.values:
        raise refusals.unknown_channel()
    applicant = checked_applicant(applicant)
    refusal = eligibility.service_refusal(office, procedure, purpose) or _period_refusal(first, last) or _size_refusal(people, dossiers)
    if refusal is not None:
        raise refusal
    if not policies.can_book(actor, office, channel):
        raise refusals.not_allowed()
    _check_person(applicant, procedure, purpose, channel, actor)
    return _enter(WaitingEntry(
        code=new_secret(CODE_LENGTH), office=office, procedure=procedure, purpose=purpose, first_day=max(first, clock.today()),
        last_day=last, dossiers=dossiers, people=people, full_name=applicant.full_name, search_name=fold(applicant.full_name)[:120],
        phone=applicant.phone, email=applicant.email, citizen_id=applicant.citizen_id, person_key=applicant.key[:160], channel=channel,
        language=applicant.language), actor, actor_label)


def _period_refusal(first: date, last: date) -> Refused | None:
    today = clock.today()
    latest = eligibility.last_bookable_day(today)
    if first <= last and last >= today and first <= latest:
        return None
    days = {"days": settings.BOOKING_DAYS_AHEAD}
    sentence = _("Vui lòng chọn khoảng ngày trong %(days)s ngày tới, ngày cuối không trước ngày đầu.") % days
    return Refused("bad_period", sentence, fields={"to": [sentence]})


def _size_refusal(people: int, dossiers: int) -> Refused | None:
    if 1 <= people <= eligibility.MOST_PEOPLE and 1 <= dossiers <= eligibility.MOST_DOSSIERS:
        return None
    return Refused("too_many", _("Số người hoặc số hồ sơ không hợp lệ."), fields={"people": [_("Số người hoặc số hồ sơ không hợp lệ.")]})


def _check_person(applicant: Applicant, procedure: Procedure, purpose: str, channel: str, actor: User | None) -> None:
    """Who has an appointment for it needs no other; one phone joins at most BOOKINGS_PER_PHONE_DAY lists a day."""
    if Appointment.objects.active().filter(person_key=applicant.key, procedure=procedure, purpose=purpose).exists():
        raise refusals.already_booked()
    most = persons.most_a_day(channel, actor)
    if not most:
        return
    today = WaitingEntry.objects.filter(phone=applicant.phone, created_at__gte=clock.at(clock.today()))
    if today.count() >= most:
        sentence = ngettext("Mỗi số điện thoại chỉ vào được %(most)s danh sách chờ trong một ngày.",
                            "Mỗi số điện thoại chỉ vào được %(most)s danh sách chờ trong một ngày.", most) % {"most": most}
        raise Refused("phone_limit", sentence, fields={"phone": [sentence]})


@patiently
def _enter(entry: WaitingEntry, actor: User | None, label: str) -> Joined:
    secret = wishes.secret_of(entry.code)
    entry.secret_digest = digest(secret)
    try:
        with transaction.atomic():
            offers.replace_past(entry)
            entry.save(force_insert=True)
            WaitingEvent.objects.create(subject=entry, actor=actor, actor_label=label, verb="join", to_state=entry.state)
            notices.tell_waiting(entry, "joined", "waiting_joined")
            enqueue_after_commit("bookings.offer_places")
    except IntegrityError as error:
        if counters.broke(error, "waiting_once", columns=ONCE_COLUMNS):
            raise Refused("already_waiting", _("Bạn đã ở trong danh sách chờ của nơi này cho thủ tục này."), status=409) from error
        raise
    return Joined(entry, secret)


@patiently
@transaction.atomic
def withdraw(*, entry: WaitingEntry, label: str = CITIZEN) -> WaitingEntry:
    """Leave the list; an open offer goes to the next person. Doing it twice changes nothing. Raises Refused('wrong_state', 409)."""
    row = WaitingEntry.objects.select_for_update().get(pk=entry.pk)
    if row.state == WaitingState.CANCELLED:
        return row
    done = step(WAITING_TRANSITIONS, "cancel", row.state, sentence=_("Lượt chờ này đã kết thúc."))
    offers.drop_open(row)
    row.state = done.after
    row.save(update_fields=["state"])
    WaitingEvent.objects.create(subject=row, actor_label=label, verb=done.verb, from_state=done.before, to_state=done.after)
    return row


def usual_period(today: date) -> tuple[date, date]:
    """What the page proposes: from tomorrow until the last day that can be booked."""
    return today + timedelta(days=1), eligibility.last_bookable_day(today)
