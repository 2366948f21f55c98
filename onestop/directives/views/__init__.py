"""Screens of letters, by activity."""
