"""Codes without gaps: with rollbacks in between, for hundreds of parallel online submissions; one answer for one key; codes of others."""
import random
import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from dossiers.models import Dossier, DossierCounter, ExternalCode
from dossiers.services import codes, intake
from onestop import clock
from onestop.people.models import IdempotencyRecord, User
from onestop.transitions import Refused
from tests.dossiers.conftest import APPLICANT, Desk
from tests.dossiers.refusals import refused

DAY = date(2026, 11, 25)
CLIENTS, EACH = 6, 50


class GivenUp(Exception):
    """Somebody changed their mind in the middle."""


def together(count, work):
    """Run `work(index)` in threads that start together; what went wrong is raised here."""
    gate, faults = threading.Barrier(count), []

    def run(index):
        gate.wait()
        try:
            work(index)
        except Exception as fault:  # told to the test's own thread
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults[:3]


def patient(verb):
    """Do it until the database is not busy any more, as a person would."""
    while True:
        try:
            return verb()
        except Refused as refusal:
            if refusal.code != "busy":
                raise


def without_gap(found, identifier="H13.70"):
    return sorted(found) == sorted(f"{identifier}-261125-{serial:04d}" for serial in range(1, len(found) + 1))


@pytest.mark.parametrize("seed", [1, 2])
def test_rollbacks_in_between_leave_no_gap(live_cast, monkeypatch, seed):
    monkeypatch.setattr(intake, "issue_receipt", lambda dossier, signer: None)
    with clock.frozen(clock.at(DAY, 9)):
        waiting = [Desk(live_cast).submit().dossier for _unused in range(24)]

        def accept(index):
            chance = random.Random(seed * 100 + index)
            desk = User.objects.get(pk=live_cast.desk.pk)
            for dossier in waiting[index::4]:
                while chance.random() < 0.4:
                    patient(lambda dossier=dossier: give_up(desk, dossier))
                patient(lambda dossier=dossier: intake.accept(actor=desk, dossier=dossier, via="web"))

        def give_up(desk, dossier):
            try:
                with transaction.atomic():
                    intake.accept(actor=desk, dossier=dossier, via="web")
                    raise GivenUp
            except GivenUp:
                pass

        together(4, accept)
    assert without_gap(Dossier.objects.values_list("code", flat=True))
    assert DossierCounter.objects.get().last == 24


def body(cast, number):
    return {"procedure": cast.procedure.code, "office": cast.office.code,
            "applicant": {"full_name": f"Người nộp mẫu {number}", "phone": f"09{number:08d}"}}


def test_three_hundred_by_parallel_clients_get_three_hundred_codes(live_cast, monkeypatch):
    monkeypatch.setattr(intake, "issue_receipt", lambda dossier, signer: None)
    answers = []
    with clock.frozen(clock.at(DAY, 9)):

        def submit(index):
            client = Client()
            for number in range(index * EACH, (index + 1) * EACH):
                while True:
                    answer = client.post("/api/v1/submissions/", body(live_cast, number), content_type="application/json",
                                         headers={"Idempotency-Key": f"k{number}"})
                    if answer.status_code != 503:
                        break
                assert answer.status_code == 201, answer.content
                answers.append(answer.json()["reference"])

        together(CLIENTS, submit)
        waiting = list(Dossier.objects.order_by("pk"))

        def accept(index):
            desk = User.objects.get(pk=live_cast.desk.pk)
            for dossier in waiting[index::CLIENTS]:
                patient(lambda dossier=dossier: intake.accept(actor=desk, dossier=dossier, via="web"))

        together(CLIENTS, accept)
    assert len(set(answers)) == len(answers) == CLIENTS * EACH
    found = list(Dossier.objects.values_list("code", flat=True))
    assert len(found) == CLIENTS * EACH and without_gap(found)


def test_a_call_whose_process_died_makes_no_twin(cast, morning, client):
    def send(**headers):
        return client.post("/api/v1/submissions/", body(cast, 1), content_type="application/json", headers=headers)

    first = send(**{"Idempotency-Key": "mot-lan"})
    # kill -9 after the dossier was there and before the answer was kept: the record has no status.
    IdempotencyRecord.objects.update(status=None, answer=None, created_at=clock.now() - timedelta(minutes=3))
    second = send(**{"Idempotency-Key": "mot-lan"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert {name: second.json()[name] for name in ("reference", "secret")} == {name: first.json()[name] for name in ("reference", "secret")}
    assert Dossier.objects.count() == 1
    assert client.get(f"/api/v1/dossiers/{first.json()['reference']}/", {"secret": second.json()["secret"]}).status_code == 200
    assert send(**{"Idempotency-Key": "lan-khac"}).json()["reference"] != first.json()["reference"]


def test_a_citizens_key_is_never_a_visits(cast, morning, client):
    page = f"/ho-so/nop/{cast.procedure.code}/?don_vi={cast.office.code}"
    client.post(page, {"full_name": "Người mẫu", "phone": "0912345678", "return_method": "counter", "submission_key": "visit:1"})
    assert intake.submitted_before("visit:1") is None and Dossier.objects.count() == 1


def test_a_check_through_the_api_hands_nothing_in(cast, morning, client):
    answer = client.post("/api/v1/submissions/check/", body(cast, 1), content_type="application/json").json()
    assert answer["ready"] is True and answer["due_by"].startswith("2026-12-03") and answer["accept_by"].startswith("2026-11-26T09:30")
    assert {item["kind"] for item in answer["findings"]} == {"missing"}
    wrong = body(cast, 1)
    wrong["applicant"]["phone"] = "1"
    told = client.post("/api/v1/submissions/check/", wrong, content_type="application/json").json()
    assert told["ready"] is False and told["findings"][0]["field"] == "applicant.phone"
    assert not Dossier.objects.exists()


def test_a_code_of_another_system_belongs_to_one_dossier(cast, morning, desk):
    first, second = desk.submit().dossier, desk.submit().dossier
    row = codes.add_external(dossier=first, system="dvcqg", code=" G01.2-3 ")
    assert codes.add_external(dossier=first, system="dvcqg", code="G01.2-3") == row
    with refused("external_code_taken", status=409):
        codes.add_external(dossier=second, system="dvcqg", code="G01.2-3")
    with refused("invalid"):
        codes.add_external(dossier=second, system="dvcqg", code=" ")
    assert codes.add_external(dossier=second, system="bo-mau", code="G01.2-3").pk != row.pk
    assert ExternalCode.objects.count() == 2


def test_the_ten_thousandth_dossier_of_a_day_is_accepted(cast, morning, desk):
    DossierCounter.objects.create(identifier="H13.70", date=DAY, last=9999)
    made = intake.accept(actor=cast.desk, dossier=desk.submit().dossier, via="web")
    assert made.code == "H13.70-261125-10000"
    assert APPLICANT.full_name == made.full_name
