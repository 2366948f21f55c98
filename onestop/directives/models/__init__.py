"""The rows of the letters, of the catalogue's switches and of the announcements."""
from onestop.directives.models.announcements import Announcement, AnnouncementEvent
from onestop.directives.models.letters import (
    ChannelSwitch,
    ChannelSwitchEvent,
    ChannelSwitchItem,
    Directive,
    DirectiveEvent,
    DirectiveQuerySet,
    DirectiveScope,
    Rule,
    Stamp,
)

__all__ = [
    "Announcement",
    "AnnouncementEvent",
    "ChannelSwitch",
    "ChannelSwitchEvent",
    "ChannelSwitchItem",
    "Directive",
    "DirectiveEvent",
    "DirectiveQuerySet",
    "DirectiveScope",
    "Rule",
    "Stamp",
]
