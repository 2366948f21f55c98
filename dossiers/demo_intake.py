"""Demonstration of the ways in: a draft, parcels in their states, a dossier handed in for a firm, one handed in twice."""
from __future__ import annotations

from datetime import timedelta

from dossiers.models import Dossier, Draft, Parcel
from dossiers.services import codes, drafts, intake, parcels
from dossiers.services.applicants import Applicant, Request
from dossiers.services.intake import PaperCount
from dossiers.services.parcels import Sender
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import published, version_on
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.transitions import Refused

PROCEDURE, CARRIER = "1.001193", "Bưu điện mẫu"
ADDRESS = "Số 9, đường Mẫu, phường Ninh Kiều (địa chỉ minh họa)"
FIRM = Applicant("Người đại diện mẫu", "0900000071", acting="organisation", organisation="Công ty TNHH Mẫu (minh họa)",
                 organisation_code="0100000000", filer_name="Nhân viên mẫu", filer_phone="0900000072",
                 mandate="Giấy giới thiệu số 01 (minh họa)")
TWICE = Applicant("Người nộp mẫu 73", "0900000073")


def load(office: Office, desk: User | None) -> None:
    """What is missing of these at an office."""
    procedure = Procedure.objects.usable().select_related("current").filter(code=PROCEDURE).first()
    if procedure is None or desk is None:
        return
    _draft(office, procedure)
    _parcels(office, procedure, desk)
    for applicant, most in ((FIRM, 1), (TWICE, 2)):
        for _number in range(most - Dossier.objects.filter(received_office=office, phone=applicant.phone).count()):
            _submit(office, procedure, applicant)
    firm = Dossier.objects.filter(received_office=office, phone=FIRM.phone).first()
    if firm is not None and not firm.external_codes.exists():
        codes.add_external(dossier=firm, system="mau", code=f"MINH-HOA-{firm.pk}")


def _submit(office: Office, procedure: Procedure, applicant: Applicant) -> None:
    """A submission with the plainest answers that the procedure's form takes; without any where it needs more."""
    try:
        intake.submit_online(office=office, procedure=procedure, applicant=applicant, request=Request(note="Hồ sơ minh họa"), via="demo")
    except Refused:
        return  # replayed on a day on which online is closed


def _draft(office: Office, procedure: Procedure) -> None:
    if not Draft.objects.filter(office=office, procedure=procedure, dossier__isnull=True).exists():
        values = {"full_name": ["Người nộp mẫu 70"], "phone": ["0900000070"], "note": ["Bản nháp minh họa"]}
        drafts.begin(procedure=procedure, office=office, values=values, form_version=published(procedure))


def _parcels(office: Office, procedure: Procedure, desk: User) -> None:
    """One that was just registered, one with missing papers, one that is complete, one that was sent back."""
    if Parcel.objects.filter(office=office, carrier=CARRIER).exists():
        return
    made = [parcels.register(actor=desk, office=office, sender=Sender(f"Người gửi mẫu {number}", f"09000000{number}", ADDRESS,
                                                                      f"MAU{number}VN", CARRIER)) for number in (74, 75, 76, 77)]
    papers = [PaperCount(paper.position, originals=1) for paper in version_on(procedure, clock.today()).papers.all()]
    until = clock.today() + timedelta(days=10)
    for parcel, given in ((made[1], papers[:1]), (made[2], papers)):
        parcels.clean_off(actor=desk, parcel=parcel)
        parcels.count(actor=desk, parcel=parcel, procedure=procedure, papers=given, answer_by=until)
    parcels.send_back(actor=desk, parcel=made[3], reason="Hồ sơ thuộc thẩm quyền của đơn vị khác (minh họa).")
