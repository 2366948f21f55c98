"""PURE: a carrier's names for what we tell it, and its week, as people type them; each fault in a sentence."""
import re
from collections.abc import Mapping, Sequence
from datetime import time
from itertools import combinations

from django.utils.translation import gettext as _

LEAVE_OUT = "-"
PATH = re.compile(r"^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$")
SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")
TIME = re.compile(r"^(\d{1,2}):(\d{2})$")


class Wrong(Exception):
    """What was typed can't be used; the text says why."""


def paths(typed: Mapping[str, str], *, needed: Sequence[str] = ()) -> dict[str, str]:
    """{our name: the carrier's path, '' to leave it out} of the names that are changed. Raises Wrong."""
    found: dict[str, str] = {}
    for name, text in typed.items():
        if text == LEAVE_OUT:
            if name in needed:
                raise Wrong(_("“%(name)s” không được bỏ.") % {"name": name})
            found[name] = ""
        elif text and not PATH.match(text):
            raise Wrong(_("Tên trường “%(text)s” chỉ gồm chữ không dấu, số, gạch và dấu chấm, ví dụ: nguoi_nhan.ten.") % {"text": text})
        elif text and text != name:
            found[name] = text
    used = sorted(path for path in (found.get(name, name) for name in typed) if path)
    for one, other in combinations(used, 2):
        if one == other or other.startswith(f"{one}."):
            raise Wrong(_("Hai tên trường “%(one)s” và “%(other)s” trùng hoặc chứa nhau.") % {"one": one, "other": other})
    return found


def spans(text: str) -> list[list[str]]:
    """'07:00-11:30, 13:30-17:00' → [['07:00', '11:30'], ['13:30', '17:00']]; '' is a day of rest. Raises Wrong."""
    found: list[list[str]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = SPAN.match(part)
        if not match:
            raise Wrong(_("Giờ làm việc ghi như 07:00-11:30, 13:30-17:00."))
        start, end = _moment(match[1], match[2]), _moment(match[3], match[4])
        if start >= end or (found and start < found[-1][1]):
            raise Wrong(_("Giờ bắt đầu phải trước giờ kết thúc, các khoảng theo thứ tự và không chồng nhau."))
        found.append([start, end])
    return found


def times(text: str) -> list[str]:
    """'10:30, 15:30' → ['10:30', '15:30'], in order, each once. Raises Wrong."""
    found = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = TIME.match(part)
        if not match:
            raise Wrong(_("Giờ lập bảng kê ghi như 10:30, 15:30."))
        found.add(_moment(match[1], match[2]))
    return sorted(found)


def _moment(hour: str, minute: str) -> str:
    try:
        return f"{time(int(hour), int(minute)):%H:%M}"
    except ValueError as error:
        raise Wrong(_("Không có giờ %(hour)s:%(minute)s.") % {"hour": hour, "minute": minute}) from error


def typed_spans(day: Sequence[Sequence[str]]) -> str:
    """A day's hours as one types them."""
    return ", ".join(f"{start}-{end}" for start, end in day)
