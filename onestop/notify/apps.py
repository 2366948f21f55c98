from django.apps import AppConfig
from django.core.checks import Tags, register

from onestop.notify.checks import texts_have_a_gateway


class NotifyConfig(AppConfig):
    name = "onestop.notify"
    label = "notify"

    def ready(self) -> None:
        """The check of the gateways is one of those that ask the database."""
        register(texts_have_a_gateway, Tags.database)
