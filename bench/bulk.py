"""Figures of a request for more time for many dossiers (performance.md, P10; issue: 20,000 dossiers in one run).

    DATABASE_URL=postgres://…/scratch VAR_DIR=/some/where python -m bench.bulk --dossiers 5000 20000

The database is emptied: its name must contain 'bench' or --erase must be given. Freezing and carrying out run in a process of their
own, as a worker's jobs do; the inbox is asked for meanwhile by this process.
"""
from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onestop.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from dossiers.models import ClockEntry, Dossier, Extension  # noqa: E402
from dossiers.scopes import YES, Scope  # noqa: E402
from dossiers.services import extensions, intake  # noqa: E402
from dossiers.services.extensions import annexes  # noqa: E402
from dossiers.states import ExtensionState, Kind  # noqa: E402
from onestop import clock  # noqa: E402
from onestop.directives.models import Directive, DirectiveScope, Rule  # noqa: E402
from onestop.notify.models import Message  # noqa: E402
from tests import cast as casting  # noqa: E402

BATCH = 1000
NUMBERS = dict[str, float]


def seed(count: int) -> tuple[casting.Cast, Directive]:
    """An empty database with the cast, a letter, and so many received dossiers that need field verification."""
    call_command("flush", interactive=False, verbosity=0)
    cast = casting.build()
    letter = Directive.objects.create(number="2468/VPUB-KSTT", issuer="UBND", issued_on=clock.today(), title="Đo", starts_on=clock.today(),
                                      published_at=clock.now())
    DirectiveScope.objects.create(directive=letter, area=cast.province)
    Rule.objects.create(directive=letter, kind="may_extend", clause="1c")
    person = intake.Applicant(full_name="Người đo", phone="0912345678")
    first = intake.receive_in_person(actor=cast.desk, office=cast.office, procedure=cast.field_procedure, applicant=person).dossier
    for start in range(1, count, BATCH):
        copy(first, range(start, min(start + BATCH, count)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return cast, letter


def copy(first: Dossier, numbers: range) -> None:
    """Dossiers like the first one, each with its ledger."""
    rows = []
    for number in numbers:
        row = Dossier.objects.get(pk=first.pk) if not rows else Dossier(**{field.attname: getattr(rows[0], field.attname)
                                                                          for field in Dossier._meta.concrete_fields})
        row.received_at = first.received_at - timedelta(seconds=number % 3000)  # no two alike, as in life
        row.pk, row.reference, row.code, row.phone = None, f"DO{number:07d}", f"{first.code}-{number}", f"09{number:08d}"
        rows.append(row)
    Dossier.objects.bulk_create(rows)
    ClockEntry.objects.bulk_create([ClockEntry(dossier=row, kind=Kind.START, cause="received", effective_at=row.received_at)
                                    for row in rows])


def child(pk: int, what: str) -> None:
    """What a worker's jobs do, one after the other; prints seconds and the peak of its memory."""
    started = time.monotonic()
    if what == "annex":
        annexes.make_annexes(Extension.objects.select_related("office__area", "office__province", "directive", "decided_by").get(pk=pk))
    while what == "work" and extensions.work(pk):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - started, "peak_mib": peak}) + "\n")


class Inbox(threading.Thread):
    """Somebody who looks at the inbox again and again; seconds of each look."""

    def __init__(self, cast: casting.Cast) -> None:
        super().__init__()
        self.client, self.took, self.over = Client(), list[float](), threading.Event()
        self.client.force_login(cast.specialist, backend="django.contrib.auth.backends.ModelBackend")

    def run(self) -> None:
        while not self.over.is_set():
            self.look()
            time.sleep(0.1)
        connection.close()

    def look(self) -> None:
        started = time.monotonic()
        answer = self.client.get(reverse("dossiers:inbox"))
        if answer.status_code != 200:
            raise RuntimeError(f"the inbox answered {answer.status_code}")
        self.took.append(time.monotonic() - started)


