"""Group bookings: each person an appointment, spread over the day's free slots; all or none; cancelled one by one or together."""
from collections import Counter
from datetime import timedelta

import pytest

from bookings.models import Appointment, GroupBooking, Session, Slot
from bookings.services import groups, sessions
from bookings.services.audit import audit_capacity
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.bookings.conftest import DAY, person
from tests.bookings.crowd import Crowd, rounds


def people(count, start=1):
    return [groups.Person(line, person(start + line).full_name, person(start + line).phone) for line in range(1, count + 1)]


def book_group(cast, members, **more):
    given = {"organisation": "Công ty Mẫu", "contact_name": "Người Liên Hệ", "contact_phone": "0911111111", "office": cast.office,
             "procedure": cast.procedure, "day": DAY} | more
    return groups.book_group(people=members, **given)


def test_everybody_gets_a_time_a_number_and_a_message(open_office, session):
    made = book_group(open_office, people(12))
    rows = list(Appointment.objects.filter(group=made.group).order_by("queue_number"))
    assert [row.queue_number for row in rows] == list(range(1, 13))
    assert len({row.slot_id for row in rows}) == 12 and [row.slot.starts_at for row in rows] == sorted(row.slot.starts_at for row in rows)
    assert Message.objects.filter(template_key="appointment_booked").count() == 12
    contact = Message.objects.get(template_key="group_booked")
    assert contact.phone == "0911111111" and made.secret in contact.body and "12 người" in contact.body
    assert audit_capacity() == []


def test_nobody_gets_a_second_in_a_slot_before_each_slot_has_one(open_office, session):
    made = book_group(open_office, people(30))
    per_slot = Counter(Appointment.objects.filter(group=made.group).values_list("slot_id", flat=True))
    assert max(per_slot.values()) - min(per_slot.values()) <= 1
    assert len(per_slot) == Slot.objects.filter(session__office=open_office.office, session__date=DAY).count()


def test_all_or_none(open_office, book, session):
    book(3)
    with pytest.raises(Refused) as caught:
        book_group(open_office, people(4))
    assert caught.value.code == "already_booked" and "Dòng 2" in str(caught.value.fields["lines"][0])
    assert Appointment.objects.count() == 1 and not GroupBooking.objects.exists()
    assert audit_capacity() == []


def test_too_few_places_says_how_many(open_office, session):
    Session.objects.filter(office=open_office.office, date=DAY).update(capacity=2)
    with pytest.raises(Refused) as caught:
        book_group(open_office, people(5))
    assert caught.value.code == "too_few_places" and "4 chỗ cho 5 người" in str(caught.value.fields["day"][0])


@pytest.mark.parametrize("count", [0, 1, 31])
def test_from_two_to_thirty(open_office, count):
    with pytest.raises(Refused) as caught:
        book_group(open_office, people(count))
    assert caught.value.code == "group_size"


def test_limits_of_contact_and_of_each_phone(open_office, settings):
    settings.GROUPS_PER_PHONE_DAY, settings.BOOKINGS_PER_PHONE_DAY = 1, 1
    book_group(open_office, people(2))
    with pytest.raises(Refused) as caught:
        book_group(open_office, people(2, 10))
    assert caught.value.code == "group_limit"
    same = [groups.Person(1, "Người Khác", person(2).phone), groups.Person(2, "Người Nữa", person(20).phone)]
    with pytest.raises(Refused) as caught:
        book_group(open_office, same, contact_phone="0922222222")
    assert caught.value.code == "phone_limit" and "Dòng 1" in str(caught.value.fields["lines"][0])


def test_one_or_all_are_cancelled_and_the_cut_off_holds(open_office, session):
    made = book_group(open_office, people(3))
    one = made.booked[0].appointment
    assert groups.cancel_one(group=made.group, appointment=one).state == "cancelled"
    with clock.frozen(one.slot.starts_at - timedelta(minutes=30)):
        assert groups.cancel_all(group=made.group) == (0, 2)
    assert groups.cancel_all(group=made.group) == (2, 0)
    assert groups.cancel_all(group=made.group) == (0, 0)
    other = book_group(open_office, people(2, 50), contact_phone="0922222222")
    with pytest.raises(Refused):
        groups.cancel_one(group=made.group, appointment=other.booked[0].appointment)
    assert audit_capacity() == []


def test_groups_at_once_neither_oversell_nor_wait_for_ever(live_cast):
    sessions.generate(office=live_cast.office, first=clock.today() + timedelta(days=2), days=8)
    day = Session.objects.filter(office=live_cast.office).order_by("date").first().date
    crowd = Crowd()

    def client(number, chance):
        crowd.try_("group", book_group, cast=live_cast, members=people(6, number * 100), day=day, contact_phone=f"0911111{number:03d}")

    crowd.run(client, rounds(12, 4))
    told = {outcome.split(": ")[1] for outcome in crowd.outcomes} - {"done"}
    assert told <= {"slot_full", "session_full", "busy", "too_few_places"}, crowd.outcomes
    assert crowd.outcomes["group: done"]
    assert Appointment.objects.count() == 6 * crowd.outcomes["group: done"]
    assert audit_capacity() == []
