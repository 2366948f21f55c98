"""The pages of the post, by activity."""
