"""Rebooking runs (letter Cà Mau, clause 1): draft, start, work through the people, hear their answers, open again."""
from bookings.services.relocation.answers import answer, note_changes
from bookings.services.relocation.chasing import chase
from bookings.services.relocation.drafts import draft, drop, preview_again
from bookings.services.relocation.reopening import reopen
from bookings.services.relocation.running import resume, sweep, work
from bookings.services.relocation.starting import open_limits_run, start

__all__ = ["answer", "chase", "draft", "drop", "note_changes", "open_limits_run", "preview_again", "reopen", "resume", "start", "sweep",
           "work"]
