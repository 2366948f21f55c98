"""A broadcast is handed out at its pace, to nobody twice, through pauses and kills; its figures add up (letter Cà Mau 5)."""
from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from openpyxl import load_workbook

from onestop import clock
from onestop.notify import broadcast_reads, broadcasting, services, tasks
from onestop.notify.channels import Temporary
from onestop.notify.models import Broadcast, BroadcastEvent, Message, Subscription
from onestop.notify.services import broadcast_sending, broadcasts, subscriptions
from onestop.transitions import Refused
from tests.cast import Cast
from tests.notify.broadcasting import LAW, counted, drafted, listed, plan, started, subscribers

NINE = clock.at(date(2026, 11, 25), 9)


def ready(cast: Cast, many: int, **more: Any) -> Broadcast:
    subscribers(cast.commune, many)
    return counted(cast, drafted(cast, **more))


def tick(row: Broadcast, moment: datetime) -> int:
    """What one run of the job at a moment hands out."""
    with clock.frozen(moment):
        return broadcast_sending.hand_out(row.pk)


def sent(row: Broadcast, state: str = "delivered") -> int:
    """As if the outbox had sent everything it has."""
    return Message.objects.filter(broadcast=row, state="created").update(state=state)


def test_the_pace_is_kept(cast: Cast) -> None:
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 100, per_minute=60))
    assert tick(row, NINE) == 0
    assert tick(row, NINE + timedelta(seconds=1) - timedelta(microseconds=1)) == 0
    assert tick(row, NINE + timedelta(seconds=1)) == 1
    assert tick(row, NINE + timedelta(seconds=1.9)) == 0
    assert tick(row, NINE + timedelta(seconds=10)) == 9
    sent(row)
    assert tick(row, NINE + timedelta(hours=3)) == 60  # a long silence earns a minute, not three hours
    assert tick(row, NINE + timedelta(hours=4)) == 0  # a minute's messages wait in the outbox: no more until they are out
    sent(row)
    assert tick(row, NINE + timedelta(hours=5)) == 30
    assert Broadcast.objects.get().state == "running"  # what was handed out is not out yet
    sent(row)
    tick(row, NINE + timedelta(hours=6))
    row.refresh_from_db()
    assert (row.state, row.handed_out, row.ended_at) == ("done", 100, NINE + timedelta(hours=6))


def test_each_person_has_one_message_of_the_right_kind(cast: Cast) -> None:
    subscribers(cast.commune, 2)
    Subscription.objects.filter(phone="0900000001").update(language="en")
    with clock.frozen(NINE):
        row = started(cast, counted(cast, drafted(cast, text_en="Online or by post only.")))
    tick(row, NINE + timedelta(minutes=1))
    first, second = row.persons.select_related("message").order_by("pk")
    assert first.message is not None and second.message is not None
    assert (first.message.event_key, first.message.urgency, first.message.broadcast) == (f"broadcast:{row.pk}", "bulk", row)
    assert first.message.body == broadcasting.previews(row, first.pk)[0].text.replace(" Thôi nhận tin", "\nThôi nhận tin")
    assert second.message.body.startswith("Online or by post only.") and second.message.language == "en"


def test_a_killed_job_leaves_nobody_out_and_nobody_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 50, per_minute=6000))

    def killed(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(broadcast_sending.BroadcastPerson.objects, "bulk_update", killed)
        with pytest.raises(KeyboardInterrupt):
            tick(row, NINE + timedelta(seconds=10))
    assert not Message.objects.exists() and Broadcast.objects.get().handed_out == 0
    with clock.frozen(NINE + timedelta(seconds=20)):
        assert broadcast_sending.sweep() == 1
        tasks.hand_out(row.pk)
        tasks.hand_out(row.pk)
    assert Message.objects.count() == len(set(Message.objects.values_list("recipient_key", flat=True))) == 50
    assert row.persons.filter(message__isnull=True).count() == 0


def test_a_message_that_is_there_already_is_not_written_again(cast: Cast) -> None:
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 3, per_minute=6000))
        Message.objects.create(event_key=f"broadcast:{row.pk}", recipient_key="0900000001", phone="0900000001", template_key="broadcast",
                               body="x", channel="file", broadcast=row, state="delivered")
    tick(row, NINE + timedelta(seconds=5))
    assert Message.objects.filter(broadcast=row).count() == 3


