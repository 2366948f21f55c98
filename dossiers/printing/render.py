"""From facts to PDF bytes. The same facts give the same bytes: embedded font, no system fonts, a fixed time stamp."""
import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import segno
import typst

from dossiers.states import FormKind

HERE = Path(__file__).parent
FONTS = [Path(fontpkg_be_vietnam_pro.__file__).parent / "files"]
SOURCES = {FormKind.RECEIPT: "receipt.typ", FormKind.SUPPLEMENT: "supplement.typ", FormKind.REFUSAL: "refusal.typ",
           FormKind.EXTENSION: "extension.typ"}


def render(kind: FormKind, facts: Mapping[str, Any], *, issued_at: datetime) -> bytes:
    """The PDF of a form (A4, tagged). `issued_at` stands in the file as its date, so a form can be made again alike."""
    return bytes(typst.compile(
        str(HERE / SOURCES[kind]), root=str(HERE), font_paths=[str(path) for path in FONTS], ignore_system_fonts=True,
        format="pdf", sys_inputs={"facts": json.dumps(facts, ensure_ascii=False)}, timestamp=int(issued_at.timestamp()),
    ))


def tracking_qr(url: str) -> str:
    """A QR of an address as SVG text, error correction M."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()
