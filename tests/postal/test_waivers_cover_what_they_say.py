"""A waiver covers what meets all its conditions: what is made from then on, and what was made already and nobody can have paid."""
import io
import random
from datetime import date, timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from onestop import clock
from onestop.directives.services import Letter, RuleText, add_rule, draft, publish
from onestop.directives.states import RuleKind
from onestop.transitions import Refused
from postal import fees as rules
from postal import waiver_paid
from postal.models import AddressCampaign, AskedFile, CampaignItem, Shipment, WaiverCampaign
from postal.services import asked, eligibility, events, fees, waivers
from postal.states import Direction, Payer, State, WaiverState
from tests.postal.money import PROVINCE


def by_campaign(money, dossier):
    """The person said yes to the post when an officer called."""
    campaign, _made = AddressCampaign.objects.get_or_create(name="Đợt gọi", kind="not_registered", province=money.cast.province,
                                                            made_by=money.cast.administrator)
    return CampaignItem.objects.create(campaign=campaign, dossier=dossier, office=money.cast.office, state="post", consent_at=clock.now())


def test_from_its_start_the_citizen_pays_nothing(money):
    waiver = money.waiver()
    shipment = money.shipment()
    assert (shipment.waiver, shipment.payer, shipment.fee, shipment.payable) == (waiver, Payer.WAIVER, PROVINCE, PROVINCE)


def test_a_draft_covers_nothing(money):
    money.waiver(running=False)
    assert money.shipment().payer == Payer.CITIZEN


def test_starting_covers_what_is_made_and_unpaid_once(money):
    unpaid, paid, coming = money.shipment(), money.shipment(state=State.DELIVERED), money.shipment(state=State.READY)
    waiver = money.waiver(running=False)
    waivers.start(actor=money.cast.administrator, campaign=waiver)
    assert waivers.apply(waiver.pk) == 2
    assert waivers.apply(waiver.pk) == 0
    payers = {row.pk: row.payer for row in Shipment.objects.all()}
    assert payers == {unpaid.pk: Payer.WAIVER, paid.pk: Payer.CITIZEN, coming.pk: Payer.WAIVER}
    assert unpaid.events.get(verb="waive").legal_basis == waiver.legal_basis
    waiver.refresh_from_db()
    assert waiver.applied_at is not None


def test_a_job_that_died_is_taken_up_again(money, settings):
    waiver = money.waiver(running=False)
    waivers.start(actor=money.cast.administrator, campaign=waiver)
    assert waivers.resume() == 0
    with clock.frozen(clock.now() + timedelta(seconds=settings.SETTLEMENT_STALL_SECONDS + 1)):
        assert waivers.resume() == 1


def test_its_end_takes_nothing_back(money):
    waiver = money.waiver()
    shipment = money.shipment(state=State.READY)
    waivers.end(actor=money.cast.administrator, campaign=waiver)
    waivers.end(actor=money.cast.administrator, campaign=waiver)
    assert money.shipment().payer == Payer.CITIZEN
    shipment.refresh_from_db()
    assert shipment.payer == Payer.WAIVER
    assert waiver.events.filter(verb="end").count() == 1


def test_it_ends_by_itself_after_its_last_day(money):
    waiver = money.waiver(ends_on=clock.today())
    with clock.frozen(clock.now() + timedelta(days=1)):
        waivers.resume()
    waiver.refresh_from_db()
    assert waiver.state == WaiverState.ENDED


def test_only_what_the_campaign_registered(money):
    dossier = money.dossier()
    item = by_campaign(money, dossier)
    money.waiver(only_campaigns=True, submitted_before=clock.today())
    assert money.shipment(dossier=dossier, campaign_item=item).payer == Payer.WAIVER
    assert money.shipment().payer == Payer.CITIZEN


def test_the_query_and_the_rule_agree(money):
    """matching() is eligible() and unpaid() as a query: on shipments of every kind they say the same."""
    chance, now = random.Random(4), clock.now()
    for number in range(40):
        days = chance.randrange(0, 25)
        dossier = money.dossier(submitted_at=now - timedelta(days=chance.randrange(0, 40)),
                                procedure=chance.choice([money.cast.procedure, money.cast.field_procedure]))
        state = chance.choice([State.READY, State.COLLECTED, State.IN_TRANSIT, State.DELIVERED, State.CANCELLED])
        direction = chance.choice([Direction.OUT, Direction.OUT, Direction.IN])
        item = by_campaign(money, dossier) if number % 3 == 0 else None
        made = money.shipment(dossier=dossier, state=state, direction=direction, campaign_item=item,
                              collected_at=now - timedelta(days=days), office=chance.choice([money.cast.office, money.cast.other_office]))
        if state == State.READY:
            Shipment.objects.filter(pk=made.pk).update(collected_at=None)
    today = clock.today()
    variants = [{}, {"direction": ""}, {"submitted_before": today - timedelta(days=9)}, {"only_campaigns": True},
                {"procedures": [money.cast.procedure]}, {"offices": [money.cast.office]}, {"ends_on": today - timedelta(days=3)}]
    for changed in variants:
        waiver = money.waiver(running=False, **changed)
        terms = eligibility.terms_of(waiver)
        rows = Shipment.objects.select_related("dossier", "office")
        expected = {row.pk for row in rows if rules.unpaid(row.direction, row.state) and rules.eligible(terms, eligibility.facts_of(row))}
        assert set(eligibility.matching(waiver, today).values_list("pk", flat=True)) == expected, changed
        assert expected, changed


