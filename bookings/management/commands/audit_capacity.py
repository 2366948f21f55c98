"""manage.py audit_capacity: recompute every capacity counter from rows."""
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookings.services.audit import audit_capacity


class Command(BaseCommand):
    help = "Recompute every counter of sessions, slots, rooms and queues from rows; ends with 1 if any differs."

    def handle(self, *args: Any, **options: Any) -> None:
        differences = audit_capacity()
        for difference in differences:
            self.stdout.write(str(difference))
        if differences:
            raise CommandError(f"{len(differences)} counters differ from their rows.")
        self.stdout.write("Every counter is what the rows say.")
