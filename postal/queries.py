"""What the pages of the post show."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from onestop import clock
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from postal import policies, timers
from postal.models import Shipment, ShipmentQuerySet
from postal.states import (
    ENDED_BADLY,
    GROUPS,
    MOVING,
    RETRIABLE,
    TRANSITIONS,
    TROUBLE,
    UNFETCHED,
    Attention,
    Direction,
    State,
)
from postal.stuck import OWNER_BY_ATTENTION, PORTAL, owner_of

COUNTED_GROUPS = ("can-lay", "dang-di", "cho-bao")  # what is open; how much was ever delivered nobody asks at every look
MOST_ADMINISTRATORS = 5
MOST_FOUND = 200  # dossiers whose code begins as what was typed
# What the owner does next, by why somebody has to look.
NEXT_STEP: dict[str, Promise | str] = {
    Attention.LATE: _("Liên hệ bưu chính đến lấy ngay; nếu địa chỉ sai, sửa địa chỉ."),
    Attention.SILENT: _("Hỏi bưu chính và ghi lại nội dung trả lời; không tìm thấy thì xác định thất lạc."),
    Attention.DEAD: _("Xem lỗi, sửa thiết lập kết nối rồi báo lại; hoặc hủy bưu gửi."),
    Attention.ADDRESS: _("Gọi công dân hỏi lại địa chỉ, sửa địa chỉ và báo bưu chính."),
    Attention.ENDED: _("Hỏi lại công dân: gửi lại, trả tại quầy, hoặc công dân tự nộp."),
    Attention.DISPUTED: _("Đối chiếu với bưu chính và ghi lại kết luận."),
    Attention.ARRIVED: _("Kiểm tra giấy tờ đã đến rồi ghi nhận; nếu chưa thấy, hỏi bưu chính."),
}


@dataclass(frozen=True)
class Row:
    """A shipment in a list. `minutes_left` until it is to be fetched, negative when late; None once it has been."""

    shipment: Shipment
    minutes_left: int | None
    may_collect: bool

    @property
    def minutes_late(self) -> int:
        """Minutes by which fetching it is late; 0 if it isn't."""
        return max(0, -(self.minutes_left or 0))

    @property
    def seconds_left(self) -> int:
        """For a countdown that goes on in the browser."""
        due = self.shipment.collect_due_at
        return int((due - clock.now()).total_seconds()) if due is not None else 0

    @property
    def warn_seconds(self) -> int:
        """From how many seconds before the end on it is marked."""
        return self.shipment.carrier.warn_minutes * 60

    @property
    def running_out(self) -> bool:
        """Whether it is time to warn."""
        return self.minutes_left is not None and 0 <= self.minutes_left < self.shipment.carrier.warn_minutes

    @property
    def tone(self) -> str:
        """How its state is shown."""
        state = self.shipment.state
        if state in ENDED_BADLY or state in RETRIABLE:
            return "bad"
        return "good" if state == State.DELIVERED else "info" if state in MOVING or state == State.ORDERED else "neutral"

    @property
    def owner(self) -> str:
        """Who has to do something, in words; '' for nobody."""
        if self.shipment.is_unowned:
            return str(_("Chưa có ai nhận việc"))
        owner = owner_of(self.shipment.state, self.shipment.attention)
        return "" if not owner else str(_("Cổng tự xử lý")) if owner == PORTAL else str(Role(owner).label)

    @property
    def next_step(self) -> str:
        """What they do next; '' where nothing is asked of anybody."""
        if self.shipment.is_unowned:
            return str(_("Không có ai để báo quá hạn: cần phân công lãnh đạo đơn vị hoặc quản trị hệ thống của tỉnh."))
        return str(NEXT_STEP.get(self.shipment.attention, ""))


def rows(user: User, shipments: ShipmentQuerySet | Sequence[Shipment]) -> list[Row]:
    """The rows that a person sees; shipments come with carrier, office and dossier."""
    return [Row(one, minutes_left(one), one.state == State.ORDERED and policies.can_collect(user, one)) for one in shipments]


