"""Demonstration of results: one given out electronically, ways to people's homes planned, delivered and failed."""
from __future__ import annotations

import segno
import typst
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.models import Dossier, Result
from dossiers.printing.render import FONTS
from dossiers.services import home_visits, results, returning
from dossiers.services.hand_overs import Received
from dossiers.states import State
from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import User

VIA = "demo"
ELECTRONIC, DELIVERED, PLANNED = 18, 27, 28  # numbers of the demonstration's people; 29 waits for somebody to be sent
SHEET = """#set page(paper: "a4")
#set text(font: "Be Vietnam Pro", lang: "vi", size: 14pt)
= KẾT QUẢ MINH HỌA
Văn bản này chỉ để trình diễn, không có giá trị pháp lý."""


def signature() -> str:
    """A picture in the place of a signature, as the browser sends one."""
    return str(segno.make("Chữ ký mẫu").png_data_uri(scale=4))


def sheet() -> SimpleUploadedFile:
    """A page that says it is a sample."""
    content = typst.compile(SHEET.encode(), font_paths=[str(path) for path in FONTS], ignore_system_fonts=True, format="pdf")
    return SimpleUploadedFile("ket-qua-minh-hoa.pdf", bytes(content), content_type="application/pdf")


def load(office: Office, desk: User | None, specialist: User | None) -> int:
    """What is missing at one office; how many things were made. Done again it makes nothing."""
    if desk is None or specialist is None:
        return 0
    return _electronic(office, specialist) + _delivered(office, desk, specialist) + _planned(office, desk, specialist)


def _one(office: Office, number: int) -> Dossier | None:
    return Dossier.objects.filter(received_office=office, full_name=f"Người nộp mẫu {number:02d}", state=State.DECIDED).first()


def _electronic(office: Office, specialist: User) -> int:
    dossier = _one(office, ELECTRONIC)
    if dossier is None or Result.objects.filter(dossier=dossier).exists():
        return 0
    document = results.Document(kind="Giấy xác nhận (minh họa)", number="18/GXN", issued_on=clock.today(), file=sheet())
    results.add(actor=specialist, dossier=dossier, via=VIA, document=results.kept(document))
    return 1


def _delivered(office: Office, desk: User, specialist: User) -> int:
    dossier = _one(office, DELIVERED)
    if dossier is None:
        return 0
    visit = home_visits.assign(actor=desk, dossier=dossier, officer=specialist, planned_on=clock.today(), via=VIA)
    received = Received(receiver="Người nhà mẫu", relation="con", document="Căn cước (minh họa)")
    home_visits.deliver(actor=specialist, visit=visit, received=received, proof=returning.kept_proof(drawn=signature()))
    return 1


def _planned(office: Office, desk: User, specialist: User) -> int:
    dossier = _one(office, PLANNED)
    if dossier is None or dossier.home_visits.exists():
        return 0
    first = home_visits.assign(actor=desk, dossier=dossier, officer=desk, planned_on=clock.today(), via=VIA)
    home_visits.fail(actor=desk, visit=first, reason="Không có ai ở nhà (minh họa)", via=VIA)
    home_visits.assign(actor=desk, dossier=dossier, officer=specialist, planned_on=clock.today(), via=VIA)
    return 1
