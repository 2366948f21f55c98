"""The limit: the same three statements straight from pgbench, and the tables that limit and floor share."""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.load import Figures, cpu_seconds

SESSIONS = 500
TABLES = f"""
DROP TABLE IF EXISTS bench_message, bench_booking, bench_session;
CREATE TABLE bench_session (id bigserial PRIMARY KEY, capacity int NOT NULL, booked int NOT NULL DEFAULT 0, CHECK (booked <= capacity));
CREATE TABLE bench_booking (id bigserial PRIMARY KEY, session_id bigint NOT NULL REFERENCES bench_session,
    person text NOT NULL, phone text NOT NULL);
CREATE INDEX ON bench_booking (session_id);
CREATE TABLE bench_message (id bigserial PRIMARY KEY, booking_id bigint NOT NULL REFERENCES bench_booking, body text NOT NULL);
CREATE INDEX ON bench_message (booking_id);
INSERT INTO bench_session (capacity) SELECT 1000000 FROM generate_series(1, {SESSIONS});
"""
WHERE = {"hot": "\\set session 1\n", "spread": f"\\set session random(1, {SESSIONS})\n"}
HOW = {
    "transaction": """BEGIN;
UPDATE bench_session SET booked = booked + 1 WHERE id = :session AND booked < capacity;
INSERT INTO bench_booking (session_id, person, phone) VALUES (:session, 'Người đặt thử', '0900000000') RETURNING id \\gset
INSERT INTO bench_message (booking_id, body) VALUES (:id, 'booked');
COMMIT;
""",
    "one statement": """WITH place AS (UPDATE bench_session SET booked = booked + 1 WHERE id = :session AND booked < capacity RETURNING id),
made AS (INSERT INTO bench_booking (session_id, person, phone) SELECT id, 'Người đặt thử', '0900000000' FROM place RETURNING id)
INSERT INTO bench_message (booking_id, body) SELECT id, 'booked' FROM made;
""",
}


def program() -> str | None:
    """pgbench, if this machine has it (the wheel of PostgreSQL that tests fall back on does not)."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    return shutil.which("pgbench") or (str(debian[-1]) if debian else None)


def measure(name: str, how: str, where: str, *, clients: int, seconds: float, database: int) -> Figures:
    """One case of pgbench; its CPU is PostgreSQL's alone."""
    figures, url = Figures(name), urlsplit(os.environ["DATABASE_URL"])
    found = program()
    if found is None:
        return figures
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        script.write_text(WHERE[where] + HOW[how])
        log = Path(folder) / "log"
        before = cpu_seconds(database)
        done = subprocess.run(
            [found, "-n", "-f", str(script), "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds))),
             "-M", "prepared", "--log", f"--log-prefix={log}", "-h", str(url.hostname), "-p", str(url.port),
             "-U", str(url.username), url.path[1:]],
            env={**os.environ, "PGPASSWORD": url.password or ""}, capture_output=True, text=True, check=True)
        figures.database_cpu = cpu_seconds(database) - before
        figures.times = [int(line.split()[2]) / 1e6 for part in Path(folder).glob("log*") for line in part.read_text().splitlines()]
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    figures.rates = [float(rate[1])] if rate else []
    return figures
