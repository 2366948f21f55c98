"""Growth (performance.md, P10): inbox, search and tracking at fifty thousand dossiers and at five million, in turns.

`make bench ARGS="scale"`. Two databases on one server, two portals of one worker each; each case is measured on one and then on the
other, so that what disturbs the machine disturbs both. Dossiers come in by COPY, with two rows of history and one of the clock each.
"""
from __future__ import annotations

import argparse
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench import report  # noqa: E402
from bench.load import Client, Figures, Watched, measure, request  # noqa: E402
from deploy import processes  # noqa: E402
from deploy.run import commands  # noqa: E402
from deploy.servers import free_port  # noqa: E402
from dossiers import queries  # noqa: E402
from dossiers.models import ClockEntry, Dossier, DossierEvent  # noqa: E402
from dossiers.tracking import TRACKED_KEY  # noqa: E402
from onestop import clock  # noqa: E402
from onestop.offices.models import Office  # noqa: E402
from onestop.people.models import User  # noqa: E402
from onestop.people.words import fold  # noqa: E402

OFFICE, OFFICES, OPEN_PART = "ninh-kieu", 100, 0.02
SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
MIDDLES = ("Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Thanh", "Quốc", "Kim", "Hoàng", "Xuân", "Anh")
GIVEN = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hải", "Hạnh", "Hùng", "Khánh", "Lan", "Linh", "Long", "Mai", "Nam", "Nga", "Phúc",
         "Quân", "Sơn", "Tâm", "Thảo", "Trang", "Tuấn", "Vân", "Yến")
PATIENT = "SET statement_timeout = 0"  # the portal's own limit is meant for requests
CASES = ("officer's inbox", "officer's inbox, page 2", "administrator's inbox", "search by code", "search by phone", "search by name",
         "tracking page")


# --- filling ------------------------------------------------------------------------------------------------------

@dataclass
class Maker:
    """Makes the columns of dossier number 0, 1, 2 …; the last ones are open."""

    total: int
    offices: list[Office]
    like: Dossier
    officer: User
    now: datetime

    def dossier(self, number: int) -> dict[str, Any]:
        chance = random.Random(number)
        name = f"{chance.choice(SURNAMES)} {chance.choice(MIDDLES)} {chance.choice(GIVEN)}"
        office, is_open = self.offices[number % OFFICES], number >= self.total * (1 - OPEN_PART)
        age = timedelta(hours=chance.randrange(1, 480)) if is_open else timedelta(days=30 + (self.total - number) * 1500 / self.total)
        received = self.now - age
        due = received + timedelta(days=18)
        return {
            "id": self.first + number, "reference": f"{number:08X}", "code": f"{office.identifier}-{received:%y%m%d}-{number:07d}",
            "procedure_id": self.like.procedure_id, "version_id": self.like.version_id, "channel": "online",
            "received_office_id": office.pk, "competent_office_id": office.pk, "full_name": name, "search_name": fold(name),
            "phone": f"09{number:08d}", "state": "processing" if is_open else "returned", "rule_pack": "VN-2025",
            "handover": "none" if is_open else "delivered",
            "assignee_id": self.officer.pk if is_open and number % (7 * OFFICES) == 0 else None,
            "submitted_at": received, "accept_due_at": received + timedelta(days=1), "received_at": received, "original_due_at": due,
            "due_at": due, "decided_at": None if is_open else due - timedelta(days=2), "returned_at": None if is_open else due,
            "secret_digest": "0" * 64}

    first = 1_000_000

    def events(self, number: int) -> Iterator[dict[str, Any]]:
        for verb in ("submit", "accept"):
            yield {"subject_id": self.first + number, "verb": verb, "to_state": "accepted", "at": self.now, "data": {"via": "web"}}

    def entry(self, number: int) -> dict[str, Any]:
        at = self.now - timedelta(days=10)
        return {"dossier_id": self.first + number, "kind": "start", "cause": "received", "at": at, "effective_at": at}


