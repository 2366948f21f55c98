"""The API of dossiers (api.md): the road by programs, rights, the second factor, bad input never a 500."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.models import Dossier, Upload
from dossiers.services import files, sweeps
from onestop import clock
from onestop.people import tokens

PDF = b"%PDF-1.4\n" + b"0" * 400
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
APPLICANT = {"full_name": "Người nộp mẫu", "phone": "0912 345 678"}


@pytest.fixture
def call(client, morning):
    """One call of the API; `token` as the officer's key."""

    def make(method, path, data=None, token="", **headers):
        extra = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        extra.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
        if method == "get":
            return client.get(f"/api/v1/{path}", data or {}, **extra)
        return client.post(f"/api/v1/{path}", data if data is not None else {}, content_type="application/json", **extra)

    return make


@pytest.fixture
def key(cast):
    """A token of a person with scopes."""

    def make(user, *scopes, offices=()):
        token, text = tokens.create_token(name="thử", scopes=scopes, office_ids=[office.pk for office in offices])
        token.user = user
        token.save()
        return text

    return make


@pytest.fixture
def submission(cast):
    return {"procedure": cast.procedure.code, "office": cast.office.code, "applicant": APPLICANT, "answers": {"ten_con": "Mẫu"}}


def file(name, content):
    return SimpleUploadedFile(name, content)


def upload(client, name="to-khai.pdf", content=PDF):
    return client.post("/api/v1/uploads/", {"file": file(name, content)})


def test_the_road_by_programs(call, client, key, cast, submission):
    token = upload(client).json()["token"]
    made = call("post", "submissions/", {**submission, "papers": [token]})
    assert made.status_code == 201, made.json()
    reference, secret = made.json()["reference"], made.json()["secret"]
    assert made.json()["status"] == {"code": 1, "name": "Mới đăng ký"}
    officer = key(cast.specialist, "intake", "process", "extend")
    accepted = call("post", f"dossiers/{reference}/accept/", {}, officer).json()
    code = accepted["code"]
    assert code == "H13.70-261125-0001" and accepted["due_at"] == "2026-12-02T17:00:00+07:00"
    assert call("post", f"dossiers/{code}/accept/", {}, officer).json()["code"] == "already_done"
    body = {"items": ["Giấy chứng sinh"], "answer_by": "2026-12-10"}
    assert call("post", f"dossiers/{code}/request-supplement/", body, officer).json()["status"]["code"] == 5
    tracked = call("get", f"dossiers/{code}/", {"secret": secret}).json()
    assert tracked["clock"] == "stopped" and tracked["explanation"] and tracked["events"][0]["verb"] == "submit"
    assert (
        call("post", f"dossiers/{code}/assign/", {"assignee": cast.leader.username}, officer).json()["assignee"] == cast.leader.username
    )
    assert call("post", f"dossiers/{code}/decide/", {}, officer).status_code == 409
    assert [row["code"] for row in call("get", "dossiers/", {"status": "5"}, officer).json()["results"]] == [code]


def test_tracking_shows_nothing_personal(call, desk, cast):
    made = desk.submit(note="Ghi chú riêng", return_method="post", return_address="Số 9, đường Kín")
    shown = call("get", f"dossiers/{made.dossier.reference}/", {"phone_last4": "5678"})
    assert shown.status_code == 200
    text = shown.content.decode()
    for secret in ("Người nộp mẫu", "0912345678", "Số 9", "Ghi chú riêng", "Tờ khai", "mau@example.vn"):
        assert secret not in text


@pytest.mark.parametrize(
    "query", [{}, {"secret": "SAI"}, {"phone_last4": "0000"}, {"phone_last4": "678"}, {"secret": ""}, {"phone_last4": "５６７８"}]
)
def test_a_wrong_factor_is_not_found(call, desk, query):
    reference = desk.submit().dossier.reference
    answer = call("get", f"dossiers/{reference}/", query)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer["Content-Type"] == "application/problem+json"


