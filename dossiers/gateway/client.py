"""Asking the gateway about a transaction (VNPAY's querydr): the only call the portal makes to it. Never inside a transaction."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import requests

from dossiers.gateway import signing

LONGEST = 64 * 1024


@dataclass(frozen=True)
class Terminal:
    """How this installation talks to the gateway."""

    url: str
    query_url: str
    code: str
    secret: str
    timeout: float


def ask(terminal: Terminal, *, reference: str, info: str, started_at: datetime, now: datetime, address: str) -> dict[str, str] | None:
    """The gateway's answer as it came, its signature unchecked; None where nobody (or nothing readable) answered."""
    fields = {
        "vnp_RequestId": uuid.uuid4().hex, "vnp_Version": signing.VERSION, "vnp_Command": "querydr", "vnp_TmnCode": terminal.code,
        "vnp_TxnRef": reference, "vnp_OrderInfo": info, "vnp_TransactionDate": signing.moment(started_at),
        "vnp_CreateDate": signing.moment(now), "vnp_IpAddr": address,
    }
    fields[signing.SIGNATURE] = signing.joined(terminal.secret, signing.QUERY_ORDER, fields)
    try:
        answer = requests.post(terminal.query_url, json=fields, timeout=terminal.timeout, allow_redirects=False)
        content = answer.json() if answer.status_code == 200 and len(answer.content) <= LONGEST else None
    except (requests.RequestException, ValueError):
        return None
    return {str(name): str(value) for name, value in content.items()} if isinstance(content, dict) else None
