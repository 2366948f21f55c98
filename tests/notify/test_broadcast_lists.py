"""The list of a broadcast: who is on it, who is left out and why, in chunks that may be killed (letter Cà Mau 5)."""
from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.base import ContentFile
from openpyxl import Workbook

from bookings import tasks as booking_tasks
from bookings.models import Slot
from bookings.services import appointments, sessions
from dossiers import tasks as dossier_tasks
from dossiers.models import Dossier
from onestop import clock
from onestop.notify import tasks
from onestop.notify.models import Broadcast, BroadcastPerson, Message, Provider, Subscription
from onestop.notify.services import broadcast_lists, broadcast_sending, broadcasts
from onestop.notify.services.broadcast_lists import CHUNK, FileRows
from onestop.transitions import Refused
from tests.cast import Cast
from tests.notify.broadcasting import LAW, counted, drafted, listed, plan, subscribers

NINE = clock.at(date(2026, 11, 25), 9)


@pytest.fixture
def gateway(db: None) -> Provider:
    """An SMS gateway that takes 500 đồng a part."""
    return Provider.objects.create(code="sms-thu", name="SMS thử", channel="sms", price=500, plain=True)


def people(row: Broadcast) -> list[tuple[str, str]]:
    return list(row.persons.order_by("pk").values_list("contact", "left_out"))


def test_subscribers_of_an_area_and_of_everything_below_it(cast: Cast, gateway: Provider) -> None:
    subscribers(cast.commune, 3)
    subscribers(cast.other_office.area, 2, first=100)
    Subscription.objects.create(contact="0999999999", phone="0999999999", area=cast.commune, state="waiting")
    Subscription.objects.create(contact="0999999998", phone="0999999998", area=cast.commune, state="ended", ended_at=NINE)
    whole, part = counted(cast, drafted(cast)), counted(cast, drafted(cast, area=cast.commune))
    assert (whole.state, whole.people, part.people) == ("ready", 5, 3)
    assert whole.segments == 5 and whole.cost == 5 * 500  # without tone marks the text and its link fit into one part
    Provider.objects.update(plain=False)
    again = counted(cast, drafted(cast, area=cast.commune))
    assert again.segments == 3 * 3 and again.cost == 3 * 3 * 500


def test_whoever_subscribed_to_two_communes_gets_it_once(cast: Cast) -> None:
    subscribers(cast.commune, 2)
    subscribers(cast.other_office.area, 2, first=1)
    row = counted(cast, drafted(cast))
    assert (row.people, row.left_out) == (3, 1)
    assert broadcast_sending.figures(row).left_out == {"duplicate": 1}


def test_an_uploaded_list_finds_its_columns_and_names_bad_rows_by_number(cast: Cast) -> None:
    subscribers(cast.commune, 1)
    Subscription.objects.create(contact="0911111117", phone="0911111117", area=cast.commune, state="ended", ended_at=NINE)
    row = listed(cast, ["Ghi chú;HỌ TÊN;Số điện thoại;E-mail", "x;Nguyễn Văn Mẫu;0911 111 111;", ";Trần Thị Mẫu;;mau@thu.example",
                        "", "x;Sai Số;12345;", ";Trùng Số;+84911111111;", ";Phản Đối;0911111117;", ";Không Gì;;", "x;Mất Số 0;911111119;"])
    assert people(row) == [("0911111111", ""), ("mau@thu.example", ""), ("#5", "bad_row"), ("#6", "duplicate"), ("0911111117", "objected"),
                           ("#8", "no_contact"), ("0911111119", "")]
    assert (row.people, row.left_out, row.state) == (3, 4, "ready")
    assert row.persons.get(contact="0911111111").name == "Nguyễn Văn Mẫu"


def test_a_workbook_is_read_as_well(cast: Cast) -> None:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["Họ và tên", "SĐT"])
    for number in range(2500):
        book.active.append([f"Người Mẫu {number}", 900000000 + number])
    book.save(out)
    row = counted(cast, drafted(cast, audience="list", upload=ContentFile(out.getvalue(), name="ds.xlsx"), consent=LAW))
    assert row.people == 2500 and row.persons.first().contact == "0900000000"  # type: ignore[union-attr]


@pytest.mark.parametrize(("lines", "why"), [
    (["Tên;Địa chỉ", "A;B"], "Số điện thoại hoặc Thư điện tử"), (["Số điện thoại", *["0900000000"] * 4], "hơn 3 dòng")])
def test_a_list_that_cant_be_used_goes_back_to_the_draft_with_the_reason(cast: Cast, settings: Any, lines: list[str], why: str) -> None:
    settings.BROADCAST_ROWS = 3
    row = listed(cast, lines)
    assert row.state == "draft" and not row.persons.exists()
    assert why in row.events.get(verb="reject").reason
    broadcasts.count(actor=cast.administrator, broadcast=row)  # another file may be sent, and counted again
    tasks.fill_audience(row.pk)
    assert Broadcast.objects.get().state == "draft"


