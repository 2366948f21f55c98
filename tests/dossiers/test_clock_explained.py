"""'Why is my date …?': the same sentences on the receipt, the tracking page, the officer's page and by the API."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from dossiers.explaining import explain
from dossiers.services import extensions, processing
from onestop import clock
from tests.dossiers.people import browser_of

WHY = re.compile(r'<ol class="why">(.*?)</ol>', re.S)
ITEM = re.compile(r"<li>(.*?)</li>", re.S)


def on_page(content: bytes) -> list[str]:
    return [html.unescape(item).strip() for item in ITEM.findall(WHY.search(content.decode()).group(1))]


def printed(form) -> str:
    with form.file.open("rb") as file:
        text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    return " ".join(text.split())


def everywhere(cast, dossier) -> list[list[str]]:
    """The sentences of the officer's page, the tracking page and the API."""
    browser = Client()
    tracked = browser.post(reverse("dossiers:track"), {"ma": dossier.code, "so": dossier.phone[-4:]}, follow=True)
    officer = browser_of(cast.specialist).get(reverse("dossiers:detail", args=[dossier.pk]))
    program = browser.get(f"/api/v1/dossiers/{dossier.code}/", {"phone_last4": dossier.phone[-4:]})
    return [on_page(officer.content), on_page(tracked.content), program.json()["explanation"]]


def test_receipt_pages_and_api_say_the_same(cast, desk, morning):
    dossier = desk.receive(cast.field_procedure)
    officer, tracked, program = everywhere(cast, dossier)
    assert officer == tracked == program == explain(desk.fresh(dossier))
    assert len(program) >= 4
    receipt = printed(dossier.forms.get(kind="receipt"))
    assert all(" ".join(sentence.split()) in receipt for sentence in program), receipt


@pytest.mark.parametrize("what", ["stopped", "resumed", "extended", "suspended", "late"])
def test_they_stay_the_same_whatever_happens_to_the_clock(cast, desk, morning, letter, what):
    dossier, ground = desk.receive(cast.field_procedure), letter(may_extend={}, stop_clock={"until": "2026-12-18"})
    day = date(2026, 12, 15) if what == "late" else date(2026, 11, 30)
    with clock.frozen(clock.at(day, 9)):
        if what in ("stopped", "resumed"):
            processing.stop(actor=cast.specialist, dossier=dossier, via="web", note="Chờ xác minh")
        if what == "resumed":
            processing.resume(actor=cast.specialist, dossier=dossier, via="web")
        if what in ("extended", "suspended"):
            instrument = "suspension" if what == "suspended" else "directed_extension"
            asked = extensions.request_extension(
                actor=cast.specialist, office=cast.office, dossiers=[dossier], instrument=instrument, until=date(2026, 12, 25),
                reason="Chưa xác minh được", citizen_text="Do dịch bệnh.", clause="khoản 1c", directive=ground)
            extensions.approve(actor=cast.administrator, extension=asked, via="web")
            notice = printed(dossier.forms.get(kind="extension"))
            assert all(" ".join(sentence.split()) in notice for sentence in explain(desk.fresh(dossier)))
        officer, tracked, program = everywhere(cast, dossier)
        assert officer == tracked == program == explain(desk.fresh(dossier))
