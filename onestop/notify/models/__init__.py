"""The outbox and what stands around it."""
from onestop.notify.models.broadcasts import (
    Broadcast,
    BroadcastEvent,
    BroadcastPerson,
    Subscription,
    TemplateText,
)
from onestop.notify.models.messages import READ_OFFICE, READ_PROVINCE, Message, MessageEvent, MessageQuerySet
from onestop.notify.models.providers import (
    DeliveryReport,
    Preference,
    PreferenceEvent,
    Provider,
    ProviderChange,
    Spending,
)

__all__ = [
    "READ_OFFICE", "READ_PROVINCE", "Broadcast", "BroadcastEvent", "BroadcastPerson", "DeliveryReport", "Message", "MessageEvent",
    "MessageQuerySet", "Preference", "PreferenceEvent", "Provider", "ProviderChange", "Spending", "Subscription", "TemplateText",
]
