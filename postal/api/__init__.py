"""The post for programs, by activity."""
