"""A long list as a file: asked for, made once by a job that says how far it is, given to who asked, thrown away after some days."""
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from onestop import clock, filed
from onestop.people.models import DownloadEvent, User
from onestop.transitions import Refused
from postal.models import AskedFile
from postal.services import asked, campaigns
from tests.cast import Cast
from tests.postal.campaign_people import WAITING, made

pytestmark = pytest.mark.usefixtures("morning")


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)


def test_from_the_button_to_the_file(cast: Cast, decided: Any) -> None:
    mine, theirs = decided(1, **WAITING), decided(2, **WAITING, received_office=cast.other_office)
    campaign = made(cast)
    browser, address = as_(cast.administrator), reverse("postal:campaign_list_file", args=[campaign.pk])
    page = browser.post(f"{address}?don_vi={cast.office.pk}")["Location"]
    row = AskedFile.objects.get()
    assert browser.post(f"{address}?don_vi={cast.office.pk}")["Location"] == page  # the same again is the one that is made
    waiting = browser.get(page).content.decode()
    assert "Cổng đang lập tệp" in waiting and browser.post(f"{page}tai/").status_code == 404
    assert (asked.make(row.pk), asked.make(row.pk)) == (True, False)
    ready = browser.get(page).content.decode()
    assert "Tệp đã sẵn sàng" in ready and "1 dòng" in ready and "hx-get" not in ready
    lines = rows_of(browser.post(f"{page}tai/"))
    assert mine.number in lines[-1] and not any(theirs.number in line for line in lines)
    assert (taken := DownloadEvent.objects.get()).rows == 1 and taken.name == campaign.name
    assert browser.post(address)["Location"] != page  # of all offices
    assert browser.post(f"{address}?don_vi={'9' * 40}").status_code == 302


def test_nobody_else_sees_the_file_and_it_holds_what_its_reader_may_see(cast: Cast, decided: Any) -> None:
    decided(1, **WAITING)
    theirs = decided(2, **WAITING, received_office=cast.other_office)
    campaign = made(cast)
    row = asked.ask_people(actor=cast.outsider, campaign=campaign)
    asked.make(row.pk)
    for user in (cast.administrator, cast.desk):
        assert as_(user).get(reverse("postal:asked_file", args=[row.pk])).status_code == 404
        assert as_(user).post(reverse("postal:asked_file_download", args=[row.pk])).status_code == 404
    lines = rows_of(as_(cast.outsider).post(reverse("postal:asked_file_download", args=[row.pk])))
    assert [line[2] for line in lines if line[0] == 1] == [theirs.number] and lines[-1][0] == 1
    for user in (cast.monitor, cast.carrier):
        with pytest.raises(Refused) as refused:
            asked.ask_people(actor=user, campaign=campaign)
        assert refused.value.status == 403


def test_a_job_that_died_is_taken_up_again_and_the_file_goes_after_some_days(cast: Cast, decided: Any, settings: Any,
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    decided(1, **WAITING)
    row = asked.ask_people(actor=cast.desk, campaign=made(cast))
    with monkeypatch.context() as patch:
        patch.setattr(filed, "digest", dies)
        with pytest.raises(OSError, match="full"):
            asked.make(row.pk)
    assert asked.sweep() == 0
    with clock.frozen(clock.now() + timedelta(seconds=settings.CAMPAIGN_STALL_SECONDS)):
        assert campaigns.sweep() == 1
        assert asked.make(row.pk)
        assert asked.sweep() == 0
    row.refresh_from_db()
    kept = row.file.storage
    assert kept.exists(row.file.name)
    with clock.frozen(clock.now() + timedelta(hours=settings.LIST_FILE_HOURS)):
        assert asked.sweep() == 1
    assert not AskedFile.objects.exists() and not kept.exists(row.file.name)


def test_a_list_that_is_ready_while_it_is_thrown_away_leaves_no_file(cast: Cast, decided: Any, settings: Any) -> None:
    decided(1, **WAITING)
    row = asked.ask_people(actor=cast.desk, campaign=made(cast))
    names: list[str] = []

    def job_is_faster(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if not names and sql.startswith("SELECT") and "postal_askedfile" in sql and "asked_at" in sql.partition("WHERE")[2]:
            names.append("")
            asked.make(row.pk)
            names[0] = AskedFile.objects.get().file.name
        return found

    with clock.frozen(clock.now() + timedelta(hours=settings.LIST_FILE_HOURS)), connection.execute_wrapper(job_is_faster):
        asked.sweep()
    assert names[0] and not AskedFile.objects.exists() and not row.file.storage.exists(names[0])


def dies(*_args: Any) -> str:
    raise OSError("the disk is full")


def test_a_file_that_can_not_be_made_is_given_up_and_said(cast: Cast, decided: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    decided(1, **WAITING)
    row = asked.ask_people(actor=cast.desk, campaign=made(cast))
    monkeypatch.setattr(filed, "digest", dies)
    for _attempt in range(asked.MOST_ATTEMPTS):
        with pytest.raises(OSError, match="full"):
            asked.make(row.pk)
    assert not asked.make(row.pk)
    with clock.frozen(clock.now() + timedelta(seconds=settings.CAMPAIGN_STALL_SECONDS)):
        assert asked.sweep() == 0
        assert "Chưa lập được tệp" in as_(cast.desk).get(reverse("postal:asked_file", args=[row.pk])).content.decode()
    assert asked.ask_people(actor=cast.desk, campaign=row.campaign).pk != row.pk


def test_the_job_says_how_far_it_is(cast: Cast) -> None:
    told: list[int] = []
    assert list(filed.counted(range(5), told.append, every=2)) == [0, 1, 2, 3, 4]
    assert told == [2, 4]
