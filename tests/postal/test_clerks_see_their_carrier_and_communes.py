"""The carrier's clerk: the own carrier's shipments in the own communes, what is due first, papers taken over at the door."""
from datetime import timedelta

import pytest
from django.urls import reverse

from onestop import clock
from onestop.offices.models import Area
from onestop.people.models import ApiToken, User
from onestop.people.states import Role
from onestop.people.tokens import create_token
from postal import handover_lists, pickups, policies
from postal.models import Carrier, CarrierChange, CarrierClerk, CollectionSlip, HandoverList, Shipment
from postal.services import handover
from postal.states import Direction, HandoverKind, State
from tests import cast as casting
from tests.postal.handing import DRAWN, browser, known

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts(cast):
    return [Carrier.objects.create(code=code, name=f"Hãng {code} (thử)", key="x", province=cast.province) for code in ("mot", "hai")]


@pytest.fixture
def clerk(cast, posts):
    """The cast's clerk, given to the first carrier."""
    CarrierClerk.objects.create(user=cast.carrier, carrier=posts[0])
    return cast.carrier


@pytest.fixture
def stranger(cast, posts):
    """A clerk of the second carrier."""
    user = casting.person("t-buuta-hai", "Bưu tá hãng hai (thử)", cast.centre, Role.CARRIER)
    CarrierClerk.objects.create(user=user, carrier=posts[1])
    return user


def test_another_carrier_s_clerk_gets_404(cast, posts, clerk, stranger, decided):
    shipment = known(decided(), posts[0])
    home = known(decided(2), posts[0], direction=Direction.IN)
    row = handover.open_list(office=cast.office, carrier=posts[0], kind=HandoverKind.TO_CARRIER, actor=clerk)
    addresses = [("postal:shipment", shipment.pk), ("postal:take_over", home.pk), ("postal:handover", row.pk),
                 ("postal:handover_sign", row.pk)]
    for name, pk in addresses:
        assert browser(clerk).get(reverse(name, args=[pk])).status_code == 200, name
        assert browser(stranger).get(reverse(name, args=[pk])).status_code == 404, name
    assert browser(stranger).post(reverse("postal:collected", args=[shipment.pk])).status_code == 404
    assert browser(stranger).post(reverse("postal:handover_file", args=[row.pk, "pdf"])).status_code == 404
    assert shipment.waybill not in browser(stranger).get(reverse("postal:shipments")).content.decode()
    said = browser(stranger).post(reverse("postal:scan"), {"ma": shipment.waybill}, follow=True).content.decode()
    assert "do doanh nghiệp bưu chính khác nhận" in said


def test_communes_narrow_what_a_clerk_sees(cast, posts, clerk, decided):
    other = cast.other_office.area
    here = known(decided(1), posts[0])
    there = known(decided(2, received_office=cast.other_office), posts[0])
    for_there = known(decided(3), posts[0], area=other)
    clerk.carrier_clerk.areas.set([other])
    fresh = User.objects.get(pk=clerk.pk)
    assert set(Shipment.objects.visible_to(fresh)) == {there, for_there}
    said = browser(clerk).post(reverse("postal:scan"), {"ma": here.waybill}, follow=True).content.decode()
    assert "không thuộc địa bàn" in said
    elsewhere = handover.open_list(office=cast.office, carrier=posts[0], kind=HandoverKind.TO_CARRIER, actor=cast.desk)
    assert browser(clerk).get(reverse("postal:handover", args=[elsewhere.pk])).status_code == 404


def test_the_walk_counts_down_with_a_fixed_number_of_queries(cast, posts, clerk, decided, django_assert_max_num_queries):
    now = clock.now()
    for number in range(1, 8):
        known(decided(number), posts[0], collect_due_at=now + timedelta(minutes=90, seconds=30))
    known(decided(20, received_office=cast.other_office), posts[0], collect_due_at=now - timedelta(minutes=61))
    for number in range(30, 34):
        known(decided(number), posts[0], direction=Direction.IN, recipient=f"Người Gửi {number}",
              collect_due_at=now + timedelta(minutes=30, seconds=9))
    client = browser(clerk)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("postal:pickups")).content.decode()
    assert page.index("Phường Cái Răng") < page.index("Số 1, đường Mẫu · Phường Ninh Kiều")  # the late one first
    for words in ("Quá 1 giờ", "Còn 1 giờ 30 phút", "7 bưu gửi", "Người Gửi 30", "tel:0912635678", "Còn 30 phút"):
        assert words in page
    assert len(page.encode()) < 40_000  # a bad line
    office = browser(clerk).get(reverse("postal:pickup_office", args=[cast.office.code])).content.decode()
    assert office.count("Vào bảng kê") == 7


