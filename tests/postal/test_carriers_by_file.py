"""A carrier without an API: manifests at their times, never a shipment in two of them whatever is killed; its files are read once."""
import hashlib
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.states import State as DossierState
from onestop import clock
from onestop.notify.models import Message
from onestop.sheets import rows
from postal import manifests, tasks
from postal.carriers import folder
from postal.carriers.simulator.files import WORDS, leave
from postal.models import CarrierEvent, CarrierFile, CarrierWord, Manifest, Shipment
from postal.services import dispatch, files, pulling
from postal.states import ManifestState, State
from tests.postal.test_simulator_is_a_real_carrier import wait_for
from tests.sinks import simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(decided, by_file):
    """Three shipments that wait for a manifest."""
    for number in range(3):
        decided(number)
    pulling.pull_decided()
    return list(Shipment.objects.order_by("pk"))


@pytest.fixture
def words(by_file):
    """The carrier's words."""
    CarrierWord.objects.bulk_create([CarrierWord(carrier=by_file, word=word, meaning=meaning) for meaning, word in WORDS])


def out(carrier) -> list[Path]:
    return sorted((folder.home(carrier) / "out").glob("*"))


def answer(carrier, name: str, *lines: tuple[str, ...], kind: str = "csv") -> None:
    leave(folder.home(carrier) / "in", name, manifests.written(kind, manifests.ANSWER_HEADER, lines))


