from django.apps import AppConfig


class DirectivesConfig(AppConfig):
    name = "onestop.directives"
    label = "directives"
