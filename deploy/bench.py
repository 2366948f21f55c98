"""`make bench`: a private PostgreSQL and Redis, the demo, a real web server; then bench/run.py measures over HTTP."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy import environment, processes, servers
from deploy.environment import ROOT, Stop, say
from deploy.test import DROPPED, NEUTRAL


def main(arguments: list[str]) -> int:
    """Set up, measure, take down; the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    processes.adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="onestop-bench-"))
    folder.chmod(0o711)
    started: list[servers.Server] = []
    try:
        python = str(environment.ensure("requirements-dev.txt"))
        started += [servers.Postgres(folder / "postgresql", durable=True).start(), servers.Redis(folder / "redis").start()]
        return _measure(python, _env(folder, *started), arguments)
    except Stop as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for server in started:
            server.stop()
        processes.end_descendants()
        shutil.rmtree(folder, ignore_errors=True)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _env(folder: Path, postgres: servers.Server, redis: servers.Server) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    process = postgres.process
    assert process is not None
    return {**env, **NEUTRAL, "PORTAL_TESTING": "", "DATABASE_URL": postgres.url, "REDIS_URL": redis.url,
            "VAR_DIR": str(folder / "var"), "PORT": str(servers.free_port()), "API_RATE": "1000000/min",
            "LOG_LEVEL": "WARNING", "DEMO_PASSWORD": "bench-only-password", "DJANGO_SETTINGS_MODULE": "onestop.settings",
            "BENCH_POSTGRES_PID": str(process.pid), "BENCH_FOLDER": str(folder)}


def _measure(python: str, env: dict[str, str], arguments: list[str]) -> int:
    manage = [python, "manage.py"]
    for step in (["migrate", "--verbosity", "0"], ["load_demo"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        say(f"Preparing: {step[0]}")
        subprocess.run([*manage, *step], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    which = "bench.scale" if arguments[:1] == ["scale"] else "bench.run"
    return subprocess.run([python, "-m", which, *(arguments[1:] if which == "bench.scale" else arguments)], cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
