"""What the people who asked for more time are told."""
from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy

from dossiers.models import Extension
from onestop.notify.services import Recipient, tell


def tell_rejected(extension: Extension) -> None:
    """The refusal with its reason, to whoever asked, in the caller's transaction; it stands in the request's history, too."""
    asked = extension.requested_by
    context = {"instrument": lazy(extension.get_instrument_display, str)(), "office": extension.office.name,
               "reason": extension.decision_reason, "url": f"{settings.PUBLIC_URL}{reverse('dossiers:extension', args=[extension.pk])}"}
    tell(event_key=f"extension:{extension.pk}:reject", template="extension_rejected", context=context,
         recipient=Recipient(asked.full_name, asked.phone, asked.email), office=extension.office)
