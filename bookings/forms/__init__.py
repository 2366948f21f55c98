"""What people type, by activity."""
