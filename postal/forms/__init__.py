"""What the pages of the post ask, by activity."""
