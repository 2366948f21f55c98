"""The hourly job by its registered name: it makes sessions, and makes them once."""
from celery import current_app
from django.conf import settings

from bookings.models import Session, Slot


def test_the_job_of_the_schedule_makes_sessions_once(cast, morning):
    assert "bookings.generate_sessions" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    current_app.loader.import_default_modules()
    job = current_app.tasks["bookings.generate_sessions"]
    job()
    made = Session.objects.count(), list(Slot.objects.order_by("pk").values_list("pk", "capacity"))
    assert made[0] and {cast.office.pk, cast.other_office.pk} <= set(Session.objects.values_list("office", flat=True))
    job()
    assert (Session.objects.count(), list(Slot.objects.order_by("pk").values_list("pk", "capacity"))) == made
