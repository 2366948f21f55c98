"""Who has to send a settlement somewhere by a day hears of it some days before and on the day, once each, until it is approved."""
from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from onestop import clock
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Area, Office
from onestop.patience import or_next_sweep, patiently
from onestop.people import shown
from onestop.people.models import Assignment
from onestop.people.states import Role
from postal.models import SettlementList, WaiverCampaign
from postal.services.settlements import rows
from postal.services.waivers import claim, note
from postal.states import SettlementState, WaiverState

UNAPPROVED = (SettlementState.DRAFT, SettlementState.CHECKING)


def remind() -> int:
    """Remind of lists that are not approved, and of waivers that have none yet; how many were reminded of now."""
    today = clock.today()
    soon = today + timedelta(days=settings.SETTLEMENT_REMIND_DAYS)
    lists = SettlementList.objects.filter(_not_told(today, "due_on"), state__in=UNAPPROVED, due_on__gte=today, due_on__lte=soon)
    done = sum(or_next_sweep("a reminder", _of_list, pk, today) for pk in lists.values_list("pk", flat=True)[:100])
    waivers = WaiverCampaign.objects.filter(_not_told(today, "settle_by"), settle_by__gte=today, settle_by__lte=soon)
    listed = SettlementList.objects.exclude(state=SettlementState.DROPPED)
    waivers = waivers.exclude(state=WaiverState.DRAFT).exclude(settlements__in=listed)
    return done + sum(or_next_sweep("a reminder", _of_waiver, pk, today) for pk in waivers.values_list("pk", flat=True)[:100])


def _not_told(today: date, due: str) -> Q:
    """Not told at all, or on an earlier day while this is the last one."""
    return Q(reminded_on__isnull=True) | Q(**{due: today}, reminded_on__lt=today)


@patiently
@transaction.atomic
def _of_list(pk: int, today: date) -> bool:
    found = rows.claim(pk)
    if found.reminded_on == today or found.state not in UNAPPROVED:
        return False
    found.reminded_on = today
    found.save(update_fields=["reminded_on"])
    waiver = found.waiver
    _tell(f"settlement:{found.pk}:{today}", waiver, found.due_on, reverse("postal:settlement", args=[found.pk]))
    rows.note(found, "remind", found.state, actor=None, due_on=str(found.due_on))
    return True


@patiently
@transaction.atomic
def _of_waiver(pk: int, today: date) -> bool:
    found = claim(None, WaiverCampaign(pk=pk))
    if found.reminded_on == today or found.settle_by is None:
        return False
    found.reminded_on = today
    found.save(update_fields=["reminded_on"])
    _tell(f"waiver:{found.pk}:{today}", found, found.settle_by, reverse("postal:waiver", args=[found.pk]))
    note(found, "remind", found.state, actor=None, settle_by=str(found.settle_by))
    return True


def _tell(event: str, waiver: WaiverCampaign, due: date, path: str) -> None:
    """Every administrator of the province, once."""
    office = _office(waiver.province)
    held = Assignment.objects.in_force(clock.today()).filter(role=Role.ADMINISTRATOR, office__province=waiver.province)
    people = {row.user_id: row.user for row in held.select_related("user")}
    for user in people.values():
        tell(event_key=f"{event}:{user.pk}", template="settlement_due", office=office,
             context={"waiver": waiver.name, "payer": waiver.payer, "due": shown.day(due), "today": due == clock.today(),
                      "url": f"{settings.PUBLIC_URL}{path}"},
             recipient=Recipient(user.full_name, user.phone, user.email))


def _office(province: Area) -> Office | None:
    return Office.objects.filter(area=province, province=province).order_by("pk").first()
