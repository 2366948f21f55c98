"""The demo leaves a little line at one office on a working day, once."""
from io import StringIO

from django.core.management import call_command

from bookings.models import Ticket
from bookings.services.audit import audit_capacity


def test_the_demo_leaves_a_line_of_today_once(db, morning):
    for _time in range(2):
        call_command("load_demo", stdout=StringIO(), stderr=StringIO())
        assert sorted(Ticket.objects.values_list("state", flat=True)) == ["serving", *["waiting"] * 4]
    assert audit_capacity() == []