def test_pause_resume_cancel(cast: Cast) -> None:
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 100, per_minute=60))
    tick(row, NINE + timedelta(seconds=10))
    with clock.frozen(NINE + timedelta(seconds=11)):
        broadcasts.pause(actor=cast.administrator, broadcast=row)
        broadcasts.pause(actor=cast.administrator, broadcast=row)
    assert tick(row, NINE + timedelta(minutes=5)) == 0
    with clock.frozen(NINE + timedelta(minutes=10)):
        broadcasts.resume(actor=cast.administrator, broadcast=row)
        broadcasts.resume(actor=cast.administrator, broadcast=row)
    assert tick(row, NINE + timedelta(minutes=10, seconds=3)) == 3  # the pause earned nothing
    Message.objects.filter(pk__in=list(Message.objects.values_list("pk", flat=True)[:4])).update(state="sent")
    with clock.frozen(NINE + timedelta(minutes=11)):
        with pytest.raises(Refused):
            broadcasts.cancel(actor=cast.administrator, broadcast=row, reason=" ")
        broadcasts.cancel(actor=cast.administrator, broadcast=row, reason="Đổi lịch")
        broadcasts.cancel(actor=cast.administrator, broadcast=row, reason="Đổi lịch")
    assert tick(row, NINE + timedelta(minutes=12)) == 0
    row.refresh_from_db()
    found = broadcast_sending.figures(row)
    assert (row.state, dict(found.by_state), found.waiting) == ("cancelled", {"sent": 4, "obsolete": 9}, 87)
    assert {line.label: line.many for line in broadcast_reads.lines(row, found)} == {"Đã gửi": 4, "Không còn cần gửi": 96}
    assert list(BroadcastEvent.objects.filter(subject=row).values_list("verb", flat=True)) == [
        "draft", "count", "counted", "start", "pause", "resume", "cancel"]


def test_whoever_starts_it_has_seen_the_number_and_the_cost(cast: Cast) -> None:
    row = ready(cast, 3)
    for people, cost in ((2, 0), (3, 500), (-1, -1)):
        with pytest.raises(Refused) as refusal:
            broadcasts.start(actor=cast.administrator, broadcast=row, people=people, cost=cost)
        assert refusal.value.code == "changed"
    with pytest.raises(Refused) as refusal:
        broadcasts.start(actor=cast.leader, broadcast=row, people=3, cost=0)
    assert refusal.value.code == "forbidden"
    assert started(cast, row).state == started(cast, row).state == "running"
    with pytest.raises(Refused):
        broadcasts.change(actor=cast.administrator, broadcast=row, plan=plan(cast))
    empty = counted(cast, drafted(cast, area=cast.other_office.area))
    with pytest.raises(Refused) as refusal:
        started(cast, empty)
    assert refusal.value.code == "nobody"


def test_figures_take_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    row = listed(cast, ["sdt", "0900000001", "0900000002", "0900000002", "abc"])
    with clock.frozen(NINE):
        started(cast, row)
    tick(row, NINE + timedelta(minutes=1))
    Message.objects.filter(recipient_key="0900000001").update(state="permanent")
    with django_assert_num_queries(1):
        found = broadcast_sending.figures(row)
    assert (found.by_state, found.left_out, found.waiting) == (
        Counter({"permanent": 1, "created": 1}), Counter({"duplicate": 1, "bad_row": 1}), 0)
    assert (found.people, found.failed) == (2, 1)


