"""A file that a job makes: written outside of transactions, digested, then kept with its row; who was slower leaves nothing behind."""
from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from django.core.files import File
from django.db import IntegrityError, transaction

T = TypeVar("T")


class Filed(Protocol):
    """A row with a file, its digest and how many lines it has."""

    file: Any
    sha256: str
    rows: int


def make(row: Filed, name: str, write: Callable[[IO[bytes]], int], keep: Callable[[], bool]) -> bool:
    """Write the file, put it into the row with its digest and the count that `write` returns, and keep the row; whether it was kept.

    `keep` saves the row in a transaction of its own. Where it returns False, breaks a constraint (another worker was faster) or fails,
    the file goes away again.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("wb") as out:
            row.rows = write(out)
        row.sha256 = digest(path)
        with path.open("rb") as file:
            row.file.save(path.name, File(file), save=False)
    kept = False
    try:
        with transaction.atomic():
            kept = keep()
    except IntegrityError:
        pass
    finally:
        if not kept:
            row.file.delete(save=False)
    return kept


def digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def counted(rows: Iterable[T], tell: Callable[[int], None], *, every: int = 500) -> Iterator[T]:
    """The same rows; `tell` hears after each `every` of them how many there were, so that a page can say how far a job is."""
    for number, row in enumerate(rows, 1):
        yield row
        if number % every == 0:
            tell(number)
