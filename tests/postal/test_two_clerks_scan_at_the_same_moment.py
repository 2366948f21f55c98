"""Two clerks, two phones, one envelope: one list has it. Two lists signed at once get numbers that follow each other."""
import threading

import pytest
from django.db import connection

from onestop import clock
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused
from postal.models import Carrier, CarrierClerk, HandoverItem, HandoverList
from postal.services import handover
from postal.states import HandoverKind
from tests import cast as casting
from tests.postal.handing import known

SIGNING = handover.Signing("Cán bộ mẫu", "Bưu tá mẫu", on_paper=True, counted=True, sealed=True)


def at_once(*jobs):
    """Run the jobs in threads that start together; what each gave, or the code of its refusal."""
    start, found = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        start.wait()
        try:
            found[place] = job()
        except Refused as refusal:
            found[place] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_one_list_has_it(live_cast, decided_of):
    cast = live_cast
    post = Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=cast.province)
    second = casting.person("t-buuta-hai", "Bưu tá hai (thử)", cast.centre, Role.CARRIER)
    CarrierClerk.objects.bulk_create([CarrierClerk(user=one, carrier=post) for one in (cast.carrier, second)])
    clerks = [User.objects.get(pk=one.pk) for one in (cast.carrier, second)]
    lists = [handover.open_list(office=cast.office, carrier=post, kind=HandoverKind.TO_CARRIER, actor=clerk) for clerk in clerks]
    shipments = [known(decided_of(cast)(number), post) for number in range(1, 4)]

    def scan(place, shipment):
        return lambda: handover.scan(row=lists[place], shipment=shipment, actor=clerks[place]).new

    for shipment in shipments:
        found = at_once(scan(0, shipment), scan(1, shipment))
        assert sorted(map(str, found)) == ["True", "in_another_list"]
    assert HandoverItem.objects.count() == len(shipments)
    for place, row in enumerate(lists):
        if not row.items.exists():
            spare = known(decided_of(cast)(9), post)
            handover.scan(row=row, shipment=spare, actor=clerks[place])
        handover.clean_off(row=row, how="Xịt cồn", actor=clerks[place])
    pairs = zip(lists, clerks, strict=True)
    at_once(*(lambda row=row, clerk=clerk: handover.close(row=row, signing=SIGNING, actor=clerk) for row, clerk in pairs))
    numbers = HandoverList.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"BK-THU-NINH-KIEU-{clock.today().year}-000{number}" for number in (1, 2)]


@pytest.mark.django_db(transaction=True)
def test_somebody_s_two_windows_share_one_open_list(live_cast):
    post = Carrier.objects.create(code="buu-dien", name="Bưu điện (thử)", key="x", province=live_cast.province)

    def begin():
        return handover.open_list(office=live_cast.office, carrier=post, kind=HandoverKind.TO_CARRIER, actor=live_cast.desk).pk

    first, second = at_once(begin, begin)
    assert first == second
    assert HandoverList.objects.count() == 1
