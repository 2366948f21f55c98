"""One action over the catalogue: previewed, applied in the background, undone, with its history (Cà Mau 4, Khánh Hòa 1)."""
from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onestop import clock
from onestop.catalogue.models import ChannelTerm, Paper, Procedure, ProcedureEvent, ProcedureVersion
from onestop.catalogue.services.editing import PaperLine, set_flags, set_papers
from onestop.catalogue.services.importing import import_procedures
from onestop.catalogue.states import Channel, ReviewState, Unit
from onestop.directives.models import ChannelSwitch, ChannelSwitchItem, Directive, DirectiveScope
from onestop.directives.services import switches, withdraw
from onestop.directives.services.switches import Order
from onestop.directives.states import SwitchItemState, SwitchState
from onestop.guide.channels import channel_options
from onestop.people.models import User
from onestop.transitions import Refused
from tests.cast import Cast
from tests.catalogue.conftest import channel, line


@pytest.fixture
def directive(cast: Cast, morning: datetime) -> Directive:
    """A letter in force from the first of the month, without any rule."""
    made = Directive.objects.create(number="4708/UBND-CCHC", issuer="UBND tỉnh", issued_on=date(2026, 11, 1), title="Văn bản thử",
                                    starts_on=date(2026, 11, 1), published_at=clock.at(date(2026, 11, 1)))
    DirectiveScope.objects.create(directive=made, area=cast.province)
    return made


def counter_only(code: str, *, papers: tuple[str, ...] = ("Tờ khai",), **flags: object) -> Procedure:
    """A procedure that the catalogue takes at the counter only, for 8,000 đồng, not to be paid online."""
    made = Procedure.objects.create(code=code, name=f"Thủ tục {code}", field="Đất đai", levels=["commune"], authority="Bộ mẫu",
                                    **{"state": ReviewState.READY, **flags})
    version = ProcedureVersion.objects.create(procedure=made, number=1, result="Giấy", cutoff_time=None)
    ChannelTerm.objects.create(version=version, channel=Channel.IN_PERSON, amount=7, unit=Unit.WORKING_DAY, fee_amount=Decimal(8000),
                               pay_online=False)
    Paper.objects.bulk_create([Paper(version=version, position=index, name=name) for index, name in enumerate(papers, 1)])
    Procedure.objects.filter(pk=made.pk).update(current=version)
    made.refresh_from_db()
    return made


def previewed(cast: Cast, directive: Directive, **more: object) -> ChannelSwitch:
    order = Order(**{"directive": directive, "starts_on": clock.today(), "clause": "khoản 4", **more})  # type: ignore[arg-type]
    return switches.preview(actor=cast.administrator, order=order)


def applied(cast: Cast, directive: Directive, **more: object) -> ChannelSwitch:
    switch = switches.apply(actor=cast.administrator, switch=previewed(cast, directive, **more))
    switches.carry_out(switch.pk)
    return switch


def channels(procedure: Procedure) -> list[tuple[str, int, int, bool]]:
    """(channel, term, fee, pay online) of the current version."""
    procedure.refresh_from_db()
    assert procedure.current is not None
    return [(row.channel, int(row.amount or 0), int(row.fee_amount or 0), row.pay_online) for row in procedure.current.channels.all()]


OPEN = [("online", 7, 8000, True), ("postal", 7, 8000, True), ("in_person", 7, 8000, True)]
SHUT = [("in_person", 7, 8000, False)]


def test_the_preview_counts_and_says_why_not(cast: Cast, directive: Directive) -> None:
    counter_only("7.1")
    counter_only("7.2", presence_required=True)
    counter_only("7.3", state=ReviewState.NEEDS_REVIEW)
    switch = previewed(cast, directive)
    rows = {item.procedure.code: item for item in switch.items.select_related("procedure")}
    assert rows["7.1"].opened == ["online", "postal", "pay_online"] and rows["7.1"].state == SwitchItemState.WAITING
    assert {code: item.excluded_because for code, item in rows.items() if item.excluded_because} == {
        "7.2": "presence_required", "7.3": "needs_review", cast.procedure.code: "already_open", cast.field_procedure.code: "already_open"}
    assert ProcedureVersion.objects.filter(procedure__code="7.1").count() == 1
    again = previewed(cast, directive, scope={"q": "7.1"})
    assert list(ChannelSwitch.objects.all()) == [again] and again.items.count() == 1


