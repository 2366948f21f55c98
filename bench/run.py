"""Figures of the hot paths (performance.md, P1 to P9): the portal, the floor and the limit interleaved in one run.

Load generator, servers and database share the machine, so a rate says little by itself: CPU ms a request (server and
PostgreSQL, from /proc) and ratios of the same run are what to compare. `make bench ARGS="--seconds 5 --rounds 3"`.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path

import django
import psutil

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench import limit, places, report  # noqa: E402
from bench.load import Client, Figures, Make, Watched, measure, request  # noqa: E402
from bookings.models import Slot  # noqa: E402
from deploy import processes  # noqa: E402
from deploy.run import commands  # noqa: E402
from deploy.servers import free_port  # noqa: E402
from onestop import clock  # noqa: E402
from onestop.offices.models import Office  # noqa: E402

OFFICE, PROCEDURE = "ninh-kieu", "1.001193"
DATABASE = int(os.environ["BENCH_POSTGRES_PID"])


@dataclass
class Bench:
    """One run: where the servers are, what was measured."""

    seconds: float
    rounds: int
    clients: list[int]
    portal: Watched
    floor: Watched
    token: str
    slots: list[Slot]
    found: dict[str, Figures] = field(default_factory=dict)
    proofs: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    number: int = 0

    def person(self) -> int:
        """A new person each time."""
        self.number += 1
        return self.number

    def book(self, slot: Callable[[int], int], key: bool = False) -> Make:
        """A sale through the portal's API; the slot by the number of the request."""

        def make(number: int) -> bytes:
            person = self.person()
            body = {"slot": slot(number), "procedure": PROCEDURE, "purpose": "submit", "dossiers": 1, "people": 1, "channel": "zalo",
                    "applicant": {"full_name": f"Người đặt thử {person}", "phone": f"09{person:08d}"}}
            headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency_Key": f"bench-{person}"} if key else {})
            return request("POST", "/api/v1/appointments/", json.dumps(body).encode(), **headers)

        return make

    def floor_book(self, path: str, spread: bool) -> Make:
        def make(number: int) -> bytes:
            body = {"slot": 1 + number % limit.SESSIONS if spread else 1, "name": f"Người đặt thử {number}", "phone": f"09{number:08d}"}
            return request("POST", path, json.dumps(body).encode())

        return make

    def take(self, name: str, make: Make, where: Watched, clients: int, **more: float) -> Figures:
        """One round of a case."""
        return self.note(measure(name, make, where, clients=clients, seconds=more.pop("seconds", self.seconds), **more))  # type: ignore[arg-type]

    def note(self, figures: Figures) -> Figures:
        self.found.setdefault(figures.name, Figures(figures.name)).add(figures)
        return figures

    def prove(self, what: str) -> None:
        """Counters, bookings, events, messages and numbers agree at this moment, or the run ends here."""
        faults = places.faults()
        if faults:
            raise SystemExit(f"{what}: " + "; ".join(faults[:10]))
        self.proofs.append(f"{what}: bookings = messages = events = counters, numbers without gaps")


# --- the parts of a run -------------------------------------------------------------------------------------------

def bookings(bench: Bench) -> None:
    """Limit, floor and portal one after the other, hot and spread, for each number of clients (P1, P2)."""
    hot, spread = bench.slots[0].pk, [slot.pk for slot in bench.slots]
    for clients in bench.clients:
        for where in ("hot", "spread"):
            for how in limit.HOW:
                bench.note(limit.measure(f"limit, {how}, {where}, {clients}", how, where, clients=clients, seconds=bench.seconds,
                                         database=DATABASE))
            bench.take(f"floor, ORM, {where}, {clients}", bench.floor_book("/orm", where == "spread"), bench.floor, clients)
            bench.take(f"floor, one statement, {where}, {clients}", bench.floor_book("/one", where == "spread"), bench.floor, clients)
            slot_of = (lambda number: spread[number % len(spread)]) if where == "spread" else (lambda _number: hot)
            bench.take(f"portal, {where}, {clients}", bench.book(slot_of), bench.portal, clients)
    bench.take("portal, hot, Idempotency-Key, 8", bench.book(lambda _number: hot, key=True), bench.portal, 8)


def refusals(bench: Bench, full: Slot) -> None:
    """What 'full' costs (P4)."""
    bench.take("portal, full, 8", bench.book(lambda _number: full.pk), bench.portal, 8)


