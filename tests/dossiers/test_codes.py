"""Dossier codes: the rule's shape, without gaps also when many accept at once, wider beyond 9999 (rules.md 3)."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from dossiers.models import Dossier, DossierCounter
from dossiers.services import codes, intake, processing
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused
from tests.dossiers.conftest import APPLICANT, Desk

DAY = date(2026, 11, 25)


@pytest.mark.django_db
def test_each_agency_and_day_counts_for_itself():
    made = [
        codes.next_code(identifier=identifier, received_on=day)
        for identifier, day in (("H13.70", DAY), ("H13.70", DAY), ("000.00.13.H53", DAY), ("H13.70", date(2026, 11, 26)))
    ]
    assert made == ["H13.70-261125-0001", "H13.70-261125-0002", "000.00.13.H53-261125-0001", "H13.70-261126-0001"]


@pytest.mark.django_db
def test_beyond_9999_the_serial_gets_wider():
    DossierCounter.objects.create(identifier="H13.70", date=DAY, last=9999)
    assert codes.next_code(identifier="H13.70", received_on=DAY) == "H13.70-261125-10000"


@pytest.mark.django_db
def test_a_rolled_back_acceptance_gives_its_number_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        codes.next_code(identifier="H13.70", received_on=DAY)
        raise RuntimeError
    assert codes.next_code(identifier="H13.70", received_on=DAY).endswith("-0001")


def at_once(count, work):
    """Run `work(index)` in threads that start together; what each gave or raised."""
    gate, results = threading.Barrier(count), [None] * count

    def run(index):
        gate.wait()
        try:
            results[index] = work(index)
        except Refused as refusal:
            results[index] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_many_acceptances_at_once_leave_no_gap_and_no_double(live_cast, monkeypatch):
    monkeypatch.setattr(intake, "issue_receipt", lambda dossier, signer: None)
    with clock.frozen(clock.at(DAY, 9)):
        waiting = [Desk(live_cast).submit().dossier for _unused in range(12)]

        def accept(index):
            return intake.accept(actor=User.objects.get(pk=live_cast.desk.pk), dossier=waiting[index], via="web").code

        made = at_once(12, accept)
        refused = [index for index, result in enumerate(made) if result == "busy"]
        made = [result for result in made if result != "busy"] + [accept(index) for index in refused]
    assert sorted(made) == [f"H13.70-261125-{serial:04d}" for serial in range(1, 13)]


def test_one_submission_accepted_by_many_at_once_is_accepted_once(live_cast, monkeypatch):
    monkeypatch.setattr(intake, "issue_receipt", lambda dossier, signer: None)
    with clock.frozen(clock.at(DAY, 9)):
        dossier = Desk(live_cast).submit().dossier
        results = at_once(8, lambda _index: intake.accept(actor=User.objects.get(pk=live_cast.desk.pk), dossier=dossier, via="web").code)
    assert results.count("H13.70-261125-0001") == 1 and set(results) <= {"H13.70-261125-0001", "already_done", "busy"}
    assert dossier.clock.count() == 1 and DossierCounter.objects.get().last == 1


def test_the_same_form_sent_at_once_makes_one_dossier(live_cast):
    with clock.frozen(clock.at(DAY, 9)):

        def submit(_index):
            return intake.submit_online(
                office=live_cast.office,
                procedure=live_cast.procedure,
                applicant=APPLICANT,
                request=intake.Request(),
                submission_key="cùng-một-biểu-mẫu",
            ).dossier.reference

        results = at_once(6, submit)
    assert Dossier.objects.count() == 1 and sum(len(result) == 8 for result in results) == 1
    assert set(results) <= {Dossier.objects.get().reference, "already_submitted", "busy"}


def test_decided_by_two_at_once_ends_the_clock_once(live_cast):
    with clock.frozen(clock.at(DAY, 9)):
        dossier = Desk(live_cast).receive()
        results = at_once(
            4, lambda _index: processing.decide(actor=User.objects.get(pk=live_cast.specialist.pk), dossier=dossier, via="web").pk
        )
    assert results.count(dossier.pk) == 1 and dossier.clock.filter(kind="end").count() == 1
