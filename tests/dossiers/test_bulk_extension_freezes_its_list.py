"""A scope becomes a frozen list: what belongs to it is decided at the request, each dossier has its dates or a reason."""
from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossiers import extension_lists
from dossiers.extension_lists import Wanted
from dossiers.models import Dossier
from dossiers.scopes import NO, YES, Scope, narrowed
from dossiers.services import extensions, processing
from dossiers.services.extensions import requesting
from dossiers.states import ExtensionState, ItemState, State
from onestop import clock
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused
from tests.dossiers.bulk import UNTIL, ask, grounds, received

pytestmark = pytest.mark.usefixtures("morning")


def test_a_scope_is_frozen_with_old_and_new_dates(cast):
    made = received(cast, 5)
    asked = ask(cast, grounds(cast))
    assert asked.state == ExtensionState.REQUESTED and asked.frozen_at is not None
    assert {item.dossier_id for item in asked.items.all()} == {row.pk for row in made}
    assert {(item.due_from, item.due_to) for item in asked.items.all()} == {(clock.at(date(2026, 12, 9), 17), clock.at(UNTIL, 17))}


def test_what_comes_later_is_never_added(cast, monkeypatch):
    received(cast, 3)
    monkeypatch.setattr(requesting, "AT_ONCE", 0)
    asked = ask(cast, grounds(cast))
    received(cast, 2, prefix="SAU")
    assert asked.state == ExtensionState.ASSESSING and not asked.items.exists()
    extensions.work(asked.pk)
    asked.refresh_from_db()
    assert asked.state == ExtensionState.REQUESTED and asked.items.count() == 3


def test_freezing_goes_on_where_it_stopped(cast, monkeypatch):
    received(cast, 450)
    monkeypatch.setattr(requesting, "AT_ONCE", 0)
    asked = ask(cast, grounds(cast))
    assert extensions.freeze(asked, chunks=1) == 200
    assert extension_lists.progress(asked).settled == 200 and extension_lists.progress(asked).goal == 450
    assert extensions.freeze(asked) == 250
    assert extensions.freeze(asked) == 0
    asked.refresh_from_db()
    assert asked.state == ExtensionState.REQUESTED and asked.items.count() == 450


def test_exclusions_are_grouped_and_counted(cast):
    received(cast, 3)
    received(cast, 4, cast.procedure, prefix="KHAC")
    asked = ask(cast, grounds(cast), scope=Scope())
    groups = extension_lists.reasons(asked)
    assert [(row.state, row.count) for row in groups] == [("excluded", 4)]
    assert "không phải thẩm định" in groups[0].sentence
    assert len(extension_lists.page(asked, Wanted(reason=groups[0].sentence)).rows) == 4


def test_a_dossier_stands_in_one_waiting_request_only(cast):
    received(cast, 2)
    letter = grounds(cast)
    first = ask(cast, letter)
    second = ask(cast, letter)
    assert {item.state for item in second.items.all()} == {ItemState.EXCLUDED}
    assert f"đề nghị số {first.pk}" in second.items.first().excluded_because
    with pytest.raises(Refused) as refusal:
        extensions.approve(actor=cast.administrator, extension=second, via="web")
    assert refusal.value.code == "nothing_to_extend"


def test_every_condition_narrows(cast):
    field, plain = received(cast, 2)[0], received(cast, 2, cast.procedure, prefix="KHAC")[0]
    Dossier.objects.filter(pk=plain.pk).update(channel="online", state=State.PROCESSING)
    day = clock.local(field.received_at).date()
    every = Dossier.objects.all()
    for scope, count in (
        (Scope(), 4), (Scope(field_verification=YES), 2), (Scope(field_verification=NO), 2), (Scope(procedures=(cast.procedure.code,)), 2),
        (Scope(offices=(cast.office.code,)), 4), (Scope(offices=(cast.other_office.code,)), 0), (Scope(areas=(cast.province.code,)), 4),
        (Scope(areas=(cast.commune.code,)), 4), (Scope(areas=("T31186",)), 0), (Scope(field="Hộ tịch"), 4), (Scope(field="Đất đai"), 0),
        (Scope(channels=("online",)), 1), (Scope(states=("processing",)), 1), (Scope(received_from=day), 4),
        (Scope(received_from=day + timedelta(days=1)), 0), (Scope(received_to=day), 4), (Scope(received_to=day - timedelta(days=1)), 0),
        (Scope(due_before=date(2026, 12, 9)), 2), (Scope(due_before=date(2026, 12, 10)), 4),
    ):
        assert narrowed(every, scope).count() == count, scope
        assert Scope.from_json(scope.as_json()) == scope


