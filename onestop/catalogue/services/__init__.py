"""The only writers of the catalogue, by activity: import, review, editing."""
