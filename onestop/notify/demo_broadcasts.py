"""A few subscribers with plainly demonstration numbers, and one broadcast that was sent to them yesterday, with its figures."""
from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from onestop import clock
from onestop.directives.models import Directive
from onestop.notify.models import Broadcast, Message, Subscription
from onestop.notify.services import broadcast_lists, broadcast_sending, broadcasts
from onestop.notify.services.broadcasts import Plan
from onestop.notify.states import State, SubscriptionState
from onestop.offices.models import Office
from onestop.people.models import User

NAME = "Ưu tiên nộp trực tuyến, bưu chính (minh họa)"
PEOPLE = 12  # for each office named
OFFICES = ("ninh-kieu", "cai-rang", "an-xuyen", "nha-trang")
TEXT = "Xin nộp hồ sơ trực tuyến hoặc gửi qua bưu chính công ích; đến trực tiếp khi thật cần và có lịch hẹn."
TEXT_EN = "Please file online or by public post; come in person only with an appointment."


def load() -> int:
    """What is not there yet; how many subscribers were made."""
    made = sum(_subscribers(office, place) for place, office in enumerate(Office.objects.filter(code__in=OFFICES).order_by("code")))
    author = User.objects.filter(username="quantri").first()
    office = Office.objects.select_related("province").filter(code="can-tho").first()
    if author is not None and office is not None and not Broadcast.objects.filter(name=NAME).exists():
        _broadcast(author, office)
    return made


def _subscribers(office: Office, place: int) -> int:
    first = 900_100_000 + 1000 * place
    known = set(Subscription.objects.filter(area=office.area_id).values_list("contact", flat=True))
    rows = [Subscription(contact=f"0{number}", phone=f"0{number}", area_id=office.area_id, state=SubscriptionState.ACTIVE, via="web",
                         language="en" if number % 6 == 5 else "vi", consent_words="Tôi đồng ý nhận tin của địa bàn (minh họa).",
                         confirmed_at=clock.now())
            for number in range(first, first + PEOPLE) if f"0{number}" not in known]
    Subscription.objects.bulk_create(rows)
    return len(rows)


@transaction.atomic
def _broadcast(author: User, office: Office) -> None:
    """As it went yesterday morning: everybody of the province's list had it, all but two read it."""
    letter = Directive.objects.filter(number__startswith="2468/VPUB-KSTT", demonstration=True).first()
    begun = clock.at(clock.today() - timedelta(days=1), 9)
    with clock.frozen(begun):
        row = broadcasts.draft(actor=author, plan=Plan(name=NAME, province=office.province, audience="subscribers", text=TEXT,
                                                       text_en=TEXT_EN, consent="Sự đồng ý khi đăng ký nhận tin", directive=letter))
        broadcasts.count(actor=author, broadcast=row)
        broadcast_lists.fill_here(row.pk)
        row.refresh_from_db()
        broadcasts.start(actor=author, broadcast=row, people=row.people, cost=row.cost)
    with clock.frozen(begun + timedelta(minutes=1)):
        broadcast_sending.hand_out(row.pk)
        sent = Message.objects.filter(broadcast=row)
        lost = list(sent.order_by("pk").values_list("pk", flat=True)[:2])
        sent.exclude(pk__in=lost).update(state=State.DELIVERED, sent_at=clock.now(), delivered_at=clock.now(), attempts=1)
        sent.filter(pk__in=lost).update(state=State.PERMANENT, attempts=1, last_error="Số không còn dùng (minh họa)")
        broadcast_sending.hand_out(row.pk)
