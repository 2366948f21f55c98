"""Child processes that never outlive the one who started them."""
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_DEATH_SIGNAL, _SUBREAPER = 1, 36  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied(death: int = signal.SIGTERM) -> Callable[[], None]:
    """A preexec_fn: the kernel sends `death` to the child when its parent dies, even by kill -9 (Linux)."""
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(_DEATH_SIGNAL, int(death))
            if os.getppid() != parent:
                os._exit(1)

    return tie


def adopt_orphans() -> None:
    """Grandchildren whose parent dies become children of this process, so that it can find and end them (Linux)."""
    if _libc is not None:
        _libc.prctl(_SUBREAPER, 1)


def start(command: list[str], *, death: int = signal.SIGTERM, **options: Any) -> "subprocess.Popen[bytes]":
    """Start `command` in its own process group, tied to this process."""
    return subprocess.Popen(command, process_group=0, preexec_fn=tied(death), **options)


def signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Send a signal to the child and everything in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def stop(processes: Iterable["subprocess.Popen[bytes]"], *, first: int = signal.SIGTERM, grace: float = 10) -> None:
    """Ask all to stop, wait up to `grace` seconds for them together, then kill what is left of each group."""
    waiting = list(processes)
    for process in waiting:
        if process.poll() is None:
            process.send_signal(first)
    until = time.monotonic() + grace
    for process in waiting:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.05, until - time.monotonic()))
        signal_group(process, signal.SIGKILL)
        process.wait()


def descendants(pid: int) -> list[int]:
    """The process ids below `pid`, deepest last. Empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = list(children.get(pid, []))
    for child in found:
        found.extend(children.get(child, []))
    return found


def reap_orphans(known: Iterable[int]) -> None:
    """Let go of adopted processes that have ended; `known` are the children that somebody else waits for."""
    for pid in set(descendants(os.getpid())) - set(known):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def end_descendants() -> None:
    """Kill whatever this process still has below it (what a test or a worker left behind)."""
    for _ in range(20):
        left = descendants(os.getpid())
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap()
        if not left:
            return
        time.sleep(0.05)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
