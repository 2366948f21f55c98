"""A shipment's price: set when it is made, for good on the day it is collected, by the table of that day; the social claim on a paper."""
from datetime import date, timedelta

import pytest

from onestop import clock
from onestop.transitions import Refused
from postal.models import FeeRule, Shipment, SocialClaim
from postal.services import claims, fees
from postal.services.fees import NewPrice
from postal.states import Discount, Payer, Service, SocialGroup, State, Zone
from tests.postal.money import PROVINCE, SAME


def new(amount, valid_from, zone=Zone.PROVINCE, **more):
    return NewPrice(Service.STANDARD, zone, amount, valid_from, **more)


def test_the_zone_comes_from_both_places(money):
    assert money.shipment(area=money.cast.office.area).fee == SAME
    assert money.shipment(area=money.cast.other_office.area).fee == PROVINCE
    assert money.shipment(area=None).fee == PROVINCE


def test_without_a_price_nothing_is_made_up(money):
    shipment = money.shipment(service=Service.EXPRESS)
    assert (shipment.fee, shipment.payable, shipment.payer) == (None, None, Payer.CITIZEN)


def test_the_day_of_collection_counts_and_then_stays(money):
    shipment = money.shipment(state=State.READY)
    tomorrow = clock.today() + timedelta(days=1)
    fees.add_price(actor=money.cast.administrator, carrier=money.carrier, new=new(40_000, tomorrow))
    with clock.frozen(clock.at(tomorrow, 10)):
        Shipment.objects.filter(pk=shipment.pk).update(state=State.COLLECTED, collected_at=clock.now())
        assert fees.settle_prices() == 1
        assert fees.settle_prices() == 0
    shipment.refresh_from_db()
    assert (shipment.fee, shipment.payable, shipment.priced_on) == (40_000, 40_000, tomorrow)
    assert shipment.events.filter(verb="price").count() == 1


def test_a_new_version_ends_the_one_before(money):
    tomorrow = clock.today() + timedelta(days=1)
    made = fees.add_price(actor=money.cast.administrator, carrier=money.carrier, new=new(40_000, tomorrow, basis="Quyết định 1"))
    before = FeeRule.objects.get(carrier=money.carrier, zone=Zone.PROVINCE, amount=PROVINCE)
    assert before.valid_to == clock.today()
    assert made.made_by == money.cast.administrator
    again = fees.add_price(actor=money.cast.administrator, carrier=money.carrier, new=new(41_000, tomorrow))
    assert (again.pk, again.amount) == (made.pk, 41_000)  # not in force yet: corrected


@pytest.mark.parametrize(("days", "code"), [(-1, "in_the_past"), (-400, "in_the_past")])
def test_the_past_is_never_changed(money, days, code):
    with pytest.raises(Refused) as refused:
        fees.add_price(actor=money.cast.administrator, carrier=money.carrier, new=new(40_000, clock.today() + timedelta(days=days)))
    assert refused.value.code == code
    assert FeeRule.objects.filter(carrier=money.carrier, zone=Zone.PROVINCE).count() == 1


def test_a_price_in_force_is_not_corrected(money):
    with pytest.raises(Refused, match="đang áp dụng"):
        fees.add_price(actor=money.cast.administrator, carrier=money.carrier, new=new(1, date(2026, 1, 1)))


def test_only_administrators_set_prices(money):
    with pytest.raises(Refused) as refused:
        fees.add_price(actor=money.cast.leader, carrier=money.carrier, new=new(1, clock.today()))
    assert refused.value.status == 403


def test_a_table_that_comes_late_prices_what_had_none(money):
    shipment = money.shipment(service=Service.EXPRESS)
    fees.settle_prices()
    fees.add_price(actor=money.cast.administrator, carrier=money.carrier,
                   new=NewPrice(Service.EXPRESS, Zone.PROVINCE, 50_000, date(2026, 1, 1)))
    assert fees.settle_prices() == 1
    shipment.refresh_from_db()
    assert shipment.fee == 50_000


def test_a_claim_makes_what_is_unpaid_cheaper(money):
    shipment = money.shipment()
    changed = claims.confirm(actor=money.cast.desk, dossier=shipment.dossier, group=SocialGroup.POOR, evidence="Giấy chứng nhận số 1")
    shipment.refresh_from_db()
    assert changed == 1
    assert (shipment.fee, shipment.discount, shipment.payable, shipment.social_group) == (PROVINCE, Discount.HALF, PROVINCE // 2, "poor")
    same = claims.confirm(actor=money.cast.desk, dossier=shipment.dossier, group=SocialGroup.POOR, evidence="Giấy chứng nhận số 1")
    assert same == 0
    claims.take_back(actor=money.cast.desk, dossier=shipment.dossier)
    assert not claims.take_back(actor=money.cast.desk, dossier=shipment.dossier)
    noted = list(shipment.dossier.events.filter(verb__in=["fee_group", "end_fee_group"]).values_list("verb", "public", "actor"))
    assert noted == [("fee_group", False, money.cast.desk.pk), ("end_fee_group", False, money.cast.desk.pk)]
    assert all("Giấy chứng nhận số 1" in event.reason for event in shipment.dossier.events.filter(public=False))
    shipment.refresh_from_db()
    assert shipment.payable == PROVINCE
    assert not SocialClaim.objects.exists()


def test_a_claim_before_the_shipment_counts_as_well(money):
    dossier = money.dossier()
    claims.confirm(actor=money.cast.desk, dossier=dossier, group=SocialGroup.HEROIC_MOTHER, evidence="Bằng danh hiệu")
    assert money.shipment(dossier=dossier).payable == 0


def test_what_was_paid_stays(money):
    shipment = money.shipment(state=State.DELIVERED)
    assert claims.confirm(actor=money.cast.desk, dossier=shipment.dossier, group=SocialGroup.POOR, evidence="Giấy chứng nhận") == 0
    shipment.refresh_from_db()
    assert shipment.payable == PROVINCE


def test_only_who_sees_the_paper_confirms(money):
    dossier = money.dossier()
    for actor in (money.cast.outsider, money.cast.administrator, money.cast.carrier):
        with pytest.raises(Refused) as refused:
            claims.confirm(actor=actor, dossier=dossier, group=SocialGroup.POOR, evidence="Giấy")
        assert refused.value.status == 403
    with pytest.raises(Refused, match="giấy tờ"):
        claims.confirm(actor=money.cast.desk, dossier=dossier, group=SocialGroup.POOR, evidence=" ")
