"""The doors of the outbox, by activity."""
