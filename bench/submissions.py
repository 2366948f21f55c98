"""5,000 online submissions by parallel clients, then accepted by parallel officers: are the codes distinct and without a gap?

    DATABASE_URL=postgres://…/scratch API_RATE=1000000/min DJANGO_SETTINGS_MODULE=onestop.settings python -m bench.submissions

The database is an empty one of PostgreSQL; its tables and the cast of the tests are made here. A run that was stopped while it
submitted goes on: the same Idempotency-Key gives the same dossier. Each client is a process of its own
that posts to the API; each officer one that accepts. Times are of this machine: load, portal and database share it.
"""
import argparse
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from dossiers.models import Dossier  # noqa: E402
from dossiers.services import intake  # noqa: E402
from onestop import clock  # noqa: E402
from onestop.catalogue.models import Procedure  # noqa: E402
from onestop.offices.models import Office  # noqa: E402
from onestop.people.models import User  # noqa: E402
from onestop.transitions import Refused  # noqa: E402
from tests import cast as casting  # noqa: E402

OFFICE, PROCEDURE, DESK = "thu-ninh-kieu", "9.000001", "t-motcua"


def submit(numbers: range) -> list[float]:
    """One client's submissions; the seconds of each."""
    client, took = Client(SERVER_NAME="localhost"), []
    for number in numbers:
        asked = {"procedure": PROCEDURE, "office": OFFICE,
                 "applicant": {"full_name": f"Người nộp mẫu {number}", "phone": f"09{number:08d}"}}
        began = time.perf_counter()
        headers = {"Idempotency-Key": f"bench-{number}"}
        answer = client.post("/api/v1/submissions/", asked, content_type="application/json", headers=headers)
        while answer.status_code in (409, 503):  # a call of a run that was killed, or a busy database
            time.sleep(1)
            answer = client.post("/api/v1/submissions/", asked, content_type="application/json", headers=headers)
        took.append(time.perf_counter() - began)
        assert answer.status_code == 201, answer.content
    return took


def accept(pks: list[int]) -> list[float]:
    """One officer's acceptances; the receipts' PDF are left to the sweep."""
    desk, took = User.objects.get(username=DESK), []
    intake.issue_receipt = lambda dossier, signer: None
    for pk in pks:
        began = time.perf_counter()
        dossier = Dossier.objects.get(pk=pk)
        while True:
            try:
                intake.accept(actor=desk, dossier=dossier, via="bench")
                break
            except Refused as refusal:
                assert refusal.code == "busy", refusal.code
        took.append(time.perf_counter() - began)
    return took


def told(name: str, took: list[float], seconds: float) -> None:
    """One line of figures."""
    ordered = sorted(took)
    print(f"{name}: {len(took)} in {seconds:.1f} s, {len(took) / seconds:.0f}/s, p50 {statistics.median(ordered) * 1000:.0f} ms, "
          f"p95 {ordered[int(len(ordered) * 0.95)] * 1000:.0f} ms")


def main() -> None:
    """Submit, accept, check the codes."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=5000)
    asked.add_argument("--clients", type=int, default=8)
    given = asked.parse_args()
    call_command("migrate", verbosity=0)
    if not Office.objects.filter(code=OFFICE).exists():
        casting.build()
    assert Procedure.objects.filter(code=PROCEDURE).exists()
    assert not Dossier.objects.filter(code__isnull=False).exists(), "the database must be empty of accepted dossiers"
    connections.close_all()
    pool = ProcessPoolExecutor(given.clients, mp_context=multiprocessing.get_context("spawn"))
    with pool:
        began = time.perf_counter()
        parts = [range(index, given.count, given.clients) for index in range(given.clients)]
        took = [seconds for part in pool.map(submit, parts) for seconds in part]
        told("submitted", took, time.perf_counter() - began)
        waiting = list(Dossier.objects.order_by("pk").values_list("pk", flat=True))
        connections.close_all()
        began = time.perf_counter()
        took = [seconds for part in pool.map(accept, [waiting[index::given.clients] for index in range(given.clients)]) for seconds in part]
        told("accepted", took, time.perf_counter() - began)
    codes = sorted(Dossier.objects.values_list("code", flat=True), key=lambda code: (len(code), code))
    day = {code.rpartition("-")[0] for code in codes}
    serials = sorted(int(code.rpartition("-")[2]) for code in codes)
    assert serials == list(range(1, given.count + 1)) and len(day) == 1, (day, len(set(codes)))
    references = set(Dossier.objects.values_list("reference", flat=True))
    assert len(references) == given.count
    print(f"codes: {len(set(codes))} distinct, without a gap, {codes[0]} to {codes[-1]} (at {clock.now():%H:%M})")


if __name__ == "__main__":
    main()
