"""A suspension of many dossiers ends early, for all or for some; the annex and the notices of the decision."""
from __future__ import annotations

import hashlib
import io
from datetime import date

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from dossiers import extension_lists
from dossiers.extension_lists import Wanted
from dossiers.models import ClockEntry, Dossier, Extension, IssuedForm
from dossiers.scopes import Scope
from dossiers.services import extensions, forms
from dossiers.services.extensions import lifting
from dossiers.services.extensions.assessors import Assessors
from dossiers.states import ExtensionState, Kind
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused
from tests.dossiers.bulk import ask, grounds, received

FIRST, LAST = date(2026, 11, 30), date(2026, 12, 11)
SUSPENDED, LIFTED = clock.at(date(2026, 12, 23), 17), clock.at(date(2026, 12, 16), 17)


@pytest.fixture
def asked(cast, morning) -> Extension:
    """60 dossiers suspended for two weeks."""
    received(cast, 60)
    made = ask(cast, grounds(cast, "stop_clock"), instrument="suspension", until=LAST, starts_on=FIRST)
    extensions.approve(actor=cast.administrator, extension=made, via="web")
    assert extensions.work(made.pk) == 60
    made.refresh_from_db()
    assert set(Dossier.objects.values_list("due_at", flat=True)) == {SUSPENDED}
    return made


def test_for_all_after_a_look_at_the_new_dates(cast, asked):
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        preview = extension_lists.lift_page(asked, Scope(), Wanted(), date(2026, 12, 7))
        assert {(row.due_from, row.due_to) for row in preview.rows} == {(SUSPENDED, LIFTED)} and preview.next
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Hết giãn cách")
        assert extension_lists.progress(asked).doing == "lift"
        assert extensions.work(asked.pk) == 60
        assert extensions.work(asked.pk) == 0
    asked.refresh_from_db()
    assert asked.state == ExtensionState.LIFTED and asked.lifts.get().finished_at is not None
    assert set(Dossier.objects.values_list("due_at", flat=True)) == {LIFTED}
    assert Message.objects.filter(template_key="dossier_lifted").count() == 60
    assert ClockEntry.objects.filter(kind=Kind.LIFT).count() == 60


def test_for_some_then_for_the_rest(cast, asked):
    keys = list(asked.items.values_list("pk", flat=True)[:7])
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Khu vực đã dỡ phong tỏa", items=keys)
        extensions.work(asked.pk)
        asked.refresh_from_db()
        assert asked.state == ExtensionState.DONE
        assert Dossier.objects.filter(due_at=LIFTED).count() == 7 and Dossier.objects.filter(due_at=SUSPENDED).count() == 53
        with pytest.raises(Refused) as refusal:
            extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Lần nữa", items=keys)
        assert refusal.value.code == "nothing_chosen"
        everywhere = Scope(areas=(cast.province.code,))
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Phần còn lại", scope=everywhere)
        extensions.work(asked.pk)
    asked.refresh_from_db()
    assert asked.state == ExtensionState.LIFTED and asked.lifts.count() == 2
    assert Dossier.objects.filter(due_at=LIFTED).count() == 60
    assert Message.objects.filter(template_key="dossier_lifted").count() == 60


def test_the_sweep_finishes_a_lift_that_died(cast, asked):
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Hết giãn cách")
        assert extensions.resume() >= 1
        extensions.work(asked.pk)
    assert Dossier.objects.filter(due_at=LIFTED).count() == 60


@pytest.mark.parametrize(("who", "more", "code"), [
    ("specialist", {}, "not_allowed"), ("administrator", {"reason": " "}, "reason_missing"),
    ("administrator", {"from_day": date(2026, 12, 12)}, "not_liftable"), ("administrator", {"items": [0]}, "nothing_chosen"),
])
def test_not_every_lift_is_one(cast, asked, who, more, code):
    with pytest.raises(Refused) as refusal:
        extensions.lift(**{"actor": getattr(cast, who), "extension": asked, "via": "web", "reason": "x", **more})
    assert refusal.value.code == code


def test_the_annex_holds_every_dossier_and_is_made_once(cast, asked, monkeypatch):
    monkeypatch.setattr(forms, "extension", lambda **facts: None)
    assert extensions.make_annexes(asked) == 2
    assert extensions.make_annexes(asked) == 0
    files = {}
    for annex in asked.annexes.all():
        with annex.file.open("rb") as file:
            files[annex.format] = (annex, file.read())
    assert set(files) == {"pdf", "xlsx"}
    for annex, content in files.values():
        assert annex.sha256 == hashlib.sha256(content).hexdigest() and annex.rows == 60
    pages = PdfReader(io.BytesIO(files["pdf"][1])).pages
    printed = "".join("".join(page.extract_text() for page in pages).split())
    sheet = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(files["xlsx"][1])).active.iter_rows()]
    codes = {row[1] for row in sheet}
    for dossier in Dossier.objects.all():
        assert dossier.code in codes
        assert dossier.code.replace("\u200b", "") in printed.replace("\u200b", "")
        assert dossier.full_name.replace(" ", "") not in printed  # an annex travels further than a dossier
    assert "2468/VPUB-KSTT" in printed and "11/12/2026" in printed and "23/12/2026" in printed


def test_one_dossier_alone_has_no_annex(cast, morning):
    received(cast, 1)
    made = ask(cast, grounds(cast))
    extensions.approve(actor=cast.administrator, extension=made, via="web")
    assert extensions.make_annexes(made) == 0


def test_notices_follow_the_run_once_for_each_dossier(asked):
    assert IssuedForm.objects.filter(kind="extension").count() == 0
    assert extensions.follow_up(asked.pk) == 50
    assert extensions.follow_up(asked.pk) == 10
    assert extensions.follow_up(asked.pk) == 0
    assert IssuedForm.objects.filter(kind="extension").count() == 60
    assert IssuedForm.objects.filter(kind="extension").values("dossier").distinct().count() == 60
    assert extensions.resume() == 0


def test_a_worker_that_died_before_it_could_close_the_lift_is_followed_by_one_that_does(cast, asked, monkeypatch):
    keys = list(asked.items.values_list("pk", flat=True))
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Hết giãn cách", items=keys)
        monkeypatch.setattr(lifting, "_close", lambda _extension: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            extensions.work(asked.pk)
        monkeypatch.undo()
    with clock.frozen(clock.at(date(2026, 12, 7), 9)):
        assert extensions.resume() >= 1
        extensions.work(asked.pk)
    asked.refresh_from_db()
    assert asked.state == ExtensionState.LIFTED and asked.lifts.get().finished_at is not None
    assert ClockEntry.objects.filter(kind=Kind.LIFT).count() == 60


def test_a_dossier_whose_date_cannot_be_computed_keeps_no_other_suspended(cast, asked, monkeypatch):
    odd, whole = asked.items.order_by("pk")[3].dossier_id, Assessors.settle

    def settle(self, dossier, new):
        if dossier.pk == odd:
            raise Refused("calendar_missing", "Chưa có lịch làm việc.")
        whole(self, dossier, new)

    monkeypatch.setattr(Assessors, "settle", settle)
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        extensions.lift(actor=cast.administrator, extension=asked, via="web", reason="Hết giãn cách")
        extensions.work(asked.pk)
        assert Dossier.objects.filter(due_at=LIFTED).count() == 59
        monkeypatch.undo()
        extensions.work(asked.pk)
    assert Dossier.objects.filter(due_at=LIFTED).count() == 60 and asked.lifts.get().finished_at is not None
