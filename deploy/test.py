"""`make test`: the whole suite on PostgreSQL and Redis, in two passes, and beside them a sample of what depends on the database, on SQLite.

Servers are private, in a temporary folder, unless TEST_DATABASE_URL and TEST_REDIS_URL name some. Nothing is left
running. The last line is 'N passed, N failed'; a skipped test or no test at all is a failure.
"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy import environment, processes, servers
from deploy.environment import ROOT, Stop, say

LONGEST_PASS = 60 * 60  # seconds after which a hanging pass is ended
# What a person may have set for a portal of their own must not reach the tests.
NEUTRAL = {"SECRET_KEY": "", "DEMO_PASSWORD": "", "PORTAL_CLOCK": "", "PRODUCTION": "", "DEBUG": "", "TLS": "",
           "EMAIL_URL": "", "SMS_GATEWAY_URL": "", "NOTIFY_CHANNELS": "file", "PORTAL_TESTING": "1", "REDIS_URL": "",
           "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver"}
DROPPED = ("PORTAL_CLOCK_ANCHOR", "CARRIER_SIMULATOR_URL", "CARRIER_SIMULATOR_PORT", "PUBLIC_URL", "PORT", "HOST",
           "STATIC_ROOT", "MEDIA_ROOT", "PYTEST_ADDOPTS", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")


def main(arguments: list[str]) -> int:
    """Set up, run the passes, take down; the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    processes.adopt_orphans()
    try:
        python = environment.ensure("requirements-dev.txt")
        return _all_passes(str(python), arguments)
    except Stop as problem:
        say(str(problem))
        say("0 passed, 1 failed")
        return 1
    except KeyboardInterrupt:
        say("Interrupted.")
        return 130
    finally:
        processes.end_descendants()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _all_passes(python: str, arguments: list[str]) -> int:
    realdata = "--realdata" in arguments
    chosen = [argument for argument in arguments if argument != "--realdata"]
    browser = None if realdata else servers.get_chromium()
    no_browser = "" if realdata or browser else (
        "Chromium is missing, so the browser tests fail: install the package chromium, or name one with CHROMIUM=/path.")
    if no_browser:
        say(no_browser)
    with _folder() as folder, _services(folder) as (database, redis):
        base = _environment(folder, redis, browser)
        subprocess.run([python, "-m", "deploy.translations", "compile"], cwd=ROOT, check=True)
        first = {**base, "DATABASE_URL": database, "REDIS_URL": redis, "VAR_DIR": str(folder / "var-postgresql")}
        if realdata:
            shared = Path(os.environ.get("SHARED") or ROOT.parent / "shared").resolve()
            results = [_pass("real data", python, ["tests/realdata", *chosen], {**first, "SHARED": str(shared)}, folder)]
        else:
            results = _side_by_side(python, ["--ignore=tests/realdata", *chosen], base, first, folder)
    passed, failed = (sum(column) for column in zip(*results, strict=True))
    if passed + failed == 0:
        say("No test was run.")
        failed = 1
    if no_browser:
        say(no_browser)
    say(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _side_by_side(python: str, arguments: list[str], base: dict[str, str], first: dict[str, str], folder: Path) -> list[tuple[int, int]]:
    """The three passes at once: one of them waits a lot, for browsers and for processes that were killed."""
    with _services(folder / "own", given=False) as (database, redis):
        apart = {**base, "DATABASE_URL": database, "REDIS_URL": redis, "TEST_REDIS_URL": redis, "PORTAL_PASS": "processes",
                 "VAR_DIR": str(folder / "var-processes")}
        second = {**base, "DATABASE_URL": f"sqlite:///{folder}/var-sqlite/portal.sqlite3", "PORTAL_PASS": "sqlite",
                  "VAR_DIR": str(folder / "var-sqlite")}
        beside = [_start("Processes and browsers", python, arguments, apart, folder, log=folder / "processes.log"),
                  _start("SQLite", python, arguments, second, folder, log=folder / "sqlite.log")]
        whole = _pass("PostgreSQL and Redis", python, arguments, {**first, "PORTAL_PASS": "main"}, folder)
        return [whole, *map(_finish, beside)]


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="onestop-test-"))
    path.chmod(0o711)  # PostgreSQL's user passes through
    try:
        yield path
    finally:
        processes.end_descendants()
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _services(folder: Path, *, given: bool = True) -> Iterator[tuple[str, str]]:
    """Addresses of PostgreSQL and Redis: the given ones, if they may be used, else private ones that end with the block."""
    database, redis = (os.environ.get(name, "") if given else "" for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"))
    started: list[servers.Server] = []
    try:
        if not database:
            postgres = servers.Postgres(folder / "postgresql")
            started.append(postgres)
            database = postgres.start().url
        if not redis:
            server = servers.Redis(folder / "redis")
            started.append(server)
            redis = server.start().url
        yield database, redis
    finally:
        for each in started:
            each.stop()


def _environment(folder: Path, redis: str, browser: Path | None) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    env.update(NEUTRAL, TMPDIR=str(folder / "tmp"), PYTHONUNBUFFERED="1", TEST_REDIS_URL=redis)
    (folder / "tmp").mkdir()
    if browser:
        env["CHROMIUM"] = str(browser)
    return env


@dataclass(frozen=True)
class Running:
    """A pass that was started; `log` holds what it says where that is not for the screen yet."""

    title: str
    pytest: subprocess.Popen[bytes]
    counts: Path
    begun: float
    log: Path | None


def _pass(title: str, python: str, arguments: list[str], env: dict[str, str], folder: Path) -> tuple[int, int]:
    """Run pytest once; (passed, failed)."""
    say(f"--- {title} ---")
    return _finish(_start(title, python, arguments, env, folder))


def _start(title: str, python: str, arguments: list[str], env: dict[str, str], folder: Path, log: Path | None = None) -> Running:
    """Start pytest; with `log` it works in silence until its end."""
    counts = folder / f"counts-{Path(env['VAR_DIR']).name}.json"
    Path(env["VAR_DIR"]).mkdir(parents=True, exist_ok=True)
    command = [python, "-m", "pytest", "-q", "-p", "deploy.plugin", "-p", "no:cacheprovider", *arguments]
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(log.open("wb")) if log else None
        pytest = processes.start(command, cwd=ROOT, env={**env, "PORTAL_COUNTS": str(counts)}, stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=out)
    return Running(title, pytest, counts, time.monotonic(), log)


def _finish(run: Running) -> tuple[int, int]:
    """Wait for a pass, tell what it said; (passed, failed)."""
    try:
        code = run.pytest.wait(max(LONGEST_PASS - (time.monotonic() - run.begun), 1))
    except subprocess.TimeoutExpired:
        code = -1
        say(f"The pass took more than {LONGEST_PASS // 60} minutes and was ended.")
    finally:
        processes.stop([run.pytest], first=signal.SIGINT)
    if run.log is not None:
        say(f"--- {run.title} ---")
        print(run.log.read_text(encoding="utf-8", errors="replace"), flush=True)
    found = json.loads(run.counts.read_text()) if run.counts.exists() else {"passed": 0, "failed": 0}
    passed, failed = found["passed"], found["failed"]
    if code not in (0, 5) and not failed:
        failed = 1  # pytest itself came to grief: a wrong option, a broken conftest, a kill
    say(f"--- {run.title}: {passed} passed, {failed} failed, {time.monotonic() - run.begun:.0f} s after its start ---")
    return passed, failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
