"""The calls of a campaign: one person at a time, held by who calls; what came of it; when to call again."""
from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
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
from postal.services.campaigns.steps import claim_item, claim_person, move, not_allowed, refuse_if_ended
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
    """Hold a person with all their dossiers of the campaign, those of other offices too: two officers never call one number at once."""
    with transaction.atomic():
        row, kin = claim_person(item.pk)
        if row.state != ItemState.WAITING or any(_held_by_other(one, actor) for one in (row, *kin)):
            return False
        until = clock.now() + timedelta(minutes=settings.CAMPAIGN_HOLD_MINUTES)
        rows = CampaignItem.objects.filter(pk__in=[one.pk for one in (row, *kin)], state=ItemState.WAITING)
        return rows.update(held_by=actor, held_until=until) > 0


@patiently
def take(*, actor: User, item: CampaignItem) -> None:
    """Hold one person of the list to call them now. Raises Refused: 'not_allowed' 403; 'held', 'ended', 'wrong_state' 409."""
    if not policies.can_call_item(actor, item):
        raise not_allowed()
    refuse_if_ended(item.campaign)
    if not _hold(actor, item):
        for row in campaigns.of_person(item).select_related("held_by"):
            _refuse_if_held(row, actor)
        raise Refused("wrong_state", _("Người này không còn ở danh sách cần gọi."), status=409)


@patiently
def record(*, actor: User, item: CampaignItem, answer: Answer, seen: int, others: Collection[int] = (),
           elsewhere: bool = False) -> tuple[CampaignItem, bool]:
    """What came of a call; the second value says whether this call was new. `seen` is the number of calls the form showed: the same
    form sent twice counts once. `others`: the person's rows (keys) of the same campaign at the officer's offices for which it holds, too;
    `elsewhere`: it also holds for those at other offices, so that nobody there calls about them again.

    No answer, or later without a time: again after CALL_AGAIN_MINUTES, doubling, given up after CALL_ATTEMPTS calls. Raises Refused:
    'not_allowed' 403; 'held', 'ended' 409; 'unknown_outcome', 'wish_missing', 'bad_time' with fields, and what registering raises.
    """
    with transaction.atomic():
        row, kin = claim_person(item.pk)
        if not policies.can_call_item(actor, row):
            raise not_allowed()
        if row.state != ItemState.WAITING or seen != row.attempts:
            return row, False
        refuse_if_ended(row.campaign)
        for one in (row, *kin):
            _refuse_if_held(one, actor)
        _settle(row, actor, answer)
        for one in kin:
            if one.state == ItemState.WAITING:
                _settle_too(one, actor, answer, others, elsewhere)
    return row, True


def _settle_too(row: CampaignItem, actor: User, answer: Answer, others: Collection[int], elsewhere: bool) -> None:
    """The same outcome for another dossier of the person. What is not said of an own one is asked next, in the same call."""
    if policies.can_call_item(actor, row):
        if row.pk in others:
            try:
                _settle(row, actor, answer)
            except Refused as refusal:
                raise (refusal if refusal.fields else registering.about(row, refusal)) from refusal
        return
    if elsewhere:
        with suppress(Refused), transaction.atomic():  # what can't be settled from here stays with its own office
            _settle(row, actor, replace(answer, officer=None, planned_on=None, note=""), of_other=True)
            return
    CampaignItem.objects.filter(pk=row.pk, held_by=actor).update(**LET_GO)


def _settle(row: CampaignItem, actor: User, answer: Answer, *, of_other: bool = False) -> None:
    changes: dict[str, Any] = {"attempts": row.attempts + 1, "note": _noted(row.note, answer.note), **LET_GO}
    if answer.outcome == ItemOutcome.AGREED and answer.wish in registering.VERBS:
        place = Place(answer.address, answer.area, answer.consent)
        registering.register(row, wish=answer.wish, place=place, actor=actor, changes=changes, of_other=of_other)
        _plan_visit(row, actor, answer)
    elif answer.outcome == ItemOutcome.AGREED and answer.wish != ReturnWish.COUNTER:
        raise _wrong("wish_missing", "wish", _("Vui lòng chọn cách nhận kết quả."))
    elif answer.outcome in (ItemOutcome.AGREED, ItemOutcome.WILL_COME, ItemOutcome.DECLINED):
        outcome = ItemOutcome.DECLINED if answer.outcome == ItemOutcome.DECLINED else ItemOutcome.WILL_COME
        registering.keep(row, outcome=outcome, actor=actor, changes=changes)
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
    move(row, verb, actor=actor, outcome=answer.outcome, attempt=row.attempts + 1,
         changes={"outcome": answer.outcome, "next_at": next_at, **changes})


def _noted(before: str, added: str) -> str:
    """The notes of all calls, the newest last. They stand with the person and not in the history, which keeps its rows for ever: what was
    said on the telephone goes when the campaign is long over (rules.md 9)."""
    return " · ".join(note for note in (before, clean(added)) if note)[-500:]


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


def _held_by_other(row: CampaignItem, actor: User) -> bool:
    waits = row.state == ItemState.WAITING and row.held_until is not None and row.held_until > clock.now()
    return waits and row.held_by_id not in (None, actor.pk)


def _refuse_if_held(row: CampaignItem, actor: User) -> None:
    if row.held_until is not None and _held_by_other(row, actor):
        told = {"name": row.held_by.full_name if row.held_by else "", "time": shown.time_of_day(row.held_until)}
        raise Refused("held", _("%(name)s đang gọi người này, giữ đến %(time)s.") % told, status=409)


def _wrong(code: str, field: str, sentence: Any) -> Refused:
    return Refused(code, sentence, fields={field: [sentence]})