class Rows(io.TextIOBase):
    """Rows as COPY reads them, made while it reads."""

    def __init__(self, model: type[models.Model], rows: Iterator[dict[str, Any]]) -> None:
        self.fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
        self.rows, self.left = rows, ""
        self.defaults = {field.attname: field.get_default() for field in self.fields}

    def columns(self, given: dict[str, Any]) -> list[str]:
        return [field.column for field in self.fields if field.attname in given or not field.primary_key]

    def lines(self, row: dict[str, Any]) -> str:
        return "\t".join(_plain(row.get(field.attname, self.defaults[field.attname])) for field in self.fields
                         if field.attname in row or not field.primary_key) + "\n"

    def read(self, size: int | None = -1) -> str:
        parts, length = [self.left], len(self.left)
        while length < (size or 8192):
            row = next(self.rows, None)
            if row is None:
                break
            parts.append(self.lines(row))
            length += len(parts[-1])
        text = "".join(parts)
        self.left = text[size:] if size else ""
        return text[:size] if size else text


def _plain(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def copy(model: type[models.Model], rows: Iterator[dict[str, Any]]) -> None:
    """Rows into a table."""
    first = next(rows)
    source = Rows(model, (row for part in ((first,), rows) for row in part))
    columns = ", ".join(source.columns(first))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {model._meta.db_table} ({columns}) FROM STDIN", source)


def without_indexes(table: str) -> list[str]:
    """Drop what is slow to keep while rows pour in; the statements that make it again."""
    with connection.cursor() as cursor:
        cursor.execute("""SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
            WHERE i.indrelid = %s::regclass AND NOT i.indisunique""", [table])
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


def fill(total: int) -> dict[str, float]:
    """So many dossiers at a hundred offices; seconds of each step."""
    office = Office.objects.get(code=OFFICE)
    offices = [office] + [Office.objects.create(
        code=f"scale-{number}", identifier=f"{office.identifier}.{number}", name=f"Đơn vị đo {number}", level=office.level,
        area=office.area, province=office.province, address="Số 1, đường Thử") for number in range(1, OFFICES)]
    like = Dossier.objects.filter(received_office=office, received_at__isnull=False).select_related("procedure")[0]
    maker = Maker(total, offices, like, User.objects.get(username="chuyenvien"), clock.now())
    took: dict[str, float] = {}
    made_again = []
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no foreign key is looked up for rows that are made here
        cursor.execute(PATIENT)
    for model, rows in ((Dossier, map(maker.dossier, range(total))),
                        (DossierEvent, (row for number in range(total) for row in maker.events(number))),
                        (ClockEntry, map(maker.entry, range(total)))):
        made_again += without_indexes(model._meta.db_table)
        begun = time.perf_counter()
        copy(model, iter(rows))
        took[f"COPY {model.__name__}"] = time.perf_counter() - begun
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for definition in made_again:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    took["indexes and statistics"] = time.perf_counter() - begun
    return took


def addresses(total: int) -> dict[str, list[str]]:
    """[path, cookie] of each case; the dossier sought lies in the middle."""
    sought = Dossier.objects.get(pk=Maker.first + total // 2 // OFFICES * OFFICES)
    inbox = reverse("dossiers:inbox")
    officer, chief = (_signed_in(User.objects.get(username=name)) for name in ("chuyenvien", "quantri"))
    tracked = _session({TRACKED_KEY: [sought.pk]})
    return {
        "officer's inbox": [inbox, officer], "officer's inbox, page 2": [f"{inbox}?tu={_second_page('chuyenvien')}", officer],
        "administrator's inbox": [inbox, chief], "search by code": [f"{inbox}?q={sought.code}", officer],
        "search by phone": [f"{inbox}?q={sought.phone}", officer],
        "search by name": [f"{inbox}?muc=any&q={sought.search_name.replace(' ', '+')}", officer],
        "tracking page": [reverse("dossiers:tracked", args=[sought.number]), tracked]}


def _second_page(username: str) -> str:
    return queries.page(User.objects.get(username=username), queries.Filters()).next


def _signed_in(user: User) -> str:
    return _session({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
                     HASH_SESSION_KEY: user.get_session_auth_hash()})


def _session(values: dict[str, Any]) -> str:
    made = import_module(settings.SESSION_ENGINE).SessionStore()
    made.update(values)
    made.save()
    return f"{settings.SESSION_COOKIE_NAME}={made.session_key}"


# --- measuring ----------------------------------------------------------------------------------------------------

@dataclass
class Side:
    """One of the two databases and its portal."""

    total: int
    url: str
    facts: dict[str, Any]
    where: Watched | None = None


def prepare(total: int) -> Side:
    """A copy of the demo's database, filled by a process of its own."""
    base = os.environ["DATABASE_URL"]
    name = f"scale_{total}"
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        template = cursor.fetchone()[0]
    connection.close()
    admin, _slash, _name = base.partition("?")[0].rpartition("/")
    url = base.replace(f"/{template}", f"/{name}", 1)
    subprocess.run([sys.executable, "-m", "bench.scale", "--create", name, template], env={**os.environ, "DATABASE_URL":
                   base.replace(f"/{template}", "/postgres", 1)}, check=True, cwd=settings.BASE_DIR)
    assert admin
    told = subprocess.run([sys.executable, "-m", "bench.scale", "--fill", str(total)], env={**os.environ, "DATABASE_URL": url}, check=True,
                          cwd=settings.BASE_DIR, stdout=subprocess.PIPE)
    return Side(total, url, json.loads(told.stdout.splitlines()[-1]))


def serve(side: Side, started: list[subprocess.Popen[bytes]]) -> None:
    port = free_port()
    command = commands(sys.executable, "127.0.0.1", port, 0, Path(settings.VAR_DIR))["web"]
    web = processes.start(command, death=signal.SIGKILL, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL,
                          env={**os.environ, "DATABASE_URL": side.url, "WEB_WORKERS": "1"})
    started.append(web)
    until = time.monotonic() + 60
    while time.monotonic() < until and web.poll() is None:
        try:
            if Client(port).ask(request("GET", "/healthz"))[0]:
                side.where = Watched(port, web.pid, int(os.environ["BENCH_POSTGRES_PID"]))
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The portal did not answer within a minute.")


def compare(sides: list[Side], rounds: int, seconds: float) -> dict[str, list[Figures]]:
    """Every case on the small and on the large side, in turns."""
    found: dict[str, list[Figures]] = {name: [Figures(name) for _side in sides] for name in CASES}
    for turn in range(rounds + 1):  # the first turn warms up
        for name in CASES:
            for index, side in enumerate(sides):
                path, cookie = side.facts["addresses"][name]
                assert side.where
                taken = measure(name, lambda _number, path=path, cookie=cookie: request("GET", path, Cookie=cookie), side.where, clients=1,
                                seconds=seconds)
                if set(taken.statuses) != {200}:
                    raise SystemExit(f"{name} at {side.total}: answers {dict(taken.statuses)}")
                if turn:
                    found[name][index].add(taken)
    return found


def table(sides: list[Side], found: dict[str, list[Figures]]) -> str:
    """The figures as Markdown."""
    few, many = (f"{side.total:,}" for side in sides)
    lines = [f"| page | p50 ms at {few} | at {many} | ratio | p95 ms | p95 ms | ratio | CPU ms, server + PG | |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, both in found.items():
        cpu = [f"{side.server_cpu / side.count * 1000:.1f} + {side.database_cpu / side.count * 1000:.1f}" for side in both]
        p50, p95 = [[side.percentile(part) for side in both] for part in (50, 95)]
        lines.append(f"| {name} | {p50[0]:.1f} | {p50[1]:.1f} | **{p50[1] / p50[0]:.2f}** | {p95[0]:.1f} | {p95[1]:.1f} | "
                     f"{p95[1] / p95[0]:.2f} | {cpu[0]} | {cpu[1]} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--create", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=int, nargs=2, default=[50_000, 5_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--write", default="", help="name of the file to write into bench/results/")
    options = parser.parse_args()
    if options.create:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{options.create[0]}" TEMPLATE "{options.create[1]}"')
        return 0
    if options.fill:
        took = fill(options.fill)
        print(json.dumps({"took": took, "addresses": addresses(options.fill)}))
        return 0
    sides, started = [prepare(total) for total in options.sizes], []
    try:
        for side in sides:
            serve(side, started)
        found = compare(sides, options.rounds, options.seconds)
    finally:
        processes.stop(started)
    filled = [f"{side.total:,} dossiers: " + ", ".join(f"{step} {took:.0f} s" for step, took in side.facts["took"].items())
              for side in sides]
    text = "\n".join([table(sides, found), "", *filled])
    print(text)
    if options.write:
        facts = report.machine(Path(os.environ["BENCH_FOLDER"]))
        head = f"# Growth: {sides[0].total:,} and {sides[1].total:,} dossiers\n\n{json.dumps(facts, ensure_ascii=False)}\n\n"
        (report.RESULTS / f"{options.write}.md").write_text(head + text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