@pytest.mark.parametrize("who", ["desk", "outsider", "administrator", "hotline", "citizen", "guard"])
def test_only_the_own_agency_asks(cast, who):
    received(cast, 1)
    letter = grounds(cast)
    with pytest.raises(Refused) as refusal:
        extensions.request_scope(actor=getattr(cast, who), scope=Scope(offices=(cast.office.code,)), instrument="directed_extension",
                                 until=UNTIL, reason="x", citizen_text="x", directive=letter)
    assert refusal.value.status == 403


def test_an_empty_scope_is_refused(cast):
    with pytest.raises(Refused) as refusal:
        ask(cast, grounds(cast))
    assert refusal.value.code == "empty_scope"


def test_single_dossiers_are_taken_out_and_put_back(cast):
    received(cast, 3)
    asked = ask(cast, grounds(cast))
    keys = [item.pk for item in asked.items.all()]
    with pytest.raises(Refused):
        extensions.exclude(actor=cast.specialist, extension=asked, items=keys[:1], reason=" ")
    with pytest.raises(Refused) as refusal:
        extensions.exclude(actor=cast.outsider, extension=asked, items=keys[:1], reason="x")
    assert refusal.value.status == 403
    assert extensions.exclude(actor=cast.specialist, extension=asked, items=keys[:2], reason="Đã xác minh được") == 2
    assert extensions.exclude(actor=cast.specialist, extension=asked, items=keys[:2], reason="Đã xác minh được") == 0
    assert "Đã xác minh được" in asked.items.get(pk=keys[0]).excluded_because
    assert extensions.include(actor=cast.administrator, extension=asked, items=keys) == 1 + 1
    assert extensions.exclude(actor=cast.administrator, extension=asked, items=keys[2:], reason="Xem lại") == 1
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    assert extensions.execute(asked.pk) == 2
    with pytest.raises(Refused) as refusal:
        extensions.exclude(actor=cast.administrator, extension=asked, items=keys, reason="x")
    assert refusal.value.code == "wrong_state"
    assert [item.state for item in asked.items.all()] == ["done", "done", "excluded"]


def test_the_list_is_searched_and_paged_by_key(cast, django_assert_num_queries):
    received(cast, 60)
    asked = ask(cast, grounds(cast))
    with django_assert_num_queries(1):
        first = extension_lists.page(asked, Wanted())
    second = extension_lists.page(asked, Wanted(after=first.next))
    third = extension_lists.page(asked, Wanted(after=second.next))
    assert [len(found.rows) for found in (first, second, third)] == [25, 25, 10] and third.next == 0 and first.previous == 0
    back = extension_lists.page(asked, Wanted(before=third.previous))
    assert [row.pk for row in back.rows] == [row.pk for row in second.rows]
    assert [row.dossier.full_name for row in extension_lists.page(asked, Wanted(q="người MẪU 17")).rows] == ["Người mẫu 17"]


def test_what_ended_before_the_list_was_written_is_not_on_it(cast, monkeypatch):
    made = received(cast, 3)
    monkeypatch.setattr(requesting, "AT_ONCE", 0)
    asked = ask(cast, grounds(cast))
    processing.decide(actor=cast.specialist, dossier=made[0], via="web")
    extensions.work(asked.pk)
    assert asked.items.count() == 2


def test_an_apology_is_for_the_dossiers_of_the_office_whose_head_signs_it(cast, morning):
    """The specialist works for two offices; the head of one can't apologise for the other."""
    _here, there = received(cast, 2)
    Dossier.objects.filter(pk=there.pk).update(received_office=cast.other_office, competent_office=cast.other_office)
    Assignment.objects.create(user=cast.specialist, office=cast.other_office, role=Role.SPECIALIST, starts_on=clock.today())
    asker = User.objects.get(pk=cast.specialist.pk)
    asked = extensions.request_scope(actor=asker, scope=Scope(), instrument="apology", until=UNTIL, reason="Bận", citizen_text="Xin lỗi.")
    assert {item.dossier.received_office_id for item in asked.items.select_related("dossier")} == {asked.office_id}
