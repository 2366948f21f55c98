"""A visit: check in, wait, enter a room that never holds more than its cap, leave; by activity."""
from bookings.services.noshow import no_show
from bookings.services.visits.arriving import check_in, move, refuse_entry, seat
from bookings.services.visits.ending import attach_dossier, close_past_days
from bookings.services.visits.inside import change_room, enter, leave, told_later
from bookings.services.visits.walking_in import turn_away, walk_in

__all__ = ["attach_dossier", "change_room", "check_in", "close_past_days", "enter", "leave", "move", "no_show", "refuse_entry",
           "seat", "told_later", "turn_away", "walk_in"]
