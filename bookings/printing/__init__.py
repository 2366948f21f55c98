"""The day's list as PDF (typst), made like the dossiers' forms: facts are data, never part of the source."""
import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import segno
import typst

HERE = Path(__file__).parent
FONTS = [Path(fontpkg_be_vietnam_pro.__file__).parent / "files"]


def day_list(facts: Mapping[str, Any], *, printed_at: datetime) -> bytes:
    """The PDF of a day's list, A4 across, with a QR of the day's page."""
    given = {**facts, "qr": _qr(str(facts["link"]))}
    return bytes(typst.compile(
        str(HERE / "day_list.typ"), root=str(HERE), font_paths=[str(path) for path in FONTS], ignore_system_fonts=True, format="pdf",
        sys_inputs={"facts": json.dumps(given, ensure_ascii=False)}, timestamp=int(printed_at.timestamp()),
    ))


def _qr(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue().decode()
