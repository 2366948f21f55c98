"""What the booking tests share: sessions generated for the cast's office, on a held morning, and people who book."""
from collections.abc import Callable
from datetime import date, datetime

import pytest

from bookings import doorway, queries
from bookings.models import Appointment, Session, Slot
from bookings.services import appointments, sessions
from bookings.states import BookedBy, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive, DirectiveScope, Rule
from onestop.offices.models import Office
from tests import shared
from tests.cast import Cast

DAY = date(2026, 11, 26)  # the Thursday after the held morning


@pytest.fixture
@shared.rows
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


def who_next(office: Office, on: date) -> list[Appointment]:
    """Those who wait, in the order in which they may enter."""
    return [item.row for item in doorway.in_turn(queries.here_now(office, on))]


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


@pytest.fixture
def letter(open_office: Cast) -> Callable[..., Directive]:
    """A published letter over the cast's province with some rules."""

    def make(number: str, **rules: dict[str, object]) -> Directive:
        made = Directive.objects.create(number=number, issuer="UBND thử", issued_on=date(2026, 11, 1), title="Văn bản thử",
                                        starts_on=date(2026, 11, 1), published_at=clock.now())
        DirectiveScope.objects.create(directive=made, area=open_office.province)
        Rule.objects.bulk_create([Rule(directive=made, kind=kind, clause="khoản 3", params=params, text="Thử")
                                  for kind, params in rules.items()])
        return made

    return make


@pytest.fixture
def counter_last(letter: Callable[..., Directive]) -> Directive:
    """Nothing at the counter that can be done online (letter Thường Tín, clause 3)."""
    return letter("332/TH", counter_last={"online_only": True})
