"""Dossiers filed on the National Portal: from files and over HTTP, each once, with an outcome for each row."""
from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from dossiers.bridge_simulator import Simulator
from dossiers.models import Bridge, Dossier, ExternalCode, NationalImport
from dossiers.services import bridge
from dossiers.states import State
from onestop.transitions import Refused
from tests.cast import Cast
from tests.dossiers.test_bridge_sends import portal
from tests.dossiers.test_papers_register import signed_in

__all__ = ["portal"]


def row(number: int, **other: Any) -> dict[str, Any]:
    """A dossier as the portal's file tells it."""
    return {"ma_ho_so_dvcqg": f"G22.99-{number:04d}", "ma_thu_tuc": "9.000001", "ma_don_vi": "H13.70", "ho_ten": f"Người nộp {number} mẫu",
            "so_dien_thoai": "0912345678", "noi_dung": "Đăng ký khai sinh", **other}


def as_json(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"ho_so": rows}, ensure_ascii=False).encode()


def read(cast: Cast, content: bytes, actor: Any = None) -> NationalImport:
    return bridge.import_file(actor=actor or cast.administrator, name="tep.json", content=content, most=100)


def outcomes(batch: NationalImport) -> dict[str, int]:
    return dict(Counter(batch.rows.values_list("state", flat=True)))


def test_each_row_becomes_a_dossier_with_the_portals_code(cast: Cast, morning: datetime) -> None:
    batch = read(cast, as_json(row(1), row(2)))
    assert outcomes(batch) == {"made": 2}
    made = ExternalCode.objects.get(system="dvcqg", code="G22.99-0001").dossier
    assert (made.state, made.channel, made.received_office, made.full_name) == (State.SUBMITTED, "online", cast.office, "Người nộp 1 mẫu")
    assert made.accept_due_at is not None
    event = made.events.get(verb="submit")
    assert event.data["via"] == "dvcqg"


def test_the_same_again_in_any_file_makes_nothing(cast: Cast, morning: datetime) -> None:
    first = read(cast, as_json(row(1)))
    assert read(cast, as_json(row(1))).pk == first.pk
    assert outcomes(read(cast, as_json(row(1), row(2), row(2)))) == {"known": 2, "made": 1}
    assert Dossier.objects.count() == 2


def test_a_file_whose_reading_was_cut_off_goes_on(cast: Cast, morning: datetime) -> None:
    content = as_json(row(1), row(2), row(3))
    batch = read(cast, content)
    batch.rows.filter(line__gt=1).delete()
    ExternalCode.objects.exclude(code="G22.99-0001").delete()
    Dossier.objects.filter(external_codes__isnull=True).update(submission_key=None)
    assert outcomes(read(cast, content)) == {"made": 3}


@pytest.mark.parametrize(("wrong", "words"), [
    ({"ma_ho_so_dvcqg": ""}, "Thiếu mã hồ sơ"), ({"ma_thu_tuc": "0.0"}, "Không có thủ tục"), ({"ma_don_vi": "X"}, "Không có đơn vị"),
    ({"so_dien_thoai": "abc"}, "số điện thoại"), ({"ho_ten": {"a": 1}}, "họ và tên"), ({"ma_ho_so_dvcqg": "G" * 81}, "quá 80 ký tự")])
def test_a_row_that_is_wrong_says_why_and_keeps_no_other_waiting(cast: Cast, morning: datetime, wrong: dict[str, Any], words: str) -> None:
    batch = read(cast, as_json(row(1, **wrong), row(2)))
    assert outcomes(batch) == {"rejected": 1, "made": 1}
    assert words in batch.rows.get(line=1).problem


