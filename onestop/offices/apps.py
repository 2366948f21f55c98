from django.apps import AppConfig


class OfficesConfig(AppConfig):
    name = "onestop.offices"
    label = "offices"