def minutes_left(shipment: Shipment) -> int | None:
    """Minutes by the clock on the wall until the carrier has to have fetched it; None if it has, or isn't to."""
    if shipment.state not in UNFETCHED or shipment.collect_due_at is None:
        return None
    return timers.minutes_left(shipment.collect_due_at, clock.now())


def counts(user: User) -> dict[str, int]:
    """How many of the shipments one may see are open in each list, ask somebody something, and wait for the carrier too long. One query."""
    late = Q(state__in=UNFETCHED, collect_due_at__lt=clock.now())
    asked = {name.replace("-", "_"): Count("pk", filter=Q(state__in=GROUPS[name][1])) for name in COUNTED_GROUPS}
    open_rows = Shipment.objects.visible_to(user).filter(Q(state__in=UNFETCHED | MOVING) | ~Q(attention=""))
    found = open_rows.order_by().aggregate(late=Count("pk", filter=late), trouble=Count("pk", filter=~Q(attention="")), **asked)
    return {TROUBLE: found.pop("trouble"), **{name.replace("_", "-"): count for name, count in found.items()}}


def searched(shipments: ShipmentQuerySet, words: str) -> ShipmentQuerySet:
    """Those with this waybill, or of a dossier with this reference or a code that begins so: each is read from an index."""
    plain = words.upper().replace(" ", "")
    meant = Dossier.objects.filter(Q(code__startswith=plain) | Q(reference=plain)).order_by("-pk").values_list("pk", flat=True)[:MOST_FOUND]
    return shipments.filter(Q(waybill__in={words.strip(), plain}) | Q(dossier_id__in=list(meant)))


def administrators_for(user: User) -> list[User]:
    """Who can say for which carrier a clerk works: some administrators of the provinces they have the role in. One query."""
    here = Assignment.objects.in_force(clock.today()).filter(
        role=Role.ADMINISTRATOR, office__province_id__in=user.provinces_as(Role.CARRIER))
    return list(User.objects.filter(is_active=True, pk__in=here.values("user_id")).order_by("full_name", "pk")[:MOST_ADMINISTRATORS])


def owned_by(user: User) -> Q:
    """A condition: what is asked of a role that this person has."""
    mine = [attention for attention, role in OWNER_BY_ATTENTION.items() if user.has_role(role)]
    return Q(attention__in=mine)


def other_way(shipment: Shipment) -> datetime | None:
    """The same hours counted the other way, which the letter may have meant as well (rules.md 8): shown beside the due time."""
    both = (shipment.wall_due_at, shipment.working_due_at)
    return next((moment for moment in both if moment is not None and moment != shipment.collect_due_at), None)


def verbs(user: User, shipment: Shipment) -> set[str]:
    """What a person may do with a shipment now; the services ask the same tables and policies."""
    state, handles = shipment.state, policies.can_handle(user, shipment)
    citizens = shipment.direction != Direction.BETWEEN
    ended = state in ENDED_BADLY and not shipment.replaced
    may = {
        "collect": state == State.ORDERED and policies.can_collect(user, shipment),
        "retry": state in RETRIABLE and policies.can_retry(user, shipment),
        "arrive": shipment.direction != Direction.OUT and policies.can_arrive(user, shipment)
                  and state in TRANSITIONS["arrive"][0] and (state != State.DELIVERED or shipment.awaits_intake),
        "correct_address": citizens and handles and (state in UNFETCHED - {State.SENDING} or state in MOVING),
        "cancel": handles and state in TRANSITIONS["cancel"][0] and state != State.SENDING,
        "send_again": handles and ended and shipment.is_needed, "keep": handles and ended and shipment.is_needed,
        "write_off": (state in MOVING or shipment.awaits_intake) and policies.can_write_off(user, shipment),
        "remark": handles or policies.can_collect(user, shipment),
    }
    return {name for name, allowed in may.items() if allowed}