@pytest.mark.parametrize(("scope", "codes"), [
    ({"field": "đất đai"}, {"7.1", "7.2"}), ({"authority": "Bộ mẫu"}, {"7.1", "7.2"}), ({"q": "thu tuc 7.2"}, {"7.2"}),
    ({"level": "province"}, set()), ({"level": "commune", "field": "Đất đai", "q": "7.1"}, {"7.1"}),
])
def test_a_part_of_the_catalogue(cast: Cast, directive: Directive, scope: dict[str, str], codes: set[str]) -> None:
    counter_only("7.1")
    counter_only("7.2")
    assert set(previewed(cast, directive, scope=scope).items.values_list("procedure__code", flat=True)) == codes


def test_applied_from_its_day_with_the_counters_term_and_fee(cast: Cast, directive: Directive) -> None:
    opened, barred = counter_only("7.1"), counter_only("7.2", presence_required=True)
    before = opened.current
    switch = applied(cast, directive)
    assert channels(opened) == OPEN and channels(barred) == SHUT
    assert opened.current is not None and before is not None
    assert (opened.current.number, opened.current.valid_from) == (2, clock.today())
    assert [paper.name for paper in opened.current.papers.all()] == ["Tờ khai"]
    before.refresh_from_db()
    assert before.valid_to == clock.today() - timedelta(days=1)
    assert [row.channel for row in before.channels.all()] == ["in_person"]  # what dossiers hold stays
    item = switch.items.get(procedure=opened)
    assert (item.state, item.version_before, item.version_after) == (SwitchItemState.DONE, before, opened.current)
    event = ProcedureEvent.objects.get(subject=opened)
    assert (event.verb, event.actor, event.legal_basis, event.data["switch"]) == (
        "channels_opened", cast.administrator, "4708/UBND-CCHC, khoản 4", switch.pk)
    assert [row.verb for row in switch.events.all()] == ["apply", "carried_out"]
    options = channel_options(office=cast.office, procedure=opened, on=clock.today())
    assert [(option.channel, option.available, option.opened_by) for option in options[:2]] == [
        ("online", True, None), ("postal", True, None)]


def test_from_a_day_to_come_nothing_changes_before_it(cast: Cast, directive: Directive, morning: datetime) -> None:
    procedure = counter_only("7.1")
    switch = applied(cast, directive, starts_on=date(2026, 12, 1))
    assert channels(procedure) == SHUT and switches.sweep() == 0
    with clock.frozen(clock.at(date(2026, 12, 1), 0, 5)):
        assert switches.sweep() == 1
        assert switches.carry_out(switch.pk) > 0
        assert channels(procedure) == OPEN
        assert procedure.current is not None and procedure.current.valid_from == date(2026, 12, 1)


def test_a_letter_withdrawn_before_its_day_opens_nothing(cast: Cast, directive: Directive) -> None:
    procedure = counter_only("7.1")
    switch = applied(cast, directive, starts_on=date(2026, 12, 1))
    withdraw(actor=cast.administrator, directive=directive, reason="Thay văn bản")
    with clock.frozen(clock.at(date(2026, 12, 1), 8)):
        switches.carry_out(switch.pk)
    assert channels(procedure) == SHUT
    assert switch.items.get(procedure=procedure).excluded_because == "letter_withdrawn"


