"""The calls of a campaign: one person at a time, held by who calls; what came of it; when to call again."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers.services import home_visits
from onestop import clock
from onestop.offices.models import Area
from onestop.patience import patiently
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import campaigns, policies
from postal.models import AddressCampaign, CampaignItem
from postal.services.campaigns import registering
from postal.services.campaigns.registering import Place
from postal.services.campaigns.steps import claim_item, move, not_allowed, refuse_if_ended
from postal.states import ItemOutcome, ItemState, ReturnWish

CANDIDATES = 5  # looked at before one says that there is nobody
LET_GO = {"held_by": None, "held_until": None}


@dataclass(frozen=True)
class Answer:
    """What came of a call. `officer` and `planned_on`: who brings the result home and when, if that is settled at once."""

    outcome: str
    wish: str = ""
    address: str = ""
    area: Area | None = None
    consent: bool = False
    officer: User | None = None
    planned_on: date | None = None
    again_at: datetime | None = None
    note: str = ""


@patiently
def claim_next(*, actor: User, campaign: AddressCampaign) -> CampaignItem | None:
    """Who is to be called next, held for CAMPAIGN_HOLD_MINUTES: the one this officer holds already, else who waits longest. None if
    there is nobody now."""
    for item in campaigns.next_to_call(actor, campaign)[:CANDIDATES]:
        if _hold(actor, item):
            return item
    return None


def _hold(actor: User, item: CampaignItem) -> bool:
    now = clock.now()
    until = now + timedelta(minutes=settings.CAMPAIGN_HOLD_MINUTES)
    free = CampaignItem.objects.free_for(actor, now).filter(pk=item.pk, state=ItemState.WAITING)
    return free.update(held_by=actor, held_until=until) == 1


@patiently
def take(*, actor: User, item: CampaignItem) -> None:
    """Hold one person of the list to call them now. Raises Refused: 'not_allowed' 403; 'held', 'ended', 'wrong_state' 409."""
    if not policies.can_call_item(actor, item):
        raise not_allowed()
    refuse_if_ended(item.campaign)
    if not _hold(actor, item):
        _refuse_if_held(CampaignItem.objects.select_related("held_by").get(pk=item.pk), actor)
        raise Refused("wrong_state", _("Người này không còn ở danh sách cần gọi."), status=409)


@patiently
def record(*, actor: User, item: CampaignItem, answer: Answer, seen: int) -> tuple[CampaignItem, bool]:
    """What came of a call; the second value says whether this call was new. `seen` is the number of calls the form showed: the same
    form sent twice counts once.

    No answer, or later without a time: again after CALL_AGAIN_MINUTES, doubling, given up after CALL_ATTEMPTS calls. Raises Refused:
    'not_allowed' 403; 'held', 'ended' 409; 'unknown_outcome', 'wish_missing', 'bad_time' with fields, and what registering raises.
    """
    with transaction.atomic():
        row = claim_item(item.pk)
        if not policies.can_call_item(actor, row):
            raise not_allowed()
        if row.state != ItemState.WAITING or seen != row.attempts:
            return row, False
        refuse_if_ended(row.campaign)
        _refuse_if_held(row, actor)
        _settle(row, actor, answer)
    return row, True


def _settle(row: CampaignItem, actor: User, answer: Answer) -> None:
    changes: dict[str, Any] = {"attempts": row.attempts + 1, "note": clean(answer.note)[:500] or row.note, **LET_GO}
    if answer.outcome == ItemOutcome.AGREED and answer.wish in registering.VERBS:
        place = Place(answer.address, answer.area, answer.consent)
        registering.register(row, wish=answer.wish, place=place, actor=actor, changes=changes)
        _plan_visit(row, actor, answer)
    elif answer.outcome == ItemOutcome.AGREED and answer.wish != ReturnWish.COUNTER:
        raise _wrong("wish_missing", "wish", _("Vui lòng chọn cách nhận kết quả."))
    elif answer.outcome in (ItemOutcome.AGREED, ItemOutcome.WILL_COME, ItemOutcome.DECLINED):
        outcome = ItemOutcome.DECLINED if answer.outcome == ItemOutcome.DECLINED else ItemOutcome.WILL_COME
        registering.keep(row, outcome=outcome, actor=actor, changes=changes, reason=clean(answer.note))
    elif answer.outcome in ItemOutcome.values:
        _not_settled(row, actor, answer, changes)
    else:
        raise _wrong("unknown_outcome", "outcome", _("Vui lòng chọn kết quả cuộc gọi."))


def _not_settled(row: CampaignItem, actor: User, answer: Answer, changes: dict[str, Any]) -> None:
    """Nobody answered, another time suits better, or the number is wrong."""
    last = answer.again_at is None and row.attempts + 1 >= settings.CALL_ATTEMPTS
    verb = "give_up" if last or answer.outcome == ItemOutcome.WRONG_NUMBER else "try"
    if answer.again_at is not None and answer.again_at <= clock.now():
        raise _wrong("bad_time", "again_at", _("Giờ gọi lại phải sau lúc này."))
    next_at = answer.again_at or clock.now() + pause_before(row.attempts + 1)
    move(row, verb, actor=actor, reason=clean(answer.note), outcome=answer.outcome, attempt=row.attempts + 1,
         changes={"outcome": answer.outcome, "next_at": next_at, **changes})


def pause_before(attempts: int) -> timedelta:
    """How long to wait after the n-th call: CALL_AGAIN_MINUTES, doubling. Pure but for the setting."""
    return timedelta(minutes=settings.CALL_AGAIN_MINUTES * 2 ** max(attempts - 1, 0))


def _plan_visit(row: CampaignItem, actor: User, answer: Answer) -> None:
    """Send an officer at once, where that was settled (Thường Tín 5); without it the result waits among those nobody goes with yet."""
    if answer.wish != ReturnWish.HOME or (answer.officer is None and answer.planned_on is None):
        return
    if answer.officer is None:
        raise _wrong("officer_missing", "officer", _("Vui lòng chọn cán bộ."))
    if answer.planned_on is None:
        raise _wrong("day_missing", "planned_on", _("Vui lòng chọn ngày."))
    home_visits.assign(actor=actor, dossier=row.dossier, officer=answer.officer, planned_on=answer.planned_on, address=row.address)


@patiently
def call_again(*, actor: User, item: CampaignItem) -> CampaignItem:
    """Somebody given up, or who wanted to come, is called again after all. Twice changes nothing.

    Raises Refused: 'not_allowed' 403; 'ended', 'wrong_state' 409."""
    with transaction.atomic():
        row = claim_item(item.pk)
        if not policies.can_call_item(actor, row):
            raise not_allowed()
        refuse_if_ended(row.campaign)
        if row.state != ItemState.WAITING:
            move(row, "call_again", actor=actor, changes={"next_at": clock.now(), "attempts": 0, "outcome": "", "wish": "", **LET_GO})
    return row


def _refuse_if_held(row: CampaignItem, actor: User) -> None:
    if row.held_by_id not in (None, actor.pk) and row.held_until is not None and row.held_until > clock.now():
        told = {"name": row.held_by.full_name if row.held_by else "", "time": shown.time_of_day(row.held_until)}
        raise Refused("held", _("%(name)s đang gọi người này, giữ đến %(time)s.") % told, status=409)


def _wrong(code: str, field: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={field: [sentence]})
