"""The demonstration's carrier: the simulator that runs beside the portal."""
import secrets
from collections.abc import Callable

from django.conf import settings

from postal import demo_campaigns, demo_carriers, demo_points, demo_settlement, demo_shipments
from postal.models import Carrier
from postal.services.pulling import pull_decided

CODE = "buu-dien"


def load(*, password: str, say: Callable[[str], None]) -> None:
    """A carrier for every province, at CARRIER_SIMULATOR_URL as it is now; its key is made once and kept in its row. The
    shipments of the demonstration's decided dossiers are made at once, so that the pages have something to show."""
    address = f"{settings.CARRIER_SIMULATOR_URL}/orders"
    carrier, made = Carrier.objects.get_or_create(code=CODE, defaults={"name": "Bưu điện (mô phỏng)", "order_url": address,
                                                                       "key": secrets.token_urlsafe(32)})
    if carrier.order_url != address:
        carrier.order_url = address
        carrier.save(update_fields=["order_url"])
    second = demo_carriers.load()
    if second:
        say(f"Bưu chính: {second}")
    pulled = pull_decided()
    if made or pulled:
        say(f"Bưu chính: {carrier.name}, {pulled} bưu gửi")
    called = demo_campaigns.load()
    if called:
        say(f"Liên hệ trả kết quả: {called} hồ sơ")
    points = demo_points.load(carrier)
    if points:
        say(f"Điểm tiếp nhận của bưu chính: {points}")
    waived = demo_settlement.load(carrier)
    if waived:
        say(f"Miễn cước, quyết toán: {waived} bưu gửi")
    carried = demo_shipments.load(carrier)
    if carried:
        say(f"Giấy tờ đến lấy tại nhà, giữa các đơn vị: {carried} bưu gửi")