def test_undone_it_is_as_it_was(cast: Cast, directive: Directive) -> None:
    procedure = counter_only("7.1")
    switch = applied(cast, directive)
    with pytest.raises(Refused) as refusal:
        switches.undo(actor=cast.administrator, switch=switch, reason=" ")
    assert refusal.value.code == "reason_missing"
    switches.undo(actor=cast.administrator, switch=switch, reason="Hết dịch")
    assert switches.carry_out(switch.pk) == 1
    assert channels(procedure) == SHUT and procedure.current is not None and procedure.current.number == 3
    assert ProcedureEvent.objects.filter(subject=procedure).order_by("-pk")[0].verb == "channels_closed"
    assert [row.verb for row in switch.events.all()] == ["apply", "carried_out", "undo", "undone"]
    assert switches.undo(actor=cast.administrator, switch=switch, reason="Lần nữa").state == SwitchState.UNDONE
    assert switch.events.count() == 4


def test_undone_before_its_day_it_never_happened(cast: Cast, directive: Directive) -> None:
    procedure = counter_only("7.1")
    switch = applied(cast, directive, starts_on=date(2026, 12, 1))
    switches.undo(actor=cast.administrator, switch=switch, reason="Thôi")
    with clock.frozen(clock.at(date(2026, 12, 2), 8)):
        assert switches.carry_out(switch.pk) == 0
    assert channels(procedure) == SHUT and procedure.versions.count() == 1


def test_what_was_changed_since_is_kept_and_named(cast: Cast, directive: Directive, morning: datetime) -> None:
    changed, same = counter_only("7.1"), counter_only("7.2")
    switch = applied(cast, directive)
    with clock.frozen(morning + timedelta(days=3)):
        set_papers(actor=cast.administrator, procedure_id=changed.pk, papers=[PaperLine("Tờ khai mới")], reason="Sửa")
        assert channels(changed) == OPEN  # an edit keeps what was opened
        switches.undo(actor=cast.administrator, switch=switch, reason="Hết dịch")
        switches.carry_out(switch.pk)
    assert channels(changed) == OPEN and channels(same) == SHUT
    kept = switch.items.get(procedure=changed)
    assert (kept.state, kept.excluded_because) == (SwitchItemState.KEPT, "changed_since")


def test_papers_changed_the_same_day_survive_the_undoing(cast: Cast, directive: Directive) -> None:
    procedure = counter_only("7.1")
    switch = applied(cast, directive)
    set_papers(actor=cast.administrator, procedure_id=procedure.pk, papers=[PaperLine("Tờ khai mới")], reason="Sửa")
    switches.undo(actor=cast.administrator, switch=switch, reason="Hết dịch")
    switches.carry_out(switch.pk)
    assert channels(procedure) == SHUT
    assert procedure.current is not None and [paper.name for paper in procedure.current.papers.all()] == ["Tờ khai mới"]


def test_an_import_does_not_undo_it(cast: Cast, directive: Directive, tmp_path: Path, morning: datetime) -> None:
    def imported(**changes: object) -> Procedure:
        path = tmp_path / "danh-muc.jsonl"
        path.write_text(json.dumps(line("8.1", **changes), ensure_ascii=False) + "\n")
        import_procedures(path)
        return Procedure.objects.get(code="8.1")

    at_counter = [channel("Trực tiếp", fee=8000)]
    procedure = imported(cach_thuc=at_counter)
    switch = applied(cast, directive)
    assert [row[0] for row in channels(procedure)] == ["online", "postal", "in_person"]
    imported(cach_thuc=at_counter)  # the same line: nothing happens
    assert procedure.versions.count() == 2
    with clock.frozen(morning + timedelta(days=5)):
        procedure = imported(cach_thuc=[channel("Trực tiếp", amount=9, fee=9000)])
    assert sorted(channels(procedure)) == [("in_person", 9, 9000, True), ("online", 9, 9000, True), ("postal", 9, 9000, True)]
    with clock.frozen(morning + timedelta(days=9)):  # the catalogue itself offers it online now: its own term counts
        procedure = imported(cach_thuc=[channel("Trực tiếp", amount=9, fee=9000), channel("Trực tuyến", amount=4)])
    assert {row[0]: row[1] for row in channels(procedure)} == {"in_person": 9, "online": 4, "postal": 9}
    own = {row.channel: row.opened_under for row in procedure.current.channels.all()}  # type: ignore[union-attr]
    assert own == {"in_person": "", "online": "", "postal": "4708/UBND-CCHC, khoản 4"}
    switches.undo(actor=cast.administrator, switch=switch, reason="Hết dịch")
    switches.carry_out(switch.pk)
    assert switch.items.get(procedure=procedure).state == SwitchItemState.KEPT


