"""The area tree: what the national list of 2025 holds, and the districts and province that the five letters still name."""
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import vietnam_provinces
from django.db import connection, transaction

from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from onestop.people.words import clean, fold

# Two levels of local government from 1/7/2025 on; districts ended the day before.
NEW_COMMUNES = date(2025, 7, 1)
DISTRICTS_END = date(2025, 6, 30)
COMPARED = ("name", "search_name", "level", "parent_id", "successor_id", "valid_from", "valid_to")


@dataclass(frozen=True)
class Row:
    """One area as data; parents and successors are named by code."""

    code: str
    name: str
    level: str
    parent: str = ""
    became: tuple[str, ...] = ()
    dates: dict[str, date | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """What a run of load_areas did."""

    created: int
    updated: int
    unchanged: int


# The package has no areas of before 1/7/2025. Codes are the former national ones; the communes are those that
# the National Assembly's Standing Committee made of each in 2025, the one that keeps the name or seat first.
HISTORICAL = (
    Row("H26", "Tỉnh Vĩnh Phúc", AreaLevel.PROVINCE, "", ("25",)),
    Row("H916", "Quận Ninh Kiều", AreaLevel.DISTRICT, "92", ("31135", "31120", "31147", "31150")),
    Row("H279", "Huyện Thường Tín", AreaLevel.DISTRICT, "01", ("10183", "10231", "10237", "10210")),
    Row("H568", "Thành phố Nha Trang", AreaLevel.DISTRICT, "56", ("22366", "22333", "22390", "22402")),
    Row("H964", "Thành phố Cà Mau", AreaLevel.DISTRICT, "96", ("32002", "32014", "32025", "32041")),
    Row("H243", "Thành phố Vĩnh Yên", AreaLevel.DISTRICT, "H26", ("08707", "08716")),
)


def national_list() -> list[dict[str, Any]]:
    """The 34 provinces with their communes, as the package ships them."""
    return json.loads(vietnam_provinces.NESTED_DIVISIONS_JSON_PATH.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def province_rows() -> Iterator[Row]:
    """Current provinces ('Tỉnh …' added where the list leaves it out) and the former one."""
    for province in national_list():
        name = clean(province["name"])
        if province["division_type"] == "tỉnh":
            name = f"Tỉnh {name}"
        yield Row(f"{province['code']:02d}", name, AreaLevel.PROVINCE)
    yield from (row for row in HISTORICAL if row.level == AreaLevel.PROVINCE)


def lower_rows() -> Iterator[Row]:
    """Current communes and the former districts."""
    for province in national_list():
        for ward in province["wards"]:
            yield Row(f"{ward['code']:05d}", clean(ward["name"]), AreaLevel.COMMUNE, f"{province['code']:02d}",
                      dates={"valid_from": NEW_COMMUNES})
    yield from (row for row in HISTORICAL if row.level == AreaLevel.DISTRICT)


def load() -> Loaded:
    """Bring the area tree up to the list; a second run changes nothing. Areas that others made are left alone."""
    with transaction.atomic():
        upper = _write(list(province_rows()))
        lower = _write(list(lower_rows()))
        _link(HISTORICAL)
    if upper.created + lower.created:
        with connection.cursor() as cursor:  # without fresh statistics the planner takes the tree for empty
            cursor.execute(f"ANALYZE {Area._meta.db_table}")
    return Loaded(upper.created + lower.created, upper.updated + lower.updated, upper.unchanged + lower.unchanged)


def _write(rows: list[Row]) -> Loaded:
    ids = dict(Area.objects.values_list("code", "pk"))
    known = {area.code: area for area in Area.objects.filter(level__in={row.level for row in rows})}
    new, changed = [], []
    for row in rows:
        wanted = _area(row, ids)
        old = known.get(row.code)
        if old is None:
            new.append(wanted)
        elif any(getattr(old, name) != getattr(wanted, name) for name in COMPARED if name != "successor_id"):
            wanted.pk, wanted.successor_id = old.pk, old.successor_id
            changed.append(wanted)
    Area.objects.bulk_create(new, batch_size=1000)
    Area.objects.bulk_update(changed, list(COMPARED), batch_size=500)
    return Loaded(len(new), len(changed), len(rows) - len(new) - len(changed))


def _area(row: Row, ids: dict[str, int]) -> Area:
    area = Area(code=row.code, name=row.name, search_name=fold(row.name), level=str(row.level),
                parent_id=ids[row.parent] if row.parent else None)
    if row.became:
        area.valid_to = DISTRICTS_END
    for name, value in row.dates.items():
        setattr(area, name, value)
    return area


def _link(rows: tuple[Row, ...]) -> None:
    """Name what each historical area became."""
    codes = {row.code for row in rows} | {code for row in rows for code in row.became}
    areas = {area.code: area for area in Area.objects.filter(code__in=codes)}
    for row in rows:
        former, heirs = areas[row.code], [areas[code] for code in row.became]
        if former.successor_id != heirs[0].pk:
            former.successor = heirs[0]
            former.save(update_fields=["successor"])
        former.became.set(heirs)