def elsewhere(pk: int, what: str) -> NUMBERS:
    """Run the child."""
    out = subprocess.run([sys.executable, "-m", "bench.bulk", "--child", str(pk), what], check=True, capture_output=True, text=True)
    return dict(json.loads(out.stdout.splitlines()[-1]))


def measure(count: int) -> NUMBERS:
    """One size: freeze, approve, carry out, annex; and the inbox before and meanwhile."""
    cast, letter = seed(count)
    inbox = Inbox(cast)
    for _look in range(15):
        inbox.look()
    calm, inbox.took = inbox.took[5:], []
    started = time.monotonic()
    asked = extensions.request_scope(
        actor=cast.specialist, scope=Scope(field_verification=YES), instrument="directed_extension", directive=letter, clause="1c",
        until=clock.today() + timedelta(days=40),
        reason="Đo", citizen_text="Do dịch bệnh, chưa thể xác minh thực tế.")
    answered = time.monotonic() - started
    frozen = elsewhere(asked.pk, "work")
    asked.refresh_from_db()
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    inbox.start()
    done = elsewhere(asked.pk, "work")
    inbox.over.set()
    inbox.join()
    annex = elsewhere(asked.pk, "annex")
    prove(asked, count)
    p95 = statistics.quantiles(inbox.took, n=20)[-1] if len(inbox.took) > 1 else max(inbox.took)
    return {"dossiers": count, "request": answered, "freeze": frozen["seconds"], "freeze_mib": frozen["peak_mib"],
            "execute": done["seconds"], "rate": count / done["seconds"], "execute_mib": done["peak_mib"], "annex": annex["seconds"],
            "annex_mib": annex["peak_mib"], "calm_ms": statistics.median(calm) * 1000, "inbox_ms": statistics.median(inbox.took) * 1000,
            "inbox_p95_ms": p95 * 1000, "load": os.getloadavg()[0]}


def prove(asked: Extension, count: int) -> None:
    """Each dossier once: one item done, one row of the ledger, one message."""
    asked.refresh_from_db()
    moved = ClockEntry.objects.filter(extension=asked, kind=Kind.EXTEND)
    told = Message.objects.filter(template_key="dossier_new_date").count()
    found = (asked.items.filter(state="done").count(), moved.count(), moved.values("dossier").distinct().count(), told)
    if asked.state != ExtensionState.DONE or found != (count,) * 4:
        raise RuntimeError(f"not each dossier once: {asked.state} {found}")


def table(rows: list[NUMBERS]) -> str:
    """The figures as Markdown."""
    names = {"dossiers": "dossiers", "request": "answer to the request, s", "freeze": "freezing, s", "freeze_mib": "peak RSS, MiB",
             "execute": "carrying out, s", "rate": "dossiers/s", "execute_mib": "peak RSS, MiB", "annex": "annex PDF + XLSX, s",
             "annex_mib": "peak RSS, MiB", "calm_ms": "inbox p50 before, ms", "inbox_ms": "inbox p50 meanwhile, ms",
             "inbox_p95_ms": "inbox p95 meanwhile, ms", "load": "load of the machine"}
    lines = [f"| {' | '.join(names.values())} |", f"|{' --- |' * len(names)}"]
    lines += [f"| {' | '.join(f'{row[name]:,.0f}' if row[name] >= 100 else f'{row[name]:.1f}' for name in names)} |" for row in rows]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, nargs="+", default=[5000, 20000])
    parser.add_argument("--child", nargs=2)
    parser.add_argument("--erase", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.child:
        child(int(options.child[0]), options.child[1])
        return 0
    if not options.erase and "bench" not in str(settings.DATABASES["default"]["NAME"]):
        parser.error("the database would be emptied: name one with 'bench' in it, or give --erase")
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    found = table([measure(count) for count in options.dossiers])
    sys.stdout.write(found + "\n")
    if options.out:
        options.out.write_text(found + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