def line(shipment, word: str, *, waybill: str = "", at=None, note: str = "") -> tuple[str, ...]:
    return (str(shipment.key), waybill, word, (at or clock.now()).isoformat(), note, "")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_manifest_holds_every_waiting_shipment_once_under_our_id(by_file, three, kind):
    by_file.file_format = kind
    by_file.save()
    tasks.exchange_files()
    tasks.exchange_files()
    manifest = Manifest.objects.get()
    [path] = out(by_file)
    head, *lines = rows(path.read_bytes())
    assert (manifest.state, manifest.rows, manifest.name, path.name) == (
        ManifestState.WRITTEN, 3, f"tep-{clock.today():%Y%m%d}-001.{kind}", manifest.name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest.sha256
    assert (tuple(head), [cells[0] for cells in lines]) == (manifests.HEADER, [str(one.key) for one in three])
    assert lines[0][4] == three[0].office.name and lines[0][7] == "Nguyễn Thị Mẫu"
    assert set(Shipment.objects.values_list("state", "manifest", "attempts")) == {(State.ORDERED, manifest.pk, 1)}
    assert not Message.objects.filter(template_key="shipment_ordered").exists(), "there is no waybill yet"


def test_it_is_written_at_its_times_with_what_was_ready_then(by_file, three):
    by_file.manifest_times = ["10:30", "15:30"]
    by_file.save()
    day = date(2026, 11, 25)
    Shipment.objects.update(next_attempt_at=clock.at(day, 9))
    Shipment.objects.filter(pk=three[2].pk).update(next_attempt_at=clock.at(day, 10, 31))
    for hour, minute, expected in ((10, 29, 0), (10, 30, 2), (15, 29, 2), (15, 30, 3)):
        with clock.frozen(clock.at(day, hour, minute)):
            files.sweep()
        assert Shipment.objects.filter(state=State.ORDERED).count() == expected, (hour, minute)
    assert [manifest.number for manifest in Manifest.objects.order_by("pk")] == [1, 2]
    assert files.due_since(["15:30"], clock.at(day, 9)) == clock.at(day - timedelta(days=1), 15, 30)


def test_nothing_is_ordered_by_http_from_a_carrier_by_file(by_file, three):
    assert dispatch.sweep() == 0
    assert dispatch.dispatch(three[0].pk) is None
    assert Shipment.objects.filter(state=State.READY).count() == 3


def test_a_dossier_that_was_returned_meanwhile_is_not_in_it(by_file, three):
    Dossier.objects.filter(pk=three[0].dossier_id).update(state=DossierState.RETURNED)
    files.sweep()
    three[0].refresh_from_db()
    assert (three[0].state, Manifest.objects.get().rows) == (State.CANCELLED, 2)


class Killed(BaseException):
    """kill -9 at a line."""


@pytest.mark.parametrize("at", ["before_the_file", "before_the_rename", "after_the_file", "while_settling"])
def test_a_kill_at_any_moment_makes_no_second_manifest(by_file, three, monkeypatch, at):
    def die(*_args, **_named):
        raise Killed

    calls = []

    def die_at_the_second(*args, **named):
        calls.append(args)
        return settle(*args, **named) if len(calls) < 2 else die()

    settle = dispatch.settle
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if at == "before_the_file":
            patch.setattr(folder, "put", die)
        elif at == "before_the_rename":
            patch.setattr(os, "replace", die)
        elif at == "after_the_file":
            patch.setattr(hashlib, "sha256", die)
        else:
            patch.setattr(dispatch, "settle", die_at_the_second)
        files.send(by_file)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        dispatch.release_stuck()
        assert Shipment.objects.filter(manifest__isnull=True).count() == 0
        files.sweep()
        files.sweep()
    [path] = [path for path in out(by_file) if not path.name.startswith(".")]
    manifest = Manifest.objects.get()
    assert (manifest.state, manifest.rows) == (ManifestState.WRITTEN, 3)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest.sha256
    assert [cells[0] for cells in rows(path.read_bytes())][1:] == [str(one.key) for one in three]
    assert set(Shipment.objects.values_list("state", "attempts")) == {(State.ORDERED, 1)}
    assert Message.objects.count() == 0


def test_a_file_the_carrier_has_taken_before_we_noted_it_comes_again_under_the_same_name(by_file, three):
    manifest = files.claim(by_file)
    folder.put(manifest, files.again(manifest))
    [path] = out(by_file)
    taken = path.read_bytes()
    path.unlink()
    files.sweep()
    assert [again.read_bytes() for again in out(by_file)] == [taken]


def test_a_folder_that_can_t_be_written_opens_the_breaker_and_ends_as_dead_letters(by_file, three, settings, tmp_path):
    settings.CARRIER_BREAKER_FAILURES, settings.SEND_MAX_ATTEMPTS = 2, 3
    (tmp_path / "tep").write_text("in the way")
    moment = clock.now()
    for _unused in range(3):
        moment += timedelta(hours=1)
        with clock.frozen(moment):
            files.sweep()
    by_file.refresh_from_db()
    assert by_file.failures == 3 and by_file.rest_until > moment
    assert Manifest.objects.get().state == ManifestState.DROPPED
    assert set(Shipment.objects.values_list("state", "manifest")) == {(State.FAILED, None)}
    (tmp_path / "tep").unlink()
    Shipment.objects.update(state=State.READY)
    with clock.frozen(moment + timedelta(hours=2)):
        files.sweep()
    assert Manifest.objects.filter(state=ManifestState.WRITTEN).get().rows == 3


# --- in -----------------------------------------------------------------------------------------------------------

def test_its_file_moves_shipments_brings_waybills_and_is_put_aside(by_file, three, words):
    files.sweep()
    answer(by_file, "a.csv", line(three[0], "DA_NHAN", waybill="BT1VN"), line(three[1], "PHAT_TC", waybill="BT2VN"))
    files.sweep()
    states = list(Shipment.objects.order_by("pk").values_list("state", "waybill"))
    assert states == [(State.COLLECTED, "BT1VN"), (State.DELIVERED, "BT2VN"), (State.ORDERED, "")]
    assert Dossier.objects.get(pk=three[1].dossier_id).state == DossierState.RETURNED
    assert Message.objects.filter(template_key="shipment_ordered", body__contains="BT1VN").count() == 1
    row = CarrierFile.objects.get()
    assert (row.name, row.rows, row.taken, row.faults) == ("a.csv", 2, 2, [])
    assert (folder.home(by_file) / "in" / "done" / "a.csv").exists()


def test_a_later_row_may_know_it_by_its_waybill_alone(by_file, three, words):
    files.sweep()
    answer(by_file, "a.csv", line(three[0], "DA_NHAN", waybill="BT1VN"))
    answer(by_file, "b.xlsx", ("", "BT1VN", "PHAT_TC", clock.now().isoformat(), "", "Nguyễn Văn Nhận"), kind="xlsx")
    files.sweep()
    three[0].refresh_from_db()
    assert (three[0].state, three[0].received_by) == (State.DELIVERED, "Nguyễn Văn Nhận")


def test_the_same_content_counts_once_under_any_name(by_file, three, words):
    files.sweep()
    moment = clock.now()
    for name in ("a.csv", "b.csv", "a.csv"):
        answer(by_file, name, line(three[0], "DA_NHAN", at=moment))
        files.sweep()
    assert (CarrierFile.objects.count(), CarrierEvent.objects.count()) == (1, 1)
    assert len(list((folder.home(by_file) / "in" / "done").iterdir())) == 3


def test_bad_rows_are_listed_the_good_ones_taken_and_the_file_is_faulty(by_file, three, words, client, cast):
    files.sweep()
    stranger = "7f1c0a52-6d0e-4d0b-8f6a-0d4f7f0d6a11"
    answer(by_file, "a.csv", line(three[0], "DA_NHAN"), (stranger, "", "DA_NHAN", clock.now().isoformat(), "", ""),
           ("không", "", "DA_NHAN", "hôm qua", "", ""), line(three[1], "DA_NHAN", at=clock.now() + timedelta(days=1)))
    files.sweep()
    row = CarrierFile.objects.get()
    assert (row.rows, row.taken, [fault["row"] for fault in row.faults]) == (4, 1, [3, 4, 5])
    assert (folder.home(by_file) / "in" / "faulty" / "a.csv").exists()
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("postal:carrier_files", args=[by_file.pk])).content.decode()
    assert "Dòng 3: Không tìm thấy bưu gửi này." in page and "nhận 1 trên 4 dòng" in page


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04", b"<html>", b"x" * 100])
def test_what_is_no_file_of_events_is_put_aside_and_keeps_no_other_waiting(by_file, three, words, content):
    files.sweep()
    leave(folder.home(by_file) / "in", "0.csv", content)
    answer(by_file, "1.csv", line(three[0], "DA_NHAN"))
    files.sweep()
    assert (CarrierFile.objects.get(name="0.csv").faults[0]["row"], CarrierFile.objects.get(name="1.csv").taken) == (1, 1)