def test_the_spreadsheet_of_who_was_not_reached_carries_out_nothing(cast: Cast) -> None:
    row = listed(cast, ["tên,sdt", '"=HYPERLINK(""http://x"")",0900000001', "Tốt,0900000002", "+1,12"])
    with clock.frozen(NINE):
        started(cast, row)
    tick(row, NINE + timedelta(minutes=1))
    Message.objects.filter(recipient_key="0900000001").update(state="permanent", last_error="Số không tồn tại")
    Message.objects.filter(recipient_key="0900000002").update(state="delivered")
    out = BytesIO()
    assert broadcast_reads.write_not_reached(row, out) == 2
    cells = list(load_workbook(BytesIO(out.getvalue())).active.iter_rows(min_row=2))
    assert [cell.data_type for cell in cells[0][:1]] == ["s"] and cells[0][0].value.startswith("=HYPERLINK")
    assert cells[0][4].value == "Số không tồn tại" and cells[1][3].value == "4"


def test_whoever_objects_is_left_out_of_the_next_one(cast: Cast) -> None:
    row = listed(cast, ["sdt", "0900000001", "0900000002"])
    subscriptions.object_to(person=row.persons.order_by("pk")[0])
    subscriptions.object_to(person=row.persons.order_by("pk")[0])
    again = listed(cast, ["sdt", "0900000001", "0900000002"])
    assert (again.people, again.left_out) == (1, 1)
    held = Subscription.objects.get()
    assert (held.contact, held.state, held.via) == ("0900000001", "ended", "link")


def test_the_uploaded_file_is_forgotten_when_it_is_over(cast: Cast) -> None:
    row = listed(cast, ["sdt", "0900000001"])
    path, store = row.file.name, row.file.storage
    assert store.exists(path)
    broadcasts.cancel(actor=cast.administrator, broadcast=row, reason="Thử")
    assert not store.exists(path) and not Broadcast.objects.get().file


def test_two_thousand_people_are_told_once_each_by_chunks(cast: Cast) -> None:
    lines = ["Họ và tên;Số điện thoại", *[f"Người Mẫu;09{number:08d}" for number in range(2000)]]
    upload = ContentFile("\n".join(lines).encode(), name="ds.csv")
    row = drafted(cast, audience="list", upload=upload, consent=LAW, per_minute=6000)
    tracemalloc.start()
    row = counted(cast, row)
    moment, most = NINE, []
    with clock.frozen(NINE):
        started(cast, row)
    while Broadcast.objects.get().state == "running":
        moment += timedelta(seconds=15)
        tick(row, moment)
        sent(row)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
    tracemalloc.stop()
    row.refresh_from_db()
    assert (row.state, row.people, row.handed_out) == ("done", 2000, 2000)
    assert Message.objects.filter(broadcast=row).values("recipient_key").distinct().count() == Message.objects.count() == 2000
    assert moment - NINE >= timedelta(seconds=20)  # 6,000 a minute
    assert max(most[-3:]) < 2 * max(most[:3]) + 20_000_000, "what a chunk needs does not grow with what went out before"


def test_other_words_of_the_same_length_are_not_started_unseen(cast: Cast) -> None:
    row = ready(cast, 3)
    seen = broadcasts.made_by_event(row)
    broadcasts.change(actor=cast.administrator, broadcast=row, plan=plan(cast, text=plan(cast).text.replace("chỉ", "hãy")))
    row = counted(cast, row)
    with pytest.raises(Refused) as refusal:
        broadcasts.start(actor=cast.administrator, broadcast=row, people=row.people, cost=row.cost, seen=seen)
    assert refusal.value.code == "changed"
    latest = broadcasts.made_by_event(row)
    assert broadcasts.start(actor=cast.administrator, broadcast=row, people=row.people, cost=row.cost, seen=latest).state == "running"


@pytest.mark.parametrize("uploaded", [False, True])
def test_who_objects_after_the_list_was_made_does_not_get_it(cast: Cast, uploaded: bool) -> None:
    subscribers(cast.commune, 3)
    row = listed(cast, ["SĐT", "0900000000", "0900000001", "0900000002"]) if uploaded else counted(cast, drafted(cast))
    with clock.frozen(NINE):
        row = started(cast, row)
    subscriptions.end_all(contact="0900000001")
    assert tick(row, NINE + timedelta(minutes=1)) == 3
    assert sorted(Message.objects.filter(broadcast=row).values_list("phone", flat=True)) == ["0900000000", "0900000002"]
    assert broadcast_sending.figures(row).left_out == {"objected": 1}
    row.refresh_from_db()
    assert (row.people, row.left_out, row.handed_out) == (2, 1, 2)


