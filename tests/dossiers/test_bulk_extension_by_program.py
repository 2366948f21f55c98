"""More time in bulk for programs: a filter, the frozen list page by page, exclusions, approval by another, lifting for some."""
from datetime import date

import pytest

from dossiers.models import Extension
from dossiers.services import extensions
from dossiers.services.extensions import requesting
from dossiers.states import ExtensionState
from onestop import clock
from tests.dossiers.bulk import grounds, received
from tests.dossiers.test_api import call, key

__all__ = ["call", "key"]  # fixtures

BODY = {"instrument": "suspension", "starts_on": "2026-11-30", "until": "2026-12-11", "reason": "Phong tỏa", "clause": "khoản 1c",
        "citizen_text": "Do phong tỏa nên tạm dừng kiểm tra thực tế.", "directive": "2468/VPUB-KSTT",
        "filter": {"field_verification": True}}


@pytest.fixture
def body(cast, morning):
    received(cast, 130)
    received(cast, 2, cast.procedure, prefix="KHAC")
    grounds(cast, "stop_clock")
    return {**BODY, "office": cast.office.code}


def test_from_the_filter_to_lifting_for_some(call, key, cast, body):
    officer, administrator = key(cast.specialist, "extend"), key(cast.administrator, "extend")
    made = call("post", "extensions/", body, officer)
    assert made.status_code == 201, made.json()
    shown = made.json()
    assert (shown["state"], shown["total"], shown["waiting"], len(shown["preview"])) == ("requested", 130, 130, 100)
    assert shown["scope"] == {"offices": [cast.office.code], "field_verification": "yes"}
    page = call("get", f"extensions/{shown['id']}/preview/", {"limit": 50}, officer).json()
    assert len(page["results"]) == 50 and page["next"] and page["results"][0]["due_to"] == "2026-12-23T17:00:00+07:00"
    code = page["results"][0]["dossier"]
    out = call("post", f"extensions/{shown['id']}/exclude/", {"dossiers": [code], "reason": "Đã xác minh được"}, officer).json()
    assert (out["excluded"], out["waiting"]) == (1, 129)
    unknown = call("post", f"extensions/{shown['id']}/exclude/", {"dossiers": ["H13-0"], "reason": "x"}, officer)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_dossier")
    assert call("post", f"extensions/{shown['id']}/approve/", {}, officer).status_code == 403
    assert call("post", f"extensions/{shown['id']}/approve/", {}, administrator).json()["state"] == "approved"
    extensions.work(shown["id"])
    done = call("get", f"extensions/{shown['id']}/", {}, officer).json()
    assert (done["state"], done["done"], done["total"], done["failed"]) == ("done", 129, 130, [])
    with clock.frozen(clock.at(date(2026, 12, 7), 8)):
        some = {"reason": "Đã dỡ phong tỏa", "dossiers": [page["results"][1]["dossier"]]}
        assert call("post", f"extensions/{shown['id']}/lift/", some, administrator).json()["state"] == "done"
        rest = {"reason": "Hết giãn cách", "filter": {"procedure": cast.field_procedure.code}}
        assert call("post", f"extensions/{shown['id']}/lift/", rest, administrator).status_code == 200
        extensions.work(shown["id"])
    lifted = call("get", f"extensions/{shown['id']}/", {}, officer).json()
    assert (lifted["state"], lifted["lifted"]) == ("lifted", 129)


def test_a_large_scope_is_answered_before_it_is_frozen(call, key, cast, body, monkeypatch):
    monkeypatch.setattr(requesting, "AT_ONCE", 0)
    made = call("post", "extensions/", body, key(cast.specialist, "extend")).json()
    assert (made["state"], made["total"], made["preview"]) == ("assessing", 130, [])
    assert call("post", f"extensions/{made['id']}/approve/", {}, key(cast.administrator, "extend")).status_code == 409
    extensions.work(made["id"])
    assert Extension.objects.get().state == ExtensionState.REQUESTED


@pytest.mark.parametrize("wrong", [
    {"filter": {"received_from": "x"}}, {"filter": {"field_verification": "maybe"}}, {"filter": {"states": ["decided", "x"]}},
    {"filter": []},
    {"filter": {"channel": "x"}}, {"filter": "x"}, {"filter": {"procedures": "x"}}, {"filter": None}, {"filter": {"areas": [None]}},
])
def test_a_filter_that_is_none_is_refused(call, key, cast, body, wrong):
    answer = call("post", "extensions/", {**body, **wrong}, key(cast.specialist, "extend"))
    assert answer.status_code in (400, 422) and not Extension.objects.exists()


def test_whose_offices(call, key, cast, body):
    other = {**body, "filter": {"offices": [cast.other_office.code]}}
    assert call("post", "extensions/", other, key(cast.specialist, "extend")).status_code == 404
    assert call("post", "extensions/", body, key(cast.outsider, "extend")).status_code == 404
    empty = call("post", "extensions/", {**body, "filter": {"field": "Không có"}}, key(cast.specialist, "extend"))
    assert empty.json()["code"] == "empty_scope"
