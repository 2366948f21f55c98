"""The calendar file: one entry for life, newer revisions after a move, struck out after a cancellation (RFC 5545)."""
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookings.ics import Entry, calendar_text, escape, fold
from bookings.models import Slot
from bookings.services import appointments, moving
from onestop import clock


def parsed(text: str) -> dict[str, str]:
    """{name: value} of the VEVENT; parameters of a name are dropped, lines unfolded, nesting checked."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    depth: list[str] = []
    found: dict[str, str] = {}
    for line in lines:
        name, _colon, value = line.partition(":")
        if name == "BEGIN":
            depth.append(value)
        elif name == "END":
            assert depth.pop() == value
        elif depth == ["VCALENDAR", "VEVENT"]:
            assert name not in found, f"{name} stands twice"
            found[name.split(";")[0]] = value
    assert not depth
    return found


def unescaped(text: str) -> str:
    out, index = [], 0
    while index < len(text):
        if text[index] == "\\":
            out.append({"n": "\n"}.get(text[index + 1], text[index + 1]))
            index += 2
        else:
            out.append(text[index])
            index += 1
    return "".join(out)


def file_of(booked: appointments.Booked) -> str:
    address = reverse("bookings:ics", args=[booked.appointment.code])
    answer = Client().get(address, {"khoa": booked.secret})
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar; charset=utf-8")
    return answer.content.decode()


def test_it_has_what_a_calendar_needs(book, slot: Slot) -> None:
    booked = book(1)
    event = parsed(file_of(booked))
    assert event["UID"] == f"{booked.appointment.code}@mot-cua"
    assert event["SEQUENCE"] == "0" and event["STATUS"] == "CONFIRMED"
    assert event["DTSTAMP"] == "20261125T020000Z"  # 09:00 in Viet Nam
    assert (event["DTSTART"], event["DTEND"]) == ("20261126T003000Z", "20261126T010000Z")
    assert booked.secret in event["URL"] and unescaped(event["LOCATION"]) == "Số 1, đường Mẫu"
    assert "BEGIN:VALARM" in file_of(booked) and "TZID" not in file_of(booked)  # moments in UTC need no time zone


def test_a_move_is_a_newer_revision_of_the_same_entry(book, slot: Slot) -> None:
    booked = book(1)
    before = parsed(file_of(booked))
    later = slot.session.slots.order_by("starts_at")[3]
    with clock.frozen(clock.now() + timedelta(hours=1)):
        moving.reschedule(appointment=booked.appointment, slot_id=later.pk)
        after = parsed(file_of(booked))
    assert after["UID"] == before["UID"] and int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["DTSTART"] == f"{later.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" != before["DTSTART"]
    assert after["LAST-MODIFIED"] > before["LAST-MODIFIED"] and after["DTSTAMP"] > before["DTSTAMP"]


def test_a_cancellation_strikes_the_entry_out(book) -> None:
    booked = book(1)
    before = parsed(file_of(booked))
    moving.cancel(appointment=booked.appointment, by_label="citizen")
    text = file_of(booked)
    after = parsed(text)
    assert after["STATUS"] == "CANCELLED" and after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"]) and "VALARM" not in text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=400))
def test_lines_are_folded_between_letters(text: str) -> None:
    folded = fold(text)
    assert folded.replace("\r\n ", "") == text
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))


@given(st.text(alphabet=st.sampled_from("ab,;\\\n\r ế:"), max_size=60))
def test_text_survives(text: str) -> None:
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    entry = Entry(uid="X@mot-cua", starts_at=moment, ends_at=moment, summary=text, place="a", text="b", url="http://x/", reminder="c",
                  revision=0, changed_at=moment, made_at=moment, cancelled=False)
    assert unescaped(parsed(calendar_text(entry))["SUMMARY"]) == text.replace("\r\n", "\n").replace("\r", "\n")
    assert "\n" not in escape(text)


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_file_is_one_calendar(cancelled: bool) -> None:
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    text = calendar_text(Entry("X", moment, moment, "s", "p", "t", "http://x/", "r", 2, moment, moment, cancelled))
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") and text.count("BEGIN:VEVENT") == 1
    assert "METHOD:PUBLISH" in text
