"""GET procedures/{code}/: papers and channels as the letters allow them (api.md)."""
import pytest
from django.test import Client

from onestop.catalogue.models import ChannelTerm
from onestop.directives.states import RuleKind
from tests.cast import Cast
from tests.directives.letters import letter, rule

pytestmark = pytest.mark.usefixtures("morning")


def test_it_gives_papers_and_channels_in_order_with_the_letter(cast: Cast, client: Client) -> None:
    ChannelTerm.objects.filter(version=cast.procedure.current).update(fee_amount=0)
    letter("4708/TEST", rule(RuleKind.COUNTER_LAST, "phần mở đầu"), rule(RuleKind.APPOINTMENT_ONLY), area=cast.province)
    answer = client.get(f"/api/v1/procedures/{cast.procedure.code}/", {"office": cast.office.code, "on": "2026-11-25"})
    assert answer.status_code == 200
    body = answer.json()
    assert [paper["name"] for paper in body["papers"]] == ["Tờ khai đăng ký khai sinh", "Giấy chứng sinh"]
    assert [item["channel"] for item in body["channels"]] == ["online", "postal", "in_person"]
    assert body["channels"][0] == {"channel": "online", "available": True, "reason": "", "directive": None, "needs_appointment": False,
                                   "term": {"amount": 5, "unit": "working_day"}, "fee": {"amount": 0, "currency": "VND"},
                                   "pay_online": True}
    counter = body["channels"][2]
    assert (counter["available"], counter["needs_appointment"]) == (False, True)
    assert counter["directive"] == {"number": "4708/TEST", "clause": "phần mở đầu"} and "4708/TEST" in counter["reason"]


def test_without_an_office_the_catalogue_alone_decides(cast: Cast, client: Client) -> None:
    letter("4708/TEST", rule(RuleKind.COUNTER_LAST), area=cast.province)
    body = client.get(f"/api/v1/procedures/{cast.procedure.code}/").json()
    assert all(item["available"] for item in body["channels"])


@pytest.mark.parametrize(("path", "status", "code"), [
    ("0.000/", 404, "not_found"), ("9.000001/?office=khong-co", 404, "unknown_office"), ("9.000001/?on=hom-qua", 400, "invalid"),
    ("9.000001/?office=%C4%91%20%C6%A1", 400, "invalid"), ("9.000001/?on=2026-02-30", 400, "invalid")])
def test_what_is_wrong_is_a_problem_with_a_code(cast: Cast, client: Client, path: str, status: int, code: str) -> None:
    answer = client.get(f"/api/v1/procedures/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code
