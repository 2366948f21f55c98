"""The rows of the letters, of the catalogue's switches and of the announcements."""
from onestop.directives.models.announcements import Announcement, AnnouncementEvent, AnnouncementQuerySet
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
    "AnnouncementQuerySet",
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
