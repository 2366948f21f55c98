"""The electronic result: a signed link for a time, a second factor, five tries, every opening written down."""
from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, HandOver, Result, ResultLink
from dossiers.services import links, processing, results, sweeps
from dossiers.states import Handover, ReturnMethod, ScanState, State
from onestop import clock
from onestop.people import tokens
from tests.cast import Cast
from tests.dossiers.result_files import decided, fresh, pdf, running, told

PHONE_END = "5678"


def electronic(cast: Cast) -> Dossier:
    """A decided dossier whose result goes out electronically."""
    dossier = running(cast, ReturnMethod.ELECTRONIC)
    document = results.kept(results.Document(kind="Giấy phép", number="12/GP", file=pdf()))
    results.decide(actor=cast.specialist, dossier=dossier, via="web", document=document)
    return fresh(dossier)


def told_link(index: int = -1) -> str:
    """The path of the link that a message told."""
    found = re.search(r"http://[^/]+(/\S+)", told("dossier_result_link")[index])
    assert found is not None
    return found[1]


def download(browser: Client, path: str, dossier: Dossier) -> Any:
    """The answer to the button; `body` is what was sent."""
    key = Result.objects.get(dossier=dossier, withdrawn_at__isnull=True).upload.key  # type: ignore[union-attr]
    answer: Any = browser.post(f"{path}{key}/")
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def test_the_link_asks_for_the_factor_then_gives_the_file(cast: Cast, morning: datetime) -> None:
    dossier = electronic(cast)
    assert "bản điện tử" in told("dossier_result")[0] and cast.office.address not in told("dossier_result")[0]
    path, browser = told_link(), Client()
    page = browser.get(path).content.decode()
    assert "Mở kết quả" in page and "12/GP" not in page
    assert download(browser, path, dossier).status_code == 302  # no factor yet: back to the question
    assert browser.post(path, {"factor": PHONE_END}).status_code == 302
    assert "12/GP" in browser.get(path).content.decode()
    assert fresh(dossier).state == State.DECIDED
    answer = download(browser, path, dossier)
    assert answer.status_code == 200 and answer.body.startswith(b"%PDF")
    assert "attachment" in answer["Content-Disposition"]
    after = fresh(dossier)
    assert (after.state, after.handover) == (State.RETURNED, Handover.DELIVERED)
    assert HandOver.objects.get(dossier=dossier).method == ReturnMethod.ELECTRONIC
    assert download(browser, path, dossier).status_code == 200  # again is no fault
    assert dossier.events.filter(verb="fetch_result", public=False).count() == 2
    assert HandOver.objects.count() == 1


def test_the_secret_is_a_factor_too(cast: Cast, morning: datetime) -> None:
    dossier = electronic(cast)
    Dossier.objects.filter(pk=dossier.pk).update(secret_digest=tokens.digest("ABCDE23456"))
    assert Client().post(told_link(), {"factor": "abcde 23456"}).status_code == 302


def test_five_wrong_tries_lock_it_and_a_new_one_opens(cast: Cast, morning: datetime) -> None:
    dossier = electronic(cast)
    path = told_link()
    assert [Client().post(path, {"factor": "0000"}).status_code for _try in range(5)] == [422, 422, 422, 422, 429]
    assert Client().post(path, {"factor": PHONE_END}).status_code == 429
    assert Client().get(path).status_code == 429
    browser = Client()
    browser.force_login(cast.desk, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(reverse("dossiers:resend_link", args=[dossier.pk])).status_code == 302
    assert Client().get(path).status_code == 404
    assert Client().post(told_link(), {"factor": PHONE_END}).status_code == 302


def test_an_old_or_forged_link_is_no_link(cast: Cast, morning: datetime) -> None:
    electronic(cast)
    path = told_link()
    assert Client().get(path[:-2] + "x/").status_code == 404
    key = ResultLink.objects.get().key
    assert Client().get(reverse("dossiers:result_link", args=[key.hex])).status_code == 404
    with clock.frozen(morning + timedelta(days=16)):
        assert Client().get(path).status_code == 404


def test_a_correction_ends_the_link_at_once(cast: Cast, morning: datetime) -> None:
    dossier = electronic(cast)
    path, browser = told_link(), Client()
    browser.post(path, {"factor": PHONE_END})
    results.withdraw(actor=cast.specialist, result=Result.objects.get(), reason="Sai tên", via="web")
    assert browser.get(path).status_code == 404 and browser.post(f"{path}{Result.objects.get().upload.key}/").status_code == 404  # type: ignore[union-attr]
    document = results.kept(results.Document(kind="Giấy phép", number="13/GP", file=pdf()))
    results.add(actor=cast.specialist, dossier=dossier, via="web", document=document, reason="Sai tên")
    assert browser.post(told_link(), {"factor": PHONE_END}).status_code == 302
    assert "13/GP" in browser.get(told_link()).content.decode() and "12/GP" not in browser.get(told_link()).content.decode()


def test_the_tracking_page_gives_it_only_after_the_factor(cast: Cast, morning: datetime) -> None:
    dossier = electronic(cast)
    path, browser = reverse("dossiers:tracked_result", args=[dossier.number]), Client()
    assert browser.get(path).status_code == 302 and download(browser, path, dossier).status_code == 302
    assert not HandOver.objects.exists()
    browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": PHONE_END})
    assert path in browser.get(reverse("dossiers:tracked", args=[dossier.number])).content.decode()
    assert "12/GP" in browser.get(path).content.decode()
    assert download(browser, path, dossier).status_code == 200
    assert fresh(dossier).state == State.RETURNED


def test_other_ways_of_return_give_no_file(cast: Cast, morning: datetime) -> None:
    dossier = running(cast)
    document = results.kept(results.Document(kind="Giấy phép", file=pdf()))
    results.decide(actor=cast.specialist, dossier=dossier, via="web", document=document)
    browser = Client()
    browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": PHONE_END})
    path = reverse("dossiers:tracked_result", args=[dossier.number])
    assert browser.get(path).status_code == 404 and download(browser, path, dossier).status_code == 404
    assert not told("dossier_result_link")


def test_the_sweep_finds_who_became_electronic_through_another_door(cast: Cast, morning: datetime) -> None:
    dossier = running(cast)
    document = results.kept(results.Document(kind="Giấy phép", file=pdf()))
    results.decide(actor=cast.specialist, dossier=dossier, via="web", document=document)
    processing.change_return(actor=cast.desk, dossier=dossier, method="electronic", address="", via="web")
    assert sweeps.sweep()["links"] == 1
    assert sweeps.sweep()["links"] == 0
    assert len(told("dossier_result_link")) == 1


def test_without_a_file_there_is_no_link(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.ELECTRONIC)
    assert links.make_due() == 0 and links.send_again(dossier) is None


def test_a_file_with_a_virus_is_given_to_nobody(cast: Cast, morning: datetime) -> None:
    dossier = electronic(cast)
    path, browser = told_link(), Client()
    browser.post(path, {"factor": PHONE_END})
    dossier.uploads.update(scan_state=ScanState.INFECTED)
    assert "12/GP" not in browser.get(path).content.decode()
    assert download(browser, path, dossier).status_code == 404
    assert fresh(dossier).state == State.DECIDED
