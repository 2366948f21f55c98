"""The import: idempotent, a bad line stops nothing, what was settled stays settled."""
import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from onestop import clock
from onestop.catalogue import queries
from onestop.catalogue.models import Paper, Procedure, ReviewItem
from onestop.catalogue.services.importing import import_procedures
from onestop.catalogue.services.review import settle_item
from onestop.transitions import Refused
from tests.catalogue.conftest import channel, line

NO_UNIT = [channel(unit=""), channel("Trực tiếp")]


def settle_all(actor, unit="working_day"):
    for item in ReviewItem.objects.open():
        settle_item(actor=actor, item_id=item.pk, answer={"unit": unit}, reason="Quyết định 1/QĐ")


def test_a_second_import_changes_nothing(imported):
    lines = [line(f"9.{number:06}", cach_thuc=NO_UNIT if number % 3 else [channel()]) for number in range(900)]
    first = imported(*lines)
    assert (first.created, first.updated, first.unchanged, len(first.rejected)) == (900, 0, 0, 0)
    second = imported(*lines)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 900)
    assert second.problems == first.problems == {"no_unit": 600}
    assert Procedure.objects.get(code="9.000000").versions.count() == 1
    assert Procedure.objects.usable().count() == 300


def test_a_bad_line_never_stops_the_rest(imported):
    report = imported("{", line("9.1"), b"\xff", line("9.1", "khác"), "", line("9.2"), '{"ma_thu_tuc": 5}')
    assert report.created == 2
    assert [(finding.line, finding.code) for finding in report.rejected] == [(1, ""), (3, ""), (4, "9.1"), (7, "")]
    assert "dòng 2" in report.rejected[2].raw


def test_a_changed_line_makes_a_new_version_from_today(imported):
    imported(line())
    before = Procedure.objects.get().current
    Paper.objects.create(version=before, position=1, name="Tờ khai", originals=1)
    report = imported(line(name="Tên mới", cach_thuc=[channel(amount=7)]))
    assert (report.updated, report.unchanged) == (1, 0)
    procedure = Procedure.objects.get()
    assert (procedure.name, procedure.current.number, procedure.current.valid_from) == ("Tên mới", 2, clock.today())
    assert [paper.name for paper in procedure.current.papers.all()] == ["Tờ khai"]
    assert queries.term_of(queries.version_on(procedure, clock.today() - timedelta(days=1)), "online").amount == 5
    assert queries.term_of(queries.version_on(procedure, clock.today()), "online").amount == 7
    assert queries.term_of(procedure.current, "in_person") is None
    assert queries.version_on(procedure, date(2017, 1, 1)).number == 1
    assert procedure.events.get(verb="updated").data["changed"] == ["cach_thuc", "ten_thu_tuc"]


def test_a_settled_item_survives_the_import(imported, cast):
    imported(line(cach_thuc=NO_UNIT))
    settle_all(cast.administrator)
    assert imported(line(cach_thuc=NO_UNIT)).procedures_to_review == 0
    imported(line(name="Tên mới", cach_thuc=NO_UNIT))
    procedure = Procedure.objects.get(code="8.000001")
    assert procedure.is_usable()
    assert queries.term_of(procedure.current, "online").unit == "working_day"


def test_only_what_changed_is_opened_again(imported, cast):
    both = [channel(unit=""), channel("Trực tiếp", 3, "")]
    imported(line(cach_thuc=both))
    settle_all(cast.administrator)
    report = imported(line(cach_thuc=[both[0], channel("Trực tiếp", 4, "")]))
    assert [(finding.channel, finding.raw) for finding in report.to_review] == [("in_person", "4")]
    procedure = Procedure.objects.get(code="8.000001")
    assert not procedure.is_usable()
    assert queries.term_of(procedure.current, "online").unit == "working_day"


def test_what_was_mended_at_the_source_needs_no_review(imported):
    imported(line(cach_thuc=NO_UNIT))
    report = imported(line())
    assert report.procedures_to_review == 0
    assert Procedure.objects.get().is_usable()
    assert not ReviewItem.objects.exists()


def test_flags_and_cutoff_stay_as_they_were_set(imported):
    imported(line())
    Procedure.objects.update(urgent=True, field_verification=True)
    imported(line(name="Tên mới"))
    procedure = Procedure.objects.get()
    assert procedure.urgent and procedure.field_verification


def test_only_an_administrator_imports(cast, write):
    with pytest.raises(Refused, match="quản trị"):
        import_procedures(write(line()), actor=cast.desk)
    assert import_procedures(write(line()), actor=cast.administrator).created == 1


def test_the_command_prints_a_summary_and_writes_every_line_to_a_file(db, write, tmp_path):
    path, told = write("{", line(cach_thuc=NO_UNIT)), StringIO()
    call_command("import_procedures", str(path), report=tmp_path / "bao-cao.csv", stdout=told)
    assert "1 mới, 0 cập nhật, 0 không đổi; 1 dòng không nhận được" in told.getvalue()
    rows = list(csv.reader((tmp_path / "bao-cao.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == ["1", "2"]
    with pytest.raises(CommandError, match="Không mở được tệp"):
        call_command("import_procedures", str(tmp_path / "khong-co"), stdout=told)
