"""Warnings of a crowd, written by a job: opened, brought up to date, passed once no longer true (letter Cà Mau 2)."""
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings import crowds, links
from bookings.crowds import Expected
from bookings.forecast import Buoi
from bookings.models import CrowdWarning, Session, SessionEvent
from bookings.states import WARNING_TRANSITIONS, WarningState
from onestop import clock
from onestop.history import WORKER
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import allowed, step

GROWN_PERCENT = 110  # a settled warning is opened again once a tenth more is expected than when it was settled


def warn_of_crowds() -> int:
    """Look at every office that exists; gives how many warnings were opened."""
    return sum(warn(office=office) for office in Office.objects.active_on(clock.today()))


def warn(*, office: Office) -> int:
    """Bring the warnings of an office up to date with the forecast of CROWD_DAYS_AHEAD days; how many were opened or reopened.

    Doing it again changes nothing. The leaders are told at most once a day, all buổi in one message.
    """
    today = clock.today()
    seen = crowds.expected(office, first=today, last=today + timedelta(days=settings.CROWD_DAYS_AHEAD))
    crowded = {item.key: item for item in seen if item.forecast.crowded}
    if not crowded and not CrowdWarning.objects.filter(office=office).exclude(state=WarningState.PASSED).exists():
        return 0
    return _bring_up_to_date(office, crowded, {item.key: item for item in seen})


@patiently
@transaction.atomic
def _bring_up_to_date(office: Office, crowded: Mapping[Buoi, Expected], seen: Mapping[Buoi, Expected]) -> int:
    CrowdWarning.objects.bulk_create([_new(office, item) for item in crowded.values()], ignore_conflicts=True)
    opened: list[Expected] = []
    for row in CrowdWarning.objects.select_for_update().filter(office=office, date__gte=_oldest(office)):
        now = crowded.get((row.date, row.part))
        if now is None:
            _pass(row, seen.get((row.date, row.part)))
        elif _is_new(row) or _grown(row, now):
            _open(row, now)
            opened.append(now)
        else:
            _refresh(row, now)
    if opened:
        _tell_leaders(office, opened)
    return len(opened)


def _oldest(office: Office) -> date:
    """The day of the oldest warning still standing: warnings of days gone by pass too."""
    row = CrowdWarning.objects.live().filter(office=office).order_by("date").values_list("date", flat=True).first()
    return min(row, clock.today()) if row else clock.today()


def _new(office: Office, item: Expected) -> CrowdWarning:
    """A row as it is before its first look: nothing told yet."""
    return CrowdWarning(office=office, date=item.session.date, part=item.session.part, expected=item.forecast.dossiers,
                        capacity=item.session.capacity, figures={}, state=WarningState.PASSED)


def _is_new(row: CrowdWarning) -> bool:
    return row.state == WarningState.PASSED


def _grown(row: CrowdWarning, now: Expected) -> bool:
    """Whether more is to come than whoever settled it knew of."""
    settled = row.figures.get("settled_at")
    return row.state == WarningState.HANDLED and settled is not None and now.forecast.dossiers * 100 > settled * GROWN_PERCENT


def _open(row: CrowdWarning, now: Expected) -> None:
    done = step(WARNING_TRANSITIONS, "reopen", row.state, sentence=_("Cảnh báo này đang mở."))
    row.state, row.expected, row.capacity, row.figures = done.after, now.forecast.dossiers, now.session.capacity, now.figures
    row.save(update_fields=["state", "expected", "capacity", "figures"])
    _note(now.session, "crowd_warned", row)


def _refresh(row: CrowdWarning, now: Expected) -> None:
    kept = {name: row.figures[name] for name in ("settled_at",) if name in row.figures}
    fresh = {**now.figures, **kept}
    if (row.expected, row.capacity, row.figures) != (now.forecast.dossiers, now.session.capacity, fresh):
        row.expected, row.capacity, row.figures = now.forecast.dossiers, now.session.capacity, fresh
        row.save(update_fields=["expected", "capacity", "figures"])


def _pass(row: CrowdWarning, now: Expected | None) -> None:
    """No longer true: the buổi is over, closed, or has room again. What was settled stays settled, with its note, once the day is past."""
    if "pass" not in allowed(WARNING_TRANSITIONS, row.state) or (row.state == WarningState.HANDLED and now is None):
        return
    done = step(WARNING_TRANSITIONS, "pass", row.state, sentence=_("Cảnh báo này đã khép lại."))
    row.state = done.after
    row.save(update_fields=["state"])
    session = now.session if now else Session.objects.filter(office=row.office_id, date=row.date, part=row.part).first()
    if session is not None:
        _note(session, "crowd_passed", row)


def _note(session: Session, verb: str, row: CrowdWarning) -> None:
    SessionEvent.objects.create(subject=session, actor_label=WORKER, verb=verb, from_state=session.state, to_state=session.state,
                                data={"warning": row.pk, "expected": row.expected, "capacity": row.capacity})


def _tell_leaders(office: Office, opened: Sequence[Expected]) -> None:
    """One message a day to each leader, however many buổi: no storm of messages."""
    first = min(opened, key=lambda item: item.session.starts_at)
    held = Assignment.objects.in_force(clock.today()).filter(office=office, role=Role.LEADER)
    for leader in User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk"):
        tell(event_key=f"crowd:{office.pk}:{clock.today()}", template="crowd_warning", office=office,
             recipient=Recipient(name=leader.full_name, phone=leader.phone, email=leader.email),
             context={"office": office.name, "count": str(len(opened)), "day": shown.day(first.session.date),
                      "part": first.part_name.lower(), "expected": str(first.forecast.dossiers), "capacity": str(first.session.capacity),
                      "link": links.absolute(reverse("bookings:surge"))})
