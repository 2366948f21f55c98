"""Guards in the database refuse that certain rows go away, whoever asks. Emptying all tables at once, which only a developer's `flush` and
the test run do, asks no guard in PostgreSQL; here they are put aside for it, in the same transaction."""
from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.backends.sqlite3 import base, operations

GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"


class DatabaseOperations(operations.DatabaseOperations):
    """SQLite's, with that one difference."""

    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """Run the statements of a flush without the guards."""
        with transaction.atomic(using=self.connection.alias):
            with self.connection.cursor() as cursor:
                guards = cursor.execute(GUARDS).fetchall()
                for name, _sql in guards:
                    cursor.execute(f"DROP TRIGGER {self.quote_name(name)}")
            super().execute_sql_flush(sql_list)
            with self.connection.cursor() as cursor:
                for _name, sql in guards:
                    cursor.execute(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with these operations."""

    ops_class = DatabaseOperations
