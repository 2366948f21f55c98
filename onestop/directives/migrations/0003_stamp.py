"""The stamp of the facts that decide about whole days, and the triggers that renew it (see models.Stamp)."""
from django.db import migrations, models

TABLES = (
    "offices_area", "offices_office", "offices_closure", "directives_directive", "directives_directivescope", "directives_rule",
    "catalogue_procedure", "catalogue_procedureversion", "catalogue_channelterm", "catalogue_paper",
)
# A transaction renews the stamp once, at its commit (deferred triggers run there), however many rows it changed.
FUNCTION = """
CREATE FUNCTION directives_renew_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directives_stamp (id, value, written_by) VALUES (1, gen_random_uuid(), txid_current())
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, written_by = excluded.written_by
    WHERE directives_stamp.written_by <> excluded.written_by;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER renew_stamp AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directives_renew_stamp()
"""


def make(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(FUNCTION)
        for table in TABLES:
            editor.execute(TRIGGER.format(table=table))


def remove(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION IF EXISTS directives_renew_stamp() CASCADE")


class Migration(migrations.Migration):

    dependencies = [("directives", "0002_initial"), ("catalogue", "0002_initial"), ("offices", "0002_initial")]

    operations = [
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.UUIDField()),
                ("written_by", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(make, remove),
    ]
