"""The embedded database as the portal uses it: Django's SQLite, emptied the way that PostgreSQL's TRUNCATE empties."""
