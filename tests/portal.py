"""The portal's real processes on the database of the test: for tests with a running server, worker and beat.

Use the fixture `portal` of tests/faults/conftest.py, or make one by hand and stop it before the test ends.
"""
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from deploy import processes, servers
from deploy.run import commands


def database_url() -> str:
    """The address of the database that this test uses, for another process."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    password = f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else ""
    return f"postgres://{at['USER']}{password}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


class Portal:
    """Web, worker, beat and the simulator of carrier and SMS gateway, each startable, killable and restartable.

    With `two_outside` the gateway is a process of its own ('gateway'). What is outside keeps its journal over a kill.
    """

    def __init__(self, folder: Path, redis_url: str = "", *, pace: float = 20.0, two_outside: bool = False, **env: str) -> None:
        self.folder = folder
        self.port, self.simulator_port = servers.free_port(), servers.free_port()
        gateway_port = servers.free_port() if two_outside else self.simulator_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self.gateway_url = f"http://127.0.0.1:{gateway_port}"
        self.var = folder / "var"
        self.var.mkdir(parents=True)
        self.env = {
            **os.environ, "PORTAL_TESTING": "1", "DJANGO_SETTINGS_MODULE": "onestop.settings", "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": database_url(), "REDIS_URL": redis_url, "VAR_DIR": str(self.var), "PORT": str(self.port),
            "SECRET_KEY": settings.SECRET_KEY, "MEDIA_ROOT": str(settings.MEDIA_ROOT), "SWEEP_SECONDS": "1",
            "CARRIER_SIMULATOR_URL": self.simulator_url, "SMS_GATEWAY_URL": f"{self.gateway_url}/sms",
            "NOTIFY_CHANNELS": "sms,file", "PUBLIC_URL": self.url, **env,
        }
        self._commands = commands(sys.executable, "127.0.0.1", self.port, self.simulator_port, self.var)
        outside = self._commands["carrier"]
        self._commands["gateway"] = [*outside[:-1], str(gateway_port), "--journal", str(folder / "gateway.jsonl")]
        self._commands["carrier"] = [*outside, "--fast", str(pace), "--journal", str(folder / "carrier.jsonl")]  # seconds between reports
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start 'web', 'worker', 'beat', 'carrier', 'gateway'; web and what is outside are waited for until they answer."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = processes.start(self._commands[name], death=signal.SIGKILL, env=self.env,
                                                      cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if "web" in names:
            self.wait_for(lambda: _answers(f"{self.url}/healthz"), 120, "the web server answers")
        for name, url in (("carrier", self.simulator_url), ("gateway", self.gateway_url)):
            if name in names:
                self.wait_for(lambda url=url: _answers(f"{url}/counts"), 120, f"the {name} answers")

    def pid(self, name: str) -> int:
        """The process id of a running part."""
        return self._running[name].pid

    def kill(self, name: str) -> None:
        """kill -9 of the process and everything in its group, as when the machine loses power."""
        process = self._running.pop(name)
        processes.signal_group(process, signal.SIGKILL)
        process.wait()

    def stop(self, *names: str) -> None:
        """Ask the named parts (all, if none is named) to stop, and wait for them."""
        chosen = [self._running.pop(name) for name in names or list(self._running)]
        processes.stop(chosen, grace=20)

    def log(self, name: str) -> str:
        """What a part has said so far."""
        path = self.folder / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def wait_for(self, happened: Callable[[], Any], seconds: float, what: str) -> Any:
        """Wait until `happened` is true and give its value back; the logs tell why if it never is."""
        until = time.monotonic() + seconds
        while True:
            value = happened()
            if value:
                return value
            if time.monotonic() > until:
                tails = "\n".join(f"--- {path.stem}\n{self.log(path.stem)[-1500:]}" for path in self.folder.glob("*.log"))
                raise AssertionError(f"not within {seconds:.0f} s: {what}\n{tails}")
            time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def browsed(moment: datetime, folder: Path, held: Any, **env: str) -> Iterator[Portal]:
    """The portal, not started yet, for a test that walks through its pages in a browser: here and there the clock runs on from `moment`.
    `held` are the test's settings. It is stopped at the end."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps an event loop in this thread
    anchor = time.time()
    held.PORTAL_CLOCK, held.PORTAL_CLOCK_ANCHOR = moment, anchor
    portal = Portal(folder / "portal", os.environ.get("REDIS_URL", ""), PORTAL_CLOCK=moment.isoformat(),
                    PORTAL_CLOCK_ANCHOR=repr(anchor), **env)
    try:
        yield portal
    finally:
        portal.stop()
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
