"""The demo catalogue: at least 40 real procedures, usable where the tour needs them."""
from datetime import time

from onestop.catalogue import demo, queries
from onestop.catalogue.models import Procedure, ReviewItem


def test_the_demo_loads_twice_without_change(db):
    said: list[str] = []
    demo.load(password="x", say=said.append)
    first = list(Procedure.objects.values_list("code", "state", "current_id"))
    demo.load(password="x", say=said.append)
    assert list(Procedure.objects.values_list("code", "state", "current_id")) == first
    assert len(first) >= 40
    assert len(said) == 2


def test_the_demo_has_what_the_tour_needs(db):
    demo.load(password="x", say=lambda text: None)
    birth = queries.by_code("1.001193")
    assert birth is not None and birth.is_usable()
    assert {term.channel for term in birth.current.channels.all()} == {"online", "postal", "in_person"}
    assert (birth.current.cutoff_time, birth.current.papers.count()) == (time(15), 5)
    usable = Procedure.objects.usable()
    assert any(procedure.field_verification and "commune" in procedure.levels for procedure in usable)
    assert usable.filter(presence_required=True).exists() and usable.filter(urgent=True).exists() and usable.filter(sensitive=True).exists()
    assert ReviewItem.objects.open().values("procedure").distinct().count() >= 5
    assert queries.search("khai sinh").first() == birth