def test_guessing_the_last_four_digits_ends_soon(call, desk):
    reference = desk.submit().dossier.reference
    cache.clear()
    codes = {call("get", f"dossiers/{reference}/", {"phone_last4": f"{guess:04d}"}).status_code for guess in range(25)}
    assert codes == {404, 429}


VERBS = ("accept", "refuse", "request-supplement", "assign", "decide", "hand-over", "withdraw")
BODIES = {
    "refuse": {"reason": "x"},
    "request-supplement": {"items": ["x"], "answer_by": "2026-12-10"},
    "assign": {"assignee": "t-lanhdao"},
}


@pytest.mark.parametrize("verb", VERBS)
def test_an_officer_of_another_office_finds_nothing(call, key, cast, desk, verb):
    reference = desk.submit().dossier.reference
    outsider = key(cast.outsider, "intake", "process")
    assert call("post", f"dossiers/{reference}/{verb}/", BODIES.get(verb, {}), outsider).status_code == 404
    elsewhere = key(None, "intake", "process", offices=[cast.other_office])
    assert call("post", f"dossiers/{reference}/{verb}/", BODIES.get(verb, {}), elsewhere).status_code == 404
    assert call("get", "dossiers/", {}, outsider).json()["results"] == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_needs_its_scope(call, key, cast, desk, verb):
    reference = desk.submit().dossier.reference
    assert call("post", f"dossiers/{reference}/{verb}/", {}).status_code == 401
    assert call("post", f"dossiers/{reference}/{verb}/", {}, key(cast.desk, "book")).status_code == 403


def test_a_partners_token_accepts_for_its_office(call, key, cast, desk):
    reference = desk.submit().dossier.reference
    bridge = key(None, "intake", "process", offices=[cast.office])
    assert call("post", f"dossiers/{reference}/accept/", {}, bridge).json()["status"]["code"] == 2
    answer = call("post", f"dossiers/{reference}/request-supplement/", BODIES["request-supplement"], bridge)
    assert (answer.status_code, answer.json()["code"]) == (403, "officer_needed")


def test_extension_by_program(call, key, cast, desk, letter):
    dossier = desk.receive(cast.field_procedure)
    letter(may_extend={})
    body = {
        "office": cast.office.code,
        "dossiers": [dossier.code],
        "instrument": "directed_extension",
        "until": "2026-12-25",
        "reason": "Chưa thể xác minh",
        "citizen_text": "Do dịch bệnh.",
        "directive": "2468/VPUB-KSTT",
        "clause": "khoản 1c",
    }
    officer, administrator = key(cast.specialist, "extend"), key(cast.administrator, "extend")
    made = call("post", "extensions/", body, officer)
    assert made.status_code == 201, made.json()
    assert made.json()["preview"][0]["due_to"] == "2026-12-25T17:00:00+07:00"
    pk = made.json()["id"]
    assert call("post", f"extensions/{pk}/approve/", {}, officer).status_code == 403
    assert call("get", f"extensions/{pk}/", {}, key(cast.outsider, "extend")).status_code == 404
    done = call("post", f"extensions/{pk}/approve/", {"reason": "Đúng"}, administrator).json()
    assert (done["state"], done["done"], done["total"], done["failed"]) == ("done", 1, 1, [])
    assert call("post", f"extensions/{pk}/approve/", {}, administrator).status_code == 409
    assert call("post", f"extensions/{pk}/lift/", {"reason": "x"}, administrator).json()["code"] == "not_liftable"
    by_filter = {**body, "dossiers": [], "filter": {"procedure": cast.field_procedure.code}, "until": "2026-12-31"}
    assert call("post", "extensions/", by_filter, officer).json()["total"] == 1


