"""The screens of broadcasts: written with a preview, counted, confirmed with the number, watched (letter Cà Mau 5)."""
from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from onestop import clock
from onestop.directives.services import announcements
from onestop.directives.services.announcements import Notice
from onestop.notify import broadcasting, tasks
from onestop.notify.models import Broadcast, Message, Provider, Subscription
from onestop.people.models import Assignment
from onestop.people.states import Role
from tests.cast import Cast
from tests.notify.broadcasting import LAW, TEXT, counted, drafted, listed, started, subscribers

NINE = clock.at(date(2026, 11, 25), 9)


def text(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def browser_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def typed(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"name": "Cách nộp hồ sơ", "audience": "subscribers", "place": f"area:{cast.province.pk}", "consent": "Đồng ý khi đăng ký",
            "channel": "sms", "per_minute": "300", "text": TEXT, **more}


def test_from_the_words_to_the_last_figure(cast: Cast) -> None:
    Provider.objects.create(code="sms-thu", name="SMS thử", channel="sms", price=500, plain=True)
    subscribers(cast.commune, 3)
    browser = browser_of(cast.administrator)
    with clock.frozen(NINE):
        looked = text(browser.post(reverse("notify:new_broadcast"), typed(cast, xem="1")))
        assert "Tu ngay 25/8" in looked and "Không dấu: 1 phần SMS" in looked and "Có dấu: 3 phần SMS" in looked
        assert "Mỗi người 500 đ" in looked and not Broadcast.objects.exists()
        assert "Tu ngay 25/8" in text(browser.post(reverse("notify:preview_broadcast"), {"text": TEXT, "channel": "sms"}))
        page = browser.post(reverse("notify:new_broadcast"), typed(cast))["Location"]
        row = Broadcast.objects.get()
        browser.post(reverse("notify:count_broadcast", args=[row.pk]))
        assert "Đang lập danh sách" in text(browser.get(page))
        assert "hx-get" in browser.get(page).content.decode()
        tasks.fill_audience(row.pk)
        assert "1.500 đ" in text(browser.get(page))
        confirming = text(browser.get(reverse("notify:start_broadcast", args=[row.pk])))
        assert "Gửi cho 3 người" in confirming and "1.500 đ" in confirming
        assert broadcasting.token(0) in confirming, "as long as a person's own link, and nobody's"
        seen = re.findall(r'name="seen" value="(\d+)"', browser.get(reverse("notify:start_broadcast", args=[row.pk])).content.decode())[0]
        stale = browser.post(reverse("notify:start_broadcast", args=[row.pk]), {"people": 2, "cost": 1000, "seen": seen}, follow=True)
        assert "đã thay đổi so với lúc bạn xem" in text(stale)
        browser.post(reverse("notify:start_broadcast", args=[row.pk]), {"people": 3, "cost": 1500, "seen": seen})
        assert Broadcast.objects.get().state == "running"
        browser.post(reverse("notify:pause_broadcast", args=[row.pk]))
        browser.post(reverse("notify:resume_broadcast", args=[row.pk]))
    with clock.frozen(NINE + timedelta(minutes=1)):
        tasks.hand_out(row.pk)
        Message.objects.filter(broadcast=row).update(state="delivered")
        tasks.hand_out(row.pk)
        done = text(browser.get(page))
        assert "Đã gửi xong" in done and "Đã nhận 3" in done
        sheet = browser.post(reverse("notify:broadcast_not_reached", args=[row.pk]))
        assert sheet["Content-Disposition"].endswith('.xlsx"') and b"".join(sheet.streaming_content).startswith(b"PK")
        assert "Cách nộp hồ sơ" in text(browser.get(reverse("notify:broadcasts")))


def test_a_list_is_uploaded_and_what_is_wrong_is_said_at_the_field(cast: Cast) -> None:
    browser = browser_of(cast.administrator)
    given = typed(cast, audience="list", consent="không có số")
    assert "Vui lòng chọn tệp danh sách" in text(browser.post(reverse("notify:new_broadcast"), given))
    file = SimpleUploadedFile("ds.csv", b"sdt\n0900000001\n12")
    refused = browser.post(reverse("notify:new_broadcast"), {**given, "upload": file})
    assert refused.status_code == 422 and "chọn văn bản, hoặc ghi rõ luật" in text(refused)
    file.seek(0)
    page = browser.post(reverse("notify:new_broadcast"), {**given, "consent": LAW, "upload": file})["Location"]
    row = Broadcast.objects.get()
    changed = browser.post(reverse("notify:edit_broadcast", args=[row.pk]), {**given, "consent": LAW, "text": "Lời khác."})
    assert changed.status_code == 302  # the file that is there is kept
    browser.post(reverse("notify:count_broadcast", args=[row.pk]))
    tasks.fill_audience(row.pk)
    shown = text(browser.get(page))
    assert "Dòng 3: Số điện thoại hoặc thư điện tử không hợp lệ" in shown and "Lời khác." in shown
    assert browser.post(reverse("notify:cancel_broadcast", args=[row.pk]), {"reason": ""}).status_code == 422
    browser.post(reverse("notify:cancel_broadcast", args=[row.pk]), {"reason": "Thử"})
    assert "Đã hủy" in text(browser.get(page))
    assert "Số điện thoại" in browser.get(reverse("notify:broadcast_template")).content.decode()


def test_the_filter_is_kept_and_told_in_words(cast: Cast) -> None:
    browser = browser_of(cast.administrator)
    asked = {"audience": "dossiers", "consent": LAW, "office": cast.office.pk, "procedure": cast.procedure.code, "standing": ["open"],
             "first": "2026-11-01", "last": "2026-11-25"}
    page = browser.post(reverse("notify:new_broadcast"), typed(cast, **asked))["Location"]
    row = Broadcast.objects.get()
    assert row.filter == {"office": cast.office.pk, "procedure": cast.procedure.pk, "standing": ["open"], "first": "2026-11-01",
                          "last": "2026-11-25"}
    shown = text(browser.get(page))
    assert "Thủ tục đăng ký khai sinh · Đang giải quyết · từ ngày 01/11/2026 · đến hết ngày 25/11/2026" in shown
    assert f'value="{cast.procedure.code}"' in browser.get(reverse("notify:edit_broadcast", args=[row.pk])).content.decode()
    wrong = browser.post(reverse("notify:new_broadcast"), typed(cast, **{**asked, "procedure": "9.9", "last": "2026-10-01"}))
    assert wrong.status_code == 422 and "Không có thủ tục nào mang mã này" in text(wrong)


def test_an_announcement_becomes_a_draft_with_its_words(cast: Cast) -> None:
    row = announcements.announce(actor=cast.administrator, notice=Notice(
        province=cast.province, area=cast.commune, title="Chỉ nhận trực tuyến", short="Phường chỉ nhận hồ sơ trực tuyến.", starts_at=NINE))
    browser = browser_of(cast.administrator)
    assert f"?thong_bao={row.pk}" in browser.get(reverse("directives:announcement", args=[row.pk])).content.decode()
    page = browser.get(reverse("notify:new_broadcast"), {"thong_bao": row.pk}).content.decode()
    assert "Phường chỉ nhận hồ sơ trực tuyến." in page and f'value="area:{cast.commune.pk}" selected' in page


def test_only_those_who_answer_for_an_area_see_its_broadcasts(cast: Cast) -> None:
    theirs = drafted(cast)
    own = drafted(cast, actor=cast.leader, office=cast.office, area=cast.commune)
    leader, monitor = browser_of(cast.leader), browser_of(cast.monitor)
    assert leader.get(reverse("notify:broadcast", args=[theirs.pk])).status_code == 404
    assert leader.get(reverse("notify:broadcast", args=[own.pk])).status_code == 200
    assert "Lập danh sách" not in text(monitor.get(reverse("notify:broadcast", args=[theirs.pk])))
    assert monitor.post(reverse("notify:count_broadcast", args=[theirs.pk])).status_code == 403
    for user in (cast.desk, cast.hotline, cast.guard, cast.carrier):
        assert browser_of(user).get(reverse("notify:broadcasts")).status_code == 403
    chosen = leader.post(reverse("notify:new_broadcast"), typed(cast, place=f"office:{cast.office.pk}"))
    assert chosen.status_code == 302 and Broadcast.objects.order_by("-pk")[0].office == cast.office
    assert leader.post(reverse("notify:new_broadcast"), typed(cast)).status_code == 422


def test_the_link_of_a_broadcast_ends_it_for_good(cast: Cast) -> None:
    subscribers(cast.commune, 1)
    row = counted(cast, drafted(cast))
    with clock.frozen(NINE):
        started(cast, row)
    with clock.frozen(NINE + timedelta(minutes=1)):
        tasks.hand_out(row.pk)
        found = re.search(r"(/nhan-tin/thoi/\S+)", Message.objects.get().body)
        assert found is not None
        assert "đang nhận tin của: Phường Ninh Kiều" in text(Client().get(found[1]))
        assert Subscription.objects.get().state == "active"
        Client().post(found[1])
        assert Subscription.objects.get().state == "ended"
    assert counted(cast, drafted(cast)).people == 0


def test_a_page_takes_a_fixed_number_of_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    subscribers(cast.commune, 300)
    row = counted(cast, drafted(cast))
    browser = browser_of(cast.administrator)
    with django_assert_max_num_queries(16):
        browser.get(reverse("notify:broadcast", args=[row.pk]))


def test_whoever_only_counts_sees_no_contact_and_no_link_that_acts_for_somebody(cast: Cast) -> None:
    Subscription.objects.create(contact="0900000001", phone="0900000001", area=cast.commune, state="ended", ended_at=NINE)
    row = listed(cast, ["Số điện thoại", "0900000001", "0900000002"])
    page = browser_of(cast.monitor).get(reverse("notify:broadcast", args=[row.pk])).content.decode()
    assert "•••••••001" in page and "0900000001" not in page
    assert not any(broadcasting.token(person.pk) in page for person in row.persons.all())


def test_who_leads_an_office_and_only_counts_elsewhere_takes_no_list_from_there(cast: Cast) -> None:
    row = listed(cast, ["Số điện thoại", "0900000001"])
    both = cast.monitor
    Assignment.objects.create(user=both, office=cast.other_office, role=Role.LEADER, starts_on=date(2018, 1, 1))
    assert browser_of(both).get(reverse("notify:broadcast", args=[row.pk])).status_code == 200
    assert browser_of(both).post(reverse("notify:broadcast_not_reached", args=[row.pk])).status_code == 404
