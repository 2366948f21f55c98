"""What the simulator knows, and when things happen."""
import heapq
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SHELVES = ("orders", "sms", "sms2", "zalo", "events", "reports", "files")


class Book:
    """What the simulator knows, in memory and, line by line, in its journal. Every attempt is counted."""

    def __init__(self, journal: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.shelves: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in SHELVES}
        self.answers: dict[str, Counter[int]] = {name: Counter() for name in SHELVES}  # the portal's status codes; 0: none came
        self._read(journal)
        self._file = journal.open("a", encoding="utf-8") if journal else None
        if self._file:
            self._file.write("\n")  # ends a line that a killed simulator left half written

    @property
    def orders(self) -> dict[str, dict[str, Any]]:
        """Orders by our id."""
        return self.shelves["orders"]

    @property
    def sms(self) -> dict[str, dict[str, Any]]:
        """Texts at the first gateway by our id."""
        return self.shelves["sms"]

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """Reports on orders by their own id."""
        return self.shelves["events"]

    def _read(self, journal: Path | None) -> None:
        for line in journal.read_text(encoding="utf-8").split("\n") if journal and journal.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:  # empty, or the last line of a simulator that was killed while it wrote
                continue
            self._apply(entry.pop("kind"), entry.pop("id"), entry)

    def note(self, kind: str, key: str, **content: Any) -> bool:
        """Write down an attempt or a report on shelf `kind`; whether the key was new."""
        with self.lock:
            fresh = self._apply(kind, key, content)
            if self._file:
                self._file.write(json.dumps({"kind": kind, "id": key, **content}, ensure_ascii=False) + "\n")
                self._file.flush()
        return fresh

    def _apply(self, kind: str, key: str, content: dict[str, Any]) -> bool:
        shelf = self.shelves[kind]
        fresh = key not in shelf
        entry = shelf.setdefault(key, {**content, "attempts": 0})
        entry["attempts"] += 1
        if "answer" in content:
            self.answers[kind][int(content["answer"])] += 1
        entry["accepted"] = entry.get("accepted", False) or content.get("accepted", False)
        return fresh

    def accepted(self, kind: str, key: str) -> bool:
        """Whether a report has arrived, or counts as lost for good."""
        return bool(self.shelves[kind].get(key, {}).get("accepted"))

    def counts(self) -> dict[str, dict[str, int]]:
        """How many ids each shelf holds, and how many attempts."""
        with self.lock:
            return {name: {"ids": len(shelf), "attempts": sum(entry["attempts"] for entry in shelf.values())}
                    for name, shelf in self.shelves.items()}

    def shelf(self, name: str) -> dict[str, Any]:
        """Everything on one shelf."""
        with self.lock:
            return dict(json.loads(json.dumps(self.shelves[name])))

    def told(self) -> dict[str, Any]:
        """Everything, for GET /log."""
        with self.lock:
            return {**json.loads(json.dumps(self.shelves)), "counts": self.counts(),
                    "answers": {name: dict(codes) for name, codes in self.answers.items() if codes}}

    def close(self) -> None:
        """Close the journal."""
        with self.lock:
            if self._file:
                self._file.close()


class Later(threading.Thread):
    """Does things at their time, four at once."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="later")
        self._waiting: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._turn = threading.Condition()
        self._count = 0
        self.stopping = False

    def at(self, seconds: float, work: Callable[..., None], *args: Any) -> None:
        """Do `work` after so many seconds."""
        with self._turn:
            self._count += 1
            heapq.heappush(self._waiting, (time.monotonic() + seconds, self._count, work, args))
            self._turn.notify()

    def run(self) -> None:
        with ThreadPoolExecutor(4, thread_name_prefix="later") as pool:
            while not self.stopping:
                with self._turn:
                    due = self._waiting[0][0] - time.monotonic() if self._waiting else 1.0
                    if due > 0:
                        self._turn.wait(min(due, 1.0))
                        continue
                    _at, _number, work, args = heapq.heappop(self._waiting)
                pool.submit(work, *args)

    def stop(self) -> None:
        """End after what is at hand."""
        self.stopping = True
        with self._turn:
            self._turn.notify()
        self.join(10)
