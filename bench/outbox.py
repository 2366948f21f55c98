"""How fast one worker drains the outbox, against what the gateway itself takes in the same run; and what a long backlog costs in memory.

    DATABASE_URL=postgres://…/scratch REDIS_URL=redis://… NOTIFY_CHANNELS=sms SMS_GATEWAY_URL=http://127.0.0.1:8901/sms \\
    CARRIER_SIMULATOR_PORT=8901 DJANGO_SETTINGS_MODULE=onestop.settings python -m bench.outbox

The database is an empty one; its tables are made here. The gateway is the simulator, a process of its own that keeps a journal. Its own
limit is what bare clients, as many as the worker has processes, get out of it over connections that stay open, before and after the drain.
One Celery worker of two processes and one beat, started by the commands that `make run` uses. Everything shares this machine.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import django
import requests

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from deploy import processes  # noqa: E402
from deploy.run import commands  # noqa: E402
from onestop.notify.models import Message  # noqa: E402
from onestop.notify.states import State  # noqa: E402
from onestop.offices.models import Office  # noqa: E402
from tests import cast as casting  # noqa: E402

PROCESSES = 2  # of the worker
OVER = (State.SENT, State.DELIVERED)


def text(number: int) -> str:
    """A message of usual length."""
    return f"Nhac lich hen so {number}: 08:30 ngay 25/11/2026 tai Bo phan Mot cua phuong Ninh Kieu. Mang giay to goc. Tong dai 1900 0000."


def bare(count: int) -> None:
    """One client of the gateway that does nothing else."""
    with requests.Session() as session:
        for number in range(count):
            key = str(uuid.uuid4())
            answer = session.post(settings.SMS_GATEWAY_URL, json={"id": key, "to": "0912345678", "text": text(number)},
                                  headers={"Idempotency-Key": key}, timeout=10)
            assert answer.status_code == 202, answer.text


def limit(count: int) -> float:
    """Messages a second that the gateway takes from bare clients."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        began = time.perf_counter()
        list(pool.map(bare, [count // PROCESSES] * PROCESSES))
        return count / (time.perf_counter() - began)


def answers(port: int) -> None:
    """Wait until the gateway is there, a minute at most."""
    for _try in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/counts", timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the gateway does not answer")


def fill(count: int) -> None:
    """The backlog: everything due at once."""
    office = Office.objects.get(code="thu-ninh-kieu")
    for start in range(0, count, 1000):
        Message.objects.bulk_create([
            Message(event_key=f"bench:{number}", recipient_key=f"09{number:08d}", phone=f"09{number:08d}", office=office, channel="sms",
                    template_key="appointment_reminder", subject="Nhắc lịch hẹn", body=text(number))
            for number in range(start, min(start + 1000, count))])


def resident(pid: int) -> float:
    """MiB of a process and of all below it, shared pages counted once each by their share (PSS)."""
    total = 0
    for each in (pid, *processes.descendants(pid)):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))
    return total / 1024


def drained(count: int, worker: int) -> tuple[float, list[tuple[int, float]]]:
    """Seconds from the first message that left until the last, and the worker's memory along the way."""
    began, memory = 0.0, []
    while True:
        out = Message.objects.filter(state__in=OVER).count()
        if out and not began:
            began = time.perf_counter()
            first = out
        if out:
            memory.append((out, resident(worker)))
        if out >= count:
            return (time.perf_counter() - began) * count / max(count - first, 1), memory
        time.sleep(1)


def main() -> None:
    """Measure and tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=50_000)
    asked.add_argument("--limit", type=int, default=4000, help="messages of each measurement of the gateway's own limit")
    given = asked.parse_args()
    call_command("migrate", verbosity=0)
    if not Office.objects.exists():
        casting.build()
    assert not Message.objects.exists(), "the outbox must be empty"
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), int(os.environ["CARRIER_SIMULATOR_PORT"])
        made = commands(sys.executable, "127.0.0.1", 8900, port, folder)
        gateway = [*made["carrier"], "--journal", str(folder / "journal.jsonl")]
        running = [processes.start(gateway, death=signal.SIGKILL, stdout=subprocess.DEVNULL)]
        try:
            answers(port)
            before = limit(given.limit)
            fill(given.count)
            connection.close()
            running += [processes.start(made[part], death=signal.SIGKILL) for part in ("worker", "beat")]
            seconds, memory = drained(given.count, running[1].pid)
            processes.stop(running[1:])
            tell(given.count, seconds, memory, before, limit(given.limit), port)
        finally:
            processes.stop(running)


def tell(count: int, seconds: float, memory: list[tuple[int, float]], before: float, after: float, port: int) -> None:
    """The figures, and whether each message is at the gateway once."""
    rate, own = count / seconds, (before + after) / 2
    print(f"gateway's own limit: {before:.0f} a second before, {after:.0f} after (bare clients)")
    print(f"outbox: {count} messages in {seconds:.0f} s, {rate:.0f} a second: {rate / own:.2f} of the gateway's own limit")
    marks = [min(memory, key=lambda point: abs(point[0] - count * share)) for share in (0.1, 0.25, 0.5, 0.75, 1.0)]
    print("worker's memory: " + ", ".join(f"{mib:.0f} MiB at {out}" for out, mib in marks))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/log", timeout=120) as answer:
        told = json.load(answer)["sms"]
    keys = {str(key) for key in Message.objects.values_list("key", flat=True)}
    again = sum(entry["attempts"] - 1 for key, entry in told.items() if key in keys)
    print(f"at the gateway: {len(keys & set(told))} of {count}, {again} sent again under the same id")


if __name__ == "__main__":
    main()
