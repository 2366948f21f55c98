"""Announcements: shown from their first moment until their last, in their area only, in three forms (letters Cà Mau 2, Vĩnh Phúc 2)."""
from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onestop import clock
from onestop.directives import announcements
from onestop.directives.models import Announcement, AnnouncementEvent
from onestop.directives.services import announcements as services
from onestop.directives.services.announcements import Notice
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel, OfficeLevel
from onestop.people.models import User
from onestop.transitions import Refused
from tests.cast import Cast, office, person

NOON = clock.at(date(2026, 11, 25), 12)
EVENING = clock.at(date(2026, 11, 25), 18)
INSTANT = timedelta(microseconds=1)


def text(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def published(cast: Cast, **said: Any) -> Announcement:
    words = {"province": cast.province, "title": "Nộp qua mạng trong tháng này", "short": "Nộp qua mạng hoặc bưu chính.", "starts_at": NOON}
    row = services.announce(actor=cast.administrator, notice=Notice(**{**words, **said}))
    return services.publish(actor=cast.administrator, announcement=row)


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_it_is_shown_from_its_first_moment_and_no_longer_at_its_last(cast: Cast) -> None:
    row = published(cast, ends_at=EVENING)
    for moment, there in ((NOON - INSTANT, False), (NOON, True), (EVENING - INSTANT, True), (EVENING, False)):
        assert row.is_shown(moment) is there
        assert Announcement.objects.shown_at(moment).exists() is there
        assert bool(announcements.shown(areas=[cast.province.pk], moment=moment)) is there
        with clock.frozen(moment):
            assert ("Nộp qua mạng trong tháng này" in text(Client().get(reverse("guide:office", args=[cast.office.code])))) is there
            assert ("Nộp qua mạng trong tháng này" in text(Client().get(reverse("guide:announcements")))) is there


@pytest.mark.django_db(transaction=True)
def test_what_is_remembered_still_begins_and_ends_exactly(live_cast: Cast, django_assert_num_queries: Any) -> None:
    published(live_cast, ends_at=NOON + timedelta(seconds=2))
    areas = [live_cast.province.pk]
    announcements._kept.clear()
    assert announcements.shown(areas=areas, moment=NOON - timedelta(seconds=1)) == []
    with django_assert_num_queries(0):
        assert len(announcements.shown(areas=areas, moment=NOON)) == 1
        assert announcements.shown(areas=areas, moment=NOON + timedelta(seconds=2)) == []


def test_a_place_shows_its_own_its_areas_and_its_provinces_and_nobody_elses(cast: Cast) -> None:
    elsewhere = Area.objects.create(code="T96", name="Tỉnh Cà Mau", level=AreaLevel.PROVINCE)
    far = office("thu-ca-mau", "H12", "Trung tâm Cà Mau", OfficeLevel.PROVINCE, elsewhere, elsewhere)
    published(cast, title="Cả thành phố")
    published(cast, title="Riêng phường", area=cast.commune)
    published(cast, title="Riêng quầy", office=cast.office)
    services.publish(actor=None, announcement=services.announce(actor=None, notice=Notice(
        province=elsewhere, title="Tỉnh khác", short="Của tỉnh khác.", starts_at=NOON)))

    def titles(code: str) -> set[str]:
        page = text(Client().get(reverse("guide:office", args=[code])))
        return {name for name in ("Cả thành phố", "Riêng phường", "Riêng quầy", "Tỉnh khác") if name in page}

    with clock.frozen(NOON):
        assert titles(cast.office.code) == {"Cả thành phố", "Riêng phường", "Riêng quầy"}
        assert titles(cast.other_office.code) == {"Cả thành phố"}
        assert titles(far.code) == {"Tỉnh khác"}
        procedure = text(Client().get(reverse("guide:procedure", args=[cast.procedure.code]), {"don_vi": cast.office.code}))
        assert "Riêng quầy" in procedure and "Tỉnh khác" not in procedure
        assert "Cả thành phố" not in text(Client().get(reverse("guide:procedure", args=[cast.procedure.code])))
        home = text(Client().get(reverse("guide:home")))
        assert "Cả thành phố" in home and "Tỉnh khác" in home and "Riêng phường" not in home
        chosen = text(Client().get(reverse("guide:home"), {"don_vi": cast.office.code}))
        assert "Riêng phường" in chosen and "Tỉnh khác" not in chosen
        mine = text(signed_in(cast.desk).get(reverse("guide:home")))
        assert "Riêng quầy" in mine and "Tỉnh khác" not in mine


def test_one_query_finds_what_a_place_shows(cast: Cast, django_assert_num_queries: Any) -> None:
    for number in range(5):
        published(cast, title=f"Thông báo {number}", area=cast.commune)
    at = cast.office
    at.area.parent  # noqa: B018 - read with the office
    with django_assert_num_queries(1):
        found = announcements.at_office(at, NOON)
        assert [row.place for row in found] == [cast.commune.name] * 5


def test_the_louder_stands_first(cast: Cast) -> None:
    published(cast, title="Thường")
    published(cast, title="Khẩn", tone="urgent", starts_at=NOON - timedelta(days=3))
    published(cast, title="Lưu ý", tone="warning")
    assert [row.title for row in announcements.shown(areas=[cast.province.pk], moment=NOON)] == ["Khẩn", "Lưu ý", "Thường"]


def test_an_administrator_writes_publishes_corrects_and_takes_down(cast: Cast) -> None:
    browser = signed_in(cast.administrator)
    with clock.frozen(NOON):
        typed = {"place": f"area:{cast.commune.pk}", "tone": "warning", "starts_at": "2026-11-25T12:00", "ends_at": "2026-11-30T17:00",
                 "title": "Cách nộp hồ sơ", "short": "Nộp trực tuyến hoặc bưu chính.", "text": "Dòng một.\n\nDòng hai.",
                 "title_en": "How to file", "short_en": "Online or by post."}
        answer = browser.post(reverse("directives:new_announcement"), typed)
        row = Announcement.objects.get()
        assert answer["Location"] == reverse("directives:announcement", args=[row.pk])
        assert row.state == "draft" and (row.province, row.area) == (cast.province, cast.commune)
        assert "Cách nộp hồ sơ" not in text(Client().get(reverse("guide:office", args=[cast.office.code])))
        assert Client().get(reverse("guide:announcement", args=[row.pk])).status_code == 404
        browser.post(reverse("directives:publish_announcement", args=[row.pk]))
        public = text(Client().get(reverse("guide:announcement", args=[row.pk])))
        assert "Dòng hai." in public and "Phường Ninh Kiều" in public
        browser.post(reverse("directives:edit_announcement", args=[row.pk]), {**typed, "title": "Cách nộp mới"})
        assert "Cách nộp mới" in text(Client().get(reverse("guide:office", args=[cast.office.code])))
        english = Client(HTTP_ACCEPT_LANGUAGE="en").get(reverse("guide:announcement", args=[row.pk]))
        assert "How to file" in text(english)
        assert browser.post(reverse("directives:withdraw_announcement", args=[row.pk]), {"reason": ""}).status_code == 422
        browser.post(reverse("directives:withdraw_announcement", args=[row.pk]), {"reason": "Hết dịch"})
        assert "Cách nộp mới" not in text(Client().get(reverse("guide:office", args=[cast.office.code])))
        archive = text(Client().get(reverse("guide:announcements"), {"xem": "luu-tru"}))
        assert "Cách nộp mới" in archive and "Đã gỡ" in archive
        refused = browser.post(reverse("directives:publish_announcement", args=[row.pk]), follow=True)
        assert "soạn thông báo mới" in text(refused)
    events = list(AnnouncementEvent.objects.filter(subject=row).values_list("verb", flat=True))
    assert events == ["announce", "publish", "correct", "withdraw"]
    assert AnnouncementEvent.objects.get(verb="correct").data["before"]["title"] == "Cách nộp hồ sơ"


def test_a_leader_announces_for_the_own_office_only(cast: Cast) -> None:
    browser = signed_in(cast.leader)
    with clock.frozen(NOON):
        typed = {"tone": "info", "starts_at": "2026-11-25T12:00", "title": "Quầy nghỉ", "short": "Quầy nghỉ chiều nay."}
        refused = browser.post(reverse("directives:new_announcement"), {**typed, "place": f"area:{cast.province.pk}"})
        assert refused.status_code == 422
        assert browser.post(reverse("directives:new_announcement"), {**typed, "place": f"office:{cast.office.pk}"}).status_code == 302
        mine = Announcement.objects.get()
        assert mine.office == cast.office
        theirs = published(cast, title="Của thành phố")
        assert browser.post(reverse("directives:withdraw_announcement", args=[theirs.pk]), {"reason": "x"}).status_code == 404
        with pytest.raises(Refused) as refusal:
            services.withdraw(actor=cast.leader, announcement=theirs, reason="Thử")
        assert refusal.value.code == "forbidden"
        assert browser.get(reverse("directives:announcement", args=[mine.pk])).status_code == 200
        assert signed_in(cast.desk).get(reverse("directives:announcements")).status_code == 403
        stranger = person("t-quantri-khac", "Quản trị khác (thử)", _elsewhere(), "administrator")
        assert signed_in(stranger).get(reverse("directives:announcement", args=[mine.pk])).status_code == 404


def _elsewhere() -> Any:
    area = Area.objects.create(code="T96", name="Tỉnh Cà Mau", level=AreaLevel.PROVINCE)
    return office("thu-ca-mau", "H12", "Trung tâm Cà Mau", OfficeLevel.PROVINCE, area, area)


@pytest.mark.parametrize(("said", "code"), [
    ({"short": " "}, "incomplete"), ({"ends_at": NOON}, "bad_period"), ({"ends_at": NOON - INSTANT}, "bad_period")])
def test_a_notice_that_makes_no_sense_is_refused(cast: Cast, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        published(cast, **said)
    assert refusal.value.code == code
    assert not Announcement.objects.exists()


def test_publishing_and_taking_down_twice_is_harmless(cast: Cast) -> None:
    row = published(cast)
    services.publish(actor=cast.administrator, announcement=row)
    services.withdraw(actor=cast.administrator, announcement=row, reason="Xong")
    services.withdraw(actor=cast.administrator, announcement=row, reason="Xong")
    assert AnnouncementEvent.objects.filter(subject=row).count() == 3
    late = services.announce(actor=cast.administrator, notice=Notice(
        province=cast.province, title="Muộn", short="Muộn.", starts_at=NOON - timedelta(days=9), ends_at=NOON - timedelta(days=8)))
    with clock.frozen(NOON), pytest.raises(Refused) as refusal:
        services.publish(actor=cast.administrator, announcement=late)
    assert refusal.value.code == "past"


def test_the_loudspeaker_says_numbers_and_abbreviations_as_words(cast: Cast) -> None:
    row = published(cast, text="UBND tỉnh đề nghị bà con nộp TTHC trực tuyến từ 22/8/2021. Tổng đài 08.27.27.1022. Xem https://dvc.test/a.",
                    ends_at=EVENING)
    with clock.frozen(NOON):
        answer = Client(HTTP_ACCEPT_LANGUAGE="en").get(reverse("guide:announcement_aloud", args=[row.pk]))
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    said = answer.content.decode()
    assert said.startswith("Kính thưa bà con")
    assert "Ủy ban nhân dân tỉnh" in said and "thủ tục hành chính" in said and "ngày 22 tháng 8 năm 2021" in said
    assert "0 8 2 7 2 7 1 0 2 2" in said and "https" not in said and "<" not in said
    assert "18:00, ngày 25 tháng 11 năm 2026" in said and said.count("Nộp qua mạng hoặc bưu chính.") == 1


@pytest.mark.parametrize("address", ["/?tinh=%00", "/?don_vi=%00", "/thong-bao/?tinh=%00", "/thong-bao/?xem=luu-tru&page=x"])
def test_an_odd_address_is_no_fault_of_the_portal(cast: Cast, address: str) -> None:
    assert Client().get(address).status_code == 200
