"""Officers bring results home: planned by day, delivered with proof, or failed with a reason (Thường Tín 5)."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dossiers.models import HandOver, HomeVisit
from dossiers.services import home_visits, processing, returning
from dossiers.services.hand_overs import Received
from dossiers.states import Handover, ReturnMethod, State, VisitState
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused
from tests.cast import Cast
from tests.dossiers.result_files import ADDRESS, decided, fresh, photo, told


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_planned_listed_printed_and_delivered(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    browser = signed_in(cast.desk)
    assert dossier.number in browser.get(reverse("dossiers:home_visits") + "?muc=cho").content.decode()
    tomorrow = clock.today() + timedelta(days=1)
    answer = browser.post(reverse("dossiers:plan_visit", args=[dossier.pk]),
                          {"officer": cast.specialist.pk, "planned_on": tomorrow.isoformat(), "address": ADDRESS})
    assert answer.status_code == 302
    visit = HomeVisit.objects.get(dossier=dossier)
    assert fresh(dossier).handover == Handover.ON_THE_WAY
    assert "26/11/2026" in told("home_visit_planned")[0] and ADDRESS not in told("home_visit_planned")[0]
    of_day = f"?ngay={tomorrow.isoformat()}&nguoi={cast.specialist.pk}"
    assert ADDRESS in browser.get(reverse("dossiers:home_visits") + of_day).content.decode()
    assert ADDRESS in browser.get(reverse("dossiers:home_route") + of_day).content.decode()
    assert ADDRESS not in browser.get(reverse("dossiers:home_visits") + f"?ngay={tomorrow}&nguoi={cast.desk.pk}").content.decode()
    with clock.frozen(morning + timedelta(days=1, hours=1)):
        answer = signed_in(cast.specialist).post(reverse("dossiers:home_visit", args=[visit.pk]),
                                                 {"receiver": "Người nhà mẫu", "relation": "vợ", "document": "Căn cước", "photo": photo()})
    assert answer.status_code == 302
    row = HandOver.objects.get(dossier=dossier)
    assert (row.method, row.receiver, row.at, row.handed_by) == (
        ReturnMethod.HOME, "Người nhà mẫu", morning + timedelta(days=1, hours=1), cast.specialist)
    assert row.photo is not None and HomeVisit.objects.get().state == VisitState.DELIVERED
    assert fresh(dossier).state == State.RETURNED


def test_at_home_paper_alone_is_no_proof(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    visit = home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.specialist, planned_on=clock.today())
    with pytest.raises(Refused) as refusal:
        home_visits.deliver(actor=cast.specialist, visit=visit, received=Received("Người Nhận"), proof=returning.Proof(on_paper=True))
    assert refusal.value.code == "proof_missing"
    assert HomeVisit.objects.get().state == VisitState.ASSIGNED and fresh(dossier).state == State.DECIDED


def test_a_failed_way_is_planned_again_or_ends_at_the_counter(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    first = home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.specialist, planned_on=clock.today())
    with pytest.raises(Refused):
        home_visits.fail(actor=cast.specialist, visit=first, reason="")
    browser = signed_in(cast.specialist)
    browser.post(reverse("dossiers:visit_failed", args=[first.pk]), {"reason": "Không có ai ở nhà"})
    assert fresh(dossier).handover == Handover.FAILED and "Không có ai ở nhà" in told("home_visit_failed")[0]
    second = home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.desk, planned_on=clock.today() + timedelta(days=2))
    assert fresh(dossier).handover == Handover.ON_THE_WAY
    home_visits.fail(actor=cast.desk, visit=second, reason="Đường bị chặn", back_to_counter=True)
    after = fresh(dossier)
    assert (after.handover, after.return_method) == (Handover.READY, ReturnMethod.COUNTER)
    assert cast.office.name in told("home_visit_failed")[1]
    with pytest.raises(Refused) as refusal:
        home_visits.fail(actor=cast.desk, visit=second, reason="lần nữa")
    assert refusal.value.code == "already_done"


def test_a_new_plan_takes_the_place_of_the_old_one(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    first = home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.specialist, planned_on=clock.today())
    with pytest.raises(Refused) as same:
        home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.specialist, planned_on=clock.today())
    assert same.value.code == "already_done"
    home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.desk, planned_on=clock.today())
    assert HomeVisit.objects.get(pk=first.pk).state == VisitState.CANCELLED
    assert dossier.home_visits.filter(state=VisitState.ASSIGNED).count() == 1


@pytest.mark.parametrize(("days", "officer", "code"), [
    (-1, "specialist", "bad_day"), (60, "specialist", "bad_day"), (0, "outsider", "wrong_officer")])
def test_plans_that_make_no_sense(cast: Cast, morning: datetime, days: int, officer: str, code: str) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    with pytest.raises(Refused) as refusal:
        home_visits.assign(actor=cast.desk, dossier=dossier, officer=getattr(cast, officer),
                           planned_on=clock.today() + timedelta(days=days))
    assert refusal.value.code == code


def test_only_for_results_that_go_home(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast)
    with pytest.raises(Refused) as refusal:
        home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.desk, planned_on=clock.today(), address=ADDRESS)
    assert refusal.value.code == "not_for_home"


def test_while_somebody_is_on_the_way_nothing_is_changed_until_the_plan_is_taken_back(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    visit = home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.desk, planned_on=clock.today())
    with pytest.raises(Refused) as refusal:
        processing.change_return(actor=cast.desk, dossier=dossier, method="counter", address="", via="web")
    assert refusal.value.code == "on_its_way"
    home_visits.cancel(actor=cast.desk, visit=visit, reason="Công dân đến lấy")
    processing.change_return(actor=cast.desk, dossier=dossier, method="counter", address="", via="web")
    assert fresh(dossier).return_method == ReturnMethod.COUNTER


def test_who_comes_to_the_counter_meanwhile_is_served_and_nobody_goes(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.desk, planned_on=clock.today())
    returning.hand_over(actor=cast.desk, dossier=dossier, received=Received("Người Nhận"), proof=returning.Proof(on_paper=True))
    assert HomeVisit.objects.get().state == VisitState.CANCELLED
    assert HandOver.objects.get().method == ReturnMethod.COUNTER


def test_another_office_sees_no_visit(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.HOME)
    visit = home_visits.assign(actor=cast.desk, dossier=dossier, officer=cast.desk, planned_on=clock.today())
    stranger = signed_in(cast.outsider)
    assert stranger.get(reverse("dossiers:home_visit", args=[visit.pk])).status_code == 404
    assert ADDRESS not in stranger.get(reverse("dossiers:home_visits")).content.decode()
    assert signed_in(cast.hotline).get(reverse("dossiers:home_visits")).status_code == 403


def test_the_list_takes_the_same_queries_however_long(cast: Cast, morning: datetime) -> None:
    browser = signed_in(cast.desk)

    def queries() -> int:
        with CaptureQueriesContext(connection, ) as taken:
            assert browser.get(reverse("dossiers:home_visits")).status_code == 200
            assert browser.get(reverse("dossiers:home_visits") + "?muc=cho").status_code == 200
        return len(taken)

    for _round in range(2):
        home_visits.assign(actor=cast.desk, dossier=decided(cast, ReturnMethod.HOME), officer=cast.desk, planned_on=clock.today())
        decided(cast, ReturnMethod.HOME)
    few = queries()
    for _round in range(3):
        home_visits.assign(actor=cast.desk, dossier=decided(cast, ReturnMethod.HOME), officer=cast.desk, planned_on=clock.today())
        decided(cast, ReturnMethod.HOME)
    assert queries() == few
