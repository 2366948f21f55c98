"""Reading broadcasts for their pages: figures in words, the filter in words, the list of who was not reached as a spreadsheet."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from onestop.catalogue.models import Procedure
from onestop.notify.contacts import masked
from onestop.notify.models import Broadcast, BroadcastPerson
from onestop.notify.services.broadcast_sending import Figures, not_reached
from onestop.notify.states import BroadcastState, NotTold, Standing, State
from onestop.offices.models import Office
from onestop.people.shown import day

AT_ONCE = 1000
SHOWN_ROWS = 50  # lines of a list that are left out, named by number


@dataclass(frozen=True)
class Line:
    """One figure: what, how many, how it is marked."""

    label: str
    many: int
    tone: str = ""


TONES = {State.DELIVERED: "good", State.SENT: "info", State.PERMANENT: "bad", State.TECHNICAL: "bad", State.TEMPORARY: "warn"}


def lines(broadcast: Broadcast, figures: Figures) -> list[Line]:
    """The people who get it, by what became of their message."""
    many, waiting = Counter(figures.by_state), figures.waiting
    if broadcast.state == BroadcastState.CANCELLED:  # what was not handed out is needed as little as what was taken back
        many[State.OBSOLETE], waiting = many[State.OBSOLETE] + waiting, 0
    found = [Line(str(state.label), many[state], TONES.get(state, "neutral")) for state in State if many[state]]
    return [*found, Line(_("Chưa đến lượt gửi"), waiting)] if waiting else found


def left_out(figures: Figures) -> list[Line]:
    """The people who don't get it, by reason."""
    return [Line(str(why.label), figures.left_out[why], "warn") for why in NotTold if figures.left_out[why]]


def left_out_rows(broadcast: Broadcast) -> list[tuple[str, str]]:
    """(line of the uploaded list or masked contact, why) of the first who are left out."""
    rows = broadcast.persons.exclude(left_out="").order_by("pk").values_list("contact", "left_out")[:SHOWN_ROWS]
    return [(_("Dòng %(line)s") % {"line": contact[1:]} if contact.startswith("#") else masked(contact), str(NotTold(why).label))
            for contact, why in rows]


def filter_text(broadcast: Broadcast) -> str:
    """The filter in words; two queries at most."""
    asked: dict[str, Any] = broadcast.filter
    parts = []
    if asked.get("office"):
        parts.append(Office.objects.get(pk=asked["office"]).name)
    if asked.get("procedure"):
        parts.append(Procedure.objects.get(pk=asked["procedure"]).name)
    parts += [str(Standing(name).label) for name in asked.get("standing", [])]
    if asked.get("first"):
        parts.append(_("từ ngày %(day)s") % {"day": day(date.fromisoformat(asked["first"]))})
    if asked.get("last"):
        parts.append(_("đến hết ngày %(day)s") % {"day": day(date.fromisoformat(asked["last"]))})
    return " · ".join(parts)


def write_not_reached(broadcast: Broadcast, out: IO[bytes]) -> int:
    """Who was not reached as XLSX, row by row; how many. A name that begins like a formula stays a text."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title="Danh sách")
    page.freeze_panes = "A2"
    header = (_("Họ và tên"), _("Số điện thoại"), _("Thư điện tử"), _("Dòng"), _("Lý do"))
    page.append([_text(page, word) for word in header])
    total = 0
    for total, row in enumerate(_rows(broadcast), 1):  # noqa: B007 - the last number is the answer
        page.append([_text(page, value) for value in row])
    book.save(out)
    return total


def _rows(broadcast: Broadcast) -> Iterator[tuple[str, ...]]:
    for person in not_reached(broadcast).iterator(chunk_size=AT_ONCE):
        yield (person.name, person.phone, person.email, person.contact[1:] if person.contact.startswith("#") else "", _why(person))


def _why(person: BroadcastPerson) -> str:
    if person.message is None:
        return str(NotTold(person.left_out).label) if person.left_out else ""
    return person.message.last_error or str(State(person.message.state).label)


def _text(page: Any, value: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value=value)
    cell.data_type = "s"
    return cell
