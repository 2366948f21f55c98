"""From facts to PDF bytes. The same facts give the same bytes: embedded font, no system fonts, a fixed time stamp."""
from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import segno
import typst

from dossiers.states import FormKind

HERE = Path(__file__).parent
FONTS = [Path(fontpkg_be_vietnam_pro.__file__).parent / "files"]
SOURCES = {
    FormKind.RECEIPT: "receipt.typ", FormKind.SUPPLEMENT: "supplement.typ", FormKind.REFUSAL: "refusal.typ",
    FormKind.EXTENSION: "extension.typ", FormKind.STOP: "stop.typ", FormKind.CONTROL: "control.typ", FormKind.FILING: "filing.typ",
    FormKind.HANDOVER: "handover.typ",
}
# Marks that turn the direction of what follows: with them a text could show another order than it has.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Letters of the Arabic and Hebrew scripts and pictures, which the form's font does not have: shown as the replacement sign.
_UNPRINTABLE = re.compile("[\U00010000-\U0010ffff\u2600-\u27bf\ufe0f\u200d]")


def render(kind: FormKind, facts: Mapping[str, Any], *, issued_at: datetime) -> bytes:
    """The PDF of a form (A4, tagged). `issued_at` stands in the file as its date, so a form can be made again alike."""
    return compiled(SOURCES[kind], facts, issued_at=issued_at)


def compiled(source: str, facts: Mapping[str, Any], *, issued_at: datetime, tags: bool = True, folder: Path = HERE) -> bytes:
    """The PDF of a template, which lies in `folder`. `tags` False leaves out the reading structure: for long lists that is half of the
    file."""
    return bytes(typst.compile(
        str(folder / source), root=str(folder), font_paths=[str(path) for path in FONTS], ignore_system_fonts=True, format="pdf",
        sys_inputs={"facts": json.dumps(printable(facts), ensure_ascii=False)}, timestamp=int(issued_at.timestamp()), pdf_tags=tags,
    ))


def printable(value: Any) -> Any:
    """The same data without what paper can't show: turning marks go, pictures become one plain sign."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("□", _TURNING.sub("", value))
    if isinstance(value, Mapping):
        return {key: printable(kept) for key, kept in value.items()}
    if isinstance(value, list | tuple):
        return [printable(kept) for kept in value]
    return value


@cache
def version() -> str:
    """Which templates are these: twelve digits of the digest of all of them."""
    seen = hashlib.sha256()
    for path in sorted(HERE.glob("*.typ")):
        seen.update(path.read_bytes())
    return seen.hexdigest()[:12]


def tracking_qr(url: str) -> str:
    """A QR of an address as SVG text, error correction M."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()
