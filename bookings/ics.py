"""PURE: an appointment as a calendar file (RFC 5545). Moments are written in UTC, so the file needs no VTIMEZONE of its own.

The UID never changes: a file opened again after a move takes the place of the entry in the person's calendar (RFC 5545, 3.8.7.4:
SEQUENCE grows with each revision), and after a cancellation the entry is struck out.
"""
from dataclasses import dataclass
from datetime import UTC, datetime

MOST_OCTETS = 73  # of 75 allowed; a continuation begins with a space


@dataclass(frozen=True)
class Entry:
    """What stands in the file. `revision` counts what has happened since the booking; `changed_at` is when that was."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    place: str
    text: str
    url: str
    reminder: str
    revision: int
    changed_at: datetime
    made_at: datetime
    cancelled: bool


def calendar_text(entry: Entry) -> str:
    """One VEVENT with an alarm two hours before; a cancelled one says so and rings no more."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cong Mot cua//VI", "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:{entry.uid}", f"SEQUENCE:{entry.revision}", f"DTSTAMP:{stamp(entry.made_at)}", f"LAST-MODIFIED:{stamp(entry.changed_at)}",
        f"DTSTART:{stamp(entry.starts_at)}", f"DTEND:{stamp(entry.ends_at)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}", f"SUMMARY:{escape(entry.summary)}", f"LOCATION:{escape(entry.place)}",
        f"DESCRIPTION:{escape(entry.text)}", f"URL:{entry.url}", *([] if entry.cancelled else _alarm(entry)), "END:VEVENT", "END:VCALENDAR",
    ]
    return "\r\n".join(fold(line) for line in lines) + "\r\n"


def _alarm(entry: Entry) -> list[str]:
    return ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT2H", f"DESCRIPTION:{escape(entry.reminder)}", "END:VALARM"]


def stamp(moment: datetime) -> str:
    """A moment as RFC 5545 writes UTC."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """RFC 5545 TEXT."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """Lines of at most 75 octets, never cut inside a letter."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > MOST_OCTETS:
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])