def reads(bench: Bench, month: str, page: str) -> None:
    """Free places of an office-month against a ping and against the same bytes from memory (P6, P7)."""
    plain = lambda path: lambda _number: request("GET", path)  # noqa: E731
    for name, path, where in (
            ("ping, portal", "/healthz", bench.portal), ("free places, JSON, warm", month, bench.portal),
            ("free places, page, warm", page, bench.portal), ("ping, floor", "/ping", bench.floor),
            ("the same bytes from memory, floor", "/month", bench.floor)):
        bench.take(f"{name}, 8", plain(path), where, 8)
    # Cold: no address is asked for twice, so that no remembered answer fits.
    for name, path in (("JSON", f"{month}&n="), ("page", f"{page}?n=")):
        bench.take(f"free places, {name}, cold, 8", lambda _number, path=path: request("GET", f"{path}{bench.person()}"), bench.portal, 8)
    path, cookie = places.tracked()
    bench.take("tracking page, 8", lambda _number: request("GET", path, Cookie=cookie), bench.portal, 8)


def flat(bench: Bench, crowded: Slot, empty: Slot, bookings: int) -> None:
    """A session with 10,000 bookings against an empty one (P5), in turns."""
    measure("filling", bench.book(lambda _number: crowded.pk), bench.portal, clients=8, seconds=60, most=bookings)
    bench.facts["bookings in the crowded session"] = places.sold(crowded)
    for _turn in range(3):
        bench.take("portal, empty session, 1", bench.book(lambda _number: empty.pk), bench.portal, 1, seconds=max(bench.seconds, 2))
        bench.take("portal, crowded session, 1", bench.book(lambda _number: crowded.pk), bench.portal, 1, seconds=max(bench.seconds, 2))


def exact(bench: Bench, slots: dict[int, Slot], count: int) -> None:
    """N sold of N at many clients, while workers are killed in mid-run (P4)."""
    for clients, slot in slots.items():
        stop = threading.Event()
        killed: list[int] = []

        def kill(stop: threading.Event = stop, killed: list[int] = killed) -> None:
            while not stop.wait(0.15) and len(killed) < 3:
                workers = psutil.Process(bench.portal.server).children()
                if workers:
                    workers[-1].kill()
                    killed.append(workers[-1].pid)

        killer = threading.Thread(target=kill)
        killer.start()
        figures = measure(f"exact, {clients}", bench.book(lambda _number, pk=slot.pk: pk), bench.portal, clients=clients, seconds=30,
                          most=3 * count)
        stop.set()
        killer.join()
        for _turn in range(20):  # requests that died with a worker did not book: others take their places
            if places.sold(slot) >= count:
                break
            measure("rest", bench.book(lambda _number, pk=slot.pk: pk), bench.portal, clients=2, seconds=5, most=20)
        sold = places.sold(slot)
        if sold != count:
            raise SystemExit(f"{sold} sold of {count} at {clients} clients")
        bench.proofs.append(f"{clients} clients, {len(killed)} workers killed: {sold} sold of {count}, answers {dict(figures.statuses)}, "
                            f"{figures.lost} requests lost with their worker")


def memory(bench: Bench, seconds: float) -> None:
    """Memory of the portal's web processes while requests of all kinds pass (P9)."""
    hot, month = bench.slots[0].pk, bench.facts["month"]
    make = bench.book(lambda _number: hot)
    mixed = lambda number: make(number) if number % 4 == 0 else request("GET", str(month))  # noqa: E731
    steps, until, passed = [(0, pss(bench.portal.server))], time.monotonic() + seconds, 0
    while time.monotonic() < until:
        passed += len(measure("memory", mixed, bench.portal, clients=8, seconds=max(seconds / 4, 1)).times)
        steps.append((passed, pss(bench.portal.server)))
    bench.facts["memory, MiB after so many requests of the long run"] = {str(count): round(size, 1) for count, size in steps}


def pss(pid: int) -> float:
    """MiB of a process tree, what they share counted once."""
    return sum(process.memory_full_info().pss for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))) / 2**20


# --- a run --------------------------------------------------------------------------------------------------------

