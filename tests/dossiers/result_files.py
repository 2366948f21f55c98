"""Files that the tests of results use: real PDFs, a picture, a drawn signature."""
from __future__ import annotations

import base64
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from dossiers.models import Dossier
from dossiers.services import intake, processing
from dossiers.states import ReturnMethod
from onestop.notify.models import Message
from tests.cast import Cast

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
DRAWN = "data:image/png;base64," + base64.b64encode(PNG).decode()
ADDRESS = "Số 7, đường Kín Đáo"


def pdf(pages: int = 1, password: str = "", name: str = "ket-qua.pdf") -> SimpleUploadedFile:
    """A PDF with so many empty pages, locked where a password is given."""
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(width=595, height=842)
    if password:
        writer.encrypt(password)
    kept = io.BytesIO()
    writer.write(kept)
    return SimpleUploadedFile(name, kept.getvalue(), content_type="application/pdf")


def photo(name: str = "anh.png") -> SimpleUploadedFile:
    """A picture of one point."""
    return SimpleUploadedFile(name, PNG, content_type="image/png")


def running(cast: Cast, method: str = ReturnMethod.COUNTER, phone: str = "0912345678") -> Dossier:
    """A dossier that is being worked on, with the way of return."""
    applicant = intake.Applicant(full_name="Người nộp mẫu", phone=phone, address=ADDRESS)
    away = method in (ReturnMethod.POST, ReturnMethod.HOME)
    made = intake.receive_in_person(actor=cast.desk, office=cast.office, applicant=applicant, procedure=cast.procedure,
                                    papers=[intake.PaperCount(1, originals=1)], appointment_held=True, return_method=method,
                                    return_address=ADDRESS if away else "")
    dossier = Dossier.objects.get(pk=made.dossier.pk)
    processing.start(actor=cast.specialist, dossier=dossier, via="web")
    return fresh(dossier)


def decided(cast: Cast, method: str = ReturnMethod.COUNTER) -> Dossier:
    """A dossier with a result, without a file."""
    dossier = running(cast, method)
    processing.decide(actor=cast.specialist, dossier=dossier, via="web")
    return fresh(dossier)


def fresh(dossier: Dossier) -> Dossier:
    """The dossier as the database has it."""
    return Dossier.objects.select_related("procedure", "received_office").get(pk=dossier.pk)


def told(template: str) -> list[str]:
    """The texts of all messages of a kind, the oldest first."""
    return [message.body for message in Message.objects.filter(template_key=template).order_by("pk")]
