"""What the pages of the post's money show: waivers with their counts, letters without a waiver, lists with how far they are."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives.models import Rule
from onestop.directives.rules import in_force_on
from onestop.directives.states import RuleKind
from onestop.history import Event
from onestop.people.models import User
from onestop.people.shapes import TimelineItem
from onestop.people.states import Role
from postal.models import FeeRule, SettlementLine, SettlementList, WaiverCampaign
from postal.services import eligibility, fees
from postal.services.settlements.rows import OPEN_LINE
from postal.states import LineOutcome, SettlementState, State, WaiverState

SHOWN: dict[str, tuple[Any, str]] = {
    "draft": (_("Lập dự thảo"), "neutral"), "change": (_("Sửa dự thảo"), "neutral"), "start": (_("Bắt đầu áp dụng"), "good"),
    "applied": (_("Đã áp dụng cho các bưu gửi lập trước"), "info"), "end": (_("Kết thúc"), "neutral"),
    "make": (_("Lập danh sách"), "neutral"), "refill": (_("Bổ sung bưu gửi mới"), "neutral"),
    "filled": (_("Đã lập xong danh sách"), "info"),
    "upload": (_("Tải tệp của bưu chính"), "neutral"), "compare": (_("Đã đối soát xong"), "info"),
    "unreadable": (_("Không đọc được tệp"), "bad"), "decide": (_("Quyết định một dòng"), "neutral"),
    "decide_all": (_("Quyết định nhiều dòng"), "neutral"), "approve": (_("Đã duyệt"), "good"), "drop": (_("Đã bỏ"), "bad"),
    "remind": (_("Đã nhắc hạn gửi danh sách"), "warn"),
}


@dataclass(frozen=True)
class Wanted:
    """A letter in force by which the post charges nothing, and for which nobody has made a waiver."""

    rule: Rule
    province: int


def waivers(user: User) -> QuerySet[WaiverCampaign]:
    """The waivers one may see, with how many shipments they cover and what these cost."""
    found = WaiverCampaign.objects.visible_to(user).select_related("province", "carrier", "directive")
    live = ~Q(shipments__state=State.CANCELLED)
    return found.annotate(covered=Count("shipments", filter=live), owed=Sum("shipments__payable", filter=live)).order_by("-pk")


def wanted(user: User) -> list[Wanted]:
    """Letters in force today with the rule 'post_free' in this administrator's provinces that have no waiver. A query a province."""
    made = WaiverCampaign.objects.filter(directive=OuterRef("directive")).exclude(state=WaiverState.ENDED)
    today = clock.today()
    rules = Rule.objects.filter(in_force_on(today), kind=RuleKind.POST_FREE, directive__published_at__isnull=False,
                                directive__withdrawn_at__isnull=True)
    rules = rules.filter(Q(starts_on__isnull=True) | Q(starts_on__lte=today)).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    found = []
    for province in user.provinces_as(Role.ADMINISTRATOR):
        here = _inside(province)
        lacking = rules.filter(here).exclude(Exists(made.filter(province=province))).select_related("directive").distinct()
        found += [Wanted(rule, province) for rule in lacking.order_by("-directive__issued_on", "pk")]
    return found


def _inside(province: int) -> Q:
    area = "directive__scopes__area"
    return (Q(**{area: province}) | Q(**{f"{area}__parent": province}) | Q(**{f"{area}__parent__parent": province})
            | Q(directive__scopes__office__province=province))


def prefilled(item: Wanted) -> dict[str, Any]:
    """A waiver as the letter says it (Khánh Hòa 2): results of dossiers handed in before, registered for the post by the officers."""
    letter, rule = item.rule.directive, item.rule
    settle = rule.params.get("settle_before") or None
    return {"name": _("Miễn cước theo văn bản %(number)s") % {"number": letter.number}, "province": item.province, "directive": letter.pk,
            "legal_basis": f"{letter.number}, {rule.clause}", "starts_on": rule.starts_on or letter.starts_on, "settle_by": settle,
            "direction": "out", "submitted_before": letter.starts_on, "only_campaigns": True}


@dataclass(frozen=True)
class Preview:
    """What a waiver would cover, now: shipments made already, and dossiers that have none yet."""

    shipments: int
    dossiers: int


def preview(waiver: WaiverCampaign) -> Preview:
    """Two queries and the waiver's own sets."""
    return Preview(eligibility.matching(waiver, clock.today()).count(), eligibility.dossiers(waiver).count())


def settlements(user: User) -> QuerySet[SettlementList]:
    """The lists one may see, with how many of their lines are open."""
    found = SettlementList.objects.visible_to(user).select_related("waiver__province", "carrier", "made_by", "approved_by").distinct()
    waiting = SettlementLine.objects.filter(OPEN_LINE, list=OuterRef("pk"))
    return found.annotate(waits=Exists(waiting)).order_by("-pk")


def late(settlement: SettlementList) -> bool:
    """Whether it should have been approved by now."""
    return settlement.state in (SettlementState.DRAFT, SettlementState.CHECKING) and settlement.due_on < clock.today()


def outcomes(settlement: SettlementList) -> dict[str, int]:
    """How many lines of each kind, and under 'waits' how many still need a decision. One query."""
    counted = {value: Count("pk", filter=Q(outcome=value)) for value in LineOutcome.values}
    return dict(settlement.lines.order_by().aggregate(waits=Count("pk", filter=OPEN_LINE), all=Count("pk"), **counted))


def sums(settlement: SettlementList) -> dict[str, int]:
    """What both sides say and what is paid, in đồng. One query."""
    found = settlement.lines.order_by().aggregate(ours=Sum("ours"), theirs=Sum("theirs"), amount=Sum("amount"))
    return {name: value or 0 for name, value in found.items()}


def timeline(events: QuerySet[Any]) -> list[TimelineItem]:
    """The last rows of a history, newest first."""
    return [_item(event) for event in events.select_related("actor").order_by("-at", "-pk")[:30]]


def _item(event: Event) -> TimelineItem:
    label, tone = SHOWN[event.verb]
    return TimelineItem(event.at, str(label), event.reason, str(event.actor or ""), tone)


def prices(user: User, carriers: QuerySet[Any], *, past: bool) -> QuerySet[FeeRule]:
    """The table of these carriers: what is in force or will be; with `past`, what was as well."""
    found = FeeRule.objects.filter(carrier__in=carriers).select_related("carrier", "made_by")
    if not past:
        found = found.filter(fees.in_force(clock.today()) | Q(valid_from__gt=clock.today()))
    return found.order_by("carrier__name", "service", "zone", "direction", "-valid_from")
