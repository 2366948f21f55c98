"""The floor's Django application."""
from django.apps import AppConfig


class Floor(AppConfig):
    name = "bench"
    default_auto_field = "django.db.models.BigAutoField"
