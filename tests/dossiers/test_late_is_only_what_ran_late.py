"""Late is what ran past its date: not what waited for the citizen, and nothing that was late becomes punctual."""
from __future__ import annotations

from datetime import date

import pytest

from dossiers.services import extensions, processing, suspensions
from onestop import clock

UNTIL = date(2026, 12, 25)
CITIZEN_TEXT = "Do dịch bệnh, chưa thể xác minh thực tế."


@pytest.fixture
def more_time(cast, letter):
    """Ask for a dossier's extension and approve it, at the moment of the clock."""

    def give(dossier):
        asked = extensions.request_extension(
            actor=cast.specialist, office=cast.office, dossiers=[dossier], instrument="directed_extension", until=UNTIL,
            reason="Chưa xác minh được", citizen_text=CITIZEN_TEXT, clause="khoản 1c", directive=letter(may_extend={}))
        extensions.approve(actor=cast.administrator, extension=asked, via="web")
        return asked.items.get()

    return give


def wait_for_papers(cast, dossier, day):
    with clock.frozen(clock.at(day, 10)):
        processing.request_supplement(actor=cast.specialist, dossier=dossier, items=["Sơ đồ"], answer_by=date(2026, 12, 30), via="web")


def test_more_time_while_the_clock_stands_still_is_in_time(cast, desk, morning, more_time):
    dossier = desk.receive(cast.field_procedure)
    wait_for_papers(cast, dossier, date(2026, 12, 3))
    with clock.frozen(clock.at(date(2026, 12, 15), 10)):
        item = more_time(dossier)
    assert [found["ok"] for found in item.findings if found["code"] == "in_time"] == [True]
    assert not desk.fresh(dossier).was_late


def test_what_was_late_before_the_clock_stopped_stays_late(cast, desk, morning, more_time):
    dossier = desk.receive(cast.field_procedure)
    wait_for_papers(cast, dossier, date(2026, 12, 10))
    with clock.frozen(clock.at(date(2026, 12, 15), 10)):
        more_time(dossier)
    assert desk.fresh(dossier).was_late


def test_a_letter_stops_a_clock_that_waited_for_the_citizen(cast, desk, morning, letter):
    dossier = desk.receive(cast.field_procedure)
    wait_for_papers(cast, dossier, date(2026, 12, 3))
    letter("9/TH", first=date(2026, 12, 14), stop_clock={"until": "2026-12-18"})
    with clock.frozen(clock.at(date(2026, 12, 14), 10)):
        assert suspensions.apply_letters() == 1
