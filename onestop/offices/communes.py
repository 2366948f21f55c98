"""The commune of an address: found by its code or its name as people type it, and told with what it lies in."""
from __future__ import annotations

from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.people.words import clean, fold

KINDS = ("phuong", "xa", "thi tran", "dac khu")
SHORT = {"p. ": "phuong ", "p ": "phuong ", "x. ": "xa ", "tt. ": "thi tran "}


def called(text: str) -> list[Area]:
    """The communes a text can mean: a code; else the name with or without its kind, narrowed by what stands after a comma, then by its
    tone marks. One query."""
    name, _comma, above = clean(text)[:200].partition(",")
    rows = Area.objects.filter(level=AreaLevel.COMMUNE).select_related("parent__parent")
    if name.isdigit():
        return list(rows.filter(code=name))
    wanted = _written_out(fold(name.strip()))
    found = list(rows.filter(search_name__in=[wanted, *(f"{kind} {wanted}" for kind in KINDS)]).order_by("code"))
    if above.strip():
        found = [area for area in found if _lies_in(area, fold(above.rpartition(",")[2].strip()))]
    for same in (_same_kind, _same_marks):
        exact = [area for area in found if same(area.name, name.strip())]
        found = exact if len(found) > 1 and exact else found
    return found


def _written_out(name: str) -> str:
    for short, whole in SHORT.items():
        if name.startswith(short):
            return whole + name.removeprefix(short).strip()
    return name


def _lies_in(area: Area, name: str) -> bool:
    above = area.parent
    while above is not None:
        if above.search_name.endswith(name):
            return True
        above = above.parent
    return False


def _same_kind(known: str, typed: str) -> bool:
    return fold(known) == fold(typed)


def _same_marks(known: str, typed: str) -> bool:
    return f" {known}".casefold().endswith(f" {clean(typed)}".casefold())


def full_name(area: Area) -> str:
    """'Phường Ninh Kiều, Thành phố Cần Thơ': an area with those above it, smallest first; read with parent__parent."""
    names, above = [area.name], area.parent
    while above is not None:
        names.append(above.name)
        above = above.parent
    return ", ".join(names)
