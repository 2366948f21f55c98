"""What the booking tests share: sessions generated for the cast's office, on a held morning, and people who book."""
from collections.abc import Callable
from datetime import date, datetime

import pytest

from bookings.models import Session, Slot
from bookings.services import appointments, sessions
from bookings.states import BookedBy, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from tests.cast import Cast

DAY = date(2026, 11, 26)  # the Thursday after the held morning


@pytest.fixture
def open_office(cast: Cast, morning: datetime) -> Cast:
    """The cast with sessions of the days ahead at both commune offices."""
    for office in (cast.office, cast.other_office):
        sessions.generate(office=office, first=clock.today(), days=10)
    return cast


@pytest.fixture
def session(open_office: Cast) -> Session:
    """The morning session of tomorrow at the cast's office."""
    return Session.objects.get(office=open_office.office, date=DAY, part="morning")


@pytest.fixture
def slot(session: Session) -> Slot:
    """Its first slot, 07:30."""
    return session.slots.order_by("starts_at").first()


def person(number: int, **more: str) -> appointments.Applicant:
    """A different demo person for each number."""
    return appointments.Applicant(full_name=f"Người Thử Số {number}", phone=f"09{number:08d}", **more)


@pytest.fixture
def book(open_office: Cast, slot: Slot) -> Callable[..., appointments.Booked]:
    """Book as a citizen: person number, and what differs from one place in the first slot."""

    def do(number: int = 1, *, at: Slot | None = None, procedure: Procedure | None = None, purpose: str = Purpose.SUBMIT,
           applicant: appointments.Applicant | None = None, **more: object) -> appointments.Booked:
        if "hold_token" not in more:
            more["slot_id"] = (at or slot).pk
        return appointments.book(applicant=applicant or person(number), procedure=procedure or open_office.procedure, purpose=purpose,
                                 channel=more.pop("channel", BookedBy.WEB), **more)

    return do
