"""What is done about a crowd (letter Cà Mau 2): an extra buổi, more desks, a worked Saturday, offers to the waiting list."""
from collections.abc import Sequence
from datetime import date, time, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import CrowdWarning, Session, SessionEvent
from bookings.services import sessions, strands, waiting
from bookings.states import WARNING_TRANSITIONS, WarningState
from onestop import clock
from onestop.offices.models import Office
from onestop.offices.services import DutyEntry, set_duty
from onestop.offices.states import Place
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused, step

MOST_EXTRA = 1000
HANDLED = "crowd_handled"


def extra_session(*, actor: User, warning: CrowdWarning, day: date, part: str, opens: time, closes: time, dossiers: int,
                  reason: str) -> Session:
    """Hold one more buổi, an evening or a worked Saturday, tell the waiting list of it, and settle the warning. Twice changes nothing.

    Raises Refused: 'not_allowed' 403, 'bad_extra' 422, and as sessions.add_special.
    """
    office = _planning(actor, warning)
    reason = _told(reason)
    if not 1 <= dossiers <= MOST_EXTRA or opens >= closes or day < clock.today():
        raise Refused("bad_extra", _("Vui lòng chọn ngày từ hôm nay, giờ mở cửa trước giờ đóng cửa và số hồ sơ từ 1 đến %(most)s.") % {
            "most": MOST_EXTRA})
    made = sessions.add_special(actor=actor, office=office, day=day, part=part, opens=opens, closes=closes, dossiers=dossiers,
                                reason=reason)
    if SessionEvent.objects.filter(subject=made, verb=HANDLED, data__warning=warning.pk).exists():
        return made
    offered = waiting.offer_for(office=office, first=day, last=day)
    _settle(actor, warning, _("Thêm %(part)s ngày %(day)s, %(dossiers)s hồ sơ; mời %(offered)s người trong danh sách chờ") % {
        "part": made.get_part_display().lower(), "day": shown.day(day), "dossiers": dossiers, "offered": offered}, session=made)
    return made


def more_desks(*, actor: User, warning: CrowdWarning, officers: Sequence[int], dossiers: int, reason: str) -> int:
    """Bring officers to the counters in that buổi and raise its declared dossiers by `dossiers`; how many officers. 0: they stand
    there already, and nothing is changed.

    Both or neither. Officers count against the room's cap: where fewer citizens would fit than are booked, nothing is changed
    ('strands', 409). Raises Refused: 'not_allowed' 403, 'bad_extra' 422, and as set_duty and sessions.set_capacity.
    """
    office = _planning(actor, warning)
    reason = _told(reason)
    if not officers or not 0 <= dossiers <= MOST_EXTRA:
        raise Refused("bad_extra", _("Vui lòng chọn ít nhất một cán bộ và ghi số hồ sơ tăng thêm từ 0 đến %(most)s.") % {
            "most": MOST_EXTRA})
    session = _session_of(warning)
    entries = [DutyEntry(user_id, warning.date, warning.part, Place.COUNTER) for user_id in officers]

    def change() -> int:
        moved = set_duty(actor=actor, office=office, entries=entries)
        if moved and dossiers:
            sessions.set_capacity(actor=actor, session=session, capacity=session.capacity + dossiers, reason=reason)
        return moved

    changed = strands.guarded(actor=actor, office=office, first=warning.date, last=warning.date, change=change).changed
    if not changed:
        return 0
    offered = waiting.offer_for(office=office, first=warning.date, last=warning.date) if dossiers else 0
    how = _("Thêm %(officers)s cán bộ tại quầy, nhận thêm %(dossiers)s hồ sơ; mời %(offered)s người trong danh sách chờ")
    _settle(actor, warning, how % {"officers": changed, "dossiers": dossiers, "offered": offered}, session=session)
    return changed


def offer_overflow(*, actor: User, warning: CrowdWarning, days: int = 7) -> int:
    """Offer what is free from the day of the warning on to the people on the waiting list, in their order; how many were told."""
    office = _planning(actor, warning)
    first = max(warning.date, clock.today())
    offered = waiting.offer_for(office=office, first=first, last=first + timedelta(days=days))
    if offered:
        _settle(actor, warning, _("Mời %(offered)s người trong danh sách chờ sang chỗ còn trống") % {"offered": offered})
    return offered


def settle(*, actor: User, warning: CrowdWarning, how: str) -> CrowdWarning:
    """Note what was done in another way. Raises Refused('reason_needed') without a word."""
    _planning(actor, warning)
    return _settle(actor, warning, _told(how))


def _planning(actor: User, warning: CrowdWarning) -> Office:
    office = Office.objects.get(pk=warning.office_id)
    if not policies.can_plan(actor, office):
        raise refusals.not_allowed()
    return office


def _told(reason: str) -> str:
    text = clean(reason)[:200]
    if not text:
        raise Refused("reason_needed", _("Vui lòng ghi lý do hoặc việc đã làm."), fields={"reason": [_("Vui lòng ghi lý do.")]})
    return text


def _session_of(warning: CrowdWarning) -> Session:
    found = Session.objects.filter(office=warning.office_id, date=warning.date, part=warning.part).first()
    if found is None:
        raise Refused("unknown_session", _("Không tìm thấy buổi này."), status=404)
    return found


@patiently
@transaction.atomic
def _settle(actor: User, warning: CrowdWarning, how: object, *, session: Session | None = None) -> CrowdWarning:
    """The warning's state, who and how, with an event on the buổi; several measures stand one after the other."""
    row = CrowdWarning.objects.select_for_update().get(pk=warning.pk)
    if row.state == WarningState.PASSED:
        return row
    done = step(WARNING_TRANSITIONS, "handle", row.state, sentence=_("Cảnh báo này đã khép lại."))
    before = row.handled_how if done.before == WarningState.HANDLED else ""
    if before and str(how) in before.split("; "):
        return row
    row.state, row.handled_by = done.after, actor
    row.handled_how = "; ".join(part for part in (before, str(how)) if part)[:255]
    row.figures = {**row.figures, "settled_at": row.expected}
    row.save(update_fields=["state", "handled_by", "handled_how", "figures"])
    subject = session or Session.objects.filter(office=row.office_id, date=row.date, part=row.part).first()
    if subject is not None:
        SessionEvent.objects.create(subject=subject, actor=actor, verb=HANDLED, from_state=subject.state, to_state=subject.state,
                                    reason=str(how), data={"warning": row.pk, "expected": row.expected, "capacity": row.capacity})
    return row
