"""Status packets to the National Portal over HTTP: every change once, one dossier's in order, whatever fails in between."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as project

from dossiers.bridge_simulator import Simulator
from dossiers.models import Bridge, Dossier, Packet
from dossiers.services import bridge, codes, intake, processing
from dossiers.states import PacketState, Sync
from onestop import clock
from onestop.notify.channels import Temporary
from onestop.notify.models import Message
from onestop.people.models import User
from onestop.people.states import Role
from onestop.transitions import Refused
from tests.dossiers.conftest import Desk
from tests.dossiers.work import browser, colleague, text_of, url
from tests.portal import database_url

KEY = "khoa-thu-nghiem"


@pytest.fixture
def portal(settings: Any) -> Iterator[Simulator]:
    """A National Portal that answers on the loopback."""
    server = Simulator(key=KEY)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.NATIONAL_PORTAL_URL, settings.NATIONAL_PORTAL_KEY = server.url, KEY
    settings.SEND_TIMEOUT_SECONDS, settings.RETRY_FIRST_SECONDS = 2, 30
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def dossier(desk: Desk, morning: datetime) -> Dossier:
    """A dossier that the National Portal knows, accepted, taken up and settled here."""
    made = desk.submit().dossier
    codes.add_external(dossier=made, system="dvcqg", code="G22.99.01-261125-0007")
    intake.accept(actor=desk.cast.desk, dossier=made, via="web")
    processing.start(actor=desk.cast.specialist, dossier=made, via="web")
    return made


def statuses(portal: Simulator) -> list[int]:
    return [packet["trang_thai"] for packet in portal.book.told()["packets"]]


def sync(dossier: Dossier) -> str:
    return str(Dossier.objects.get(pk=dossier.pk).sync)


def test_every_change_becomes_one_packet_and_arrives_in_order(dossier: Dossier, desk: Desk, portal: Simulator) -> None:
    assert (bridge.collect(), bridge.collect()) == (3, 0)
    assert sync(dossier) == Sync.BEHIND
    processing.decide(actor=desk.cast.specialist, dossier=dossier, via="web", note="Đồng ý")
    assert bridge.collect() == 1
    while bridge.send_due():
        pass
    assert statuses(portal) == [1, 2, 4, 9]
    assert sync(dossier) == Sync.SENT
    assert bridge.collect() == 0


def test_a_packet_says_nothing_personal(dossier: Dossier, portal: Simulator) -> None:
    bridge.collect()
    bridge.send_due()
    told = json.dumps(portal.book.told()["packets"], ensure_ascii=False)
    for personal in ("Người nộp mẫu", "0912345678", "mau@example.vn", "Tờ khai", "t-motcua", "Cán bộ"):
        assert personal not in told
    first = portal.book.told()["packets"][0]
    assert first["ma_ho_so_dvcqg"] == "G22.99.01-261125-0007"
    assert set(first) == set(bridge.COLUMNS)


def test_a_dossier_the_portal_does_not_know_is_none_of_its_business(desk: Desk, morning: datetime, portal: Simulator) -> None:
    made = desk.receive()
    assert bridge.collect() == 0
    assert sync(made) == Sync.NONE


def test_a_code_given_later_brings_the_whole_history(desk: Desk, morning: datetime, portal: Simulator) -> None:
    made = desk.receive()
    with clock.frozen(morning + timedelta(hours=1)):
        bridge.collect()  # everything so far counts as looked at
        codes.add_external(dossier=made, system="dvcqg", code="G22-1")
        assert bridge.collect() == 2


def test_it_fails_waits_longer_each_time_and_comes_back(dossier: Dossier, portal: Simulator, morning: datetime, settings: Any) -> None:
    settings.BRIDGE_BREAKER_FAILURES = 100
    bridge.collect()
    portal.book.faults.left["fail"] = 2
    assert bridge.send_due() == 0
    assert sync(dossier) == Sync.FAILED
    first = Packet.objects.order_by("pk")[0]
    assert (first.state, first.attempts) == (PacketState.FAILED, 1)
    assert timedelta(seconds=20) < first.next_try_at - clock.now() <= timedelta(seconds=30)
    assert bridge.send_due() == 0  # not before its time, and none of its followers before it
    with clock.frozen(morning + timedelta(seconds=31)):
        bridge.send_due()
        second = Packet.objects.order_by("pk")[0]
        assert timedelta(seconds=40) < second.next_try_at - clock.now() <= timedelta(seconds=60)
    with clock.frozen(morning + timedelta(minutes=5)):
        while bridge.send_due():
            pass
    assert statuses(portal) == [1, 2, 4]
    assert sync(dossier) == Sync.SENT


def test_the_breaker_opens_after_failures_in_a_row_and_closes_with_the_first_answer(desk: Desk, morning: datetime, portal: Simulator,
                                                                                    settings: Any) -> None:
    settings.BRIDGE_BREAKER_FAILURES = 3
    for number in range(6):
        codes.add_external(dossier=desk.submit().dossier, system="dvcqg", code=f"G-{number}")
    bridge.collect()
    portal.book.faults.left["fail"] = 100
    assert bridge.send_due() == 0
    assert portal.book.faults.left["fail"] == 97  # three tries, then rest
    found = Bridge.objects.get()
    assert found.rest_until is not None
    assert found.rest_until > clock.now()
    assert bridge.send_due() == 0
    assert portal.book.faults.left["fail"] == 97
    portal.book.faults.left["fail"] = 0
    with clock.frozen(morning + timedelta(minutes=20)):
        assert bridge.send_due() == 6
    assert Bridge.objects.get().rest_until is None
    assert len(portal.book.packets) == 6


def test_a_portal_that_is_gone_costs_one_try_each_until_the_breaker(dossier: Dossier, settings: Any) -> None:
    settings.NATIONAL_PORTAL_URL, settings.NATIONAL_PORTAL_KEY = "http://127.0.0.1:9", KEY
    bridge.collect()
    assert bridge.send_due() == 0
    assert Packet.objects.filter(state=PacketState.FAILED).count() == 1
    assert "Connection" in Bridge.objects.get().last_error


def test_an_answer_that_was_lost_leaves_one_packet_there(dossier: Dossier, portal: Simulator, morning: datetime) -> None:
    bridge.collect()
    portal.book.faults.left["lose"] = 1
    assert bridge.send_due() == 0
    with clock.frozen(morning + timedelta(minutes=5)):
        while bridge.send_due():
            pass
    told = portal.book.told()
    assert statuses(portal) == [1, 2, 4]
    assert told["attempts"] == 4


def test_a_wrong_key_is_for_a_person_to_mend_and_the_retry_sends_all(dossier: Dossier, desk: Desk, portal: Simulator,
                                                                       settings: Any) -> None:
    settings.NATIONAL_PORTAL_KEY = "khoa-sai"
    bridge.collect()
    bridge.send_due()
    packet = Packet.objects.order_by("pk")[0]
    assert packet.state == PacketState.GIVEN_UP
    assert bridge.send_due() == 0  # it keeps its followers in their order
    settings.NATIONAL_PORTAL_KEY = KEY
    with pytest.raises(Refused, match="không được"):
        bridge.retry(actor=desk.cast.outsider, packet=packet)
    bridge.retry(actor=desk.cast.administrator, packet=packet)
    while bridge.send_due():
        pass
    assert statuses(portal) == [1, 2, 4]
    with pytest.raises(Refused):
        bridge.retry(actor=desk.cast.administrator, packet=packet)


def test_what_is_given_up_is_told_and_shown_until_somebody_mends_it(dossier: Dossier, desk: Desk, portal: Simulator,
                                                                    morning: datetime, settings: Any) -> None:
    """It keeps the later statuses of its dossier waiting, so a person has to know."""
    leader = colleague(desk.cast.office, "t-thutruong", Role.LEADER)
    User.objects.filter(pk=leader.pk).update(phone="0900000031")
    inbox = browser(leader)
    assert "Chưa gửi được lên Cổng quốc gia" not in text_of(inbox.get(url("inbox")))
    settings.NATIONAL_PORTAL_KEY = "khoa-sai"
    bridge.collect()
    bridge.send_due()
    assert Packet.objects.filter(state=PacketState.GIVEN_UP).count() == 1
    assert Message.objects.filter(phone="0900000031", template_key="bridge_given_up", body__contains=desk.cast.office.name).count() == 1
    page = text_of(inbox.get(url("inbox")))
    assert "Chưa gửi được lên Cổng quốc gia" in page and url("bridge") + "?muc=failed" in page
    assert "Chưa gửi được lên Cổng quốc gia" in text_of(browser(desk.cast.administrator).get(url("inbox")))
    assert "Chưa gửi được lên Cổng quốc gia" not in text_of(browser(desk.cast.outsider).get(url("inbox")))


def test_an_answer_that_comes_after_the_file_took_the_packet_changes_nothing(dossier: Dossier, desk: Desk, morning: datetime,
                                                                             monkeypatch: Any, settings: Any) -> None:
    settings.NATIONAL_PORTAL_URL = "http://127.0.0.1:9"
    bridge.collect()

    def slow(*_args: Any, **_named: Any) -> Temporary:
        bridge.export_file(actor=desk.cast.desk)
        return Temporary("quá giờ")

    monkeypatch.setattr(bridge.sending, "post", slow)
    bridge.send_due()
    assert set(Packet.objects.values_list("state", flat=True)) == {PacketState.SENT}
    assert sync(dossier) == Sync.SENT


def test_a_file_takes_what_waits_and_is_written_alike_again(dossier: Dossier, desk: Desk) -> None:
    bridge.collect()
    name = bridge.export_file(actor=desk.cast.administrator)
    content = bridge.file_of(desk.cast.administrator, name, "json")
    assert content is not None
    assert [packet["trang_thai"] for packet in json.loads(content)["goi_tin"]] == [1, 2, 4]
    assert bridge.file_of(desk.cast.administrator, name, "json") == content
    assert (bridge.file_of(desk.cast.administrator, name, "csv") or b"").decode("utf-8-sig").count("\r\n") == 4
    assert bridge.file_of(desk.cast.outsider, name, "json") is None
    assert sync(dossier) == Sync.SENT
    with pytest.raises(Refused):
        bridge.export_file(actor=desk.cast.administrator)


SENDER = """
import django; django.setup()
from django.conf import settings
from dossiers.services import bridge
print("begins", flush=True)
bridge.send_due()
"""


def test_a_sender_killed_between_sending_and_storing_leaves_nothing_twice(transactional_db: None, live_cast: Any, portal: Simulator,
                                                                          settings: Any) -> None:
    desk = Desk(live_cast)
    with clock.frozen(datetime(2026, 11, 20, 9, tzinfo=clock.TZ)):
        made = desk.submit().dossier
        codes.add_external(dossier=made, system="dvcqg", code="G-kill")
        intake.accept(actor=desk.cast.desk, dossier=made, via="web")
        bridge.collect()
    portal.book.faults.set({"delay": 20.0})
    env = {**os.environ, "PORTAL_TESTING": "1", "DJANGO_SETTINGS_MODULE": "onestop.settings", "DATABASE_URL": database_url(),
           "SECRET_KEY": settings.SECRET_KEY, "NATIONAL_PORTAL_URL": portal.url, "NATIONAL_PORTAL_KEY": KEY, "SEND_TIMEOUT_SECONDS": "30",
           "PORTAL_CLOCK": "2026-11-20T09:30:00+07:00"}
    sender = subprocess.Popen([sys.executable, "-c", SENDER], env=env, cwd=project.BASE_DIR)
    try:
        until = time.monotonic() + 60
        while not portal.book.packets and time.monotonic() < until:
            time.sleep(0.05)
        assert len(portal.book.packets) == 1  # it is there, and the sender has not heard so
    finally:
        os.kill(sender.pid, signal.SIGKILL)
        sender.wait(10)
    assert Packet.objects.order_by("pk")[0].state == PacketState.QUEUED
    portal.book.faults.set({"delay": 0.0})
    with clock.frozen(datetime(2026, 11, 20, 9, 40, tzinfo=clock.TZ)):
        while bridge.send_due():
            pass
    assert statuses(portal) == [1, 2]
    assert sync(made) == Sync.SENT
