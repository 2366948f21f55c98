"""The floor's three tables, made by bench/limit.py; only bench/floor.py has these models installed."""
from django.db import models


class Session(models.Model):
    capacity = models.IntegerField()
    booked = models.IntegerField(default=0)

    class Meta:
        managed = False
        db_table = "bench_session"


class Booking(models.Model):
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING)
    person = models.TextField()
    phone = models.TextField()

    class Meta:
        managed = False
        db_table = "bench_booking"


class Message(models.Model):
    booking = models.ForeignKey(Booking, on_delete=models.DO_NOTHING)
    body = models.TextField()

    class Meta:
        managed = False
        db_table = "bench_message"
