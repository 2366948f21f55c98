"""The writers of bookings, by activity. Lock order everywhere: slot, session, queue counter, room, hold or appointment."""
