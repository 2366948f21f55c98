"""What an HTTP answer means for the one who sent something. The connection to a machine is kept open between two requests."""
import json
import os
import threading
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from django.conf import settings
from requests.utils import get_environ_proxies
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from onestop.notify.channels import Permanent, Temporary
from onestop.people.words import clean

LONGEST_ANSWER = 64 * 1024
TRY_AGAIN = frozenset({408, 425, 429})
LONGEST_PAUSE = 900.0  # seconds; whoever asks for more is asked again after this


class Answer:
    """Status and parsed body of an HTTP answer; `data` is {} unless the body is a JSON object."""

    def __init__(self, status: int, text: str, retry_after: str = "") -> None:
        self.status = status
        self.text = text
        self.data: Mapping[str, Any] = _json_object(text)
        self.pause = _seconds(retry_after)

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def duplicate(self) -> bool:
        """The other side knows our id already: it has what we sent."""
        return self.status == 409 or "duplicate" in (self.data.get("status"), self.data.get("code"))

    @property
    def reason(self) -> str:
        return clean(f"HTTP {self.status}: {self.text[:1000]}")[:255]

    def failure(self) -> Temporary | Permanent:
        """4xx is for good, except those that ask for patience; anything else may pass."""
        if 400 <= self.status < 500 and self.status not in TRY_AGAIN:
            return Permanent(self.reason)
        return Temporary(self.reason, untaken=self.status == 429, pause=self.pause)


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer | Temporary | Permanent:
    """POST a JSON body, follow no redirect, read at most 64 kB; a network fault comes back as Temporary."""
    headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    try:
        with _session(url).post(url, data=body, headers=headers, timeout=(3, settings.SEND_TIMEOUT_SECONDS),
                                allow_redirects=False, stream=True) as response:
            text = response.raw.read(LONGEST_ANSWER, decode_content=True).decode(errors="replace")
            return Answer(response.status_code, text, response.headers.get("Retry-After", ""))
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
        return Permanent(str(error)[:255])
    except (requests.RequestException, OSError, ValueError) as error:
        return Temporary(_told(error), unreachable=True, untaken=_never_connected(error))
    except Exception as error:  # urllib3's own errors while the body is read
        return Temporary(_told(error), unreachable=True)


_kept = threading.local()  # one session a thread: they are not made to be shared


def _session(url: str) -> requests.Session:
    """The thread's session for a machine; made anew in a process that was split off."""
    sessions: dict[tuple[int, str], requests.Session] = _kept.__dict__.setdefault("sessions", {})
    key = (os.getpid(), "/".join(url.split("/", 3)[:3]))
    if key not in sessions:
        sessions[key] = _new_session(url)
    return sessions[key]


def _new_session(url: str) -> requests.Session:
    """Proxies and certificates of the environment are read once, not at each request; cookies are not kept."""
    session = requests.Session()
    session.proxies.update(get_environ_proxies(url))
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _never_connected(error: Exception) -> bool:
    """Whether the connection was refused or not even made: then nothing can have been taken."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(cause, (NewConnectionError, ConnectTimeoutError))


def _told(error: Exception) -> str:
    return clean(f"{type(error).__name__}: {error}")[:255]


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_PAUSE) if retry_after.strip().isascii() and retry_after.strip().isdigit() else 0.0


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
