"""The demo's crowd: an afternoon for which more people wait than it takes, so that the forecast has something to warn of."""
from datetime import timedelta

from bookings.models import Session, WaitingEntry
from bookings.services import forecast, sessions, waiting
from bookings.services.appointments import Applicant
from bookings.states import OpenState
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role

OFFICE, PROCEDURE, DAYS_AHEAD = "ninh-kieu", "1.001193", 7
WHO_WAIT = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu")


def load() -> int:
    """How many warnings were opened; a second run adds nothing."""
    office, procedure = Office.objects.filter(code=OFFICE).first(), Procedure.objects.filter(code=PROCEDURE).first()
    leader = User.objects.filter(assignments__office=office, assignments__role=Role.LEADER).order_by("pk").first()
    if office is None or procedure is None or leader is None or WaitingEntry.objects.filter(office=office).exists():
        return 0
    days = Session.objects.filter(office=office, part="afternoon", state=OpenState.OPEN, booked=0, held=0,
                                  date__gte=clock.today() + timedelta(days=DAYS_AHEAD))
    session = days.order_by("date").first()
    if session is None:
        return 0
    sessions.set_capacity(actor=leader, session=session, capacity=2, reason="Số liệu minh họa")
    for number, name in enumerate(WHO_WAIT):
        waiting.join(applicant=Applicant(f"Người Chờ Mẫu {name}", f"09000010{number:02d}"), office=office, procedure=procedure,
                     first=session.date, last=session.date)
    return forecast.warn(office=office)
