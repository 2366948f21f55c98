"""Before, on and after the due date; what is counted apart; nothing that was late looks on time again (rules.md 5.4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from dossiers import lateness
from dossiers.models import ClockEntry, Dossier
from dossiers.services import extensions, processing, signing
from dossiers.states import Kind
from onestop import clock
from tests.dossiers.people import browser_of

DUE = date(2026, 12, 2)  # five working days from Wednesday 25/11/2026


def on(day, hour=9):
    return clock.frozen(clock.at(day, hour))


def decide(cast, dossier, day, hour=9):
    with on(day, hour):
        return processing.decide(actor=cast.specialist, dossier=dossier, via="web", note="Kết quả")


def apologise(cast, dossier, until):
    asked = extensions.request_extension(actor=cast.specialist, office=cast.office, dossiers=[dossier], instrument="apology",
                                         until=until, reason="Quá tải", citizen_text="Chúng tôi xin lỗi.")
    return signing.sign(actor=cast.leader, extension=asked, via="web")


@pytest.mark.parametrize(("day", "hour", "expected"), [
    (date(2026, 12, 1), 16, "before"), (DUE, 8, "on"), (DUE, 17, "on"), (date(2026, 12, 3), 7, "after")])
def test_the_result_is_before_on_or_after(cast, desk, morning, day, hour, expected):
    dossier = decide(cast, desk.receive(), day, hour)
    assert lateness.category(dossier) == expected
    assert lateness.counts(Dossier.objects.all())[expected] == 1


def test_collecting_late_makes_no_office_late(cast, desk, morning):
    dossier = decide(cast, desk.receive(), DUE)
    with on(date(2026, 12, 30)):
        processing.hand_over(actor=cast.desk, dossier=dossier, via="web")
        assert lateness.category(desk.fresh(dossier)) == "on"


def test_every_figure_in_one_query(cast, desk, morning, letter, django_assert_num_queries):
    made = {name: desk.receive(cast.field_procedure if name in ("extended", "suspended", "rescued") else cast.procedure)
            for name in ("before", "on", "after", "running", "running_late", "stopped", "stopped_late", "extended", "suspended", "rescued",
                         "apologised", "apologised_late", "withdrawn")}
    for name, day in (("before", date(2026, 11, 30)), ("on", DUE), ("after", date(2026, 12, 4))):
        decide(cast, made[name], day)
    with on(date(2026, 12, 1)):
        processing.stop(actor=cast.specialist, dossier=made["stopped"], via="web", note="Chờ xác minh")
        for name in ("apologised", "apologised_late"):
            apologise(cast, made[name], date(2026, 12, 8))
    with on(date(2026, 12, 4)):
        processing.stop(actor=cast.specialist, dossier=made["stopped_late"], via="web", note="Chờ xác minh")
    decide(cast, made["apologised"], date(2026, 12, 8))
    decide(cast, made["apologised_late"], date(2026, 12, 10))
    ground = letter(may_extend={}, stop_clock={"until": "2026-12-18"})
    give(cast, ground, made["extended"], "directed_extension", date(2026, 12, 8))
    give(cast, ground, made["suspended"], "suspension", date(2026, 12, 8))
    give(cast, ground, made["rescued"], "directed_extension", date(2026, 12, 11))  # was due on 9/12
    processing.withdraw(actor=cast.desk, dossier=made["withdrawn"], via="web")
    Dossier.objects.filter(pk=made["running"].pk).update(due_at=clock.at(date(2026, 12, 30), 17))
    with on(date(2026, 12, 11)), django_assert_num_queries(1):
        found = lateness.counts(Dossier.objects.all())
    assert found == {"before": 1, "on": 2, "after": 2, "late_with_apology": 1, "late_without": 4, "extended": 2, "suspended": 1,
                     "running": 3, "running_late": 2, "stopped": 1, "stopped_late": 1, "total": 12}
    with on(date(2026, 12, 11)):
        each = {name: lateness.category(desk.fresh(dossier)) for name, dossier in made.items()}
    assert each["stopped"] == "before" and each["stopped_late"] == "after" and each["rescued"] == "after" and each["withdrawn"] == ""


def give(cast, ground, dossier, instrument, day):
    with on(day):
        asked = extensions.request_extension(actor=cast.specialist, office=cast.office, dossiers=[dossier], instrument=instrument,
                                             until=date(2026, 12, 25), reason="Chưa xác minh được", citizen_text="Do dịch bệnh.",
                                             clause="khoản 1c", directive=ground)
        extensions.approve(actor=cast.administrator, extension=asked, via="web")


def test_more_time_after_the_due_date_never_makes_a_late_dossier_look_on_time(cast, desk, morning, letter, client):
    """Through the pages: asked, approved, decided in the new time; late everywhere all the same."""
    dossier, ground = desk.receive(cast.field_procedure), letter(may_extend={})
    late = dossier.due_at + timedelta(days=1)
    with clock.frozen(clock.at(late.date(), 9)):
        officer, administrator = browser_of(cast.specialist), browser_of(cast.administrator)
        asked = officer.post(reverse("dossiers:ask_extension", args=[dossier.pk]), {
            "instrument": "directed_extension", "directive": ground.pk, "clause": "khoản 1c", "starts_on": "", "until": "2026-12-25",
            "reason": "Không xác minh được", "citizen_text": "Do dịch bệnh."})
        assert asked.status_code == 302, asked.content.decode()
        assert "vẫn được tính là quá hạn" in administrator.get(asked["Location"]).content.decode()
        assert administrator.post(f"{asked['Location']}phe-duyet/", {"reason": ""}).status_code == 302
        moved = desk.fresh(dossier)
        assert moved.due_at.date() == date(2026, 12, 25) and moved.was_late
        assert ClockEntry.objects.get(dossier=dossier, kind=Kind.EXTEND).after_due
    with on(date(2026, 12, 15)):
        page = browser_of(cast.specialist).get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
        assert "vẫn được tính là quá hạn" in page
        decide(cast, moved, date(2026, 12, 15))
        tracked = client.post(reverse("dossiers:track"), {"ma": dossier.code, "so": "5678"}, follow=True).content.decode()
        assert "Hồ sơ đã quá hạn trước khi ngày trả kết quả được điều chỉnh" in tracked
        counted = browser_of(cast.leader).get(reverse("dossiers:counts")).context["total"]
        assert (counted["after"], counted["before"], counted["extended"], counted["late_without"]) == (1, 0, 1, 1)


def test_the_page_of_counts_by_office_period_and_procedure(cast, desk, morning):
    decide(cast, desk.receive(), DUE)
    desk.receive(cast.field_procedure)
    leader = browser_of(cast.leader)
    page = leader.get(reverse("dossiers:counts"))
    shown = page.content.decode()
    assert page.status_code == 200 and "9.000001" in shown and "9.000002" in shown
    assert page.context["total"]["on"] == 1 and page.context["total"]["running"] == 1
    assert leader.get(reverse("dossiers:counts"), {"tu": "2026-11-26"}).context["total"]["total"] == 0
    assert leader.get(reverse("dossiers:counts"), {"don_vi": cast.office.code}).context["total"]["total"] == 2
    assert leader.get(reverse("dossiers:counts"), {"don_vi": cast.other_office.code}).status_code == 422
    for odd in ({"tu": "x"}, {"tu": "a\0b"}, {"page": "x"}):
        assert leader.get(reverse("dossiers:counts"), odd).status_code in (200, 422)
    assert browser_of(cast.administrator).get(reverse("dossiers:counts")).context["total"]["total"] == 2
    for user in (cast.specialist, cast.desk, cast.guard, cast.citizen):
        assert browser_of(user).get(reverse("dossiers:counts")).status_code == 403


def test_the_page_of_counts_costs_the_same_for_many(cast, desk, morning, django_assert_max_num_queries):
    desk.receive()
    leader = browser_of(cast.leader)
    leader.get(reverse("dossiers:counts"))
    for _ in range(5):
        desk.receive(cast.field_procedure)
    with django_assert_max_num_queries(9):
        leader.get(reverse("dossiers:counts"))


def test_every_row_of_a_ledger_says_why_on_what_basis_who_decided_and_who_carried_out(cast, desk, morning, letter):
    dossier, ground = desk.receive(cast.field_procedure), letter(may_extend={})
    processing.request_supplement(actor=cast.specialist, dossier=dossier, items=["Sơ đồ"], answer_by=DUE, via="web",
                                  legal_basis="Điều 9")
    processing.resume(actor=cast.desk, dossier=dossier, via="web")
    give(cast, ground, dossier, "directed_extension", date(2026, 11, 26))
    decide(cast, dossier, date(2026, 11, 27))
    rows = list(dossier.clock.all())
    assert [row.kind for row in rows] == ["start", "stop", "resume", "extend", "end"]
    assert all(row.cause and row.decided_by and row.executed_by and row.legal_basis for row in rows), [
        (row.kind, row.legal_basis, row.decided_by, row.executed_by) for row in rows]
    page = browser_of(cast.leader).get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    for said in ("Sổ tính thời hạn", "Căn cứ: Điều 9.", "Quyết định: Quản trị (thử).", "Thực hiện: Cán bộ tiếp nhận (thử)."):
        assert said in page
