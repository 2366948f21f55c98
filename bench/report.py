"""Facts about the machine, and the tables of a run as Markdown and JSON."""
from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.db import connection

from bench.load import Figures

if TYPE_CHECKING:
    from bench.run import Bench

RESULTS = Path(settings.BASE_DIR) / "bench" / "results"
HEAD = """| case, clients | a second | p50 ms | p99 ms | CPU ms server | CPU ms PostgreSQL | answers |
| --- | --- | --- | --- | --- | --- | --- |"""


def machine(folder: Path) -> dict[str, object]:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    shown = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "autovacuum")
    found = {}
    with connection.cursor() as cursor:
        for name in shown:
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    load = os.getloadavg()
    return {"measured at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "cores": os.cpu_count(), "processor": model,
            "Python": platform.python_version(), "Django": django.__version__, "PostgreSQL": found,
            "web server": f"{os.environ.get('BENCH_SERVER') or 'gunicorn'}, {os.environ.get('WEB_WORKERS', '2')} workers"
                          f" with {os.environ.get('BENCH_THREADS') or 'the usual 4'} threads",
            "load average at the start": [round(item, 2) for item in load]}


def fsync(folder: Path, times: int = 60) -> float:
    """Median milliseconds of writing 8 kB and waiting for the disk, where PostgreSQL keeps its files."""
    path, found = folder / "fsync", []
    with path.open("wb", buffering=0) as handle:
        for _time in range(times):
            begun = time.perf_counter()
            handle.write(b"0" * 8192)
            os.fdatasync(handle.fileno())
            found.append((time.perf_counter() - begun) * 1000)
    path.unlink()
    return round(statistics.median(found), 3)


def tables(bench: Bench) -> str:
    """Everything measured, the goals first."""
    facts = {name: value for name, value in bench.facts.items() if name != "month"}
    parts = ["# Figures", "", f"{bench.rounds} rounds of {bench.seconds} s a case; all cases take turns in every round.", "",
             "## Goals", "", "| goal | measured |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in goals(bench)), "",
             "## Cases", "", HEAD, *(line(figures) for figures in bench.found.values()), "",
             "## Proof that nothing was sold twice", "", *(f"- {proof}" for proof in bench.proofs), "",
             "## Machine", "", *(f"- {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items()), ""]
    return "\n".join(parts)


def line(figures: Figures) -> str:
    told = figures.plain()
    return (f"| {figures.name} | {told['rate']:,} | {told['p50_ms']} | {told['p99_ms']} | {told['server_cpu_ms']} "
            f"| {told['database_cpu_ms']} | {told['answers'] or ''} |")


def goals(bench: Bench) -> Iterator[tuple[str, str]]:
    """The goals that this run can measure, as the figures say."""
    found = {name: figures.plain() for name, figures in bench.found.items()}

    def of(name: str, what: str) -> Any:
        return found.get(name, {}).get(what, 0) or 0

    most = bench.clients[-1]
    hot = f"portal, hot, {most}"
    for clients in bench.clients:
        name = f"portal, hot, {clients}"
        yield (f"P1 CPU of a sale, hot session, {clients} clients: server ≤ 1.5, PostgreSQL ≤ 0.6 ms",
               f"{of(name, 'server_cpu_ms')} + {of(name, 'database_cpu_ms')}; ORM floor "
               f"{of(f'floor, ORM, hot, {clients}', 'server_cpu_ms')} + {of(f'floor, ORM, hot, {clients}', 'database_cpu_ms')}")
    yield (f"P2 hot session, {most} clients: ≥ 40 % of pgbench's one statement, ≥ 2 × the ORM floor, p99 ≤ 3 × p50",
           f"{share(of(hot, 'rate'), of(f'limit, one statement, hot, {most}', 'rate'))} of the limit; "
           f"{times(of(hot, 'rate'), of(f'floor, ORM, hot, {most}', 'rate'))} the ORM floor; "
           f"p99 {times(of(hot, 'p99_ms'), of(hot, 'p50_ms'))} p50")
    yield ("P4 a refusal costs ≤ half a sale",
           f"{times(both(found, 'portal, full, 8'), both(found, 'portal, hot, 8'))} (CPU, server + PostgreSQL)")
    yield ("P5 a session with 10,000 bookings within 5 % of an empty one",
           f"{share(both(found, 'portal, crowded session, 1'), both(found, 'portal, empty session, 1'))} of its CPU")
    yield ("P6 free places of an office-month, warm: ≥ 70 % of ping, CPU ≤ 0.4 ms",
           "; ".join(f"{name} {share(of(f'free places, {name}, warm, 8', 'rate'), of('ping, portal, 8', 'rate'))} of ping, "
                     f"{of(f'free places, {name}, warm, 8', 'server_cpu_ms')} ms" for name in ("JSON", "page"))
           + f"; ping {of('ping, portal, 8', 'server_cpu_ms')} ms; the same bytes from memory, floor, "
           f"{of('the same bytes from memory, floor, 8', 'server_cpu_ms')} ms")
    yield ("P7 the same cold, HTML ≤ 2.5 ms; tracking page ≤ 1.5 ms and ≤ 2 queries",
           f"{of('free places, page, cold, 8', 'server_cpu_ms')} ms page; {of('free places, JSON, cold, 8', 'server_cpu_ms')} ms JSON; "
           f"{of('tracking page, 8', 'server_cpu_ms')} ms tracking page (2 queries: tests/pages/test_a_tracking_page_is_remembered.py)")
    yield ("P9 ≤ 200 MiB for 2 workers, flat", json.dumps(bench.facts.get("memory, MiB after so many requests of the long run", {})))
    floor = both(found, "floor, ORM, hot, 8")
    yield ("P3, P8 by multiples of the ORM floor (hot, 8 clients, CPU server + PostgreSQL); peers as measured elsewhere: "
           "django-appointment 9, queue-management 10, pretix 33", times(both(found, "portal, hot, 8"), floor))


def both(found: dict[str, dict[str, Any]], name: str) -> float:
    case = found.get(name, {})
    return float(case.get("server_cpu_ms", 0)) + float(case.get("database_cpu_ms", 0))


def share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "not measured"


def times(part: float, whole: float) -> str:
    return f"{part / whole:.2f} ×" if whole else "not measured"


def write(name: str, bench: Bench, text: str) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    content = {"facts": bench.facts, "proofs": bench.proofs, "cases": [figures.plain() for figures in bench.found.values()]}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
