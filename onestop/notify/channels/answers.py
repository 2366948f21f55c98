"""What an HTTP answer means for the one who sent something."""
import json
from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings

from onestop.notify.channels import Permanent, Temporary

LONGEST_ANSWER = 64 * 1024
TRY_AGAIN = frozenset({408, 425, 429})


class Answer:
    """Status and parsed body of an HTTP answer; `data` is {} unless the body is a JSON object."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        self.data: Mapping[str, Any] = _json_object(text)

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def duplicate(self) -> bool:
        """The other side knows our id already: it has what we sent."""
        return self.status == 409 or "duplicate" in (self.data.get("status"), self.data.get("code"))

    def failure(self) -> Temporary | Permanent:
        """4xx is for good, except those that ask for patience; anything else may pass."""
        reason = f"HTTP {self.status}: {self.text}"[:255]
        if 400 <= self.status < 500 and self.status not in TRY_AGAIN:
            return Permanent(reason)
        return Temporary(reason)


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer | Temporary | Permanent:
    """POST a JSON body, follow no redirect, read at most 64 kB; a network fault comes back as Temporary."""
    headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    try:
        with requests.post(url, data=body, headers=headers, timeout=(3, settings.SEND_TIMEOUT_SECONDS),
                           allow_redirects=False, stream=True) as response:
            text = response.raw.read(LONGEST_ANSWER, decode_content=True).decode(errors="replace")
            return Answer(response.status_code, text)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
        return Permanent(str(error)[:255])
    except (requests.RequestException, OSError, ValueError) as error:
        return Temporary(f"{type(error).__name__}: {error}"[:255], unreachable=True)
    except Exception as error:  # urllib3's own errors while the body is read
        return Temporary(f"{type(error).__name__}: {error}"[:255], unreachable=True)


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
