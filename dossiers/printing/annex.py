"""The annex of a decision: one list of all its dossiers with code, procedure, old and new date. Names of citizens are not on it: the
code is enough to find them, and an annex travels further than a dossier. In Vietnamese, as every official paper."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from django.utils import translation

from dossiers.printing.tables import Column, Sheet, write_pdf, write_xlsx
from dossiers.states import ItemState
from onestop import clock
from onestop.people import shown

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dossiers.models import Extension, ExtensionItem

PART = 500  # items read at once
LIST = (Column("STT", 12, centre=True), Column("Mã hồ sơ", 48), Column("Thủ tục hành chính"), Column("Ngày tiếp nhận", 25, centre=True),
        Column("Ngày hẹn trả cũ", 36, centre=True), Column("Ngày hẹn trả mới", 36, centre=True))
OUTCOME = (Column("Kết quả", 40), Column("Lý do", 90))
TITLES = {"apology": "xin lỗi và hẹn lại ngày trả kết quả", "directed_extension": "được gia hạn thời gian giải quyết",
          "suspension": "được tạm dừng tính thời gian giải quyết"}


def as_pdf(asked: Extension, out: IO[bytes], *, number: int, made_at: datetime) -> None:
    """The dossiers whose date was moved, as one PDF; rows are read and typeset in parts."""
    with translation.override("vi"):
        rows = ([index, *cells(item)] for index, item in numbered(items_of(asked, ItemState.DONE)))
        write_pdf(sheet_of(asked, number, made_at, LIST), rows, out, issued_at=made_at)


def as_workbook(asked: Extension, out: IO[bytes], *, number: int, made_at: datetime) -> None:
    """Every dossier of the list as XLSX, row by row: also those that were left out, with the reason."""
    with translation.override("vi"):
        rows = ([index, *cells(item), str(item.get_state_display()), item.excluded_because]
                for index, item in numbered(items_of(asked, *ItemState.values)))
        write_xlsx(sheet_of(asked, number, made_at, (*LIST, *OUTCOME)), rows, out)


def items_of(asked: Extension, *states: str) -> QuerySet[ExtensionItem]:
    """The items on the annex with what their row shows."""
    return asked.items.filter(state__in=states).select_related("dossier__procedure").order_by("pk")


def numbered(items: QuerySet[ExtensionItem]) -> Iterator[tuple[int, ExtensionItem]]:
    """From 1, read by key: nothing but the present part is held."""
    index = after = 0
    while part := list(items.filter(pk__gt=after)[:PART]):
        for item in part:
            index += 1
            yield index, item
        after = part[-1].pk


def cells(item: ExtensionItem) -> list[str]:
    """Code, procedure, received, old and new date."""
    return [item.dossier.number, item.dossier.procedure.name, shown.day(item.dossier.received_at), _moment(item.due_from),
            _moment(item.due_to)]


def _moment(value: datetime | None) -> str:
    return shown.moment(value) if value else "–"


def sheet_of(asked: Extension, number: int, made_at: datetime, columns: tuple[Column, ...]) -> Sheet:
    """What stands around the rows."""
    office, told = asked.office, clock.local(made_at)
    done = shown.number(asked.items.filter(state=ItemState.DONE).count())
    edition = f" (lập lần {number})" if number > 1 else ""
    annex_of = f"Kèm theo quyết định phê duyệt đề nghị số {asked.pk} ngày {shown.day(asked.decided_at)}{edition}"
    signer: Any = asked.decided_by
    return Sheet(
        title=f"Phụ lục danh sách hồ sơ {TITLES[asked.instrument]}", agency=office.province.name, office=office.name,
        place_date=f"{office.area.name}, ngày {told.day} tháng {told.month} năm {told.year}", columns=columns,
        subtitles=(annex_of, _period(asked), _basis(asked), f"Lý do: {asked.citizen_text}"),
        closing=(f"Danh sách gồm {done} hồ sơ. Người phê duyệt: {signer.full_name if signer else ''}.",),
        signatures=("Người lập danh sách", "Người phê duyệt"), running=f"Phụ lục quyết định, đề nghị số {asked.pk}")


def _period(asked: Extension) -> str:
    begin = f"từ ngày {shown.day(asked.starts_on)} " if asked.starts_on else ""
    return f"{asked.get_instrument_display()}: {begin}đến hết ngày {shown.day(asked.until)}"


def _basis(asked: Extension) -> str:
    if asked.directive is None:
        return "Căn cứ: quy định chung về xin lỗi và hẹn lại ngày trả kết quả"
    clause = f"{asked.clause}, " if asked.clause else ""
    letter = asked.directive
    return f"Căn cứ: {clause}Văn bản số {letter.number} ngày {shown.day(letter.issued_on)} của {letter.issuer}"
