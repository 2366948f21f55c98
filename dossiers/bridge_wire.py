"""PURE: what travels between the portal and the National Portal: status packets, lists of dossiers filed there."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KEY = "Idempotency-Key"
SYSTEM = "dvcqg"  # of ExternalCode
# What a dossier filed there must or may bring: our name → the names it is known by in files.
NAMES: Mapping[str, tuple[str, ...]] = {
    "code": ("ma_ho_so_dvcqg", "ma_dvcqg", "code"), "procedure": ("ma_thu_tuc", "procedure"), "office": ("ma_don_vi", "office"),
    "full_name": ("ho_ten", "full_name"), "phone": ("so_dien_thoai", "phone"), "citizen_id": ("so_dinh_danh", "citizen_id"),
    "email": ("thu_dien_tu", "email"), "address": ("dia_chi", "address"), "note": ("noi_dung", "note"),
    "return_method": ("cach_nhan", "return_method"), "return_address": ("dia_chi_nhan", "return_address"),
}


class Unreadable(Exception):
    """A file that is no list of dossiers; the message says why, in Vietnamese."""


@dataclass(frozen=True)
class Filed:
    """One dossier as the National Portal tells it; every field is text, '' where it is not given."""

    code: str
    procedure: str
    office: str
    full_name: str
    phone: str
    citizen_id: str = ""
    email: str = ""
    address: str = ""
    note: str = ""
    return_method: str = ""
    return_address: str = ""


def as_body(payload: Mapping[str, Any]) -> bytes:
    """The bytes of a packet, always the same for the same packet."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def as_json(payloads: Iterable[Mapping[str, Any]]) -> bytes:
    """A file of packets."""
    return json.dumps({"goi_tin": list(payloads)}, ensure_ascii=False, sort_keys=True, indent=1).encode()


def as_csv(payloads: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> bytes:
    """The same as CSV, with the mark that spreadsheets need to read Vietnamese."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for payload in payloads:
        writer.writerow(payload)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def read(content: bytes) -> list[Filed]:
    """The dossiers of a JSON or CSV file. Raises Unreadable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("Tệp phải dùng bảng mã UTF-8.") from error
    rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    return [filed(row) for row in rows]


def _json_rows(text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("Tệp JSON không đúng cú pháp.") from error
    rows = found.get("ho_so") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("Tệp JSON phải là danh sách hồ sơ, hoặc có mục “ho_so”.")
    return rows


def _csv_rows(text: str) -> list[Mapping[str, Any]]:
    head = text.split("\n", 1)[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
        rows: list[Mapping[str, Any]] = list(reader)
    except csv.Error as error:
        raise Unreadable("Tệp CSV không đúng cú pháp.") from error
    known = {name for names in NAMES.values() for name in names}
    if not known & {(name or "").strip().lower() for name in reader.fieldnames or ()}:
        raise Unreadable("Dòng đầu của tệp CSV phải là tên cột, ví dụ ma_ho_so_dvcqg, ma_thu_tuc, ma_don_vi, ho_ten, so_dien_thoai.")
    return rows


def filed(row: Mapping[str, Any]) -> Filed:
    """One row; what isn't text becomes text, what isn't there ''."""
    lower = {str(name).strip().lower(): value for name, value in row.items()}
    values = {}
    for field, names in NAMES.items():
        found = next((lower[name] for name in names if lower.get(name) not in (None, "")), "")
        values[field] = "" if isinstance(found, dict | list) else str(found).replace("\x00", "").strip()
    return Filed(**values)
