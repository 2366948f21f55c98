"""Making the list of a broadcast: chunk by chunk in a job that may be killed at any moment and is taken up where it stood."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from onestop import clock, sheets
from onestop.notify import broadcasting
from onestop.notify.contacts import Contact, contact
from onestop.notify.models import Broadcast, BroadcastPerson, Subscription
from onestop.notify.services.broadcasts import note
from onestop.notify.states import BROADCAST_TRANSITIONS, Audience, BroadcastState, NotTold, SubscriptionState, Via
from onestop.patience import patiently
from onestop.people.words import clean, fold
from onestop.transitions import step

CHUNK = 1000
HEADERS = {
    "phone": ("so dien thoai", "dien thoai", "sdt", "so dt", "di dong", "phone", "phone number", "mobile"),
    "email": ("email", "e-mail", "thu dien tu", "dia chi email", "dia chi thu dien tu", "mail"),
    "name": ("ho va ten", "ho ten", "ten", "full name", "name", "nguoi nhan"),
}
TEMPLATE = ("Họ và tên", "Số điện thoại", "Thư điện tử")


@dataclass(frozen=True)
class Row:
    """Somebody as a source has them. `key` grows from row to row: a line's number, a row's id."""

    key: int
    contact: Contact
    name: str = ""
    language: str = "vi"
    trouble: str = field(default="")  # of NotTold: why they can't be told


# (broadcast, last key that was taken, at most so many) → the rows that follow; none: the list is complete; None: another job goes on
Source = Callable[[Broadcast, int, int], Sequence[Row] | None]


def fill(pk: int, source: Source, *, size: int = CHUNK) -> int:
    """Take rows from `source` until there are no more, each chunk in a transaction of its own; how many were taken by this call."""
    taken = 0
    while more := fill_chunk(pk, source, size):
        taken += more
    return taken


@patiently
def fill_chunk(pk: int, source: Source, size: int) -> int:
    """One chunk; 0 where the list is complete, could not be read, or is no longer being made."""
    with transaction.atomic():
        row = Broadcast.objects.select_for_update(of=("self",)).select_related("directive", "office").filter(
            pk=pk, state=BroadcastState.COUNTING).first()
        if row is None:
            return 0
        try:
            rows = source(row, row.cursor, size)
        except sheets.Unreadable as error:
            _reject(row, str(error))
            return 0
        if not rows:
            if rows is not None:
                _counted(row)
            return 0
        add_people(row, rows)
        row.cursor, row.signed_on_at = rows[-1].key, clock.now()
        row.save(update_fields=["cursor", "signed_on_at"])
    return len(rows)


def add_people(broadcast: Broadcast, rows: Sequence[Row]) -> int:
    """Put rows on the list, inside the caller's transaction; how many of them get the message. Each row stands on it: once a contact, the
    rest with why they are left out. Three statements however many."""
    keys = {row.contact.key for row in rows if row.contact}
    seen = set(BroadcastPerson.objects.filter(broadcast=broadcast, contact__in=keys).values_list("contact", flat=True))
    silent = objected(broadcast, keys)
    people = []
    for row in rows:
        why = _why_not(row, seen, silent)
        known = row.contact.key if why in ("", NotTold.OBJECTED) else f"#{row.key}"
        seen.add(known)
        people.append(BroadcastPerson(broadcast=broadcast, contact=known, phone=row.contact.phone, email=row.contact.email,
                                      name=clean(row.name)[:120], language=row.language, left_out=why))
    BroadcastPerson.objects.bulk_create(people, batch_size=500)
    return sum(not person.left_out for person in people)


def _why_not(row: Row, seen: set[str], silent: set[str]) -> str:
    if row.trouble or not row.contact:
        return row.trouble or NotTold.NO_CONTACT
    if row.contact.key in seen:
        return NotTold.DUPLICATE
    return NotTold.OBJECTED if row.contact.key in silent else ""


def objected(broadcast: Broadcast, keys: set[str]) -> set[str]:
    """Of these contacts those who want no broadcast like this: subscribers who are none of its area any more, others who ended their
    subscription or objected, and did not come back. Asked when the list is made and once more when it is handed out."""
    rows = Subscription.objects.filter(contact__in=keys)
    if broadcast.audience == Audience.SUBSCRIBERS:
        return keys - set(_inside(broadcast, rows).values_list("contact", flat=True))
    back = set(rows.filter(state=SubscriptionState.ACTIVE).values_list("contact", flat=True))
    return set(rows.filter(ended_at__isnull=False).values_list("contact", flat=True)) - back


def _counted(row: Broadcast) -> None:
    """The list is complete and stays as it is: how many, how much."""
    move = step(BROADCAST_TRANSITIONS, "counted", row.state, sentence="")
    told, text = Q(left_out=""), ~Q(phone="") if row.channel == Via.SMS else Q()
    row.people, row.left_out = row.persons.filter(told).count(), row.persons.exclude(told).count()
    by_language = row.persons.filter(told & text).order_by().values_list("language").annotate(many=Count("pk"))
    row.segments, row.cost = broadcasting.estimate(row, by_language)
    row.state = BroadcastState(move.after)
    row.save(update_fields=["people", "left_out", "segments", "cost", "state"])
    note(row, "counted", move.before, data={"people": row.people, "left_out": row.left_out, "cost": row.cost})


def _reject(row: Broadcast, why: str) -> None:
    """The uploaded list can't be used: back to the draft, with the reason."""
    move = step(BROADCAST_TRANSITIONS, "reject", row.state, sentence="")
    row.persons.all().delete()
    row.state, row.cursor = BroadcastState(move.after), 0
    row.save(update_fields=["state", "cursor"])
    note(row, "reject", move.before, reason=why)


