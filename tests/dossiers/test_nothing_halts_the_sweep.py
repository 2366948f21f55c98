"""One dossier or file that can't be worked on keeps nothing else from being done, and no odd input is our fault."""
from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.models import IssuedForm
from dossiers.services import bridge, extensions, files, forms, processing, signing, suspensions, sweeps
from dossiers.states import ItemState, Kind, State
from onestop import clock
from onestop.notify.models import Message
from onestop.offices.models import WorkCalendar
from onestop.people.states import Role
from onestop.transitions import Refused
from tests.dossiers.work import colleague

TEXT = "Do dịch bệnh, chưa thể xác minh thực tế."


def odd_archive() -> bytes:
    """A DOCX whose table of contents asks for a later version of ZIP than there is."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("word/document.xml", "x")
    content = bytearray(held.getvalue())
    entry = content.index(b"PK\x01\x02")
    content[entry + 6] = 255
    return bytes(content)


def test_an_odd_archive_is_refused_not_a_fault(db):
    with pytest.raises(Refused) as refusal:
        files.store_upload(SimpleUploadedFile("don.docx", odd_archive()))
    assert refusal.value.code == "file_type"


def test_a_letter_that_cannot_be_applied_halts_nothing(cast, desk, morning, letter):
    """Beyond the last work calendar no date can be computed: that dossier waits, the rest of the sweep is done."""
    early, late = desk.receive(cast.field_procedure), desk.receive(cast.field_procedure)
    letter("9/TH", stop_clock={"until": "2027-12-24"})
    WorkCalendar.objects.filter(year=2027).delete()
    with clock.frozen(clock.at(date(2026, 11, 27), 9)):
        expired = files.store_upload(SimpleUploadedFile("don.pdf", b"%PDF-1.7 thu")).upload
    with clock.frozen(clock.at(date(2026, 11, 30), 9)):
        done = sweeps.sweep()
    assert (done["suspended"], done["files"]) == (0, 1)
    assert not type(expired).objects.filter(pk=expired.pk).exists()
    assert {desk.fresh(early).state, desk.fresh(late).state} == {State.ACCEPTED}


@pytest.fixture
def suspended(cast, desk, morning, letter):
    """A suspension of two dossiers until 18/12/2026, carried out."""
    dossiers = [desk.receive(cast.field_procedure) for _each in range(2)]
    asked = extensions.request_extension(
        actor=cast.specialist, office=cast.office, dossiers=dossiers, instrument="suspension", until=date(2026, 12, 18), reason="Giãn cách",
        citizen_text=TEXT, clause="khoản 4", directive=letter(may_extend={}))
    extensions.approve(actor=cast.administrator, extension=asked, via="web")
    assert extensions.execute(asked.pk) == 2
    asked.refresh_from_db()
    return asked


def test_a_suspension_that_is_over_is_not_lifted(cast, suspended):
    for day, asked_for in ((date(2026, 12, 21), None), (date(2026, 12, 1), date(2026, 12, 19))):
        with clock.frozen(clock.at(day, 9)), pytest.raises(Refused) as refusal:
            extensions.lift(actor=cast.administrator, extension=suspended, from_day=asked_for, via="web", reason="Hết giãn cách")
        assert refusal.value.code == "not_liftable"


def test_whoever_has_the_result_is_not_told_of_a_new_date(cast, desk, suspended):
    first, second = [item.dossier for item in suspended.items.all()]
    with clock.frozen(clock.at(date(2026, 12, 1), 9)):
        processing.decide(actor=cast.specialist, dossier=first, via="web")
        extensions.lift(actor=cast.administrator, extension=suspended, via="web", reason="Hết giãn cách")
        assert extensions.execute(suspended.pk) >= 1 and extensions.execute(suspended.pk) == 0
    told = Message.objects.filter(template_key="dossier_lifted")
    assert [message.event_key.split(":")[1] for message in told] == [str(second.pk)]


def test_more_time_until_today_can_be_given_in_the_days_last_minute(cast, desk, morning, letter):
    dossier = desk.receive(cast.field_procedure)
    letter(may_extend={})
    with clock.frozen(clock.at(date(2026, 12, 10), 23, 59) + timedelta(seconds=30)):
        asked = extensions.request_extension(
            actor=cast.specialist, office=cast.office, dossiers=[dossier], instrument="apology", until=clock.today(), reason="Bận",
            citizen_text=TEXT)
        signing.sign(actor=colleague(cast.office, "t-thutruong", Role.LEADER), extension=asked, via="web")
    assert asked.items.get().state == ItemState.DONE
    assert dossier.clock.filter(kind=Kind.EXTEND).exists() and suspensions.apply_letters() == 0


@pytest.mark.parametrize(("module", "part", "sweep", "others"), [
    (sweeps, "issue_missing_forms", sweeps.sweep, "reminded"), (bridge.sweeping, "pull", bridge.sweep, "collected")])
def test_a_fault_in_one_part_keeps_no_other_waiting(db, morning, monkeypatch, module, part, sweep, others):
    """A form that can't be printed, a list that can't be read: of ours, unforeseen, and not the other parts' matter."""
    def broken():
        raise RuntimeError("cannot be done")

    monkeypatch.setattr(module, part, broken)
    assert others in sweep()


def test_a_form_that_cannot_be_printed_keeps_no_other_waiting(cast, desk, morning, monkeypatch):
    """Of the sweep's missing forms, and of the notices that follow a run for many."""
    dossiers = [desk.receive(cast.field_procedure) for _each in range(3)]
    for dossier in dossiers[:2]:
        processing.stop(actor=cast.specialist, dossier=dossier, via="web", note="Chờ giấy của tòa án")
    IssuedForm.objects.all().delete()
    whole = forms.render

    def render(kind, facts, **named):
        if dossiers[0].code in str(facts):
            raise RuntimeError("cannot be printed")
        return whole(kind, facts, **named)

    monkeypatch.setattr(forms, "render", render)
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        sweeps.issue_missing_forms()
    assert dossiers[1].forms.filter(kind="stop").exists() and not dossiers[0].forms.exists()


def test_a_notice_that_cannot_be_printed_keeps_no_other_waiting(suspended, monkeypatch):
    asked = suspended
    IssuedForm.objects.filter(kind="extension").delete()
    first, second = (item.dossier for item in asked.items.order_by("pk"))
    whole = forms.render

    def render(kind, facts, **named):
        if first.code in str(facts):
            raise RuntimeError("cannot be printed")
        return whole(kind, facts, **named)

    monkeypatch.setattr(forms, "render", render)
    assert extensions.notices.issue_notices(asked) == 1
    assert second.forms.filter(kind="extension").exists() and not first.forms.filter(kind="extension").exists()