def delivered(money, days=1, **fields):
    """A result that the citizen paid for at the door, some days ago."""
    moment = clock.now() - timedelta(days=days)
    made = money.shipment(state=State.DELIVERED, collected_at=moment, **fields)
    Shipment.objects.filter(pk=made.pk).update(delivered_at=moment, moved_at=moment)
    return made


def test_what_citizens_paid_before_a_late_start_is_listed_to_be_paid_back(money):
    """Ordered in the period, before anybody had started the waiver: on its way it goes free, delivered it was paid."""
    moving, paid, before = money.shipment(), delivered(money), delivered(money, days=15)  # the last one before the period
    free = delivered(money)
    Shipment.objects.filter(pk=free.pk).update(payable=0)  # a social group
    waiver = money.waiver()
    moving.refresh_from_db()
    assert moving.waiver == waiver and moving.events.filter(verb="waive").exists()
    assert list(waiver_paid.of(money.cast.administrator, waiver)) == [paid]
    later = money.shipment()
    Shipment.objects.filter(pk__in=[moving.pk, later.pk]).update(state=State.DELIVERED, delivered_at=clock.now())
    assert list(waiver_paid.of(money.cast.administrator, waiver)) == [paid]  # these the waiver pays
    waivers.end(actor=money.cast.administrator, campaign=waiver)
    after = money.shipment()
    moment = clock.now() + timedelta(hours=1)
    Shipment.objects.filter(pk=after.pk).update(state=State.DELIVERED, delivered_at=moment, moved_at=moment)
    waiver.refresh_from_db()
    assert list(waiver_paid.of(money.cast.administrator, waiver)) == [paid]  # nor what was paid after its end
    assert before.payer == Payer.CITIZEN


def test_papers_paid_when_they_were_fetched_are_listed_too(money):
    fetched = money.shipment(direction=Direction.IN, collected_at=clock.now() - timedelta(days=1))
    waiver = money.waiver(direction="")
    assert list(waiver_paid.of(money.cast.administrator, waiver)) == [fetched]


def test_the_list_and_its_file_add_up(money, client):
    first, second = delivered(money), delivered(money)
    waiver = money.waiver()
    for user, status in ((money.cast.outsider, 403), (money.cast.monitor, 200), (money.cast.administrator, 200)):
        client.force_login(user)
        assert client.get(reverse("postal:waiver_paid", args=[waiver.pk])).status_code == status
    assert "2 bưu gửi thuộc diện được miễn" in client.get(reverse("postal:waiver", args=[waiver.pk])).content.decode()
    page = client.get(reverse("postal:waiver_paid", args=[waiver.pk])).content.decode()
    assert first.dossier.number in page and second.dossier.number in page and first.recipient not in page
    address = client.post(reverse("postal:waiver_paid_file", args=[waiver.pk]))["Location"]
    asked.make(AskedFile.objects.get().pk)
    content = b"".join(client.post(f"{address}tai/").streaming_content)
    lines = list(load_workbook(io.BytesIO(content)).active.values)
    assert lines[-1][-1] == sum(line[-1] for line in lines[-3:-1]) == 2 * PROVINCE
    assert first.recipient not in str(lines)


def test_only_the_provinces_administrator(money):
    for actor in (money.cast.leader, money.cast.monitor, money.cast.carrier):
        with pytest.raises(Refused) as refused:
            waivers.draft(actor=actor, waiver=money.terms())
        assert refused.value.status == 403


@pytest.mark.parametrize(("changed", "code"), [
    ({"payer": " "}, "payer_missing"), ({"legal_basis": ""}, "legal_basis_missing"), ({"name": ""}, "name_missing"),
    ({"ends_on": date(2019, 1, 1)}, "period")])
def test_what_a_draft_needs(money, changed, code):
    with pytest.raises(Refused) as refused:
        waivers.draft(actor=money.cast.administrator, waiver=money.terms(**changed))
    assert refused.value.code == code


def test_a_started_one_is_not_rewritten(money):
    waiver = money.waiver()
    with pytest.raises(Refused, match="không sửa được"):
        waivers.change(actor=money.cast.administrator, campaign=waiver, waiver=money.terms(name="Khác"))


def letter(money):
    """A letter in force by which the post charges nothing."""
    today = clock.today()
    made = draft(actor=None, areas=[money.cast.province], letter=Letter(
        number="2964/THU", issuer="Ủy ban nhân dân (thử)", issued_on=today, title="Văn bản thử", starts_on=today, summary="", ends_on=None))
    add_rule(actor=None, directive=made, rule=RuleText(RuleKind.POST_FREE, "khoản 2", "Bưu điện tạm thời chưa thu cước.",
                                                       {"settle_before": (today + timedelta(days=19)).isoformat()}))
    return publish(actor=None, directive=made)