def test_other_edits_keep_what_was_opened(cast: Cast, directive: Directive, morning: datetime) -> None:
    procedure = counter_only("7.1")
    applied(cast, directive)
    with clock.frozen(morning + timedelta(days=2)):
        set_flags(actor=cast.administrator, procedure_id=procedure.pk, flags={"urgent": True}, cutoff_time=None, reason="Cấp thiết")
    assert channels(procedure) == OPEN


def test_flags_set_meanwhile_are_heeded_when_it_is_carried_out(cast: Cast, directive: Directive) -> None:
    procedure = counter_only("7.1")
    switch = switches.apply(actor=cast.administrator, switch=previewed(cast, directive))
    Procedure.objects.filter(pk=procedure.pk).update(presence_required=True)
    switches.carry_out(switch.pk)
    assert channels(procedure) == SHUT
    assert switch.items.get(procedure=procedure).excluded_because == "presence_required"


def test_a_killed_job_is_taken_up_again_and_nothing_is_done_twice(cast: Cast, directive: Directive, morning: datetime) -> None:
    procedures = [counter_only(f"7.{number:03}") for number in range(7)]
    switch = switches.apply(actor=cast.administrator, switch=previewed(cast, directive))
    assert switches.carry_out_chunk(switch.pk, size=3) == 3  # and then the worker died
    assert switches.sweep() == 0  # it may still be at it
    with clock.frozen(morning + timedelta(minutes=5)):
        assert switches.sweep() == 1
    assert switches.carry_out(switch.pk) == 4 and switches.carry_out(switch.pk) == 0
    assert all(procedure.versions.count() == 2 for procedure in procedures)
    assert switch.events.filter(verb="carried_out").count() == 1


def test_a_chunk_takes_the_same_queries_however_large(cast: Cast, directive: Directive) -> None:
    for number in range(24):
        counter_only(f"7.{number:03}")
    switch = switches.apply(actor=cast.administrator, switch=previewed(cast, directive))

    def queries(size: int) -> int:
        with CaptureQueriesContext(connection) as taken:
            assert switches.carry_out_chunk(switch.pk, size=size) == size
        return len(taken)

    assert queries(3) == queries(18)


