from django.apps import AppConfig


class GuideConfig(AppConfig):
    name = "onestop.guide"
    label = "guide"
