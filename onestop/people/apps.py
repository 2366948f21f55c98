from importlib import import_module

from django.apps import AppConfig
from django.forms import Field
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "onestop.people"
    label = "people"

    def ready(self) -> None:
        """One polite sentence for every empty field of every form; the API's description learns of the token."""
        import_module("onestop.people.rest.schema")
        Field.default_error_messages["required"] = _("Vui lòng điền mục này.")
