"""The embedded broker: kombu's filesystem transport, made whole.

As it comes, a reader can find a message or an exchange's table that its writer has opened but not yet filled, and the
worker dies of the empty text. Here every file appears under its name only when it is complete, and a message that is
being read stays inside the portal's own folder.
"""
from __future__ import annotations

import fcntl
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu import transport
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

SUFFIX = ".msg"
BINDING = threading.RLock()


def register() -> None:
    """Make 'filesystem://' mean this transport; called before the application is configured."""
    transport.TRANSPORT_ALIASES["filesystem"] = "onestop.broker:Transport"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees a part of it."""
    draft = path.with_name(f".{uuid.uuid4().hex}.draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


class Channel(filesystem.Channel):
    """kombu's channel with whole files."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        name = f"{round(monotonic() * 1000):015d}_{uuid.uuid4()}.{queue}{SUFFIX}"
        write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str) -> Any:
        ending = f".{queue}{SUFFIX}"
        for name in sorted(entry for entry in os.listdir(self.data_folder_in) if not entry.startswith(".")):
            if name.partition(".")[2] != ending[1:]:
                continue
            taken = Path(self.processed_folder) / name
            try:
                os.rename(os.path.join(self.data_folder_in, name), taken)
            except FileNotFoundError:  # another worker was quicker
                continue
            text = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(text)
        raise Empty

    def get_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        """The queues bound to an exchange."""
        path = Path(self._exchange_file(exchange))
        try:
            return [filesystem.exchange_queue_t(*row) for row in loads(path.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            return []

    def queue_bind(self, *args: Any, **kwargs: Any) -> None:
        """Bind a queue. kombu notes a binding as known before its table is written: another thread that publishes in between
        would find no queue, so threads bind one after the other."""
        with BINDING:
            super().queue_bind(*args, **kwargs)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        path = Path(self._exchange_file(exchange))
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._alone():
            table = self.get_table(exchange)
            if row not in table:
                write_whole(path, dumps([row, *table]))

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        super(filesystem.Channel, self)._delete(queue, exchange, routing_key, pattern, *args, **kwargs)
        path = Path(self._exchange_file(exchange))
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._alone():
            table = self.get_table(exchange)
            if row in table:
                write_whole(path, dumps([entry for entry in table if entry != row]))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes the tables."""
        folder = Path(self.control_folder)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """The transport of 'filesystem://'."""

    Channel = Channel
