"""What the tests of handing over share: somebody's browser, shipments that the carrier knows, a drawn signature."""
from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from django.test import Client

from dossiers.models import Dossier
from onestop import clock
from onestop.people.models import User
from postal.models import Carrier, Shipment
from postal.states import Direction, State

BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(user: User | None = None) -> Client:
    """A browser of its own, signed in for a user."""
    found = Client()
    if user is not None:
        found.force_login(user, backend=BACKEND)
    return found


def picture(wide: int = 60, high: int = 20) -> bytes:
    """A white PNG with a line through it."""
    lines = [b"\0" + (b"\x0b\x2e\x4f" if number == high // 2 else b"\xff\xff\xff") * wide for number in range(high)]

    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"".join(lines))) + part(b"IEND", b"")


DRAWN = "data:image/png;base64," + base64.b64encode(picture()).decode()


def known(dossier: Dossier, carrier: Carrier, *, direction: str = Direction.OUT, state: str = State.ORDERED, **fields: Any) -> Shipment:
    """A shipment that the carrier knows."""
    values = {"office": dossier.received_office, "recipient": dossier.full_name, "phone": dossier.phone, "address": "Số 9, đường Mẫu",
              "waybill": f"BD{dossier.pk:011d}VN", "ordered_at": clock.now(), "collect_due_at": clock.now()}
    return Shipment.objects.create(carrier=carrier, dossier=dossier, direction=direction, state=state, **values | fields)
