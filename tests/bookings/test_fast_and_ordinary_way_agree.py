"""The sale in one statement and the ordinary way leave the same rows behind and refuse with the same words.

Inside a transaction the portal always goes the ordinary way: each step is done there first and taken back, then done for good
the fast way. (On SQLite both are the ordinary way.)
"""
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bookings import facts
from bookings.models import Appointment, AppointmentEvent, QueueCounter, Session, Slot
from bookings.services import appointments, holds, sessions
from bookings.services.audit import audit_capacity
from bookings.states import OpenState
from onestop import clock
from onestop.directives.models import Directive, DirectiveScope, Rule
from onestop.notify.models import Message, MessageEvent
from onestop.notify.services.preferences import UNASKED
from onestop.offices.models import Closure
from onestop.transitions import Refused
from tests.bookings.conftest import person

POSTGRESQL = "postgresql"


@pytest.fixture
def cast(live_cast):
    sessions.generate(office=live_cast.office, first=clock.today() + timedelta(days=2), days=6)
    return live_cast


@pytest.fixture
def session(cast):
    return Session.objects.filter(office=cast.office, slots__isnull=False).order_by("date", "starts_at").first()


@pytest.fixture
def slot(session):
    return session.slots.order_by("starts_at").first()


def book(cast, slot, who=1, **more):
    given = {"applicant": person(who), "procedure": cast.procedure, "purpose": "submit", "channel": "web", "slot_id": slot.pk} | more
    return appointments.book(**given)


def outcome(call):
    """What a call came to, and everything it left behind, without what is made by chance (codes, keys, times)."""
    before = {Appointment: ids(Appointment), Message: ids(Message)}
    try:
        booked = call()
        told, code = "booked", booked.appointment.code
        given = (booked.appointment.queue_number, booked.appointment.state, booked.appointment.slot_id)
    except Refused as refusal:
        told, code, given = f"{refusal.status} {refusal.code} {refusal.sentence} {refusal.fields} {refusal.directive}", "", ()
    return told, given, left_behind(before, code)


def ids(model):
    return set(model.objects.values_list("pk", flat=True))


def left_behind(before, code):
    new = {model: [row for row in model.objects.order_by("pk") if row.pk not in before[model]] for model in before}
    events = AppointmentEvent.objects.filter(subject__in=new[Appointment])
    notes = MessageEvent.objects.filter(subject__in=new[Message])
    return {
        "slots": list(Slot.objects.order_by("pk").values_list("pk", "held", "booked", "extra")),
        "sessions": list(Session.objects.order_by("pk").values_list("pk", "held", "booked", "extra")),
        "numbers": list(QueueCounter.objects.order_by("office", "date").values_list("office", "date", "last")),
        "appointments": [plain(row, "code", "secret_digest", "created_at") for row in new[Appointment]],
        "events": [plain(row, "subject", "at") for row in events],
        "messages": [plain(row, "key", "event_key", "next_attempt_at", "created_at", code=code) for row in new[Message]],
        "keys": [row.event_key.replace(str(new[Appointment][0].pk), "N") for row in new[Message]],
        "notes": [plain(row, "subject", "at") for row in notes],
    }


def plain(row, *without, code=""):
    """A row's columns; the code and the link's secret in a text are told apart from the rest."""
    found = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in {"id", *without}}
    if "ways" in found:  # the fast way leaves asking for the person's own order to the sending
        found["ways"] = [way for way in found["ways"] if way != UNASKED]
    if code:
        found["subject"] = found["subject"].replace(code, "CODE")
        found["body"] = found["body"].replace(code, "CODE").partition("?khoa=")[0]
    return found


def both_ways(call):
    with transaction.atomic():
        ordinary = outcome(call)
        transaction.set_rollback(True)
    fast = outcome(call)
    assert fast == ordinary
    return fast[0]


