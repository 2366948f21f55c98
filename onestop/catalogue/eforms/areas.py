"""PURE: the communes and provinces of the national list that came into force on 1/7/2025, by code and by name as people type it."""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import vietnam_provinces

from onestop.people.words import clean, fold

MOST_FOUND = 12
# What people leave out or shorten in front of a name.
KINDS = ("thanh pho ", "tinh ", "phuong ", "xa ", "dac khu ", "tp. ", "tp ", "p. ", "x. ")


@dataclass(frozen=True)
class Place:
    """A commune ('Phường Ninh Kiều, Thành phố Cần Thơ') or a province."""

    code: str
    name: str
    level: str
    province: str = ""

    @property
    def full_name(self) -> str:
        """The name with the province's."""
        return f"{self.name}, {self.province}" if self.province else self.name


@cache
def places() -> dict[str, Place]:
    """All of them by code: 34 provinces and their communes. The list's numbers are written with the zeros of the national codes."""
    found: dict[str, Place] = {}
    for row in json.loads(vietnam_provinces.NESTED_DIVISIONS_JSON_PATH.read_text(encoding="utf-8")):
        province = Place(f"{row['code']:02}", _province_name(row["name"]), "province")
        found[province.code] = province
        for ward in row["wards"]:
            found[f"{ward['code']:05}"] = Place(f"{ward['code']:05}", clean(ward["name"]), "commune", province.name)
    return found


def _province_name(name: str) -> str:
    name = clean(name)
    return name if name.startswith(("Tỉnh ", "Thành phố ", "Thủ đô ")) else f"Tỉnh {name}"


@cache
def _by_name(level: str) -> dict[str, list[Place]]:
    """Folded names without their kind, each with the places called so, province by province."""
    names: dict[str, list[Place]] = {}
    for place in places().values():
        if place.level == level:
            names.setdefault(bare(place.name), []).append(place)
    return names


def bare(name: str) -> str:
    """'Phường Ninh Kiều' → 'ninh kieu': as two people who write the same place differently would both have it."""
    folded = fold(name)
    for kind in KINDS:
        if folded.startswith(kind) and len(folded) > len(kind):
            return folded.removeprefix(kind).strip()
    return folded


def find(text: str, level: str = "commune") -> list[Place]:
    """The places that a typed text can mean: the code; else the name, narrowed by a province after a comma and by its kind."""
    text = clean(text)[:200]
    known = places().get(text)
    if known is not None:
        return [known] if known.level == level else []
    name, _comma, province = text.partition(",")
    found = list(_by_name(level).get(bare(name), []))
    if level == "commune" and province.strip():
        found = [place for place in found if bare(place.province) == bare(province)]
    for same in (_same_kind, _same_marks):  # places that sound alike are told apart by 'Phường', then by their tone marks
        exact = [place for place in found if same(place.name, name)]
        found = exact if len(found) > 1 and exact else found
    return found


def _same_kind(known: str, typed: str) -> bool:
    return fold(known) == fold(typed)


def _same_marks(known: str, typed: str) -> bool:
    return f" {known}".casefold().endswith(f" {clean(typed)}".casefold())


def suggest(text: str, level: str = "commune") -> list[Place]:
    """Places whose name begins with what was typed, at most MOST_FOUND, those called exactly so first."""
    wanted = bare(text[:200].partition(",")[0])
    if len(wanted) < 2:
        return []
    begun = [place for name, group in _by_name(level).items() if name.startswith(wanted) for place in group]
    return sorted(begun, key=lambda place: (bare(place.name) != wanted, place.full_name))[:MOST_FOUND]


def provinces() -> list[Place]:
    """The 34 provinces by name."""
    return sorted(_provinces(), key=lambda place: bare(place.name))


@cache
def _provinces() -> list[Place]:
    return [place for place in places().values() if place.level == "province"]


def name_of(code: str) -> str:
    """The full name of a code; the code itself where the list has it no longer."""
    place = places().get(code)
    return place.full_name if place else code
