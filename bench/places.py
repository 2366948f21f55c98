"""Places to sell in the portal's own tables: 500 sessions over many offices, and what proves that none was sold twice."""
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.urls import reverse

from bookings.models import Session, Slot
from bookings.services.audit import audit_capacity
from bookings.states import OpenState
from dossiers.models import Dossier
from dossiers.tracking import TRACKED_KEY
from onestop import clock
from onestop.offices.models import Office, Room
from onestop.offices.states import Part

ROOMY = 10**6
OURS = "JOIN offices_office o ON o.id = a.office_id WHERE o.code LIKE 'bench-%'"
HOURS = {Part.MORNING: 8, Part.AFTERNOON: 14}


def make(office: Office, sessions: int = 500) -> list[Slot]:
    """So many sessions with one roomy slot each, at copies of an office, on the days ahead."""
    days = [clock.today() + timedelta(days=number) for number in range(1, 26)]
    slots: list[Slot] = []
    for number in range(-(-sessions // (len(days) * len(HOURS)))):
        copy = Office.objects.create(code=f"bench-{number}", identifier=office.identifier, name=f"Đơn vị đo {number}", level=office.level,
                                     area=office.area, province=office.province, address="Số 1, đường Thử")
        room = Room.objects.create(office=copy, code=f"bench-{number}", name="Phòng đo")
        made = Session.objects.bulk_create([
            Session(office=copy, date=day, part=part, starts_at=clock.at(day, hour), ends_at=clock.at(day, hour + 3), capacity=ROOMY)
            for day in days for part, hour in HOURS.items()])
        slots += Slot.objects.bulk_create([
            Slot(session=session, room=room, starts_at=session.starts_at, ends_at=session.ends_at, capacity=ROOMY) for session in made])
    return slots[:sessions]


def extra(slot: Slot, hour: int, capacity: int) -> Slot:
    """One more slot in the same session, with so many places."""
    day = slot.session.date
    made = Slot(session=slot.session, room=slot.room, starts_at=clock.at(day, hour, 15), ends_at=clock.at(day, hour, 45), capacity=capacity,
                state=OpenState.OPEN)
    return Slot.objects.bulk_create([made])[0]


def tracked() -> tuple[str, str]:
    """A tracking page's address, and the cookie of a browser in which the dossier's second factor was given."""
    dossier = Dossier.objects.filter(received_at__isnull=False).order_by("pk")[0]
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[TRACKED_KEY] = [dossier.pk]
    session.save()
    return reverse("dossiers:tracked", args=[dossier.number]), f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def sold(slot: Slot) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bookings_appointment WHERE slot_id = %s", [slot.pk])
        return int(cursor.fetchone()[0])


def faults() -> list[str]:
    """What is wrong: counters that are not what the rows say, a booking without its message or event, a number given twice."""
    found = [str(difference) for difference in audit_capacity()]
    checks = {
        "bookings without exactly one message": """SELECT count(*) FROM bookings_appointment a {ours} AND 1 <> (
            SELECT count(*) FROM notify_message m WHERE m.event_key = 'appointment:' || a.id || ':booked')""",
        "bookings without exactly one event": """SELECT count(*) FROM bookings_appointment a {ours} AND 1 <> (
            SELECT count(*) FROM bookings_appointmentevent e WHERE e.subject_id = a.id AND e.verb = 'book')""",
        "messages without an event": """SELECT count(*) FROM notify_message m WHERE NOT EXISTS (
            SELECT FROM notify_messageevent e WHERE e.subject_id = m.id)""",
        "days with gaps in their numbers": """SELECT count(*) FROM (SELECT 1 FROM bookings_appointment a
            JOIN bookings_queuecounter q ON q.office_id = a.office_id AND q.date = a.queue_date
            {ours} GROUP BY q.id, q.last HAVING count(*) <> q.last) gaps""",
    }
    with connection.cursor() as cursor:
        for name, query in checks.items():
            cursor.execute(query.replace("{ours}", OURS))
            count = cursor.fetchone()[0]
            found += [f"{count} {name}"] if count else []
    return found
