"""The administrator drafts a letter, adds rules, publishes, withdraws; strangers and drafts out of scope are refused."""
from datetime import date

import pytest
from django.test import Client

from onestop.directives import services
from onestop.directives.models import Directive
from onestop.directives.rules import rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Area
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused
from tests.cast import Cast, office
from tests.directives.letters import letter, rule

pytestmark = pytest.mark.usefixtures("morning")
DAY = date(2026, 11, 25)
LIST = "/quan-ly/van-ban/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def typed(cast: Cast, **changes: object) -> dict[str, object]:
    return {"number": "15/UBND", "issuer": "UBND thành phố", "issued_on": "2026-11-24", "title": "Về việc thử", "summary": "",
            "starts_on": "2026-11-25", "ends_on": "2026-12-31", "areas": [cast.province.pk], **changes}


def test_a_letter_goes_from_draft_to_force_to_withdrawn(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    assert client.post(f"{LIST}moi/", typed(cast)).status_code == 302
    made = Directive.objects.get(number="15/UBND")
    assert client.post(f"{LIST}{made.pk}/ban-hanh/", follow=True).status_code == 200
    made.refresh_from_db()
    assert made.published_at is None  # no rules yet
    added = client.post(f"{LIST}{made.pk}/quy-dinh/", {"kind": "room_cap", "clause": "khoản 2", "text": "Tối đa 8 người.", "people": "8"})
    assert added.status_code == 302
    assert rules_for(office=cast.office, on=DAY).all() == []
    client.post(f"{LIST}{made.pk}/ban-hanh/")
    found = rules_for(office=cast.office, on=DAY).get(RuleKind.ROOM_CAP)
    assert found is not None and (found.params, found.clause) == ({"people": 8}, "khoản 2")
    assert "khoản 2" in client.get(f"{LIST}{made.pk}/").content.decode()
    assert client.post(f"{LIST}{made.pk}/thu-hoi/", {"reason": " "}).status_code == 422
    client.post(f"{LIST}{made.pk}/thu-hoi/", {"reason": "Hết dịch"})
    assert rules_for(office=cast.office, on=DAY).all() == []
    assert [event.verb for event in made.events.all()] == ["draft", "add_rule", "publish", "withdraw"]


def test_a_published_letter_is_not_rewritten(cast: Cast) -> None:
    made = letter("1/TP", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    client = signed_in(cast.administrator)
    assert client.post(f"{LIST}{made.pk}/sua/", typed(cast)).status_code == 422
    with pytest.raises(Refused, match="không sửa được nữa"):
        services.add_rule(actor=cast.administrator, directive=made, rule=rule(RuleKind.BLOCKADE))
    client.post(f"{LIST}{made.pk}/quy-dinh/{made.rules.get().pk}/bo/")
    assert made.rules.count() == 1


def test_verbs_done_twice_are_harmless(cast: Cast) -> None:
    made = letter("1/TP", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    services.publish(actor=cast.administrator, directive=made)
    services.withdraw(actor=cast.administrator, directive=made, reason="Hết dịch")
    services.withdraw(actor=cast.administrator, directive=made, reason="Hết dịch")
    assert [event.verb for event in made.events.all()] == ["draft", "add_rule", "publish", "withdraw"]
    with pytest.raises(Refused):
        services.publish(actor=cast.administrator, directive=made)


@pytest.mark.parametrize("changes", [
    {"number": ""}, {"number": "x" * 61}, {"issued_on": "hôm nay"}, {"ends_on": "2026-11-01"}, {"areas": []}, {"areas": ["999999"]},
    {"areas": ["abc"]}])
def test_what_is_wrong_in_a_letter_is_said_at_its_field_and_kept(cast: Cast, changes: dict[str, object]) -> None:
    answer = signed_in(cast.administrator).post(f"{LIST}moi/", typed(cast, **changes))
    assert answer.status_code == 422
    assert "Có nội dung cần xem lại" in answer.content.decode() and "Về việc thử" in answer.content.decode()
    assert not Directive.objects.exists()


def test_a_number_is_used_once(cast: Cast) -> None:
    letter("15/UBND", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    answer = signed_in(cast.administrator).post(f"{LIST}moi/", typed(cast))
    assert answer.status_code == 422 and "đã có trong hệ thống" in answer.content.decode()


@pytest.mark.parametrize("changes", [
    {"people": ""}, {"people": "11"}, {"people": "không"}, {"kind": "xyz"}, {"kind": "stop_clock"}, {"kind": "collect_within"},
    {"text": ""},
    {"starts_on": "2026-11-01"}, {"ends_on": "2027-11-01"}, {"starts_on": "2026-12-10", "ends_on": "2026-12-01"}])
def test_what_is_wrong_in_a_rule_is_said(cast: Cast, changes: dict[str, str]) -> None:
    client = signed_in(cast.administrator)
    client.post(f"{LIST}moi/", typed(cast))
    made = Directive.objects.get()
    given = {"kind": "room_cap", "clause": "khoản 2", "text": "Tối đa.", "people": "8", **changes}
    answer = client.post(f"{LIST}{made.pk}/quy-dinh/", given)
    assert answer.status_code == 422 and not made.rules.exists()


def test_only_the_provinces_administrator_enters_letters(cast: Cast) -> None:
    made = letter("1/TP", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    for user in (cast.desk, cast.leader, cast.citizen, cast.guard):
        client = signed_in(user)
        assert client.get(LIST).status_code == 403
        assert client.post(f"{LIST}{made.pk}/thu-hoi/", {"reason": "x"}).status_code == 403
    watcher = signed_in(cast.monitor)
    assert watcher.get(LIST).status_code == 200
    assert "Thu hồi văn bản" not in watcher.get(f"{LIST}{made.pk}/").content.decode()
    assert Client().get(LIST).status_code == 302


def test_another_provinces_letter_is_not_found_and_its_area_not_offered(cast: Cast) -> None:
    other = Area.objects.create(code="T99", name="Tỉnh khác", level="province")
    made = letter("9/K", rule(RuleKind.HEALTH_CHECK), area=other)
    client = signed_in(cast.administrator)
    assert client.get(f"{LIST}{made.pk}/").status_code == 404
    assert client.post(f"{LIST}moi/", typed(cast, areas=[other.pk])).status_code == 422
    with pytest.raises(Refused, match="địa bàn bạn quản trị"):
        services.draft(actor=cast.administrator, areas=[other], letter=services.Letter("8/K", "x", DAY, "x", DAY))


def test_an_administrator_who_only_works_in_another_province_orders_nothing_there(cast: Cast) -> None:
    other = Area.objects.create(code="T99", name="Tỉnh khác", level="province")
    there = office("thu-tinh-khac", "H99.1", "Bộ phận Một cửa khác", "commune", other, other)
    Assignment.objects.create(user=cast.administrator, office=there, role=Role.DESK)
    actor = User.objects.get(pk=cast.administrator.pk)
    with pytest.raises(Refused, match="địa bàn bạn quản trị"):
        services.draft(actor=actor, areas=[other], letter=services.Letter("8/K", "x", DAY, "x", DAY))
    assert signed_in(actor).post(f"{LIST}moi/", typed(cast, areas=[other.pk])).status_code == 422


def test_conflicts_are_shown_in_the_list_and_on_both_letters(cast: Cast) -> None:
    first = letter("1/TP", rule(RuleKind.ROOM_CAP, "khoản 1", people=6), area=cast.province)
    second = letter("2/TP", rule(RuleKind.ROOM_CAP, "khoản 3", people=8), area=cast.province)
    client = signed_in(cast.administrator)
    for path in (LIST, f"{LIST}{first.pk}/", f"{LIST}{second.pk}/"):
        text = client.get(path).content.decode()
        assert "Có quy định mâu thuẫn" in text and "1/TP (khoản 1)" in text and "2/TP (khoản 3)" in text


def test_a_get_never_acts(cast: Cast) -> None:
    made = letter("1/TP", rule(RuleKind.HEALTH_CHECK), area=cast.province)
    client = signed_in(cast.administrator)
    for verb in ("thu-hoi", "ban-hanh", "quy-dinh"):
        assert client.get(f"{LIST}{made.pk}/{verb}/").status_code == 405