def main() -> int:
    """Start portal and floor, measure, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each case in each round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--long", type=float, default=20, help="seconds of the run that watches memory")
    parser.add_argument("--crowd", type=int, default=10_000, help="bookings in the crowded session (P5)")
    parser.add_argument("--server", default="", choices=["", "granian"], help="instead of the portal's own web server; must be installed")
    parser.add_argument("--threads", default="", help="threads of a web worker, instead of the portal's own number")
    parser.add_argument("--write", default="", help="name of the files to write into bench/results/")
    options = parser.parse_args()
    os.environ |= {"BENCH_SERVER": options.server, "BENCH_THREADS": options.threads or ("1" if options.server else "")}
    servers: list[subprocess.Popen[bytes]] = []
    month_file = Path(settings.VAR_DIR) / "month.json"
    try:
        portal = _serve(servers, "onestop.wsgi:application", {})
        month, page = _addresses()
        month_file.write_bytes(Client(portal.port).ask(request("GET", month))[1])
        floor = _serve(servers, "bench.floor:application", {"BENCH_MONTH": str(month_file)})
        bench = _bench(options, portal, floor)
        bench.facts |= {"month": month, "bytes of the month": month_file.stat().st_size, **report.machine(Path(os.environ["BENCH_FOLDER"]))}
        _measure(bench, options, month, page)
    finally:
        processes.stop(servers)
    text = report.tables(bench)
    print(text)
    if options.write:
        report.write(options.write, bench, text)
    return 0


def _measure(bench: Bench, options: argparse.Namespace, month: str, page: str) -> None:
    first = bench.slots[1]
    spread = [slot.pk for slot in bench.slots]
    full, crowded, empty = places.extra(first, 9, 0), bench.slots[2], bench.slots[3]
    exactly = {clients: places.extra(bench.slots[4], hour, 200) for clients, hour in ((8, 9), (32, 10), (64, 11))}
    for make in (bench.book(lambda _number: bench.slots[0].pk), lambda _number: request("GET", month)):
        measure("warm-up", make, bench.portal, clients=8, seconds=2)
    # Each worker meets each of the sessions once before anything is measured.
    measure("warm-up", bench.book(lambda number: spread[number % len(spread)]), bench.portal, clients=8, seconds=20, most=6 * len(spread))
    for number in range(options.rounds):
        bench.facts.setdefault("one fsync, ms, in each round", []).append(report.fsync(Path(os.environ["BENCH_FOLDER"])))  # type: ignore[attr-defined]
        bookings(bench)
        refusals(bench, full)
        reads(bench, month, page)
        bench.prove(f"after round {number + 1}")
    if options.crowd:
        flat(bench, crowded, empty, options.crowd)
        bench.prove("after the crowded session")
    exact(bench, exactly, 200)
    bench.prove("after workers were killed")
    if options.long:
        memory(bench, options.long)


def _serve(servers: list[subprocess.Popen[bytes]], application: str, more: dict[str, str]) -> Watched:
    """The portal's own web command (or another server's, to compare), for this application."""
    port = free_port()
    command = [application if part == "onestop.wsgi:application" else part
               for part in commands(sys.executable, "127.0.0.1", port, 0, Path(settings.VAR_DIR))["web"]]
    if os.environ.get("BENCH_SERVER") == "granian":
        command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
                   "--no-ws", "--workers", os.environ.get("WEB_WORKERS", "2"), "--blocking-threads", os.environ.get("BENCH_THREADS", "1"),
                   "--http", "1", "--log-level", "warning", "--respawn-failed-workers", application]
    elif os.environ.get("BENCH_THREADS"):
        command[command.index("--threads") + 1] = os.environ["BENCH_THREADS"]
    web = processes.start(command, death=signal.SIGKILL, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, **more})
    servers.append(web)
    until = time.monotonic() + 60
    while time.monotonic() < until and web.poll() is None:
        try:
            if Client(port).ask(request("GET", "/healthz"))[0]:
                return Watched(port, web.pid, DATABASE)
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"The web server for {application} did not answer within a minute.")


def _addresses() -> tuple[str, str]:
    first = clock.today() + timedelta(days=1)
    query = f"office={OFFICE}&procedure={PROCEDURE}&purpose=submit&from={first}&to={first + timedelta(days=29)}"
    return f"/api/v1/availability/?{query}", f"/dat-lich/noi/{OFFICE}/{PROCEDURE}/"


def _bench(options: argparse.Namespace, portal: Watched, floor: Watched) -> Bench:
    slots = places.make(Office.objects.get(code=OFFICE))
    with connection.cursor() as cursor:
        cursor.execute(limit.TABLES)
        cursor.execute("ANALYZE")
    output = StringIO()
    call_command("create_token", "bench", scope=["book"], stdout=output, stderr=StringIO())
    return Bench(options.seconds, options.rounds, options.clients, portal, floor, output.getvalue().split()[-1], slots)


if __name__ == "__main__":
    sys.exit(main())
