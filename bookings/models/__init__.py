"""The rows of booking, by activity: places, appointments, the line, citizens' wishes, rebooking runs, outreach and calls."""
from bookings.models.appointments import SEES_OFFICE, SEES_PROVINCE, Appointment, AppointmentEvent, AppointmentQuerySet
from bookings.models.citizens import GroupBooking, PhoneCode, WaitingEntry, WaitingEvent, WaitingOffer
from bookings.models.outreach import (
    INVITES,
    Call,
    CallTask,
    CallTaskEvent,
    CrowdWarning,
    Outreach,
    OutreachEvent,
    OutreachPerson,
)
from bookings.models.places import Hold, Session, SessionEvent, Slot
from bookings.models.queue import QueueCounter, RoomCount, Ticket, TicketEvent
from bookings.models.relocation import Relocation, RelocationEvent, RelocationItem

__all__ = [
    "INVITES", "SEES_OFFICE", "SEES_PROVINCE", "Appointment", "AppointmentEvent", "AppointmentQuerySet", "Call", "CallTask",
    "CallTaskEvent",
    "CrowdWarning", "GroupBooking", "Hold", "Outreach", "OutreachEvent", "OutreachPerson", "PhoneCode", "QueueCounter", "Relocation",
    "RelocationEvent", "RelocationItem", "RoomCount", "Session", "SessionEvent", "Slot", "Ticket", "TicketEvent", "WaitingEntry",
    "WaitingEvent", "WaitingOffer",
]
