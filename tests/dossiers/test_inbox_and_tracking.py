"""The inbox by due date with its marks, what beat looks after, and the date explained in sentences."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import queries, tracking
from dossiers.models import Dossier
from dossiers.queries import Filters
from dossiers.services import forms, intake, processing, sweeps
from onestop import clock
from onestop.notify.models import Message
from onestop.people.models import User
from tests.dossiers.conftest import APPLICANT


@pytest.fixture
def days(desk, cast):
    """A function that receives a dossier on a day of November 2026."""

    def receive(day, procedure=None):
        with clock.frozen(clock.at(date(2026, 11, day), 9)):
            return desk.receive(procedure)

    return receive


def marks(user, **filters):
    return [(row.pk, row.mark) for row in queries.inbox(user, Filters(**filters))]


def test_ordered_by_what_is_due_first_with_marks(days, desk, cast):
    later, soon, overdue = days(25), days(19), days(9)
    with clock.frozen(clock.at(date(2026, 11, 23), 14)):
        waiting = desk.submit().dossier  # accept by 25/11 14:00 at the latest
    with clock.frozen(clock.at(date(2026, 11, 25), 9)):
        assert marks(cast.specialist) == [(overdue.pk, "overdue"), (waiting.pk, "due_soon"), (soon.pk, "due_soon"), (later.pk, "")]
        assert marks(cast.specialist, tab="overdue") == [(overdue.pk, "overdue")]
        counts = queries.tab_counts(cast.specialist)
        assert counts == {"all": 4, "mine": 0, "waiting": 1, "due_soon": 2, "overdue": 1, "stopped": 0, "decided": 0}
        processing.request_payment(actor=cast.specialist, dossier=overdue, via="web")
        assert queries.tab_counts(cast.specialist)["stopped"] == 1
        assert marks(cast.outsider) == []
        assert len(marks(cast.administrator)) == 4


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"q": "nguoi nop"}, True),
        ({"q": "NGƯỜI NỘP"}, True),
        ({"q": "0912345678"}, True),
        ({"q": "khac"}, False),
        ({"q": "H13.70-261125"}, True),
        ({"procedure": "9.000001"}, True),
        ({"procedure": "x"}, False),
        ({"channel": "postal"}, False),
        ({"status": 2}, True),
        ({"status": 9}, False),
        ({"assignee": "t-lanhdao"}, False),
        ({"due_before": date(2026, 12, 2)}, False),
        ({"due_before": date(2026, 12, 3)}, True),
        ({"area": "T31135"}, True),
    ],
)
def test_filters(days, cast, filters, found):
    days(25)
    with clock.frozen(clock.at(date(2026, 11, 25), 10)):
        assert bool(marks(cast.specialist, **filters)) is found


def test_the_number_of_queries_does_not_grow(days, cast):
    def spent():
        with clock.frozen(clock.at(date(2026, 11, 25), 10)), CaptureQueriesContext(connection) as seen:
            user = User.objects.get(pk=cast.specialist.pk)
            for row in queries.inbox(user, Filters())[:50]:
                str(row.procedure.name) + str(row.received_office.name) + str(row.assignee) + row.mark
            queries.tab_counts(user)
        return len(seen)

    days(25)
    few = spent()
    for day in (9, 10, 11, 12):
        days(day)
    assert spent() == few <= 8


def test_a_dossier_is_seen_by_its_office_only(days, cast):
    dossier = days(25)
    assert queries.detail(cast.specialist, dossier.pk) is not None
    assert queries.detail(cast.outsider, dossier.pk) is None
    assert queries.detail(cast.citizen, dossier.pk) is None


def test_an_unattended_submission_reaches_the_leader_once(desk, cast):
    User.objects.filter(pk=cast.leader.pk).update(phone="0900000009")
    with clock.frozen(clock.at(date(2026, 11, 20), 9)):
        dossier = desk.submit().dossier
        assert sweeps.escalate() == 0
    with clock.frozen(clock.at(date(2026, 11, 25), 9)):
        assert (sweeps.escalate(), sweeps.escalate()) == (1, 0)
    message = Message.objects.get(template_key="dossier_escalated")
    assert message.phone == "0900000009" and dossier.reference in message.body
    assert not any(event.verb == "escalate" for event in tracking.events(dossier))


def test_forms_that_a_crash_left_out_are_made(desk, cast, monkeypatch):
    def crash(**_facts):
        raise OSError("disk full")

    with clock.frozen(clock.at(date(2026, 11, 25), 9)):
        dossier, other = desk.submit().dossier, desk.submit().dossier
        monkeypatch.setattr(forms, "_issue", lambda *facts: crash())
        for work in (
            lambda: intake.accept(actor=cast.desk, dossier=dossier, via="web"),
            lambda: intake.refuse(actor=cast.desk, dossier=other, via="web", reason="Không đúng nơi"),
        ):
            with pytest.raises(OSError):
                work()
        monkeypatch.undo()
    with clock.frozen(clock.at(date(2026, 11, 25), 9, 30)):
        assert sweeps.issue_missing_forms() == 2
        assert sweeps.issue_missing_forms() == 0
    assert dossier.forms.get().signer == cast.desk and other.forms.get().kind == "refusal"


def test_the_second_factor(desk, cast, morning):
    made = desk.submit()
    number = made.dossier.reference
    assert tracking.find(number, secret=made.secret) == made.dossier
    assert tracking.find(f" {number.lower()} ", secret=made.secret.lower()) == made.dossier
    assert tracking.find(number, phone_last4="5678") == made.dossier
    for wrong in ({}, {"secret": ""}, {"secret": "x"}, {"phone_last4": ""}, {"phone_last4": "8765"}, {"phone_last4": "----"}):
        assert tracking.find(number, **wrong) is None
    assert tracking.find("", secret=made.secret) is None and tracking.find("KHONGCO", phone_last4="----") is None


def test_the_date_is_explained_in_sentences(desk, cast):
    with clock.frozen(clock.at(date(2026, 11, 20), 9)):
        dossier = desk.receive()
        words = tracking.explain(dossier)
    assert words[0] == "Hồ sơ được tiếp nhận lúc 09:00 ngày 20/11/2026."
    assert words[1] == "Thời hạn giải quyết là 5 ngày làm việc."
    assert "Ngày tiếp nhận (20/11/2026) không tính" in words[2]
    assert any("24/11/2026 (" in text for text in words), "the holiday is named"
    assert words[-1] == "Vì vậy ngày trả kết quả là 17:00 ngày 30/11/2026."


def test_a_stopped_dossier_is_explained(desk, cast, morning):
    dossier = desk.receive()
    processing.request_supplement(
        actor=cast.specialist, dossier=dossier, items=["Giấy chứng sinh"], answer_by=date(2026, 12, 20), via="web"
    )
    words = tracking.explain(desk.fresh(dossier))
    assert any(text.startswith("Thời gian đang tạm dừng từ 09:00") for text in words)
    assert words[-1].startswith("Khi tiếp tục")
    assert "Giấy chứng sinh" not in " ".join(words)


def test_before_acceptance_the_limit_is_told(desk, cast, morning):
    words = tracking.explain(desk.submit().dossier)
    assert words == ["Hồ sơ được nộp lúc 09:00 ngày 25/11/2026.", "Cơ quan kiểm tra và tiếp nhận chậm nhất 09:30 ngày 26/11/2026."]


@pytest.mark.parametrize(("decided", "value"), [(date(2026, 12, 1), "before"), (date(2026, 12, 2), "on"), (date(2026, 12, 3), "after")])
def test_before_on_or_after_the_due_date(desk, cast, morning, decided, value):
    dossier = desk.receive()
    with clock.frozen(clock.at(decided, 10)):
        dossier = processing.decide(actor=cast.specialist, dossier=dossier, via="web")
    with clock.frozen(clock.at(date(2027, 1, 20), 10)):  # collected late: not the agency's fault
        assert tracking.lateness(desk.fresh(dossier)) == value


def test_a_sensitive_procedure_is_not_named_in_messages(desk, cast, morning):
    cast.procedure.sensitive = True
    cast.procedure.save()
    desk.receive()
    assert cast.procedure.name not in "".join(Message.objects.values_list("body", flat=True))


def test_names_are_kept_composed(cast, morning):
    import unicodedata

    name = unicodedata.normalize("NFD", "Đặng Thị Ánh")
    made = intake.submit_online(
        office=cast.office, procedure=cast.procedure, applicant=intake.Applicant(name, APPLICANT.phone), request=intake.Request()
    )
    assert Dossier.objects.get(pk=made.dossier.pk).full_name == "Đặng Thị Ánh"
