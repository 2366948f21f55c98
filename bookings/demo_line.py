"""The demo's little line of today: people who have come to one office, one of them at a counter."""
from bookings import places
from bookings.models import Slot, Ticket
from bookings.services import appointments, calling, visits
from bookings.states import BookedBy, HealthItem, Priority, Purpose
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Counter, Office
from onestop.people.models import User

OFFICE, DESK, PROCEDURE = "an-xuyen", "motcua-an-xuyen", "2.000884"
PEOPLE = ("", Priority.ELDERLY, "", "", "")


def load_line() -> int:
    """How many came; nobody on a day off, after hours, or where the line was made before."""
    office = Office.objects.filter(code=OFFICE).first()
    desk = User.objects.filter(username=DESK).first()
    procedure = Procedure.objects.filter(code=PROCEDURE).first()
    if office is None or desk is None or procedure is None or Ticket.objects.filter(office=office, date=clock.today()).exists():
        return 0
    found = places.next_slots(procedure, offices=[office], limit=2)
    today = [slot for slot in found if slot.session.date == clock.today()]
    for number, priority in enumerate(PEOPLE if today else ()):
        _come(desk, procedure, today[number % len(today)], number, priority)
    counter = Counter.objects.filter(room__office=office).order_by("number").first()
    if not today or counter is None:
        return 0
    calling.start(actor=desk, ticket=calling.call_next(actor=desk, counter=counter))
    return len(PEOPLE)


def _come(desk: User, procedure: Procedure, slot: Slot, number: int, priority: str) -> None:
    applicant = appointments.Applicant(full_name=f"Người chờ mẫu {number + 1}", phone=f"09000077{number:02d}")
    booked = appointments.book(applicant=applicant, procedure=procedure, purpose=Purpose.SUBMIT, channel=BookedBy.WEB, slot_id=slot.pk,
                               priority=priority)
    visits.check_in(actor=desk, appointment=booked.appointment, health=dict.fromkeys(HealthItem.values, True))
