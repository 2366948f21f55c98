"""What the page tests share: sessions at the cast's offices, a browser for each person, files, a letter, dossiers."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bookings.models import Appointment, Session, Slot
from bookings.services import appointments, sessions
from bookings.states import BookedBy
from dossiers.models import Dossier
from dossiers.services import intake
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive, DirectiveScope, Rule
from onestop.people.models import User
from tests import shared
from tests.cast import Cast

TOMORROW = date(2026, 11, 26)  # the Thursday after the held morning
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
LONG = "a" * 6000
NULL = "a\0b"
NFD = "Nguye\u0302\u0303n Thi\u0323 A\u0301nh"  # as some keyboards send it
NFC = "Nguyễn Thị Ánh"
PERSON = {"full_name": NFC, "phone": "0912 345 678", "citizen_id": "", "email": ""}


@pytest.fixture
@shared.rows
def office(cast: Cast, morning: datetime) -> Cast:
    """The cast with sessions of the days ahead at both commune offices; Wednesday 09:00."""
    for place in (cast.office, cast.other_office):
        sessions.generate(office=place, first=clock.today(), days=10)
    return cast


@pytest.fixture
def slot(office: Cast) -> Slot:
    """Tomorrow's 07:30 at the cast's office."""
    return slots_on(office, TOMORROW)[0]


def slots_on(cast: Cast, day: date, part: str = "morning") -> list[Slot]:
    """The slots of a buổi at the cast's office."""
    return list(Session.objects.get(office=cast.office, date=day, part=part).slots.order_by("starts_at"))


def booked(cast: Cast, slot: Slot, name: str = NFC, phone: str = "0912345678", **more: Any) -> appointments.Booked:
    """Somebody's appointment."""
    applicant = appointments.Applicant(full_name=name, phone=phone)
    return appointments.book(applicant=applicant, procedure=more.pop("procedure", cast.procedure), purpose=more.pop("purpose", "submit"),
                             channel=BookedBy.WEB, slot_id=slot.pk, **more)


@pytest.fixture
def today(office: Cast) -> Appointment:
    """An appointment of this morning, 09:30."""
    ahead = [slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now()]
    return booked(office, ahead[0]).appointment


@pytest.fixture
def client_of(client: Client) -> Callable[[User], Client]:
    """A signed-in browser of one person."""

    def sign_in(user: User) -> Client:
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return sign_in


@pytest.fixture
def letter(cast: Cast) -> Callable[..., Directive]:
    """A published letter over the cast's province with rules {kind: params}."""

    def make(number: str = "2468/VPUB-KSTT", **rules: dict[str, Any]) -> Directive:
        first = date(2026, 11, 1)
        made = Directive.objects.create(number=number, issuer="Văn phòng UBND", issued_on=first, title="Văn bản thử", starts_on=first,
                                        published_at=clock.at(first))
        DirectiveScope.objects.create(directive=made, area=cast.province)
        for kind, params in rules.items():
            Rule.objects.create(directive=made, kind=kind, clause="khoản 1c", params=params, text="Do dịch bệnh.")
        return made

    return make


def received(cast: Cast, procedure: Procedure | None = None, name: str = "Người nộp mẫu", phone: str = "0912345678") -> Dossier:
    """A dossier handed in at the counter: accepted, with a receipt."""
    applicant = intake.Applicant(full_name=name, phone=phone, address="Số 7, đường Kín Đáo")
    made = intake.receive_in_person(actor=cast.desk, office=cast.office, applicant=applicant, procedure=procedure or cast.procedure,
                                    papers=[intake.PaperCount(1, originals=1)], appointment_held=True)
    return Dossier.objects.get(pk=made.dossier.pk)


def submitted(cast: Cast, phone: str = "0912345678") -> intake.Submitted:
    """A citizen's online submission."""
    applicant = intake.Applicant(full_name="Người nộp mẫu", phone=phone, email="mau@example.vn", address="Số 7, đường Kín Đáo")
    return intake.submit_online(office=cast.office, procedure=cast.procedure, applicant=applicant,
                                request=intake.Request(note="Ghi chú riêng"))


def file(name: str = "to-khai.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def text_of(answer: Any) -> str:
    """What a page says."""
    return str(answer.content.decode())


def url(name: str, *args: Any) -> str:
    """The address of a page."""
    return reverse(name, args=args)