def test_a_killed_job_is_taken_up_where_it_stood_and_nobody_stands_twice(cast: Cast, settings: Any) -> None:
    lines = ["sdt", *[f"09{number:08d}" for number in range(25)]]
    row = drafted(cast, audience="list", upload=ContentFile("\n".join(lines).encode(), name="ds.csv"), consent=LAW)
    broadcasts.count(actor=cast.administrator, broadcast=row)
    row.refresh_from_db()
    first, second = FileRows(row), FileRows(row)
    assert broadcast_lists.fill_chunk(row.pk, first, 10) == 10
    assert broadcast_lists.fill_chunk(row.pk, second, 10) == 0  # another job goes on with it
    row.refresh_from_db()
    assert row.cursor == 11 and row.state == "counting"
    settings.BROADCAST_STALL_SECONDS = 0
    assert broadcast_sending.sweep() == 1
    tasks.fill_audience(row.pk)
    row.refresh_from_db()
    assert (row.people, row.left_out, row.state) == (25, 0, "ready")


def test_a_list_is_made_in_chunks(cast: Cast, django_assert_max_num_queries: Any) -> None:
    subscribers(cast.commune, 2 * CHUNK + 1)
    row = drafted(cast)
    broadcasts.count(actor=cast.administrator, broadcast=row)
    with django_assert_max_num_queries(60):
        assert broadcast_lists.fill_here(row.pk) == 2 * CHUNK + 1


def test_people_with_dossiers_by_filter(cast: Cast) -> None:
    for number, (office, state, day) in enumerate([
            (cast.office, "processing", 1), (cast.office, "decided", 2), (cast.other_office, "processing", 3),
            (cast.office, "processing", 9)]):
        Dossier.objects.create(
            reference=f"T{number}", code=f"T-{number}", secret_digest=f"T{number}", procedure=cast.procedure,
            version=cast.procedure.current,
            rule_pack="VN-2025", received_office=office, competent_office=office, full_name="Người Mẫu", search_name="nguoi mau",
            phone=f"090000000{number}",
            state=state, received_at=clock.at(date(2026, 11, day), 23, 59), channel="online")
    asked = {"audience": "dossiers", "consent": LAW}

    def who(**more: Any) -> set[str]:
        row = counted(cast, drafted(cast, **{**asked, **more}), dossier_tasks.fill_audience)
        return set(row.persons.values_list("contact", flat=True))

    assert len(who()) == 4
    assert who(filter={"office": cast.other_office.pk}) == {"0900000002"}
    assert who(area=cast.commune, filter={"standing": ["open"], "first": "2026-11-01", "last": "2026-11-01"}) == {"0900000000"}
    assert who(filter={"standing": ["ready"]}) == {"0900000001"}
    assert who(office=cast.office, area=cast.commune, filter={"office": cast.other_office.pk}, actor=cast.leader) == set()


def test_people_with_appointments_by_filter(cast: Cast, morning: Any) -> None:
    _book(cast, cast.office, date(2026, 11, 26), "0900000001")
    _book(cast, cast.office, date(2026, 11, 27), "0900000002")
    asked = {"office": cast.office.pk, "first": "2026-11-27", "last": "2026-11-27"}
    row = drafted(cast, audience="appointments", consent=LAW, filter=asked)
    assert people(counted(cast, row, booking_tasks.fill_audience)) == [("0900000002", "")]


def _book(cast: Cast, office: Any, day: date, phone: str) -> None:
    sessions.generate(office=office, first=day, days=1)
    slot = Slot.objects.filter(session__office=office, session__date=day).order_by("starts_at")[0]
    appointments.book(applicant=appointments.Applicant(full_name="Người Mẫu", phone=phone), procedure=cast.procedure, purpose="submit",
                      channel="web", slot_id=slot.pk)


@pytest.mark.parametrize(("more", "code"), [
    ({"audience": "list", "consent": LAW}, "no_file"), ({"consent": ""}, "no_basis"), ({"text": " "}, "incomplete"),
    ({"per_minute": 0}, "bad_pace"), ({"audience": "dossiers", "consent": "Người dân đồng ý"}, "no_basis")])
def test_a_broadcast_needs_words_people_and_a_basis(cast: Cast, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        broadcasts.draft(actor=cast.administrator, plan=plan(cast, **more))
    assert refusal.value.code == code
    assert not Broadcast.objects.exists()


def test_a_leader_sends_in_the_own_area_only(cast: Cast) -> None:
    own = {"actor": cast.leader, "office": cast.office}
    assert drafted(cast, **own, area=cast.commune).office == cast.office
    for more in ({}, {"area": cast.province}, {"area": cast.other_office.area}):
        with pytest.raises(Refused):
            drafted(cast, **own, **more)
    for actor in (cast.leader, cast.desk, cast.monitor, cast.citizen):
        with pytest.raises(Refused):
            drafted(cast, actor=actor)


def test_changing_throws_the_list_away(cast: Cast) -> None:
    subscribers(cast.commune, 2)
    row = counted(cast, drafted(cast))
    broadcasts.change(actor=cast.administrator, broadcast=row, plan=plan(cast, text="Lời khác."))
    row.refresh_from_db()
    assert (row.state, row.people, row.cost, BroadcastPerson.objects.count(), Message.objects.count()) == ("draft", 0, 0, 0, 0)
