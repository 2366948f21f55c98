"""A carrier without an API: it reads the files in out/ of each folder and leaves files with its events in in/."""
import os
from collections.abc import Sequence
from pathlib import Path

from onestop import clock
from onestop.people.words import fold
from onestop.sheets import Unreadable, rows
from postal import manifests
from postal.carriers.simulator.book import Book, Later
from postal.carriers.simulator.misbehaving import Misbehaviour

LOOK_AGAIN = 0.5  # seconds
# The carrier's own words, in the order of the story.
WORDS = (("collected", "DA_NHAN"), ("in_transit", "DANG_CHUYEN"), ("delivered", "PHAT_TC"))


class FileCarrier:
    """Takes each manifest once and answers it step by step, one file a step."""

    def __init__(self, book: Book, faults: Misbehaviour, later: Later, root: Path, pace: float) -> None:
        self.book, self.faults, self.later, self.root, self.pace = book, faults, later, root, pace

    def begin(self) -> None:
        """Go on with what is known, then look for new files."""
        for name, known in list(self.book.shelves["files"].items()):
            taken = self.root / known["folder"] / "out" / "taken" / name if known.get("ours") else None
            if taken and taken.exists():
                self._follow(known["folder"], name, 0)
        self._look()

    def _look(self) -> None:
        for path in sorted(self.root.glob("*/out/*")):
            if path.suffix in (".csv", ".xlsx") and not path.name.startswith(".") and path.is_file():
                self._take(path)
        if not self.later.stopping:
            self.later.at(LOOK_AGAIN, self._look)

    def _take(self, path: Path) -> None:
        """Note every order of a manifest, put the file aside, begin to answer."""
        folder = path.parent.parent.name
        try:
            header, *lines = rows(path.read_bytes())
        except (OSError, Unreadable, ValueError):
            return
        at = {fold(label): number for number, label in enumerate(header)}
        for line in lines:
            key = line[at["ma yeu cau"]]
            self.book.note("orders", key, carrier=folder, waybill=_waybill(key), recipient={"name": line[at["nguoi nhan"]]},
                           by_file=path.name)
        fresh = self.book.note("files", path.name, folder=folder, ours=True)
        aside = path.parent / "taken"
        aside.mkdir(exist_ok=True)
        os.replace(path, aside / path.name)
        if fresh:
            self._follow(folder, path.name, 0)

    def _follow(self, folder: str, name: str, step: int) -> None:
        """The next step of a manifest's story that has not been told."""
        while step < len(WORDS) and f"{name}:{WORDS[step][0]}" in self.book.shelves["files"]:
            step += 1
        if step < len(WORDS):
            self.later.at(self.pace + self.faults.lateness("files"), self._answer, folder, name, step)

    def _answer(self, folder: str, name: str, step: int) -> None:
        held = self.faults.strikes("files", "reorder")
        if held:
            self.later.at(self.pace * 2.5, self._write, folder, name, step)
        elif not self.faults.strikes("files", "lose"):
            self._write(folder, name, step)
        self.book.note("files", f"{name}:{WORDS[step][0]}", folder=folder, ours=False)
        self._follow(folder, name, step + 1)

    def _write(self, folder: str, name: str, step: int) -> None:
        """One file of events, under another name until it is whole; perhaps twice, perhaps with a row that makes no sense."""
        moment, keys = clock.now().isoformat(timespec="seconds"), [key for key, known in list(self.book.orders.items())
                                                                    if known.get("by_file") == name]
        lines: list[Sequence[str]] = [(key, _waybill(key), WORDS[step][1], moment, "", "") for key in keys]
        if self.faults.strikes("files", "garbled"):
            lines.append(("không-phải-mã", "", WORDS[step][1], "hôm qua", "", ""))
        content = manifests.written("csv", manifests.ANSWER_HEADER, lines)
        for copy in range(2 if self.faults.strikes("files", "duplicate") else 1):
            leave(self.root / folder / "in", f"{Path(name).stem}-{step + 1}-{copy}.csv", content)


def leave(folder: Path, name: str, content: bytes) -> None:
    """Write a file so that whoever looks sees it whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.write_bytes(content)
    os.replace(part, folder / name)


def _waybill(key: str) -> str:
    return f"BT{int(key.replace('-', '')[:12], 16) % 10 ** 11:011d}VN"