def test_csv_with_commas_or_semicolons(cast: Cast, morning: datetime) -> None:
    for number, mark in ((1, ","), (2, ";")):
        line = ["G-" + str(number), "9.000001", "thu-ninh-kieu", "Người nộp mẫu", "0912345678"]
        text = mark.join(["ma_ho_so_dvcqg", "ma_thu_tuc", "ma_don_vi", "ho_ten", "so_dien_thoai"]) + "\r\n" + mark.join(line)
        assert outcomes(read(cast, b"\xef\xbb\xbf" + text.encode())) == {"made": 1}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[1]", b'{"ho_so": 5}', b"a,b\n1,2\n", b'x"y,"\n', b"[" * 5000])
def test_what_is_no_list_is_refused_with_a_sentence(cast: Cast, morning: datetime, content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read(cast, content)
    assert refusal.value.fields["file"]


def test_an_office_reads_in_only_what_is_its_own(cast: Cast, morning: datetime) -> None:
    batch = read(cast, as_json(row(1), row(2, ma_don_vi="H13.71")), actor=cast.desk)
    assert outcomes(batch) == {"made": 1, "rejected": 1}
    with pytest.raises(Refused):
        read(cast, as_json(row(3)), actor=cast.carrier)


def test_fetched_over_http_page_by_page_with_a_cursor(cast: Cast, morning: datetime, portal: Simulator) -> None:
    portal.book.filed.extend(row(number) for number in range(1, 121))
    portal.book.faults.left["duplicate"] = 1
    assert bridge.pull() == 120  # the first page was told twice
    assert Dossier.objects.count() == 120
    assert Bridge.objects.get().cursor == "120"
    assert bridge.pull() == 0
    portal.book.filed.append(row(1))  # told again, later
    assert bridge.pull() == 0
    assert Dossier.objects.count() == 120


def test_a_portal_that_fails_or_talks_nonsense_is_asked_again_later(cast: Cast, morning: datetime, portal: Simulator) -> None:
    portal.book.filed.append(row(1))
    portal.book.faults.left["fail"] = 1
    assert bridge.pull() == 0
    assert "503" in Bridge.objects.get().last_error
    portal.book.filed.append("nonsense")  # type: ignore[arg-type]
    assert bridge.pull() == 0
    portal.book.filed.pop()
    assert bridge.pull() == 1


def test_the_command_reads_a_file_and_says_what_became_of_it(cast: Cast, morning: datetime, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "nop.json"
    path.write_bytes(as_json(row(1), row(2, ma_don_vi="X")))
    call_command("import_national", str(path))
    assert "1 new, 0 known, 1 rejected" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("import_national", str(tmp_path / "none.json"))


def test_the_screen_reads_a_file_shows_the_outcome_and_what_is_behind(cast: Cast, morning: datetime) -> None:
    client = signed_in("t-quantri")
    upload = SimpleUploadedFile("nop.json", as_json(row(1), row(2, ma_don_vi="X")), content_type="application/json")
    response = client.post("/ho-so/lien-thong/nhap/", {"file": upload})
    assert response.status_code == 302
    page = client.get(response["Location"]).content.decode()
    assert "G22.99-0001" in page
    assert "Không có đơn vị nào có mã X" in page
    bridge.collect()
    assert "G22.99-0001" in client.get("/ho-so/lien-thong/").content.decode()
    exported = client.post("/ho-so/lien-thong/xuat/")
    assert exported.status_code == 302
    assert client.get(exported["Location"]).status_code == 200
    assert client.post("/ho-so/lien-thong/nhap/", {}).status_code == 422


def test_the_screen_is_for_those_who_may(cast: Cast, morning: datetime) -> None:
    assert signed_in("t-congdan").get("/ho-so/lien-thong/").status_code == 403
    batch = read(cast, as_json(row(1)))
    assert signed_in("t-nguoikhac").get(f"/ho-so/lien-thong/nhap/{batch.pk}/").status_code in (403, 404)


def test_a_row_that_was_refused_is_tried_again_with_the_same_file(cast: Cast, morning: datetime) -> None:
    """What was wrong may be mended by now: the office has its code, the procedure is in the catalogue."""
    content = as_json(row(1, ma_don_vi="H13.99"), row(2))
    assert outcomes(read(cast, content)) == {"rejected": 1, "made": 1}
    type(cast.office).objects.filter(pk=cast.office.pk).update(identifier="H13.99")
    assert outcomes(read(cast, content)) == {"made": 2}
    assert Dossier.objects.count() == 2


def test_whoever_reads_the_same_file_sees_its_outcome(cast: Cast, morning: datetime) -> None:
    content = as_json(row(1))
    read(cast, content)
    upload = SimpleUploadedFile("nop.json", content, content_type="application/json")
    client = signed_in("t-motcua")
    answer = client.post("/ho-so/lien-thong/nhap/", {"file": upload}, follow=True)
    assert answer.status_code == 200 and "G22.99-0001" in answer.content.decode()
    assert Dossier.objects.count() == 1


def test_a_character_no_database_takes_halts_nothing(cast: Cast, morning: datetime) -> None:
    assert outcomes(read(cast, as_json(row(1, ho_ten="Người\u0000 nộp mẫu", ma_dvcqg="x\u0000"), row(2)))) == {"made": 2}
