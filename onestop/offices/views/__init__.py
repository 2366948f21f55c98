"""The pages of offices, by activity."""
