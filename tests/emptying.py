"""Between tests that commit, PostgreSQL's tables are emptied by DELETE, and only those that hold something.

TRUNCATE, which Django uses, makes new files for every table and index: with more than a hundred tables and their indexes that took
longer than most of the tests.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations


def install() -> None:
    """Use it where the connection is PostgreSQL's and its user may pass over foreign keys (a superuser, as `make test` starts it)."""
    if connection.vendor != "postgresql":
        return
    operations = type(connection.ops)
    truncate = operations.sql_flush

    def sql_flush(self: BaseDatabaseOperations, style: Any, tables: Iterable[str], **options: Any) -> list[str]:
        names = list(tables)
        if not names or options.get("reset_sequences") or not _may_pass_over_keys():
            return list(truncate(self, style, names, **options))
        # Within the transaction in which Django runs these: rows go in any order, nothing is looked up for them.
        return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {self.quote_name(name)}" for name in _filled(names))]

    operations.sql_flush = sql_flush


def _may_pass_over_keys() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _filled(names: list[str]) -> list[str]:
    """The tables that hold a row."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in names))
        return [name for (name,) in cursor.fetchall()]
