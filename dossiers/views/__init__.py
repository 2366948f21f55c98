"""The pages of dossiers, by activity."""
