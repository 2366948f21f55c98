"""clamd, asked over its own protocol whether a file holds a virus. No rows, no transactions."""
from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from clamav_client.clamd import BufferTooLongError, ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings
from django.core.files.base import File

from dossiers.states import ScanState

PORT = 3310


@dataclass(frozen=True)
class Verdict:
    """What the scanner said: clean, infected (with the virus's name), or failed (with why). `reached`: whether it answered."""

    state: ScanState
    note: str = ""
    reached: bool = True


def look(file: File[bytes]) -> Verdict:
    """Have a file looked through. A scanner that can't be reached or can't tell is a failure, never a clean file."""
    try:
        answer = _daemon().instream(cast("BinaryIO", file))
    except BufferTooLongError:
        return Verdict(ScanState.FAILED, "size limit")
    except (ClamdError, OSError) as error:
        return Verdict(ScanState.FAILED, str(error)[:120], reached=False)
    status, name = next(iter(answer.values()), ("ERROR", "no answer"))
    if status == "OK":
        return Verdict(ScanState.CLEAN)
    if status == "FOUND":
        return Verdict(ScanState.INFECTED, str(name)[:120])
    return Verdict(ScanState.FAILED, str(name or status)[:120])


def _daemon() -> ClamdNetworkSocket:
    """A line to clamd at CLAMD_URL: tcp://host:port or unix:///path."""
    at = urlsplit(settings.CLAMD_URL)
    if at.scheme == "unix":
        return ClamdUnixSocket(at.path, timeout=settings.SEND_TIMEOUT_SECONDS)
    return ClamdNetworkSocket(at.hostname or "127.0.0.1", at.port or PORT, timeout=settings.SEND_TIMEOUT_SECONDS)
