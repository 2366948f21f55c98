"""A wrong setting stops the start with a sentence that names it; the safe defaults hold."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PRODUCTION = {"PRODUCTION": "1", "SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": "motcua.example.vn",
              "DATABASE_URL": "postgres://portal@db/portal", "REDIS_URL": "redis://redis:6379/0"}


def start(folder: Path, **env: str) -> tuple[int, str]:
    """The exit code and the last line of `manage.py check` with these settings only."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run([sys.executable, "-W", "ignore", "manage.py", "check"], cwd=settings.BASE_DIR, capture_output=True, text=True,
                          env={**kept, "VAR_DIR": str(folder), **env}, timeout=60)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode, lines[-1] if lines else ""


@pytest.mark.parametrize(("env", "said"), [
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must say"),
    ({"HOLD_MINUTES": "abc"}, "HOLD_MINUTES can't be read"),
    ({"SWEEP_SECONDS": "0"}, "SWEEP_SECONDS must be"),
    ({"REDIS_URL": "zz"}, "REDIS_URL must start"),
    ({"PORTAL_CLOCK": "2021-08-23T08:00:00"}, "PORTAL_CLOCK needs its offset"),
    ({"NOTIFY_CHANNELS": "email"}, "EMAIL_URL must say"),
    ({"CLAMD_URL": "127.0.0.1:3310"}, "CLAMD_URL must start"),
    ({"UPLOAD_SCAN": "maybe"}, "UPLOAD_SCAN must be"),
    ({"API_RATE": "600 a minute"}, "API_RATE, CARRIER_API_RATE"),
    ({"VIETQR_BANK": "VCB"}, "VIETQR_BANK must be"),
    ({**PRODUCTION, "GATEWAY_URL": "https://gateway.example/pay"}, "GATEWAY_URL needs"),
    ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY must be set"),
    ({**PRODUCTION, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
    ({**PRODUCTION, "DATABASE_URL": ""}, "DATABASE_URL must name a PostgreSQL"),
    ({**PRODUCTION, "REDIS_URL": ""}, "REDIS_URL must be set"),
    ({**PRODUCTION, "PORTAL_CLOCK": "2021-08-23T08:00:00+07:00"}, "PORTAL_CLOCK is for replaying"),
    ({**PRODUCTION, "DEBUG": "1"}, "exclude each other"),
])
def test_the_sentence_names_the_setting(tmp_path: Path, env: dict[str, str], said: str) -> None:
    code, last = start(tmp_path, **env)
    assert code != 0
    assert said in last


def test_without_any_setting_it_starts_embedded_and_its_key_is_its_own(tmp_path: Path) -> None:
    assert start(tmp_path)[0] == 0
    key = tmp_path / "secret_key"
    assert len(key.read_text()) > 50
    assert key.stat().st_mode & 0o077 == 0


def test_production_starts_with_what_it_needs(tmp_path: Path) -> None:
    assert start(tmp_path, **PRODUCTION, NOTIFY_CHANNELS="sms")[0] == 0, "gateways may be kept in the database"
