"""The demonstration's money of the post in Khánh Hòa: a table of fees, the letter's waiver, a list compared with the carrier's file."""
from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.models import Dossier
from dossiers.services import intake, processing
from onestop import clock, worktime
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive
from onestop.offices import calendars
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.transitions import Refused
from postal.models import Carrier, FeeRule, Shipment, WaiverCampaign
from postal.services import fees, handling, making, settlements, waivers
from postal.services.fees import NewPrice
from postal.services.waivers import NewWaiver
from postal.states import Direction, Service, State, Zone

OFFICE, ADMINISTRATOR, OFFICER, LETTER = "nha-trang", "quantri-khanh-hoa", "chuyenvien-nha-trang", "2964/UBND-KSTT (minh họa)"
NAME, ADDRESS, VIA = "Miễn cước trả kết quả (minh họa)", "Số 9, đường Mẫu (địa chỉ minh họa)", "demo"
PROCEDURE, PEOPLE = "1.001193", 7
SETTLE_AFTER = timedelta(days=19)  # from the letter's day: 1/4 to 20/4/2020
SINCE = date(2018, 1, 1)
TABLE = {(Service.STANDARD, Zone.SAME): 21_500, (Service.STANDARD, Zone.PROVINCE): 31_500, (Service.STANDARD, Zone.OUTSIDE): 42_000,
         (Service.EXPRESS, Zone.SAME): 33_000, (Service.EXPRESS, Zone.PROVINCE): 48_500, (Service.EXPRESS, Zone.OUTSIDE): 67_000}
BASIS = "Bảng cước minh họa, không phải cước thật"


def load(carrier: Carrier) -> int:
    """How many shipments the waiver covers; a second run adds nothing."""
    office = Office.objects.select_related("province", "area").filter(code=OFFICE).first()
    administrator, officer = User.objects.filter(username=ADMINISTRATOR).first(), User.objects.filter(username=OFFICER).first()
    letter = Directive.objects.in_force(clock.today()).filter(number=LETTER).first()
    if office is None or administrator is None or officer is None:
        return 0
    try:
        _table(carrier, administrator)
        if letter is None or WaiverCampaign.objects.filter(name=NAME).exists():
            return 0
        waiver = _waiver(administrator, office, letter)
        sent = [_sent(office, officer, carrier, number) for number in range(1, PEOPLE + 1)]
        _list(administrator, waiver, carrier, [shipment for shipment in sent if shipment is not None])
    except (Refused, worktime.CalendarMissing):
        return 0  # replayed on a day on which these people work elsewhere
    return waiver.shipments.count()


def _table(carrier: Carrier, actor: User) -> None:
    if not FeeRule.objects.filter(carrier=carrier).exists():
        fees.add_prices(actor=actor, carrier=carrier, new=[
            NewPrice(service, zone, amount, SINCE, basis=BASIS) for (service, zone), amount in TABLE.items()])


def _waiver(actor: User, office: Office, letter: Directive) -> WaiverCampaign:
    """As the letter says it; for a newcomer to see, every result of the province, not only what officers registered."""
    waiver = waivers.draft(actor=actor, waiver=NewWaiver(
        name=NAME, province=office.province, directive=letter, legal_basis=f"{letter.number}, khoản 2",
        payer="Kinh phí cải cách hành chính của tỉnh", starts_on=letter.starts_on, settle_by=letter.starts_on + SETTLE_AFTER,
        direction=Direction.OUT))
    started = waivers.start(actor=actor, campaign=waiver)
    waivers.apply(started.pk)
    return started


def _sent(office: Office, officer: User, carrier: Carrier, number: int) -> Shipment | None:
    """A result that the post took some days ago."""
    procedure = Procedure.objects.usable().filter(code=PROCEDURE).first()
    if procedure is None:
        return None
    with clock.frozen(_moment(5, number)):
        dossier = _decided(office, officer, procedure, number)
        shipment = making.make_out(dossier, carrier)
        if shipment is None:
            return None
        Shipment.objects.filter(pk=shipment.pk).update(waybill=f"EBMINHHOA{number:02d}VN", state=State.ORDERED, ordered_at=clock.now())
        shipment.refresh_from_db()
        handling.collect(shipment=shipment, label=carrier.name)
        fees.settle_price(shipment.pk)
    return shipment


def _decided(office: Office, officer: User, procedure: Procedure, number: int) -> Dossier:
    applicant = intake.Applicant(f"Người nhận mẫu {number:02d}", f"09000007{number:02d}", address=ADDRESS)
    request = intake.Request(return_method="post", return_address=ADDRESS, note="Hồ sơ minh họa")
    dossier = intake.submit_online(office=office, procedure=procedure, applicant=applicant, request=request, uploads=[], via=VIA).dossier
    intake.accept(actor=officer, dossier=dossier, via=VIA)
    processing.start(actor=officer, dossier=dossier, via=VIA)
    processing.decide(actor=officer, dossier=dossier, via=VIA, note="Kết quả minh họa")
    return Dossier.objects.get(pk=dossier.pk)


def _moment(ago: int, minutes: int) -> datetime:
    """A moment of the working day so many days ago, or of one before."""
    today = clock.today()
    cal, day = calendars.work_calendar(today - timedelta(days=60), today), today - timedelta(days=ago)
    while not worktime.is_working_day(cal, day):
        day -= timedelta(days=1)
    return clock.at(day, 9, minutes)


def _list(actor: User, waiver: WaiverCampaign, carrier: Carrier, sent: list[Shipment]) -> None:
    """A list in reconciliation: most lines match, one differs, one is missing on either side."""
    settlement = settlements.make(actor=actor, waiver=waiver, carrier=carrier, starts_on=waiver.starts_on, ends_on=clock.today(),
                                  due_on=waiver.settle_by or clock.today())
    settlements.work(settlement.pk)
    rows = [(shipment.waybill, shipment.payable or 0) for shipment in sent]
    rows = [*rows[:-2], *((waybill, amount + 4_500) for waybill, amount in rows[-2:-1]), ("EBMINHHOA99VN", 31_500)]
    out = io.StringIO()
    numbered = [(index, *row) for index, row in enumerate(rows, 1)]
    csv.writer(out, delimiter=";").writerows([("STT", "Số hiệu bưu gửi", "Cước phải thu"), *numbered])
    file = SimpleUploadedFile("bang-ke-buu-dien-minh-hoa.csv", ("\ufeff" + out.getvalue()).encode())
    settlements.upload(actor=actor, settlement=settlement, file=file)
    settlements.work(settlement.pk)