def test_a_letter_without_a_waiver_is_warned_of(money, client):
    made = letter(money)
    client.force_login(money.cast.administrator)
    page = client.get(reverse("postal:waivers")).content.decode()
    assert "2964/THU" in page
    rule = made.rules.get()
    address = f"{reverse('postal:waiver_new')}?quy_dinh={rule.pk}&tinh={money.cast.province.pk}"
    assert address.replace("&", "&amp;") in page
    form = client.get(address).context["form"]
    assert form.initial["directive"] == made.pk
    assert form.initial["only_campaigns"]
    money.waiver(directive=made)
    assert "2964/THU, khoản 2: Bưu điện" not in client.get(reverse("postal:waivers")).content.decode().replace("\n", " ")


def test_the_pages_lead_from_draft_to_end(money, client):
    money.shipment()
    client.force_login(money.cast.administrator)
    today = clock.today()
    typed = {"name": "Miễn cước thử", "province": money.cast.province.pk, "legal_basis": "Văn bản số 1, khoản 2", "payer": "Ngân sách tỉnh",
             "starts_on": today.isoformat(), "settle_by": (today + timedelta(days=19)).isoformat(), "direction": "out",
             "procedures": "9.000001", "offices": [money.cast.office.pk]}
    assert client.post(reverse("postal:waiver_new"), typed | {"procedures": "0.000"}).status_code == 422
    assert client.post(reverse("postal:waiver_new"), typed).status_code == 302
    waiver = WaiverCampaign.objects.get()
    page = client.get(reverse("postal:waiver", args=[waiver.pk])).content.decode()
    assert "1 bưu gửi đã lập mà chưa thu tiền" in page
    assert client.post(reverse("postal:waiver_edit", args=[waiver.pk]), typed | {"name": "Tên khác"}).status_code == 302
    assert client.get(reverse("postal:waiver_edit", args=[waiver.pk])).status_code == 200
    client.post(reverse("postal:waiver_start", args=[waiver.pk]))
    waivers.apply(waiver.pk)
    assert "Tên khác" in client.get(reverse("postal:waivers")).content.decode()
    client.post(reverse("postal:waiver_end", args=[waiver.pk]), {"reason": "Hết dịch"})
    waiver.refresh_from_db()
    assert (waiver.state, waiver.shipments.count()) == (WaiverState.ENDED, 1)
    client.force_login(money.cast.outsider)
    assert client.get(reverse("postal:waiver", args=[waiver.pk])).status_code == 403


def told(money, shipment, status, days):
    """The carrier reports what was some days ago."""
    happened = events.Report(f"{status}-{shipment.pk}-{days}", shipment.key, status, clock.now() - timedelta(days=days))
    assert events.receive(carrier=money.carrier, report=happened)
    shipment.refresh_from_db()


def test_what_was_delivered_before_the_waiver_was_started_stays_the_citizen_s_however_late_the_report(money):
    late, later = money.shipment(collected_at=clock.now() - timedelta(days=3)), money.shipment()
    papers = money.shipment(direction=Direction.IN, state=State.ORDERED)
    Shipment.objects.filter(pk=papers.pk).update(collected_at=None)
    waiver = money.waiver(direction="")
    for shipment in (late, later, papers):
        shipment.refresh_from_db()
        assert shipment.waiver == waiver
    for shipment, status, days in ((late, "delivered", 2), (later, "delivered", 0), (papers, "collected", 1)):
        told(money, shipment, status, days)
    for shipment in (late, papers):
        assert (shipment.waiver, shipment.payer, shipment.payable) == (None, Payer.CITIZEN, PROVINCE)
        assert shipment.events.filter(verb="price", data__now__payer="citizen").count() == 1
    assert (later.waiver, later.payer) == (waiver, Payer.WAIVER)
    assert set(waiver_paid.of(money.cast.administrator, WaiverCampaign.objects.get())) == {late, papers}  # to be paid back


def test_what_was_delivered_while_the_waiver_ran_is_free_however_late_its_price_was_known(money):
    """Started for days to come: what was made before is covered when its collection is priced."""
    shipment = money.shipment(state=State.ORDERED)
    Shipment.objects.filter(pk=shipment.pk).update(collected_at=None)
    waiver = money.waiver(starts_on=clock.today() + timedelta(days=1), settle_by=None)
    with clock.frozen(clock.now() + timedelta(days=5)):
        told(money, shipment, "collected", 3)
        fees.settle_prices()
        told(money, shipment, "delivered", 2)
        assert (shipment.waiver, shipment.payer) == (waiver, Payer.WAIVER)


def test_what_a_settlement_holds_is_not_priced_by_a_late_report(money):
    shipment = money.shipment(collected_at=clock.now() - timedelta(days=3))
    waiver = money.waiver()
    money.listing(waiver)
    told(money, shipment, "delivered", 2)
    assert shipment.waiver == waiver
