"""The embedded broker: what is put is got whole and once, however many put and get at the same time."""
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Consumer, Exchange, Message, Producer, Queue

from onestop import broker


@pytest.fixture(autouse=True)
def nothing_bound() -> None:
    """Each test is a process that has just started: kombu keeps what it has bound in the class."""
    broker.Transport.global_state.clear()


def connect(folder: Path) -> Connection:
    """A connection to a broker in a folder of its own."""
    for name in ("messages", "processed", "control"):
        (folder / name).mkdir(exist_ok=True)
    broker.register()
    return Connection("filesystem://", transport_options={
        "data_folder_in": str(folder / "messages"), "data_folder_out": str(folder / "messages"),
        "processed_folder": str(folder / "processed"), "control_folder": str(folder / "control"), "polling_interval": 0.01})


def test_every_message_arrives_whole_and_once(tmp_path: Path) -> None:
    most, got, failed = 300, [], []
    exchange = Exchange("thu", type="direct")
    queue = Queue("thu", exchange, routing_key="thu")

    def put(start: int) -> None:
        with connect(tmp_path) as connection:
            producer = Producer(connection.channel(), exchange, routing_key="thu", serializer="json")
            for number in range(start, most, 3):
                producer.publish({"number": number, "filling": "x" * 5000}, declare=[queue])

    def keep(body: dict[str, Any], message: Message) -> None:
        got.append(body["number"])
        message.ack()

    def get() -> None:
        try:
            with connect(tmp_path) as connection, connection.channel() as channel, Consumer(channel, [queue], callbacks=[keep]):
                for _turn in range(2000):
                    if len(got) >= most:
                        return
                    with suppress(TimeoutError):
                        connection.drain_events(timeout=0.05)
        except Exception as error:
            failed.append(repr(error))

    threads = [threading.Thread(target=get) for _number in range(2)] + [threading.Thread(target=put, args=(start,)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sorted(got) == list(range(most))
    assert list((tmp_path / "messages").iterdir()) == []
    assert list((tmp_path / "processed").iterdir()) == []


def test_threads_that_publish_while_the_queue_is_being_bound_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = broker.write_whole

    def slowly(path: Path, text: str) -> None:
        if path.suffix == ".exchange":
            time.sleep(0.3)
        whole(path, text)

    monkeypatch.setattr(broker, "write_whole", slowly)
    test_every_message_arrives_whole_and_once(tmp_path)
