"""Outreach (letter Cà Mau 3): a list of people, a time proposed for each, invitations, answers, the call list for the rest."""
from bookings.invitations import open_invitation
from bookings.services.outreach.answering import answer, unreachable
from bookings.services.outreach.closing import close
from bookings.services.outreach.drafting import Invitee, Plan, drop_person, make_list
from bookings.services.outreach.proposing import propose
from bookings.services.outreach.sending import send
from bookings.services.outreach.sweeping import call_silent, sweep, work

__all__ = ["Invitee", "Plan", "answer", "call_silent", "close", "drop_person", "make_list", "open_invitation", "propose", "send", "sweep",
           "unreachable", "work"]
