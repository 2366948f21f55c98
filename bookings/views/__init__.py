"""The pages of booking, by activity."""
