"""The floor: the smallest Django that books, in one view each way, to compare with. Never imported by the portal.

The three statements (count the place if there is one, write the booking, write the outbox row) once through the ORM in a
transaction, once as one SQL statement; a ping; and an answer from memory as long as the portal's month of free places.
"""
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"], INSTALLED_APPS=["bench.apps.Floor"],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username,
                           "PASSWORD": url.password, "HOST": url.hostname, "PORT": url.port, "CONN_MAX_AGE": 600}})
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

from bench.models import Booking, Message, Session  # noqa: E402

ONE = """
WITH place AS (UPDATE bench_session SET booked = booked + 1 WHERE id = %s AND booked < capacity RETURNING id),
made AS (INSERT INTO bench_booking (session_id, person, phone) SELECT id, %s, %s FROM place RETURNING id)
INSERT INTO bench_message (booking_id, body) SELECT id, %s FROM made RETURNING booking_id
"""
MONTH = os.environ.get("BENCH_MONTH", "")
ANSWER = Path(MONTH).read_bytes() if MONTH else b"{}"


def ping(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def month(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ANSWER, content_type="application/json")


def book_orm(request: HttpRequest) -> HttpResponse:
    asked = json.loads(request.body)
    with transaction.atomic():
        if Session.objects.filter(pk=asked["slot"], booked__lt=F("capacity")).update(booked=F("booked") + 1) != 1:
            return JsonResponse({"code": "full"}, status=409)
        booking = Booking.objects.create(session_id=asked["slot"], person=asked["name"], phone=asked["phone"])
        Message.objects.create(booking=booking, body="booked")
    return JsonResponse({"id": booking.pk}, status=201)


def book_one(request: HttpRequest) -> HttpResponse:
    asked = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(ONE, [asked["slot"], asked["name"], asked["phone"], "booked"])
        row = cursor.fetchone()
    return JsonResponse({"id": row[0]}, status=201) if row else JsonResponse({"code": "full"}, status=409)


urlpatterns = [path("ping", ping), path("month", month), path("orm", book_orm), path("one", book_one)]
application = get_wsgi_application()
