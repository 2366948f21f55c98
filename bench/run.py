"""The hot paths over HTTP, as requests a second, CPU ms a request (server and PostgreSQL) and shares of the ping rate.

Load generator, server and database share the machine, so a rate says little by itself: the CPU time and the ratios to
the ping of the same run are what to compare (`make bench ARGS="--seconds 10 --clients 32"`).
"""
import argparse
import http.client
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path

import django
import psutil

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from bookings.models import Session, Slot  # noqa: E402
from deploy import processes  # noqa: E402
from deploy.run import commands  # noqa: E402
from onestop import clock  # noqa: E402

PORT = int(os.environ["PORT"])
OFFICE, PROCEDURE = "ninh-kieu", "1.001193"
Request = tuple[str, str, bytes, dict[str, str]]


@dataclass
class Figures:
    """What one measured case came to."""

    name: str
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    server_cpu: float = 0.0
    database_cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    def line(self, ping: float) -> str:
        """One row of the table."""
        count = max(1, len(self.times))
        cuts = statistics.quantiles(self.times, n=100) if len(self.times) > 1 else [0.0] * 99
        share = self.rate / ping if ping else 0
        return (f"{self.name:<34} {self.rate:>8.0f} {share:>7.0%} {cuts[49] * 1000:>8.1f} {cuts[98] * 1000:>8.1f} "
                f"{self.server_cpu / count * 1000:>9.2f} {self.database_cpu / count * 1000:>9.2f}  {self.statuses}")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and everything below it, ended children included."""
    total = 0.0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def measure(name: str, make: Callable[[int], Request], *, clients: int, seconds: float, server: int, database: int) -> Figures:
    """Let `clients` threads send what `make` gives them for `seconds`."""
    figures, lock, counter = Figures(name), threading.Lock(), itertools.count()
    until = time.perf_counter() + seconds

    def client() -> None:
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        times: list[float] = []
        statuses: dict[int, int] = {}
        while time.perf_counter() < until:
            method, path, body, headers = make(next(counter))
            begun = time.perf_counter()
            link.request(method, path, body, headers)
            answer = link.getresponse()
            answer.read()
            times.append(time.perf_counter() - begun)
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
        link.close()
        with lock:
            figures.times += times
            for status, count in statuses.items():
                figures.statuses[status] = figures.statuses.get(status, 0) + count

    before, begun = (cpu_seconds(server), cpu_seconds(database)), time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.seconds = time.perf_counter() - begun
    figures.server_cpu, figures.database_cpu = cpu_seconds(server) - before[0], cpu_seconds(database) - before[1]
    return figures


def cases() -> Iterable[tuple[str, Callable[[int], Request]]]:
    """Name and request of every case; the slots are made roomy first, so that bookings are sold, not refused."""
    tomorrow = clock.today() + timedelta(days=1)
    slots = list(Slot.objects.filter(session__office__code=OFFICE, starts_at__date__gte=tomorrow).order_by("starts_at")[:200])
    Session.objects.filter(office__code=OFFICE).update(capacity=10**6)
    Slot.objects.filter(session__office__code=OFFICE).update(capacity=10**6)
    token = _token()
    month = f"/api/v1/availability/?office={OFFICE}&procedure={PROCEDURE}&purpose=submit&from={tomorrow}&to={tomorrow + timedelta(days=29)}"
    yield "ping (no database)", lambda _: ("GET", "/healthz", b"", {})
    yield "free sessions of a month, JSON", lambda _: ("GET", month, b"", {})
    yield "free sessions of a month, page", lambda _: ("GET", f"/dat-lich/noi/{OFFICE}/{PROCEDURE}/", b"", {})
    yield "search 'khai sinh', JSON", lambda _: ("GET", "/api/v1/procedures/?q=khai%20sinh", b"", {})
    yield "booking, one hot slot", lambda number: _booking(token, slots[0].pk, number)
    yield "booking, spread over slots", lambda number: _booking(token, slots[number % len(slots)].pk, 10**6 + number)


def _booking(token: str, slot: int, number: int) -> Request:
    body = {"slot": slot, "procedure": PROCEDURE, "purpose": "submit", "dossiers": 1, "people": 1, "channel": "web",
            "applicant": {"full_name": f"Người đặt thử {number}", "phone": f"09{number:08d}"}}
    return "POST", "/api/v1/appointments/", json.dumps(body).encode(), {
        "Content-Type": "application/json", "Authorization": f"Bearer {token}"}


def _token() -> str:
    target = Path(settings.VAR_DIR) / "token"
    with target.open("w+") as handle:
        call_command("create_token", "bench", scope=["book"], stdout=handle, stderr=StringIO())
        handle.seek(0)
        return handle.read().split()[-1]


def main() -> int:
    """Start the web server, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    web = processes.start(commands(sys.executable, "127.0.0.1", PORT, 0, Path(settings.VAR_DIR))["web"], death=signal.SIGKILL,
                          cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait()
        print(f"\n{options.clients} clients, {options.seconds:.0f} s each, on {os.cpu_count()} cores\n")
        print(f"{'case':<34} {'req/s':>8} {'of ping':>7} {'p50 ms':>8} {'p99 ms':>8} {'CPU web':>9} {'CPU PG':>9}  answers")
        ping = 0.0
        for name, make in cases():
            measure(name, make, clients=2, seconds=1, server=web.pid, database=int(os.environ["BENCH_POSTGRES_PID"]))
            figures = measure(name, _later(make), clients=options.clients, seconds=options.seconds, server=web.pid,
                              database=int(os.environ["BENCH_POSTGRES_PID"]))
            ping = ping or figures.rate
            print(figures.line(ping), flush=True)
    finally:
        processes.stop([web])
    return 0


def _later(make: Callable[[int], Request]) -> Callable[[int], Request]:
    """The same requests by other people than in the warm-up."""
    return lambda number: make(100_000 + number)


def _wait() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
        try:
            link.request("GET", "/healthz")
            link.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
        finally:
            link.close()
    raise SystemExit("The web server did not answer within a minute.")


if __name__ == "__main__":
    sys.exit(main())
