"""The embedded broker: what is put is got whole and once, however many put and get at the same time."""
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from kombu import Connection, Consumer, Exchange, Message, Producer, Queue

from onestop import broker


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
