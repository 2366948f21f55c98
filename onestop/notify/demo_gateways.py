"""Demonstration of gateways and wishes: two gateways of the simulator, switched off until somebody wants to see them; one wish."""
from django.conf import settings

from onestop.notify.models import Preference, Provider
from onestop.notify.states import Via


def load() -> int:
    """What is missing; how many gateways were made."""
    address = settings.CARRIER_SIMULATOR_URL
    rows = (
        {"code": "sms-du-phong", "name": "Cổng SMS dự phòng (minh họa)", "channel": Via.SMS, "rank": 2, "url": f"{address}/sms2",
         "price": 350,
         "per_second": 20, "plain": True, "fields": {"id": "id", "to": "to", "text": "text"}, "extra": {"brand": "MOTCUA"}},
        {"code": "zalo-oa", "name": "Zalo OA (minh họa)", "channel": Via.ZALO, "rank": 1, "url": f"{address}/zalo", "price": 200,
         "key": "khoa-minh-hoa"},
    )
    made = [Provider.objects.get_or_create(code=row["code"], defaults={**row, "active": False})[1] for row in rows]
    Preference.objects.get_or_create(contact="0900000001", defaults={"order": [Via.SMS, Via.CALL]})
    return sum(made)
