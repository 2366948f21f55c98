"""Keeps a handful of named processes running and shows what they say, each line with its name."""
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deploy import processes
from deploy.environment import say

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # seconds after which a child counts as healthy again
SLOW_START = 60.0  # seconds without an answer after which the wait is remarked on
GRACE = 12.0  # seconds to finish what is at hand when asked to stop
EARLY_DEATHS = 4  # before the portal has answered once; then something is wrong that waiting won't heal


@dataclass
class Child:
    """One supervised process."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    deaths: int = 0
    start_again_at: float | None = None
    rest: bytes = field(default=b"", repr=False)

    def pause(self) -> float:
        """Seconds to wait before the next start, doubling with each death."""
        return min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))


class Supervisor:
    """Starts children, restarts the ones that die, stops all of them. One thread: children are tied to it."""

    def __init__(self, env: Mapping[str, str], cwd: str) -> None:
        self.children: list[Child] = []
        self.stopping = False
        self.failed = False
        self._env, self._cwd = dict(env), cwd
        self._selector = selectors.DefaultSelector()

    def add(self, name: str, command: list[str]) -> None:
        """Take on a process; run() starts it."""
        self.children.append(Child(name, command))

    def ask_to_stop(self, *_: object) -> None:
        """Signal handler: the loop ends at its next turn."""
        self.stopping = True

    def run(self, *, ready: Callable[[], bool], when_ready: Callable[[], None]) -> bool:
        """Supervise until asked to stop; call `when_ready` once `ready` answers yes. False if children kept dying."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        answered, ask_at, worry_at = False, 0.0, time.monotonic() + SLOW_START
        try:
            for child in self.children:
                self._start(child)
            while not self.stopping:
                self._show(0.2)
                self._look_after(answered)
                if answered or time.monotonic() < ask_at:
                    continue
                answered, ask_at = ready(), time.monotonic() + 0.5
                if answered:
                    when_ready()
                elif time.monotonic() > worry_at:
                    worry_at = float("inf")
                    say("No answer yet; the lines above may say why. Still waiting, Ctrl-C stops.")
        finally:
            self._stop()
        return not self.failed

    def _start(self, child: Child) -> None:
        child.process = processes.start(child.command, env=self._env, cwd=self._cwd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        child.started_at, child.start_again_at = time.monotonic(), None
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _show(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            text = os.read(key.fd, 65536)
            if not text:
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
                continue
            lines = (key.data.rest + text).split(b"\n")
            key.data.rest = lines.pop()
            for line in filter(None, lines):
                say(f"{key.data.name:>9} | {line.decode(errors='replace')}")

    def _look_after(self, answered: bool) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._died(child, now, answered)
            elif child.start_again_at is not None and child.start_again_at <= now:
                processes.reap_orphans(other.process.pid for other in self.children if other.process is not None)
                self._start(child)

    def _died(self, child: Child, now: float, answered: bool) -> None:
        assert child.process is not None
        processes.signal_group(child.process, signal.SIGKILL)
        child.deaths = 1 if now - child.started_at > STEADY_AFTER else child.deaths + 1
        code, child.process = child.process.returncode, None
        if not answered and child.deaths >= EARLY_DEATHS:
            say(f"{child.name} can't start: its lines above say why.")
            self.failed = self.stopping = True
            return
        child.start_again_at = now + child.pause()
        say(f"{child.name} ended ({_ending(code)}); it is started again in {child.pause():.0f} s.")

    def _stop(self) -> None:
        say("Stopping …")
        alive = [child.process for child in self.children if child.process is not None]
        for process in alive:
            process.terminate()
        until = time.monotonic() + GRACE
        while any(process.poll() is None for process in alive) and time.monotonic() < until:
            self._show(0.1)
        processes.stop(alive, grace=0)
        self._show(0)
        processes.end_descendants()
        say("Stopped; nothing is left running.")


def _ending(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