# --- the two sources of this app ------------------------------------------------------------------------------------------

def fill_here(pk: int) -> int:
    """The job for subscribers and for uploaded lists."""
    row = Broadcast.objects.filter(pk=pk, state=BroadcastState.COUNTING).first()
    if row is None:
        return 0
    return fill(pk, subscribers if row.audience == Audience.SUBSCRIBERS else FileRows(row))


def subscribers(broadcast: Broadcast, after: int, size: int) -> list[Row]:
    """Those who confirmed that they want the news of the area or of one below it."""
    rows = _inside(broadcast, Subscription.objects.filter(pk__gt=after)).order_by("pk")[:size]
    return [Row(row.pk, Contact(row.phone, row.email), language=row.language) for row in rows]


def _inside(broadcast: Broadcast, rows: QuerySet[Subscription]) -> QuerySet[Subscription]:
    area = broadcast.area_id or broadcast.province_id
    return rows.filter(Q(area=area) | Q(area__parent=area) | Q(area__parent__parent=area), state=SubscriptionState.ACTIVE)


class FileRows:
    """The lines of an uploaded list, read once from where the job stands; `key` is the line's number, the header being 1."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._file, self._at = broadcast.file.name, max(broadcast.cursor, 1)
        self._trouble: sheets.Unreadable | None = None
        self._lines: Iterator[tuple[int, list[str]]] = iter(())
        try:
            self._open(broadcast)
        except sheets.Unreadable as error:
            self._trouble = error
        except FileNotFoundError:
            self._trouble = sheets.Unreadable(_("Không còn tệp danh sách. Vui lòng tải lại tệp."))

    def _open(self, broadcast: Broadcast) -> None:
        with broadcast.file.open("rb") as stored:
            lines = enumerate(sheets.rows(stored.read()), 1)
        _one, header = next(lines, (1, []))
        self._columns = _columns(header)
        if "phone" not in self._columns and "email" not in self._columns:
            raise sheets.Unreadable(_("Dòng đầu phải có cột Số điện thoại hoặc Thư điện tử. Vui lòng dùng tệp mẫu."))
        self._lines = islice(lines, self._at - 1, None)

    def __call__(self, broadcast: Broadcast, after: int, size: int) -> list[Row] | None:
        """The next lines with something in them; None where another job has gone on with the list. Raises Unreadable."""
        if self._trouble is not None:
            raise self._trouble
        if (broadcast.file.name, max(after, 1)) != (self._file, self._at):
            return None
        found: list[Row] = []
        for number, cells in self._lines:
            self._at = number
            if any(clean(cell) for cell in cells[:sheets.MOST_COLUMNS]):
                if number > settings.BROADCAST_ROWS + 1:
                    raise sheets.Unreadable(_("Danh sách có hơn %(most)s dòng. Vui lòng chia thành nhiều tệp.") % {
                        "most": settings.BROADCAST_ROWS})
                found.append(self._row(number, cells))
                if len(found) == size:
                    break
        if found:
            self._at = found[-1].key
        return found

    def _row(self, number: int, cells: list[str]) -> Row:
        values = {name: cells[place] if place < len(cells) else "" for name, place in self._columns.items()}
        who = contact(values.get("phone", ""), values.get("email", ""))
        typed = clean(values.get("phone", "")) or clean(values.get("email", ""))
        trouble = "" if who else NotTold.BAD_ROW if typed else NotTold.NO_CONTACT
        return Row(number, who, clean(values.get("name", ""))[:120], trouble=str(trouble))


def _columns(header: Sequence[Any]) -> dict[str, int]:
    """{what a column holds: its place}, by the words of the header."""
    words = [fold(str(cell)) for cell in header[:sheets.MOST_COLUMNS]]
    return {name: next(place for place, word in enumerate(words) if word in known)
            for name, known in HEADERS.items() if any(word in known for word in words)}