def test_whom_nobody_has_given_to_a_carrier_reads_whom_to_turn_to(client, cast, posts, decided):
    """Personal data: no shipment, no list, no figure, by no page and no token; only who has to assign them."""
    shipment = known(decided(), posts[0])
    home = known(decided(2), posts[0], direction=Direction.IN)
    row = handover.open_list(office=cast.office, carrier=posts[0], kind=HandoverKind.TO_CARRIER, actor=cast.desk)
    handover.scan(row=row, shipment=shipment, actor=cast.desk)
    for name, args in (("pickups", []), ("pickup_office", [cast.office.code]), ("shipments", []), ("shipment", [shipment.pk]),
                       ("take_over", [home.pk]), ("handovers", []), ("handover", [row.pk]), ("handover_new", []), ("compliance", []),
                       ("settlements", [])):
        page = browser(cast.carrier).get(reverse(f"postal:{name}", args=args))
        shown = page.content.decode()
        assert (page.status_code, "Chưa được giao việc" in shown) == (200, True), name
        assert cast.centre.name in shown and cast.administrator.full_name in shown
        assert shipment.recipient not in shown and shipment.waybill not in shown, name
    for name, args in (("collected", [shipment.pk]), ("scan", []), ("handover_file", [row.pk, "pdf"]), ("handover_sign", [row.pk])):
        assert browser(cast.carrier).post(reverse(f"postal:{name}", args=args), {"ma": shipment.waybill}).status_code == 403, name
    nothing = [Shipment.objects.visible_to(cast.carrier), HandoverList.objects.visible_to(cast.carrier), pickups.homes(cast.carrier),
               handover_lists.choices(cast.carrier)[0]]
    assert not any(found.exists() for found in nothing)
    assert not policies.can_collect(cast.carrier, shipment) and not policies.can_list(cast.carrier, posts[0], cast.office)
    token, text = create_token(name="Bưu tá (thử)", scopes=["carrier"], office_ids=[])
    ApiToken.objects.filter(pk=token.pk).update(user=cast.carrier)
    for path in ("shipments/", "handover-lists/"):
        assert client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {text}"}).json()["results"] == [], path
    assert client.get(f"/api/v1/shipments/{shipment.key}/", headers={"Authorization": f"Bearer {text}"}).status_code == 404


def test_one_scan_on_the_way_goes_where_it_belongs(cast, posts, clerk, decided):
    out, home = known(decided(1), posts[0]), known(decided(2), posts[0], direction=Direction.IN)
    client, scan = browser(clerk), reverse("postal:scan")
    assert client.post(scan, {"ma": out.waybill}).url == reverse("postal:handover", args=[HandoverList.objects.get().pk])
    assert client.post(scan, {"ma": home.dossier.code}).url == reverse("postal:take_over", args=[home.pk])
    carried = known(decided(3), posts[0], direction=Direction.IN, state=State.COLLECTED)
    client.post(scan, {"ma": carried.waybill})
    assert HandoverList.objects.get(kind=HandoverKind.TO_OFFICE).items.get().shipment == carried
    for typed in ("", "x" * 400, "\x00", "KHONG-CO"):
        assert client.post(scan, {"ma": typed}).url == reverse("postal:pickups")


def test_papers_are_taken_over_at_the_door_once(cast, posts, clerk, decided, morning):
    shipment = known(decided(), posts[0], direction=Direction.IN)
    client, page = browser(clerk), reverse("postal:take_over", args=[shipment.pk])
    shown = client.get(page).content.decode()
    assert "Tờ khai đăng ký khai sinh" in shown and "data-signature" in shown
    typed = {"p1_originals": "1", "p1_certified": "0", "p1_copies": "0", "p2_originals": "0", "p2_certified": "0", "p2_copies": "1",
             "giver": "Nguyễn Thị Mẫu", "cleaned_how": "Xịt cồn", "seal_number": "NP-1"}
    assert client.post(page, typed).status_code == 422  # nobody has signed
    signed = {**typed, "giver_signature": DRAWN, "receiver_signature": DRAWN, "differs": "Giấy chứng sinh: bản sao"}
    for _twice in range(2):
        assert client.post(page, signed).status_code == 302
    shipment.refresh_from_db()
    slip = CollectionSlip.objects.get()
    assert (shipment.state, shipment.papers, shipment.seal_number, shipment.collected_at) == (State.COLLECTED, 2, "NP-1", morning)
    assert (slip.giver, slip.receiver, slip.differs) == ("Nguyễn Thị Mẫu", clerk, "Giấy chứng sinh: bản sao")
    assert [event.verb for event in shipment.events.all()] == ["take"]
    assert "giao 2 giấy tờ" in client.get(page).content.decode()


def test_the_administrator_gives_clerks_their_carrier(cast, posts):
    client, page = browser(cast.administrator), reverse("postal:clerk_edit", args=[cast.carrier.pk])
    assert "Chưa phân công" in client.get(reverse("postal:clerks")).content.decode()
    assert client.post(page, {"carrier": posts[0].pk, "areas": "Phường Không Có"}).status_code == 422
    for _twice in range(2):
        assert client.post(page, {"carrier": posts[0].pk, "areas": f"Phường Cái Răng\n{cast.commune.code}"}).status_code == 302
    row = CarrierClerk.objects.get()
    assert (row.carrier, set(row.areas.all())) == (posts[0], set(Area.objects.filter(level="commune")))
    assert CarrierChange.objects.filter(verb="appoint_clerk").count() == 1
    assert client.get(reverse("postal:clerk_edit", args=[cast.desk.pk])).status_code == 404
    assert browser(cast.leader).get(page).status_code == 403
