"""The administrator's pages: who may see them, what they do, how many queries they take."""
import pytest
from django.urls import reverse

from onestop.catalogue.models import Procedure, ReviewItem, ReviewRule
from onestop.catalogue.services.review import apply_rule
from tests.catalogue.conftest import channel, line


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.administrator)
    return client


@pytest.fixture
def some(imported):
    imported(*[line(f"9.{number:03}", f"Thủ tục số {number}", cach_thuc=[channel(unit=""), channel("Trực tiếp", None, "")])
               for number in range(60)], line("9.999", "Thủ tục trọn vẹn"))


def pages(item):
    return [reverse("catalogue:list"), reverse("catalogue:list") + "?q=thu+tuc&level=commune&state=ready&field=sai",
            reverse("catalogue:detail", args=["9.001"]), reverse("catalogue:flags", args=["9.001"]),
            reverse("catalogue:papers", args=["9.001"]), reverse("catalogue:review"),
            reverse("catalogue:review") + "?problem=no_unit&page=99",
            reverse("catalogue:item", args=[item.pk]), reverse("catalogue:rules"), reverse("catalogue:rule_new", args=["no_unit"]),
            reverse("catalogue:rule_new", args=["no_unit"]) + "?unit=working_day&field=&authority="]


def test_pages_open_for_administrators_only(some, client, cast):
    for url in pages(ReviewItem.objects.first()):
        client.logout()
        assert client.get(url).status_code == 302
        client.force_login(cast.specialist)
        assert client.get(url).status_code == 403
        client.force_login(cast.administrator)
        assert client.get(url).status_code == 200, url


def test_unknown_things_are_not_found(admin):
    for url in (reverse("catalogue:detail", args=["0.0"]), reverse("catalogue:item", args=[999999]),
                reverse("catalogue:flags", args=["0.0"]),
                reverse("catalogue:papers", args=["0.0"]), reverse("catalogue:rule_undo", args=[999999])):
        assert admin.get(url).status_code == 404
    assert admin.get(reverse("catalogue:rule_new", args=["no_name"])).status_code == 302


@pytest.mark.parametrize("name", ["list", "review"])
def test_a_long_list_takes_as_many_queries_as_a_short_one(some, admin, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        assert admin.get(reverse(f"catalogue:{name}")).status_code == 200


def test_settling_leads_to_the_next_item_and_then_to_the_procedure(some, admin):
    first, second = ReviewItem.objects.filter(procedure__code="9.001")
    answer = admin.post(reverse("catalogue:item", args=[first.pk]), {"unit": "working_day", "reason": "Quyết định 1"})
    assert answer.url == reverse("catalogue:item", args=[second.pk])
    answer = admin.post(answer.url, {"no_term": "on", "reason": "Quyết định 1"})
    assert answer.url == reverse("catalogue:detail", args=["9.001"])
    assert Procedure.objects.get(code="9.001").is_usable()


def test_a_wrong_answer_keeps_what_was_typed(some, admin):
    item = ReviewItem.objects.filter(problem="no_term").first()
    answer = admin.post(reverse("catalogue:item", args=[item.pk]), {"amount": "rất lâu", "unit": "month", "reason": "Vì sao"})
    assert answer.status_code == 422
    assert "rất lâu" in answer.content.decode() and "Vì sao" in answer.content.decode()


def test_a_rule_is_previewed_applied_and_undone(some, admin):
    url = reverse("catalogue:rule_new", args=["no_unit"])
    page = admin.get(url, {"unit": "working_day", "field": "", "authority": ""})
    assert page.context["preview"].items == 60
    sent = {"unit": "working_day", "amount": "", "field": "", "authority": "", "expected": "60", "reason": "Công văn 2"}
    assert admin.post(url, {**sent, "expected": "59"}).status_code == 422
    assert admin.post(url, sent).url == reverse("catalogue:rules")
    rule = ReviewRule.objects.get()
    assert admin.get(reverse("catalogue:rules")).status_code == 200
    undo = reverse("catalogue:rule_undo", args=[rule.pk])
    assert admin.get(undo).status_code == 200
    assert ReviewItem.objects.filter(rule=rule).count() == 60
    assert admin.post(undo, {"reason": ""}).status_code == 422
    assert admin.post(undo, {"reason": "Nhầm"}).status_code == 302
    assert admin.post(undo, {"reason": "Nhầm"}).status_code == 302
    assert ReviewItem.objects.open().count() == 120


def test_flags_are_kept_with_a_reason(some, admin, cast):
    url = reverse("catalogue:flags", args=["9.999"])
    assert admin.post(url, {"urgent": "on"}).status_code == 422
    assert admin.post(url, {"urgent": "on", "cutoff_time": "15:00", "reason": "Luật Hộ tịch"}).status_code == 302
    procedure = Procedure.objects.get(code="9.999")
    assert procedure.urgent and procedure.current.cutoff_time.hour == 15
    assert procedure.versions.count() == 2
    assert procedure.events.get(verb="flags_changed").data == {"urgent": True, "cutoff_time": "15:00"}
    assert admin.post(url, {"urgent": "on", "cutoff_time": "25:99", "reason": "x"}).status_code == 422


def papers_sent(*rows):
    sent = {"giay-to-TOTAL_FORMS": str(len(rows)), "giay-to-INITIAL_FORMS": "0", "reason": "Quyết định 1"}
    for number, row in enumerate(rows):
        sent |= {f"giay-to-{number}-{name}": value for name, value in row.items()}
    return sent


def test_papers_are_added_ordered_and_taken_out(some, admin):
    url = reverse("catalogue:papers", args=["9.999"])
    sent = papers_sent({"name": "Tờ khai", "originals": "1", "required": "on", "ORDER": "2"},
                       {"name": "Giấy chứng sinh", "copies": "1", "ORDER": "1"}, {"name": "Bỏ đi", "DELETE": "on"}, {"name": ""})
    assert admin.post(url, sent).status_code == 302
    procedure = Procedure.objects.get(code="9.999")
    assert [(paper.name, paper.originals, paper.copies, paper.required) for paper in procedure.current.papers.all()] == [
        ("Giấy chứng sinh", 0, 1, False), ("Tờ khai", 1, 0, True)]
    assert admin.post(url, papers_sent({"name": "x", "originals": "999"})).status_code == 422
    assert admin.post(url, papers_sent({"name": "x" * 401})).status_code == 422
    assert admin.post(url, {"reason": "thiếu biểu mẫu"}).status_code == 422
    assert admin.post(url, {**sent, "reason": ""}).status_code == 422
    assert procedure.versions.count() == 2


def test_a_change_of_papers_on_the_same_day_stays_in_the_same_version(some, admin):
    url = reverse("catalogue:papers", args=["9.999"])
    for name in ("Một", "Hai", "Hai"):
        assert admin.post(url, papers_sent({"name": name, "ORDER": "1"})).status_code == 302
    procedure = Procedure.objects.get(code="9.999")
    assert procedure.versions.count() == 2
    assert procedure.events.filter(verb="papers_changed").count() == 2


def test_rules_of_many_items_stay_quick(imported, cast, django_assert_max_num_queries):
    imported(*[line(f"9.{number:04}", cach_thuc=[channel(unit="")]) for number in range(300)])
    with django_assert_max_num_queries(30):
        apply_rule(actor=cast.administrator, problem="no_unit", answer={"unit": "working_day"}, reason="Công văn 2")