def test_the_same_key_and_body_give_the_same_answer(call, submission):
    first = call("post", "submissions/", submission, idempotency_key="k-1")
    again = call("post", "submissions/", submission, idempotency_key="k-1")
    assert first.json() == again.json() and Dossier.objects.count() == 1
    other = call("post", "submissions/", {**submission, "note": "khác"}, idempotency_key="k-1")
    assert other.json()["code"] == "idempotency_mismatch"


LONG = "á" * 6000
BAD = [
    {},
    [],
    "chữ",
    5,
    None,
    {"procedure": None},
    {"procedure": LONG},
    {"procedure": "\x00"},
    {"procedure": 12},
    {"office": "không-có"},
    {"office": ["x"]},
    {"applicant": None},
    {"applicant": "x"},
    {"applicant": {}},
    {"applicant": {"full_name": "", "phone": ""}},
    {"applicant": {"full_name": LONG, "phone": "0912345678"}},
    {"applicant": {"full_name": "A" * 5, "phone": LONG}},
    {"applicant": {**APPLICANT, "email": "a@"}},
    {"applicant": {**APPLICANT, "citizen_id": "abc"}},
    {"answers": []},
    {"answers": {"x": LONG * 10}},
    {"papers": "x"},
    {"papers": [5]},
    {"papers": ["khong-co"]},
    {"papers": [{"token": "x", "position": -1}]},
    {"papers": [None]},
    {"return_method": "ship"},
    {"return_method": "post"},
    {"return_method": "post", "address": LONG},
    {"note": LONG},
    {"note": 7.5},
    {"procedure": "9.999999"},
]


@pytest.mark.parametrize("change", BAD, ids=range(len(BAD)))
def test_bad_submissions_are_problems(call, submission, change):
    body = {**submission, **change} if isinstance(change, dict) and change else change
    answer = call("post", "submissions/", body)
    if change == {"note": 7.5}:
        assert answer.status_code == 201  # a number is a text, too
        return
    assert answer.status_code in (400, 404, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["detail"]
    assert not Dossier.objects.exists()


BAD_WORK = [
    ("request-supplement", {"items": [], "answer_by": "2026-12-10"}),
    ("request-supplement", {"items": ["x"], "answer_by": "hôm qua"}),
    ("request-supplement", {"items": ["x"], "answer_by": "2026-11-01"}),
    ("request-supplement", {"items": ["x"], "answer_by": "0001-01-01"}),
    ("request-supplement", {"items": "x", "answer_by": "9999-12-31"}),
    ("request-supplement", {"items": [None], "answer_by": "2026-12-10"}),
    ("request-supplement", {"items": [" "], "answer_by": "2026-12-10"}),
    ("refuse", {}),
    ("refuse", {"reason": " "}),
    ("refuse", {"reason": LONG}),
    ("assign", {}),
    ("assign", {"assignee": "khong-co"}),
    ("assign", {"assignee": "t-nguoikhac"}),
    ("assign", {"assignee": ["x"]}),
    ("decide", {"note": LONG}),
    ("decide", []),
    ("hand-over", "x"),
    ("withdraw", {"note": {}}),
    ("accept", {"note": []}),
]


@pytest.mark.parametrize(("verb", "body"), BAD_WORK)
def test_bad_work_is_a_problem(call, key, cast, desk, verb, body):
    dossier = desk.submit().dossier if verb in ("refuse", "accept") else desk.receive()
    answer = call("post", f"dossiers/{dossier.number}/{verb}/", body, key(cast.specialist, "intake", "process"))
    assert answer.status_code in (400, 409, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        {"status": "11"},
        {"status": "x"},
        {"due_before": "hôm nay"},
        {"due_before": "0001-01-01"},
        {"channel": "zalo"},
        {"q": "á" * 100},
        {"state": "x"},
        {"cursor": "@@@"},
        {"limit": "-5"},
        {"q": "%_'\"\\"},
        {"office": "x" * 41},
        {"overdue": "true"},
        {"q": "Nguoi nop"},
    ],
)
def test_bad_filters_are_problems(call, key, cast, desk, query):
    desk.receive()
    answer = call("get", "dossiers/", query, key(cast.specialist, "process"))
    assert answer.status_code in (200, 400, 404), answer.content


