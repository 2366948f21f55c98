"""What starts the portal and the tests: nothing outlives its parent, what dies is started again, servers are private."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest
import redis

from deploy import plugin, processes, servers
from deploy.supervisor import Supervisor
from tests.house.sources import ROOT

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(happened, seconds=10):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_child_dies_with_its_parent_even_by_kill_9():
    parent = subprocess.Popen(
        [sys.executable, "-c", "import sys, time\nfrom deploy import processes\n"
         f"print(processes.start({SLEEPER!r}, stdout=-3).pid, flush=True)\ntime.sleep(60)"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert _alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _until(lambda: not _alive(child))


def test_a_child_that_ignores_the_request_is_killed():
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    process = processes.start([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    processes.stop([process], grace=0.3)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL


SUPERVISED = """
import sys
from deploy.supervisor import Supervisor
seen = []
boss = Supervisor({"PATH": "/usr/bin:/bin"}, ".")
boss.add("steady", [sys.executable, "-c", "import time; print('steady up', flush=True); time.sleep(60)"])
boss.add("shaky", [sys.executable, "-c", "import time; print('shaky up', flush=True); time.sleep(0.3)"])
ok = boss.run(ready=lambda: True, when_ready=lambda: print("ready", flush=True))
print("ok" if ok else "failed", flush=True)
"""


def test_the_supervisor_restarts_what_dies_and_leaves_nothing_behind():
    boss = subprocess.Popen([sys.executable, "-c", SUPERVISED], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines = []
    while sum("shaky up" in line for line in lines) < 2:
        lines.append(boss.stdout.readline())
        assert lines[-1]
    children = processes.descendants(boss.pid)
    assert children
    boss.send_signal(signal.SIGINT)
    rest = boss.stdout.read()
    boss.stdout.close()
    assert boss.wait(20) == 0
    assert "ok" in rest and "nothing is left running" in rest
    assert any("shaky ended (exit code 0); it is started again in 1 s." in line for line in lines)
    assert not [pid for pid in children if _alive(pid)]


def test_the_supervisor_gives_up_on_what_never_starts(capsys):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        boss = Supervisor(dict(os.environ), str(ROOT))
        boss.add("broken", [sys.executable, "-c", "raise SystemExit('no such thing')"])
        boss.children[0].deaths = 2
        assert boss.run(ready=lambda: False, when_ready=lambda: None) is False
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert "broken can't start: its lines above say why." in capsys.readouterr().out


def test_a_taken_port_is_told_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([sys.executable, "-m", "deploy.run"], cwd=ROOT, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "VAR_DIR": str(tmp_path)})
    assert done.returncode == 1
    assert f"Port {port} is already in use" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_private_servers_start_answer_and_stop():
    folder = Path(tempfile.mkdtemp(prefix="onestop-servers-"))
    folder.chmod(0o711)  # PostgreSQL's other user passes through
    database, broker = servers.Postgres(folder / "pg").start(), servers.Redis(folder / "redis").start()
    try:
        with psycopg2.connect(database.url) as link, link.cursor() as cursor:
            cursor.execute("SELECT 'Đặng', current_setting('max_connections')")
            assert cursor.fetchone() == ("Đặng", "300")
        link.close()
        with redis.Redis.from_url(broker.url) as client:
            assert client.set("a", 1)
            broker.kill()
            broker.start()
            assert client.get("a") is None
    finally:
        database.stop()
        broker.stop()
        shutil.rmtree(folder)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", database.port), timeout=1)


def test_skips_and_broken_files_count_as_failures(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_a.py").write_text(
        "import pytest\ndef test_good(): pass\ndef test_bad(): assert 0\n@pytest.mark.skip\ndef test_skipped(): pass\n"
        "@pytest.mark.xfail\ndef test_expected(): assert 0\n@pytest.fixture\ndef late():\n    yield\n    assert 0\n"
        "def test_late(late): pass\n")
    (tmp_path / "test_b.py").write_text("raise RuntimeError\n")
    counts = tmp_path / "counts.json"
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", plugin.__name__, "-p", "no:django", "-p", "no:cacheprovider",
                    "--continue-on-collection-errors", "--rootdir", str(tmp_path), "-c", str(tmp_path / "pytest.ini"), str(tmp_path)],
                   cwd=ROOT, capture_output=True,
                   env={**os.environ, "PORTAL_COUNTS": str(counts), "PYTHONPATH": str(ROOT), "PORTAL_PASS": ""})
    assert json.loads(counts.read_text()) == {"passed": 1, "failed": 5}
