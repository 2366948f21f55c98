"""Every online dossier has somebody on duty within the working hours; unattended ones are told of (letter Vĩnh Phúc 1)."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from dossiers.models import Dossier, DossierEvent
from dossiers.services import ledger
from dossiers.services.records import claim, day_text_lazy, track_url, write_event
from dossiers.states import State
from onestop import clock, worktime
from onestop.catalogue.states import Channel
from onestop.history import WORKER
from onestop.notify.services import Recipient, tell
from onestop.offices.models import DutyShift, Office
from onestop.offices.states import Part, Place
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import User
from onestop.people.states import Role

PER_SWEEP = 200
NOON, EVENING = 12, 18  # hours at which a day's next buổi begins, for the roster
# Who looks after what came in online: whoever is put down for it, else the counter, else colleagues at home.
ORDER = (Place.ONLINE, Place.COUNTER, Place.HOME)
WARNED = "warn_duty"


def part_at(moment: datetime) -> Part:
    """The buổi that a moment belongs to."""
    hour = clock.local(moment).hour
    return Part.MORNING if hour < NOON else Part.AFTERNOON if hour < EVENING else Part.EVENING


def on_duty(office_ids: Iterable[int], moment: datetime) -> dict[int, list[User]]:
    """{office id: who is on the roster of that buổi for intake, the first in charge}; an office without anybody is left out.

    One query for any number of offices, so that a list can show it beside its rows.
    """
    day = clock.local(moment).date()
    shifts = DutyShift.objects.filter(
        Q(user__assignments__ends_on__isnull=True) | Q(user__assignments__ends_on__gte=day), user__assignments__starts_on__lte=day,
        user__assignments__office_id=F("office_id"), user__assignments__role__in=(Role.DESK, Role.SPECIALIST),
        office_id__in=set(office_ids), date=day, part=part_at(moment), place__in=ORDER, user__is_active=True)
    rank = {place.value: index for index, place in enumerate(ORDER)}
    found: dict[int, list[User]] = {}
    for shift in sorted(shifts.select_related("user").distinct(), key=lambda shift: (rank[shift.place], shift.pk)):
        found.setdefault(shift.office_id, []).append(shift.user)
    return found


def officer_on_duty(office: Office, moment: datetime) -> User | None:
    """Who is in charge of an office's online dossiers at a moment; None where the roster has nobody."""
    return next(iter(on_duty([office.pk], moment).get(office.pk, [])), None)


def half_of_limit(dossier: Dossier) -> datetime:
    """The moment at which half of the working hours until acceptance have passed (rules.md 5.1). Raises Refused('calendar_missing')."""
    cal = ledger.calendar_from(clock.local(dossier.submitted_at).date())
    received = ledger.receipt(dossier.submitted_at, online=True)
    return worktime.add_working_minutes(cal, received, settings.ACCEPTANCE_WORKING_HOURS * 60 // 2)


def warn() -> int:
    """Tell the officer on duty, once, about online submissions that nobody has looked at for half of their time; how many."""
    told = DossierEvent.objects.filter(subject=OuterRef("pk"), verb=WARNED)
    waiting = Dossier.objects.filter(~Exists(told), state=State.SUBMITTED, channel=Channel.ONLINE, accept_due_at__isnull=False)
    done = 0
    for dossier in waiting.order_by("accept_due_at", "pk")[:PER_SWEEP]:
        if half_of_limit(dossier) > clock.now():
            break  # those that follow came later
        done += or_next_sweep(f"duty of dossier {dossier.pk}", warn_one, dossier)
    return done


@patiently
def warn_one(dossier: Dossier) -> bool:
    """One submission: an event, and a message to the officer on duty; to the leaders where the roster has nobody."""
    with transaction.atomic():
        found = claim(dossier)
        if found.state != State.SUBMITTED or found.events.filter(verb=WARNED).exists():
            return False
        officer = officer_on_duty(found.received_office, clock.now())
        event = write_event(found, WARNED, actor=None, via="worker", label=WORKER, before=found.state, public=False,
                            data={"officer": officer.pk if officer else None})
        for user in [officer] if officer else leaders(found.received_office):
            tell(event_key=f"dossier:{found.pk}:{WARNED}:{event.pk}", template="dossier_unattended",
                 context={"number": found.number, "office": found.received_office.name, "track_url": track_url(found),
                          "until": day_text_lazy(found.accept_due_at), "nobody": officer is None},
                 recipient=Recipient(user.full_name, user.phone, user.email), office=found.received_office)
    return True


def leaders(office: Office) -> list[User]:
    """The leaders of an office today."""
    return list(User.objects.filter(assignments__in=office.assignments.in_force(clock.today()).filter(role=Role.LEADER)).distinct())