@pytest.mark.parametrize(
    "change",
    [
        {"dossiers": []},
        {"dossiers": ["khong-co"]},
        {"dossiers": "x"},
        {"until": None},
        {"until": "9999-12-31"},
        {"until": "2020-01-01"},
        {"days": 0},
        {"days": 10**9},
        {"instrument": "x"},
        {"reason": ""},
        {"citizen_text": LONG},
        {"directive": "khong-co"},
        {"directive": ""},
        {"office": "thu-cai-rang"},
        {"filter": {"received_from": "x"}, "dossiers": []},
        {"starts_on": "2020-01-01", "instrument": "suspension"},
    ],
)
def test_bad_extensions_are_problems(call, key, cast, desk, letter, change):
    letter(may_extend={})
    body = {
        "office": cast.office.code,
        "dossiers": [desk.receive(cast.field_procedure).code],
        "instrument": "directed_extension",
        "until": "2026-12-25",
        "reason": "x",
        "citizen_text": "x",
        "directive": "2468/VPUB-KSTT",
        "clause": "1c",
    }
    answer = call("post", "extensions/", {**body, **change}, key(cast.specialist, "extend"))
    assert answer.status_code in (400, 404, 422), answer.content


def office_file(*names):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("b.PNG", PNG),
        ("c.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50),
        ("Đơn đề nghị.docx", office_file("[Content_Types].xml", "word/document.xml")),
        ("bảng.xlsx", office_file("xl/workbook.xml")),
    ],
)
def test_files_are_kept_privately(client, cast, morning, settings, name, content):
    answer = upload(client, name, content)
    assert answer.status_code == 201, answer.json()
    kept = Upload.objects.get()
    assert kept.name == name and name not in kept.file.name and kept.sha256 == answer.json()["sha256"] and kept.size == len(content)
    assert answer.json()["token"] not in str(Upload.objects.values().get())
    assert str(kept.file.path).startswith(str(settings.MEDIA_ROOT)) and not kept.file.path.startswith(str(settings.STATIC_ROOT))


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"MZ\x90\x00" + b"\0" * 100, 415, "file_type"),
        ("a.exe", PDF, 415, "file_type"),
        ("a.png", PDF, 415, "file_type"),
        ("a.docx", office_file("virus.txt"), 415, "file_type"),
        ("a.docx", b"PK\x03\x04" + b"x" * 90, 415, "file_type"),
        ("a.svg", b"<svg onload=x>", 415, "file_type"),
        ("a.pdf", b"", 422, "file_empty"),
        ("noending", PDF, 415, "file_type"),
        ("a.html", b"<html>", 415, "file_type"),
    ],
)
def test_wrong_files_are_refused(client, cast, morning, name, content, status, code):
    answer = upload(client, name, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_is_refused(client, cast, morning, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    answer = upload(client, "a.pdf", PDF + b"0" * (1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_a_file_goes_to_one_dossier_only(call, client, submission):
    token = upload(client).json()["token"]
    assert call("post", "submissions/", {**submission, "papers": [{"token": token, "position": 1}]}).status_code == 201
    answer = call("post", "submissions/", {**submission, "papers": [token]})
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_unknown")
    assert Dossier.objects.count() == 1 and Dossier.objects.get().papers.get(position=1).present


def test_unused_files_are_removed_after_a_day(call, client, submission):
    token = upload(client).json()["token"]
    path = Upload.objects.get().file.path
    with clock.frozen(clock.now() + files.KEPT * 1.01):
        assert call("post", "submissions/", {**submission, "papers": [token]}).json()["code"] == "upload_unknown"
        assert sweeps.sweep()["files"] == 1
    assert not Upload.objects.exists()
    assert not Path(path).exists()