def test_what_was_under_way_when_it_was_cancelled_is_not_tried_again(cast: Cast) -> None:
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 3))
    tick(row, NINE + timedelta(minutes=1))
    under_way = Message.objects.filter(broadcast=row)[0]
    with clock.frozen(NINE + timedelta(minutes=2)):
        assert services.claim(under_way.pk) is not None
        broadcasts.cancel(actor=cast.administrator, broadcast=row, reason="Đổi lịch")
        held = Message.objects.get(pk=under_way.pk)
        services.settle(held, Temporary("HTTP 503"))
    with clock.frozen(NINE + timedelta(hours=2)):
        services.sweep()
        assert services.claim(under_way.pk) is None
    assert set(Message.objects.filter(broadcast=row).values_list("state", flat=True)) == {"obsolete"}


def test_a_list_that_is_replaced_is_not_kept(cast: Cast) -> None:
    row = listed(cast, ["SĐT", "0900000001"])
    storage, before = row.file.storage, row.file.name
    upload = ContentFile(b"phone\n0900000002", name="khac.csv")
    row = broadcasts.change(actor=cast.administrator, broadcast=row, plan=plan(cast, audience="list", upload=upload, consent=LAW))
    assert not storage.exists(before) and storage.exists(row.file.name)
    last = row.file.name
    row = broadcasts.change(actor=cast.administrator, broadcast=row, plan=plan(cast))
    assert not storage.exists(last) and not row.file


def test_a_list_whose_file_is_gone_goes_back_to_the_draft(cast: Cast) -> None:
    row = drafted(cast, audience="list", upload=ContentFile(b"phone\n0900000002", name="ds.csv"), consent=LAW)
    row.file.storage.delete(row.file.name)
    row = counted(cast, row)
    assert row.state == "draft"
    assert "Không còn tệp" in row.events.get(verb="reject").reason


@pytest.mark.parametrize(("offered", "channel"), [
    (["file"], "file"), (["sms", "file"], "sms"), (["sms"], "sms"), (["email", "file"], "file")])
def test_a_file_takes_only_what_the_portal_has_no_channel_for(cast: Cast, settings: Any, offered: list[str], channel: str) -> None:
    settings.NOTIFY_CHANNELS = offered
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 1))
    tick(row, NINE + timedelta(minutes=1))
    assert Message.objects.get(broadcast=row).channel == channel


def test_a_pause_holds_what_the_outbox_has_already(cast: Cast, tell: Any) -> None:
    with clock.frozen(NINE):
        row = started(cast, ready(cast, 20, per_minute=60))
    tick(row, NINE + timedelta(seconds=10))
    waiting = list(Message.objects.filter(broadcast=row).order_by("pk").values_list("pk", flat=True))
    with clock.frozen(NINE + timedelta(seconds=11)):
        other = tell()
        under_way = services.claim(waiting[0])
        broadcasts.pause(actor=cast.administrator, broadcast=row)
        assert services.send_all([*waiting, other.pk]) == 1  # what belongs to nobody's pause goes on
        assert services.send(waiting[1]) is None and services.claim(waiting[1]) is None
        assert services.reserve_due(limit=100) == []
        assert Counter(Message.objects.filter(broadcast=row).values_list("state", flat=True)) == {"created": 9, "sending": 1}
        assert under_way is not None and Message.objects.filter(broadcast=row, attempts__gt=0).count() == 1
    with clock.frozen(NINE + timedelta(minutes=3)):  # the lease of the one that was under way is over
        services.sweep()
        broadcasts.resume(actor=cast.administrator, broadcast=row)
        due = services.reserve_due(limit=100)
        assert set(due) == set(waiting) and services.send_all(due) == 10
        assert set(Message.objects.filter(broadcast=row).values_list("state", flat=True)) <= {"sent", "delivered"}
