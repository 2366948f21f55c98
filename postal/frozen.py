"""The database's own guard of an approved settlement: neither the list nor one of its lines can be changed, whoever asks.

Changing, adding and removing are refused. Emptying all tables at once (a developer's flush) passes both databases' guards by. A later
migration that alters one of the two tables in the embedded database makes the table anew: it calls `remove` first and `make` at its end.
"""
from typing import Any

LIST, LINE = "postal_settlementlist", "postal_settlementline"
POSTGRES = (
    """
CREATE FUNCTION postal_settlement_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' THEN RAISE EXCEPTION 'settlement % is approved', OLD.id USING ERRCODE = 'restrict_violation'; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$
""",
    """
CREATE FUNCTION postal_settlement_line_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN held := NEW.list_id; ELSE held := OLD.list_id; END IF;
    IF EXISTS (SELECT 1 FROM postal_settlementlist WHERE id = held AND state = 'approved') THEN
        RAISE EXCEPTION 'settlement % is approved', held USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$
""",
    f"CREATE TRIGGER settlement_is_frozen BEFORE UPDATE OR DELETE ON {LIST} FOR EACH ROW EXECUTE FUNCTION postal_settlement_is_frozen()",
    f"CREATE TRIGGER settlement_line_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON {LINE} FOR EACH ROW "
    "EXECUTE FUNCTION postal_settlement_line_is_frozen()",
)
EMBEDDED = (
    *(f"CREATE TRIGGER settlement_is_frozen{name} BEFORE {verb} ON {LIST} WHEN OLD.state = 'approved' "
      "BEGIN SELECT RAISE(ABORT, 'settlement is approved'); END" for name, verb in (("", "UPDATE"), ("_delete", "DELETE"))),
    # REPLACE removes the row of the same key without asking the guard of removal.
    f"CREATE TRIGGER settlement_is_frozen_insert BEFORE INSERT ON {LIST} "  # noqa: S608
    f"WHEN EXISTS (SELECT 1 FROM {LIST} WHERE state = 'approved' AND (id = NEW.id OR number = NEW.number)) "
    "BEGIN SELECT RAISE(ABORT, 'settlement is approved'); END",
    *(f"CREATE TRIGGER settlement_line_is_frozen_{verb.lower()} BEFORE {verb} ON {LINE} "  # noqa: S608
      f"WHEN EXISTS (SELECT 1 FROM {LIST} WHERE id = {row}.list_id AND state = 'approved') "
      "BEGIN SELECT RAISE(ABORT, 'settlement is approved'); END"
      for verb, row in (("UPDATE", "OLD"), ("INSERT", "NEW"), ("DELETE", "OLD"))),
)
_NAMES = ("settlement_is_frozen", "settlement_is_frozen_delete", "settlement_is_frozen_insert", "settlement_line_is_frozen_update",
          "settlement_line_is_frozen_insert", "settlement_line_is_frozen_delete")
GONE = {
    "postgresql": ("DROP FUNCTION IF EXISTS postal_settlement_is_frozen() CASCADE",
                   "DROP FUNCTION IF EXISTS postal_settlement_line_is_frozen() CASCADE"),
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {name}" for name in _NAMES),
}


def make(apps: Any, editor: Any) -> None:
    """Put the guards in place."""
    for statement in POSTGRES if editor.connection.vendor == "postgresql" else EMBEDDED:
        editor.execute(statement, None)


def remove(apps: Any, editor: Any) -> None:
    """Take them away."""
    for statement in GONE[editor.connection.vendor]:
        editor.execute(statement, None)