@pytest.mark.parametrize(("more", "code"), [
    ({"starts_on": date(2026, 11, 24)}, "past"), ({"channels": (), "pay_online": False}, "nothing_chosen"),
])
def test_orders_that_make_no_sense(cast: Cast, directive: Directive, more: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        previewed(cast, directive, **more)
    assert refusal.value.code == code


def test_a_letter_must_be_in_force_on_the_day(cast: Cast, directive: Directive) -> None:
    Directive.objects.filter(pk=directive.pk).update(ends_on=date(2026, 11, 30))
    directive.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        previewed(cast, directive, starts_on=date(2026, 12, 1))
    assert refusal.value.code == "not_in_force"


def test_only_the_administrator_switches(cast: Cast, directive: Directive) -> None:
    for person in (cast.leader, cast.monitor):
        with pytest.raises(Refused) as refusal:
            switches.preview(actor=person, order=Order(directive, clock.today()))
        assert refusal.value.code == "forbidden"
    assert browser_of(cast.leader).get(reverse("directives:switches")).status_code == 403
    assert browser_of(cast.monitor).post(reverse("directives:new_switch")).status_code == 403


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def page(cast: Cast) -> Client:
    return browser_of(cast.administrator)


def test_preview_apply_and_undo_on_the_pages(cast: Cast, directive: Directive, page: Client) -> None:
    procedure = counter_only("7.1")
    counter_only("7.2", presence_required=True)
    assert page.get(reverse("directives:new_switch")).status_code == 200
    typed = {"directive": directive.pk, "starts_on": "2026-11-25", "clause": "khoản 4", "channels": ["online", "postal"],
             "pay_online": "on"}
    assert page.post(reverse("directives:new_switch"), {**typed, "starts_on": "2026-11-01"}).status_code == 422
    answer = page.post(reverse("directives:new_switch"), typed)
    switch = ChannelSwitch.objects.get()
    address = reverse("directives:switch", args=[switch.pk])
    assert answer.url == address  # type: ignore[attr-defined]
    told = page.get(address).content.decode()
    assert "Theo quy định, công dân phải trực tiếp có mặt" in told and "Trực tuyến, Bưu chính, Thanh toán trực tuyến" in told
    assert "7.2" in page.get(address + "?muc=khong").content.decode() and "7.2" not in page.get(address + "?muc=chuyen").content.decode()
    assert page.post(reverse("directives:apply_switch", args=[switch.pk])).status_code == 302
    assert "hx-get" in page.get(address).content.decode()
    switches.carry_out(switch.pk)
    progress = page.get(reverse("directives:switch_progress", args=[switch.pk]))
    assert channels(procedure) == OPEN and "hx-get" not in progress.content.decode()
    assert page.post(reverse("directives:apply_switch", args=[switch.pk])).status_code == 302  # again is harmless
    assert page.post(reverse("directives:undo_switch", args=[switch.pk]), {"reason": ""}).status_code == 422
    page.post(reverse("directives:undo_switch", args=[switch.pk]), {"reason": "Hết dịch"})
    switches.carry_out(switch.pk)
    assert channels(procedure) == SHUT and "Hết dịch" in page.get(address).content.decode()
    assert page.post(reverse("directives:apply_switch", args=[switch.pk])).status_code == 302
    assert ChannelSwitch.objects.get().state == SwitchState.UNDONE
    assert "Mở thêm kênh theo văn bản chỉ đạo" in page.get(reverse("catalogue:detail", args=["7.1"])).content.decode()


def test_the_page_takes_the_same_queries_however_many(cast: Cast, directive: Directive, page: Client) -> None:
    def queries() -> int:
        switch = previewed(cast, directive)
        with CaptureQueriesContext(connection) as taken:
            assert page.get(reverse("directives:switch", args=[switch.pk])).status_code == 200
        return len(taken)

    counter_only("7.000")
    few = queries()
    for number in range(1, 20):
        counter_only(f"7.{number:03}")
    assert queries() == few


def test_another_provinces_letter_is_not_there(cast: Cast, directive: Directive, page: Client) -> None:
    switch = previewed(cast, directive)
    DirectiveScope.objects.filter(directive=directive).delete()
    assert page.get(reverse("directives:switch", args=[switch.pk])).status_code == 404
    assert not ChannelSwitchItem.objects.filter(state=SwitchItemState.DONE).exists()


def test_the_difference_from_a_letters_rule_is_told(cast: Cast, directive: Directive, page: Client,
                                                    letter_rule: Callable[[], None]) -> None:
    letter_rule()
    switch = previewed(cast, directive)
    told = page.get(reverse("directives:switch", args=[switch.pk])).content.decode()
    assert "không tắt quy định đó" in told and "khác gì quy định" in told


@pytest.fixture
def letter_rule(directive: Directive) -> Callable[[], None]:
    """Give the letter the rule that opens channels while it is in force."""
    return lambda: directive.rules.create(kind="open_channels", clause="khoản 4", text="Được nộp trực tuyến.") and None
