"""`make run`: from a fresh clone to a working portal, and the same again in seconds.

Makes the virtual environment, prepares database, demo and static files, then supervises web, worker, beat and the
simulators of carrier and payment gateway. All state is under VAR_DIR (default: var/). HOST, PORT, DATABASE_URL, REDIS_URL, DEMO_PASSWORD,
PORTAL_CLOCK and every setting of the portal are taken from the environment, or from a file .env beside manage.py.
"""
import errno
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from deploy import environment, processes
from deploy.environment import ROOT, Stop, say
from deploy.supervisor import Supervisor

KEPT = "Demo "  # load_demo's last lines, the accounts, begin with this; they are shown when the portal answers


def main() -> int:
    """Prepare and supervise; the exit code."""
    _read_env_file()
    begun = time.monotonic()
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupted)
        return _run(begun)
    except Stop as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def _run(begun: float) -> int:
    processes.adopt_orphans()
    host, port = os.environ.get("HOST", "127.0.0.1"), _port("PORT", 8000)
    _must_be_free(host, port, "PORT")
    simulator = _simulator_port("CARRIER_SIMULATOR_PORT", port)
    payments = _simulator_port("PAYMENT_SIMULATOR_PORT", max(port, simulator))
    env = _child_env(port, simulator, payments)
    var = Path(env["VAR_DIR"])
    lock = _only_one(var)
    python = str(environment.ensure("requirements.txt"))
    os.umask(0o077)  # what the portal keeps under var/ is for its owner only
    accounts = _prepare(python, env)
    supervisor = Supervisor(env, str(ROOT))
    for name, command in commands(python, host, port, simulator, var, payments=payments).items():
        supervisor.add(name, command)

    def greet() -> None:
        say("")
        say(f"The portal is ready after {time.monotonic() - begun:.0f} s: http://{_reachable(host)}:{port}/")
        say("\n".join(accounts) or "There are no demo accounts.")
        say("Ctrl-C stops everything.")
        say("")

    try:
        return 0 if supervisor.run(ready=lambda: _answers(_reachable(host), port), when_ready=greet) else 1
    finally:
        lock.close()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _read_env_file() -> None:
    path = ROOT / ".env"
    for line in path.read_text().splitlines() if path.exists() else ():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.isidentifier():
            os.environ.setdefault(name, value.strip().strip("'\""))


# --- addresses ----------------------------------------------------------------------------------------------------

def _port(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Stop(f"{name} must be a number from 1 to 65535, not {given!r}.")
    return int(given)


def _bind_error(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def _must_be_free(host: str, port: int, name: str) -> None:
    error = _bind_error(host, port)
    if error == errno.EADDRINUSE:
        raise Stop(f"Port {port} is already in use: stop what uses it, or choose another, for example "
                   f"make run {name}={port + 10}.")
    if error:
        raise Stop(f"The address {host}:{port} can't be used: {os.strerror(error)}.")


def _simulator_port(name: str, port: int) -> int:
    if os.environ.get(name):
        chosen = _port(name, 0)
        _must_be_free("127.0.0.1", chosen, name)
        return chosen
    for candidate in range(port + 1, min(port + 50, 65536)):
        if not _bind_error("127.0.0.1", candidate):
            return candidate
    raise Stop(f"No free port above {port} for a simulator: name one with {name}.")


def _reachable(host: str) -> str:
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"[{named}]" if ":" in named and not named.startswith("[") else named


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


# --- state --------------------------------------------------------------------------------------------------------

def _child_env(port: int, simulator: int, payments: int) -> dict[str, str]:
    env = dict(os.environ)
    var = Path(env.get("VAR_DIR") or ROOT / "var").resolve()
    try:
        var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(f"The folder for the portal's state can't be made: {error}.") from error
    env.setdefault("LOG_LEVEL", "WARNING")  # every sweep of the worker would be a line otherwise
    env.update(VAR_DIR=str(var), PORT=str(port), PYTHONUNBUFFERED="1", DJANGO_SETTINGS_MODULE="onestop.settings",
               CARRIER_SIMULATOR_PORT=str(simulator), CARRIER_SIMULATOR_URL=f"http://127.0.0.1:{simulator}",
               PAYMENT_SIMULATOR_PORT=str(payments))
    if not _in_production():
        env.setdefault("PAYMENT_SIMULATOR_URL", f"http://127.0.0.1:{payments}")
    if env.get("PORTAL_CLOCK"):
        env["PORTAL_CLOCK_ANCHOR"] = str(time.time())
    if not _in_production():
        env["DEMO_PASSWORD"] = env.get("DEMO_PASSWORD") or _kept_password(var)
    return env


def _in_production() -> bool:
    return os.environ.get("PRODUCTION", "").lower() in ("1", "true", "yes", "on", "y", "ok")


def _kept_password(var: Path) -> str:
    path = var / "demo_password"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(9))
    return path.read_text().strip()


def _only_one(var: Path) -> IO[str]:
    handle = (var / "run.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(f"A portal is already running on {var}: stop it first, or give this one another VAR_DIR.") from None
    return handle


# --- preparation --------------------------------------------------------------------------------------------------

def _prepare(python: str, env: dict[str, str]) -> list[str]:
    """Run deploy/prepare.py and show what it says; its lines from 'Demo …' on, the accounts, are kept for later."""
    kept: list[str] = []
    with subprocess.Popen([python, "-m", "deploy.prepare"], env=env, cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, preexec_fn=processes.tied()) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if kept or line.startswith(KEPT):
                kept.append(line.rstrip())
            else:
                say(line.rstrip())
    if running.returncode:
        raise Stop("\n".join([*kept, "The portal could not be prepared: the lines above say why."]))
    return kept


def commands(python: str, host: str, port: int, simulator: int, var: Path, *, payments: int = 8002) -> dict[str, list[str]]:
    """The command of each process of the portal; the fault tests start the very same ones."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    # Whoever starts the portal as root (a container) knows it: Celery need not say so at every start.
    celery = [python, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "onestop"]
    found = {
        "web": [python, "-m", "gunicorn", "onestop.wsgi:application", "--bind", bind, "--worker-class", "gthread",
                "--workers", os.environ.get("WEB_WORKERS", "2"), "--threads", "4", "--timeout", "60",
                "--graceful-timeout", "8", "--log-level", "warning", "--no-control-socket", "--preload"],
        "worker": [*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING",
                   "--hostname", "worker@%h", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--schedule", str(var / "beat-schedule"), "--pidfile=", "--loglevel", "WARNING"],
    }
    if not _in_production():
        found["carrier"] = [python, "manage.py", "carrier_simulator", "--port", str(simulator)]
        found["payments"] = [python, "manage.py", "payment_simulator", "--port", str(payments)]
    return found


if __name__ == "__main__":
    sys.exit(main())
