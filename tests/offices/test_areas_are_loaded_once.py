"""The area tree: 34 provinces, 3,321 communes, the letters' former areas; a second run changes nothing."""
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from onestop.offices import areas
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel

pytestmark = pytest.mark.django_db


def test_counts_and_second_run() -> None:
    first = areas.load()
    today = Area.objects.valid_on(date(2026, 11, 25))
    assert today.filter(level=AreaLevel.PROVINCE).count() == 34
    assert today.filter(level=AreaLevel.COMMUNE).count() == 3321
    assert not today.filter(level=AreaLevel.DISTRICT).exists()
    assert first.created == 34 + 3321 + len(areas.HISTORICAL)
    again = areas.load()
    assert (again.created, again.updated, again.unchanged) == (0, 0, first.created)


def test_a_changed_name_is_put_right_and_search_works_without_tone_marks() -> None:
    areas.load()
    Area.objects.filter(code="31135").update(name="Phường Khác")
    assert areas.load().updated == 1
    assert Area.objects.get(code="31135").name == "Phường Ninh Kiều"
    assert Area.objects.filter(search_name__contains="ninh kieu", level=AreaLevel.COMMUNE).count() == 1


def test_former_areas_end_on_30_june_2025_and_name_their_successors() -> None:
    areas.load()
    district = Area.objects.get(code="H916")
    assert (district.name, district.valid_to) == ("Quận Ninh Kiều", date(2025, 6, 30))
    assert district.successor is not None and district.successor.code == "31135"
    assert set(district.became.values_list("name", flat=True)) == {"Phường Ninh Kiều", "Phường Cái Khế", "Phường Tân An", "Phường An Bình"}
    for former in Area.objects.filter(code__in=[row.code for row in areas.HISTORICAL]).prefetch_related("became__parent"):
        assert former.became.count() >= 1
        if former.level == AreaLevel.DISTRICT and former.parent is not None and not former.parent.valid_to:
            assert {heir.parent_id for heir in former.became.all()} == {former.parent_id}
    province = Area.objects.get(code="H26")
    assert province.successor is not None and province.successor.name == "Tỉnh Phú Thọ"


def test_command_says_what_it_did() -> None:
    said = StringIO()
    call_command("load_areas", stdout=said)
    assert "3361 created" in said.getvalue()
