"""`make check`: linters, strict types where the rules live, templates, migrations, translations, production settings."""
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy import environment, processes
from deploy.environment import ROOT, Stop, say

# The strict part: pure modules, and in every app the states, the policies and the services.
PURE = ("onestop/clock.py", "onestop/worktime.py", "onestop/transitions.py", "onestop/history.py", "onestop/jobs.py", "onestop/patience.py",
        "onestop/catalogue/national.py", "onestop/catalogue/answers.py", "onestop/catalogue/told.py", "bookings/availability.py",
        "dossiers/deadlines.py", "dossiers/ruler.py", "postal/timers.py")
RULES = ("states", "policies", "services")
APPS = ("onestop/people", "onestop/offices", "onestop/catalogue", "onestop/directives", "onestop/notify", "bookings",
        "dossiers", "postal", "reports")


def strict_files() -> list[str]:
    """The files that mypy checks strictly, relative to the root."""
    found = [name for name in PURE if (ROOT / name).exists()]
    for app in APPS:
        for rule in RULES:
            found += [str(path.relative_to(ROOT)) for path in (ROOT / app / f"{rule}.py", *(ROOT / app / rule).rglob("*.py"))
                      if path.exists()]
    return found


def main() -> int:
    """Run every check, also after one has failed; the exit code."""
    try:
        python = str(environment.ensure("requirements-dev.txt"))
    except Stop as problem:
        say(str(problem))
        return 1
    with tempfile.TemporaryDirectory(prefix="onestop-check-") as folder:
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "PRODUCTION")}
        env["VAR_DIR"] = folder
        results = [_check(title, command, {**env, **extra}) for title, command, extra in _checks(python, folder)]
    wrong = results.count(False)
    say(f"{len(results) - wrong} checks passed, {wrong} failed")
    return 1 if wrong else 0


def _checks(python: str, folder: str) -> list[tuple[str, list[str], dict[str, str]]]:
    production = {
        "PRODUCTION": "1", "SECRET_KEY": secrets.token_urlsafe(64), "ALLOWED_HOSTS": "motcua.example.vn",
        "DATABASE_URL": "postgres://portal@db/portal", "REDIS_URL": "redis://redis:6379/0", "TRUSTED_PROXIES": "1",
        "PUBLIC_URL": "https://motcua.example.vn", "VAR_DIR": str(Path(folder) / "production"),
    }
    manage = [python, "-W", "ignore", "manage.py"]
    return [
        ("ruff", [python, "-m", "ruff", "check", "."], {}),
        ("mypy, strict", [python, "-m", "mypy", *strict_files()], {}),
        ("djlint", [python, "-m", "djlint", "--lint", "--quiet", "templates"], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("translations", [python, "-m", "deploy.translations", "check"], {}),
        ("manage.py check", [*manage, "check"], {}),
        ("manage.py check --deploy with production settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"],
         production),
    ]


def _check(title: str, command: list[str], env: dict[str, str]) -> bool:
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, preexec_fn=processes.tied())
    say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {title}")
    if done.returncode:
        say(done.stdout.strip())
    return done.returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