class Days:
    """Chance decides what happens next; every booking is done both ways."""

    def __init__(self, cast, session, seed):
        self.cast, self.session, self.chance = cast, session, random.Random(seed)
        self.slots = list(session.slots.order_by("starts_at")[:3])
        Slot.objects.filter(pk__in=[slot.pk for slot in self.slots]).update(capacity=6, urgent_only=2)
        Session.objects.filter(pk=session.pk).update(capacity=16, urgent_only=3)
        self.told = []

    def step(self):
        verbs = {"book": 60, "hold": 8, "state": 4, "limit": 8, "closure": 3, "letter": 3, "urgent": 6, "review": 2}
        name = self.chance.choices(list(verbs), list(verbs.values()))[0]
        getattr(self, name)(self.chance.choice(self.slots))

    def book(self, slot):
        chance, cast = self.chance, self.cast
        actor = chance.choice([None, None, cast.desk, cast.outsider])
        channel = chance.choice(["web", "zalo", "counter", "hotline"]) if actor else "web"
        more = {"people": chance.choice([1, 1, 2, 7]), "dossiers": chance.choice([1, 1, 3, 20]),
                "purpose": chance.choice(["submit", "collect"]), "actor": actor, "channel": channel,
                "priority": chance.choice(["", "elderly"]), "partner": chance.choice(["", "Zalo"]), "actor_label": "thử"}
        who = chance.randrange(40)
        self.told.append(both_ways(lambda: book(cast, slot, who, **more)))

    def hold(self, slot):
        try:
            holds.place_hold(slot_id=slot.pk, procedure=self.cast.procedure, purpose="submit")
        except Refused:
            return

    def state(self, slot):
        Slot.objects.filter(pk=slot.pk).update(state=self.chance.choice([OpenState.OPEN, OpenState.OPEN, OpenState.CLOSED]))

    def limit(self, slot):
        slot.refresh_from_db()
        capacity = slot.held + slot.booked + self.chance.randrange(3)
        Slot.objects.filter(pk=slot.pk).update(capacity=capacity, urgent_only=self.chance.randrange(2))

    def closure(self, slot):
        if Closure.objects.exists():
            Closure.objects.all().delete()
        else:
            Closure.objects.create(office=self.cast.office, starts_on=self.session.date, reason="Phun khử khuẩn", legal_basis="1/TB")

    def letter(self, slot):
        if Directive.objects.filter(number="9/TH").exists():
            Directive.objects.filter(number="9/TH", withdrawn_at=None).update(withdrawn_at=clock.now())
            return
        made = Directive.objects.create(number="9/TH", issuer="UBND thử", issued_on=clock.today(), title="Thử", starts_on=clock.today())
        DirectiveScope.objects.create(directive=made, area=self.cast.province)
        Rule.objects.create(directive=made, kind="counter_last", clause="khoản 3", params={"online_only": True}, text="Thử")

    def urgent(self, slot):
        self.save(urgent=not self.cast.procedure.urgent)

    def review(self, slot):
        self.save(state="needs_review" if self.cast.procedure.state == "ready" else "ready")

    def save(self, **values):
        for name, value in values.items():
            setattr(self.cast.procedure, name, value)
        self.cast.procedure.save(update_fields=list(values))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens(cast, session, settings, seed):
    settings.BOOKINGS_PER_PHONE_DAY = 3
    days = Days(cast, session, seed)
    for _step in range(50):
        days.step()
    assert audit_capacity() == []
    codes = {told.split()[1] if " " in told else told for told in days.told}
    assert "booked" in codes and len(codes) >= 4, codes


def test_a_warm_sale_is_one_statement(cast, slot):
    for number in range(2):
        book(cast, slot, number)
    counts = []
    for number in range(3, 6):  # once a second the stamp is looked at as well
        with CaptureQueriesContext(connection) as statements:
            book(cast, slot, number)
        counts.append(len(statements))
    assert connection.vendor != POSTGRESQL or min(counts) == 1, counts


def elsewhere(change):
    """Do something over a connection of its own, as another process would."""
    failed = []

    def run():
        try:
            change()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(20)
    assert not failed


def test_nothing_is_sold_by_a_rule_that_has_changed(cast, slot):
    """What another process committed counts for the next sale, however warm this process is."""
    changes = [
        ("office_closed", lambda: Closure.objects.create(office=cast.office, starts_on=slot.session.date, reason="Mất điện")),
        ("booked", lambda: Closure.objects.all().delete()),
        ("procedure_unusable", lambda: type(cast.procedure).objects.update(state="needs_review")),
        ("booked", lambda: type(cast.procedure).objects.update(state="ready")),
        ("closed", lambda: Slot.objects.update(state=OpenState.CLOSED)),
        ("booked", lambda: Slot.objects.update(state=OpenState.OPEN)),
        ("slot_full", lambda: Slot.objects.filter(pk=slot.pk).update(capacity=4)),
        ("booked", lambda: Slot.objects.filter(pk=slot.pk).update(capacity=9)),
    ]
    book(cast, slot, 0)
    for number, (expected, change) in enumerate(changes, 1):
        elsewhere(change)
        wanted = facts.procedure(cast.procedure.code)  # as the API finds it
        told = outcome(lambda number=number, wanted=wanted: book(cast, slot, number, procedure=wanted))[0]
        assert expected in told, (number, told)


def test_a_full_slot_refuses_without_waiting_for_anybody(cast, slot):
    """Whoever is refused takes no lock: another process may sit on the row as long as it likes."""
    Slot.objects.filter(pk=slot.pk).update(capacity=1)
    book(cast, slot, 1)
    told = []
    if connection.vendor == POSTGRESQL:
        with transaction.atomic():
            Slot.objects.select_for_update().get(pk=slot.pk)
            elsewhere(lambda: told.append(outcome(lambda: book(cast, slot, 2))[0]))
        assert "slot_full" in told[0], told


def test_a_lost_connection_is_made_anew(cast, slot):
    book(cast, slot, 1)
    if connection.vendor == POSTGRESQL:
        pid = connection.connection.info.backend_pid
        elsewhere(lambda: connection.cursor().execute("SELECT pg_terminate_backend(%s)", [pid]))
    assert book(cast, slot, 2).appointment.pk
    assert audit_capacity() == []


def test_a_new_connection_that_lost_its_first_race_sells_afterwards(cast, slot):
    """The statement stays prepared when its first run finds the row taken."""
    book(cast, slot, 1)

    def lose():
        if connection.vendor == POSTGRESQL:
            connection.cursor().execute("SET lock_timeout = 20")
        return outcome(lambda: book(cast, slot, 2))[0]

    with ThreadPoolExecutor(1) as another:
        with transaction.atomic():
            if connection.vendor == POSTGRESQL:
                Slot.objects.select_for_update().get(pk=slot.pk)
                assert "busy" in another.submit(lose).result(30)
        won = another.submit(outcome, lambda: book(cast, slot, 3)).result(30)[0]
        another.submit(lambda: connection.close()).result(30)
    assert won == "booked"
    assert audit_capacity() == []
