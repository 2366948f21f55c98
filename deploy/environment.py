"""The portal's own virtual environment, made with venv and filled from pinned requirements."""
import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV", ROOT / ".venv")).absolute()
VERSIONS = ((3, 11), (3, 13))


class Stop(Exception):
    """Something is missing that the person at the keyboard can put right; the text is one sentence for them."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def ensure(requirements: str) -> Path:
    """The Python of the virtual environment, with everything in file `requirements` installed. Raises Stop."""
    if not VERSIONS[0] <= sys.version_info[:2] <= VERSIONS[1]:
        raise Stop("Python 3.11, 3.12 or 3.13 is needed; make PYTHON=/path/to/python3.11 names one.")
    python = VENV / "bin" / "python"
    with _one_at_a_time():
        if not _works(python):
            _make()
        _install(python, ROOT / requirements)
    return python


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with VENV.with_name(VENV.name + ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    version = "{}.{}".format(*sys.version_info[:2])
    check = [str(python), "-c", "import sys, pip; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(check, capture_output=True, text=True)
    return answer.returncode == 0 and answer.stdout.strip() == version


def _make() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise Stop(f"{sys.executable} can't make virtual environments: install python3-venv and start again.")
    say(f"Making the virtual environment {VENV.name} with Python {sys.version.split()[0]}")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        raise Stop(f"The virtual environment could not be made: {(made.stderr or made.stdout).strip()}")


def _install(python: Path, requirements: Path) -> None:
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / f"installed-{requirements.stem}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    total = sum(1 for line in requirements.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
    say(f"Installing {requirements.name}: {total} packages, once; one to four minutes")
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-input", "--disable-pip-version-check",
               "--progress-bar", "off", "-r", str(requirements)]
    _with_progress(command, total)
    stamp.write_text(digest)


def _with_progress(command: list[str], total: int) -> None:
    last: deque[str] = deque(maxlen=15)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        count = 0
        for line in pip.stdout:
            last.append(line.rstrip())
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                count += 1
                if count % 10 == 0:
                    say(f"  {count} of {total}")
            elif line.startswith("Installing collected packages"):
                say("  unpacking")
    if pip.returncode:
        say("\n".join(last))
        raise Stop("The requirements could not be installed: the lines above say why (is there a network?).")
