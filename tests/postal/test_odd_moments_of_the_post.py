"""What comes at an odd moment or in an odd form: silence that is broken, another fetching, odd codes, odd weeks, odd addresses."""
import os
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.states import ReturnMethod
from dossiers.states import State as DossierState
from onestop import clock
from onestop.transitions import Refused
from postal import compliance
from postal.carriers import folder
from postal.forms.carriers import CarrierForm
from postal.models import CarrierChange, CarrierFile, ReceptionPoint, Shipment
from postal.services import files, handover, making, mending, points, stuck, timing
from postal.states import Attention, Direction, HandoverKind, State
from postal.tasks import recalculate
from tests.postal.handing import browser, known

pytestmark = pytest.mark.django_db


def papers(decided: Any, number: int = 1, **fields: Any) -> Dossier:
    return decided(number, state=DossierState.PROCESSING, decided_at=None, return_method=ReturnMethod.COUNTER, collect_by_post=True,
                   collect_address="Số 7, đường Mẫu", **fields)


def test_whoever_is_heard_of_again_is_silent_no_more(ordered, report):
    Shipment.objects.update(state=State.IN_TRANSIT, moved_at=clock.now() - timedelta(days=9))
    stuck.watch()
    assert Shipment.objects.get().attention == Attention.SILENT
    assert report(ordered, "in_transit").status_code == 202
    stuck.watch()
    assert Shipment.objects.get().attention == ""


def test_papers_fetched_again_are_given_time_from_when_it_was_decided(decided, carrier, cast, morning):
    dossier = papers(decided, received_at=morning - timedelta(days=5))
    first = known(dossier, carrier, direction=Direction.IN, state=State.NOT_COLLECTED)
    second = mending.send_again(actor=cast.desk, shipment=first)
    assert (second.timer_from, second.wall_due_at) == (morning, morning + timedelta(hours=4))
    with clock.frozen(morning + timedelta(hours=3)):
        third = mending.cancel(actor=cast.desk, shipment=second, reason="Sai dịch vụ", again=True)
    assert third.timer_from == morning, "giving up what was not fetched gives no new time"


def test_papers_never_fetched_keep_the_time_of_the_acceptance(decided, carrier, cast, morning):
    dossier = papers(decided, received_at=morning - timedelta(hours=2))
    first = making.make_in(dossier, carrier)
    again = mending.cancel(actor=cast.desk, shipment=first, reason="Sai dịch vụ", again=True)
    assert again.timer_from == dossier.received_at


def test_a_share_of_the_times_is_counted_again_at_once_the_rest_by_jobs(decided, carrier, cast, morning, monkeypatch):
    monkeypatch.setattr(timing, "AT_ONCE", 2)
    for number in range(1, 6):
        shipment = making.make_in(papers(decided, number, received_at=morning - timedelta(hours=1)), carrier)
        assert shipment is not None
    before = Shipment.objects.first().collect_due_at
    carrier.collect_hours = 8
    carrier.save()
    assert timing.recalculate(actor=cast.administrator, carrier=carrier) == 5
    changed = Shipment.objects.exclude(collect_due_at=before)
    assert changed.count() == 2
    last = changed.order_by("-pk").first()
    for _twice in range(2):
        recalculate(carrier.pk, cast.administrator.pk, last.pk)
    assert changed.count() == 5
    assert CarrierChange.objects.get(verb="recalculate").data == {"count": 5}
    assert all(row.events.filter(verb="recalculate").count() == 1 for row in changed)


@pytest.mark.parametrize("week", ["0001-W01", "9999-W52", "1999-W52", "2101-W01", "2026-W60", "2026-W00", "x"])
def test_weeks_in_which_nothing_can_have_been_fetched_are_none(week, cast, carrier):
    assert compliance.read_week(week) is None
    for name in ("compliance", "compliance_csv"):
        assert browser(cast.administrator).get(reverse(f"postal:{name}"), {"tuan": week}).status_code in (200, 422)


@pytest.mark.parametrize("code", ["http://[", "https://[::1", "://", "https://x/?ma=%00", "https://x/?ma=", "\x00", "'" * 300,
                                  "00000000-0000"])
def test_a_scanner_may_read_anything(code, cast, carrier):
    page = browser(cast.carrier).post(reverse("postal:scan"), {"ma": code})
    assert page.status_code == 302
    row = handover.open_list(office=cast.office, carrier=carrier, kind=HandoverKind.TO_CARRIER, actor=cast.desk)
    assert browser(cast.desk).post(reverse("postal:handover_scan", args=[row.pk]), {"ma": code}).status_code == 302


def test_an_envelope_that_was_just_taken_out_is_not_counted(cast, carrier, decided):
    shipment = known(decided(), carrier)
    row = handover.open_list(office=cast.office, carrier=carrier, kind=HandoverKind.TO_CARRIER, actor=cast.desk)
    item = handover.scan(row=row, shipment=shipment, actor=cast.desk).item
    handover.take_out(row=row, item_pk=item.pk, actor=cast.desk)
    with pytest.raises(Refused) as refusal:
        handover.count(item=item, counts=item.counts, actor=cast.desk)
    assert refusal.value.code == "taken_out"


@pytest.mark.parametrize("address", ["ftp://x.example/o", "javascript:alert(1)", "file:///etc/passwd", "https://a:b@x.example/", "gopher://x"])
def test_a_carrier_is_reached_by_the_web_alone(address, cast):
    form = CarrierForm({"order_url": address, "adapter": "http"}, user=cast.administrator)
    assert not form.is_valid() and "order_url" in form.errors


def test_a_point_that_ends_does_not_begin_after_its_end(cast, carrier):
    point = ReceptionPoint.objects.create(carrier=carrier, code="NK1", name="Điểm mẫu", area=cast.commune, address="Số 1",
                                          valid_to=date(2021, 1, 1))
    with pytest.raises(Refused) as refusal:
        points.save_point(actor=cast.administrator, carrier=carrier, values={"valid_from": date(2021, 1, 2)}, point=point)
    assert "valid_from" in refusal.value.fields


def test_the_dossier_s_page_leads_to_sending_its_papers(cast, carrier, decided):
    dossier = papers(decided)
    address = f"{reverse('postal:send_between')}?ma={dossier.code}"
    page = reverse("dossiers:detail", args=[dossier.pk])
    assert address in browser(cast.desk).get(page).content.decode()
    assert address not in browser(cast.leader).get(page).content.decode()
    assert dossier.code in browser(cast.desk).get(address).content.decode()
    Dossier.objects.update(state=DossierState.WITHDRAWN)
    assert address not in browser(cast.desk).get(page).content.decode()


@pytest.mark.parametrize(("in_time", "late", "share"), [(0, 0, None), (9999, 1, 99.9), (5, 0, 100.0), (0, 3, 0.0), (2, 1, 66.7)])
def test_all_in_time_is_said_only_where_none_was_late(in_time, late, share):
    assert compliance.share_of(in_time, late) == share


def test_a_file_s_name_may_be_in_any_encoding(by_file, settings, decided):
    settings.CARRIER_FILE_SETTLE_SECONDS = -5
    place = folder.home(by_file) / "in"
    place.mkdir(parents=True)
    with open(os.path.join(os.fsencode(place), b"b\xe1o.csv"), "wb") as file:
        file.write("Mã bưu gửi;Trạng thái;Thời điểm\nKHONG;delivered;25/11/2026 16:20\n".encode())
    assert files.collect(by_file) == 1
    assert CarrierFile.objects.get().faults[0]["row"] == 2
    assert files.collect(by_file) == 0