def test_what_is_still_being_written_hides_or_leads_elsewhere_is_left_alone(by_file, three, words, settings, tmp_path):
    files.sweep()
    place = folder.home(by_file) / "in"
    secret = tmp_path / "secret"
    secret.write_text("x")
    (place / "x.part").write_text("x")
    (place / ".hidden").write_text("x")
    (place / "link.csv").symlink_to(secret)
    files.sweep()
    assert not CarrierFile.objects.exists() and secret.exists()
    settings.CARRIER_FILE_SETTLE_SECONDS = 60
    answer(by_file, "fresh.csv", line(three[0], "DA_NHAN"))
    files.sweep()
    assert not CarrierFile.objects.exists()


def test_a_kill_between_the_rows_and_the_note_reads_it_again_and_counts_nothing_twice(by_file, three, words, monkeypatch):
    files.sweep()
    answer(by_file, "a.csv", *(line(one, "DA_NHAN") for one in three))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(files, "_note", lambda *_args: (_ for _ in ()).throw(Killed))
        files.collect(by_file)
    assert CarrierEvent.objects.count() == 3
    files.sweep()
    assert (CarrierFile.objects.get().taken, CarrierEvent.objects.count()) == (3, 3)


def test_the_simulated_carrier_reads_out_and_answers_in_however_badly(by_file, three, words, tmp_path):
    """It loses, doubles, delays and garbles its files; what it told arrives once, and delivered comes to stay."""
    with simulator(pace=0.05, folder=tmp_path) as server:
        server.faults.set({"files": {"duplicate": 1, "reorder": 1, "garbled": 1}})
        files.sweep()
        wait_for(lambda: len(list((tmp_path / "tep" / "in").glob("*.csv"))) >= 4)
        files.sweep()
        assert server.book.told()["counts"]["orders"] == {"ids": 3, "attempts": 3}
    assert set(Shipment.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert CarrierEvent.objects.count() == 9
    assert set(Dossier.objects.values_list("state", flat=True)) == {DossierState.RETURNED}
