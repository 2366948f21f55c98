"""Reading an uploaded list of reception points (CSV or XLSX): lines that can be used, and a sentence for each that can't."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _

from onestop import sheets
from onestop.offices.models import Area
from onestop.people.words import clean, fold

NAMES = {
    "code": ("ma diem", "ma", "code"), "name": ("ten diem", "ten", "name"), "area": ("xa, phuong", "xa phuong", "ma xa", "dia ban", "area"),
    "address": ("dia chi", "address"), "phone": ("dien thoai", "so dien thoai", "phone"), "hours": ("gio lam viec", "hours"),
    "opens": ("mo cua", "opens"), "closes": ("dong cua", "closes"), "valid_from": ("tu ngay", "from"), "valid_to": ("den ngay", "to"),
    "latitude": ("vi do", "latitude"), "longitude": ("kinh do", "longitude"),
}
HEADER = ("Mã điểm", "Tên điểm", "Xã, phường", "Địa chỉ", "Điện thoại", "Giờ làm việc", "Mở cửa", "Đóng cửa", "Từ ngày", "Đến ngày",
          "Vĩ độ", "Kinh độ")
NEEDED = ("code", "name", "area", "address")
MOST = 5000
LENGTHS = {"code": 30, "name": 160, "address": 255, "phone": 30, "hours": 160}
TIME = re.compile(r"^(\d{1,2})[:hg](\d{2})?$")
DAY = re.compile(r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$")
Places = Callable[[str], Sequence[Area]]


@dataclass(frozen=True)
class Point:
    """A usable line. `area` is the commune's id; days and times in ISO form, '' for the usual."""

    code: str
    name: str
    area: int
    address: str
    phone: str = ""
    hours: str = ""
    opens: str = ""
    closes: str = ""
    valid_from: str = ""
    valid_to: str = ""
    latitude: float | None = None
    longitude: float | None = None

    def columns(self) -> dict[str, Any]:
        """As the row keeps it."""
        told = {name: value for name, value in asdict(self).items() if name not in ("area", "code")}
        times = {name: time.fromisoformat(told.pop(name)) for name in ("opens", "closes") if told[name]}
        days = {name: date.fromisoformat(told.pop(name)) for name in ("valid_from", "valid_to") if told[name]}
        kept = {name: value for name, value in told.items() if name not in ("opens", "closes", "valid_from", "valid_to")}
        return {**kept, "area_id": self.area, **times, **days, **({} if "valid_to" in days else {"valid_to": None})}


@dataclass
class Found:
    """What a file held: points, and (line, sentence) for what was left out."""

    points: list[Point] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def read(content: bytes, places: Places) -> Found:
    """The points of a file; `places` finds the communes that a text can mean. Raises sheets.Unreadable."""
    lines = sheets.rows(content)
    header = [fold(cell) for cell in (next(lines, None) or [])[:sheets.MOST_COLUMNS]]
    columns = {name: next(index for index, word in enumerate(header) if word in known)
               for name, known in NAMES.items() if any(word in known for word in header)}
    if not all(name in columns for name in NEEDED):
        raise sheets.Unreadable(_("Dòng đầu phải có các cột Mã điểm, Tên điểm, Xã, phường và Địa chỉ. Vui lòng dùng tệp mẫu."))
    found, seen = Found(), dict[str, int]()
    for number, line in enumerate(lines, 2):
        values = {name: clean(line[index]) if index < len(line) else "" for name, index in columns.items()}
        if not any(values.values()):
            continue
        if len(found.points) + len(found.left_out) >= MOST:
            raise sheets.Unreadable(_("Danh sách có hơn %(most)s dòng. Vui lòng chia thành nhiều tệp.") % {"most": MOST})
        try:
            point = _point(values, places)
            first = seen.setdefault(point.code.casefold(), number)
            if first != number:
                raise ValueError(_("Trùng mã với dòng %(line)s.") % {"line": first})
        except ValueError as trouble:
            found.left_out.append((number, str(trouble)))
        else:
            found.points.append(point)
    return found


def _point(values: dict[str, str], places: Places) -> Point:
    """Raises ValueError with a sentence."""
    for name, value in values.items():
        if value.startswith(sheets.FORMULA) and not (name == "phone" and value.startswith("+")):
            raise ValueError(_("Ô bắt đầu bằng dấu của công thức (=, +, -, @), vui lòng ghi lại thành chữ."))
    for name, most in LENGTHS.items():
        if len(values.get(name, "")) > most:
            raise ValueError(_("Nội dung một ô dài hơn %(most)s ký tự.") % {"most": most})
    for name, sentence in (("code", _("Thiếu mã điểm.")), ("name", _("Thiếu tên điểm.")), ("address", _("Thiếu địa chỉ."))):
        if not values[name]:
            raise ValueError(sentence)
    texts = {name: values.get(name, "") for name in LENGTHS}
    days = {name: _day(values.get(name, "")) for name in ("valid_from", "valid_to")}
    if days["valid_from"] and days["valid_to"] and days["valid_to"] < days["valid_from"]:
        raise ValueError(_("Ngày kết thúc phải sau ngày bắt đầu."))
    times = {name: _time(values.get(name, "")) for name in ("opens", "closes")}
    return Point(area=_area(values["area"], places), latitude=_degrees(values.get("latitude", ""), 90),
                 longitude=_degrees(values.get("longitude", ""), 180), **texts, **days, **times)


def _area(text: str, places: Places) -> int:
    found = places(text.zfill(5) if text.isdigit() else text) if text else []
    if not found:
        raise ValueError(_("Không tìm thấy xã, phường “%(name)s”.") % {"name": text[:80]})
    if len(found) > 1:
        raise ValueError(_("Có nhiều xã, phường tên “%(name)s”: vui lòng ghi thêm tỉnh hoặc dùng mã xã.") % {"name": text[:80]})
    return found[0].pk


def _time(text: str) -> str:
    if not text:
        return ""
    found = TIME.match(fold(text).replace(" ", "").replace("gio", "g"))
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise ValueError(_("Giờ ghi theo dạng 7:30."))
    return f"{int(found[1]):02d}:{int(found[2] or 0):02d}"


def _day(text: str) -> str:
    if not text:
        return ""
    found = DAY.match(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise ValueError(_("Ngày ghi theo dạng 23/08/2021.")) from error


def _degrees(text: str, most: int) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError as error:
        raise ValueError(_("Tọa độ phải là số, ví dụ 10.0341.")) from error
    if not -most <= value <= most:
        raise ValueError(_("Tọa độ nằm ngoài phạm vi."))
    return value
