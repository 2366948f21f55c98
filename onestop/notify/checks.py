"""What the settings promise and the database has to hold."""
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Warning
from django.db import Error, connections

WITHOUT_GATEWAY = "notify.W001"


def texts_have_a_gateway(app_configs: Any = None, databases: Sequence[str] | None = None, **unused: Any) -> list[CheckMessage]:
    """NOTIFY_CHANNELS names sms, and there is no gateway: neither SMS_GATEWAY_URL nor one that an administrator keeps in the portal. Only
    where the database may be asked; before the first migration and without a database there is nothing to tell."""
    if not databases:
        return []
    providers = apps.get_model("notify", "Provider")
    try:
        known = providers._meta.db_table in connections["default"].introspection.table_names()
        if not known or not providers.objects.texts_missing():
            return []
    except Error:
        return []
    return [Warning("NOTIFY_CHANNELS names sms, and there is no gateway for it: messages wait.",
                    hint="Set SMS_GATEWAY_URL, or let an administrator add a gateway under /quan-ly/tin-nhan/.", id=WITHOUT_GATEWAY)]
