"""Handing over at the counter and by post: who took it, on what proof; the way back is open until the result is on its way."""
from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier, HandOver, IssuedForm, Upload
from dossiers.services import delivery, processing, returning
from dossiers.services.hand_overs import Received
from dossiers.states import FormKind, Handover, ReturnMethod, State
from onestop import clock
from onestop.people.models import User
from onestop.transitions import Refused
from tests.cast import Cast
from tests.dossiers.result_files import DRAWN, PNG, decided, fresh, photo, running
from tests.dossiers.test_codes import at_once


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _content(upload: Upload) -> bytes:
    with upload.file.open("rb") as file:
        return bytes(file.read())


def test_a_signature_on_the_screen_is_kept_with_the_receiver(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast)
    typed = {"receiver": "Người nhận thay mẫu", "relation": "con đẻ", "phone": "0912 345 670", "document": "Căn cước số 092…",
             "signature": DRAWN}
    browser = signed_in(cast.desk)
    answer = browser.post(reverse("dossiers:return_at_counter", args=[dossier.pk]), typed)
    assert answer.status_code == 302
    row = HandOver.objects.get(dossier=dossier)
    assert fresh(dossier).state == State.RETURNED and fresh(dossier).handover == Handover.DELIVERED
    assert (row.method, row.receiver, row.relation, row.handed_by, row.at) == (
        ReturnMethod.COUNTER, "Người nhận thay mẫu", "con đẻ", cast.desk, morning)
    assert row.signature is not None and row.signature.by_office and _content(row.signature) == PNG
    assert IssuedForm.objects.filter(dossier=dossier, kind=FormKind.HANDOVER).count() == 1
    page = browser.get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    assert "Người nhận thay mẫu" in page and "Tải chữ ký người nhận" in page


@pytest.mark.parametrize(("typed", "field"), [
    ({"receiver": "Người Nhận"}, "signature"), ({"receiver": "Người Nhận", "relation": "vợ", "on_paper": "on"}, "document"),
    ({"receiver": "Người Nhận", "signature": "data:text/html;base64,PGI+"}, "signature"),
    ({"receiver": "Người Nhận", "signature": "data:image/png;base64,PGI+"}, "signature"), ({"receiver": "", "on_paper": "on"}, "receiver"),
])
def test_nothing_is_handed_over_without_proof(cast: Cast, morning: datetime, typed: dict[str, str], field: str) -> None:
    dossier = decided(cast)
    answer = signed_in(cast.desk).post(reverse("dossiers:return_at_counter", args=[dossier.pk]), typed)
    assert answer.status_code == 422
    assert fresh(dossier).state == State.DECIDED and not HandOver.objects.exists()


def test_twice_is_once(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast)
    received, proof = Received("Người Nhận"), returning.kept_proof(on_paper=True)
    returning.hand_over(actor=cast.desk, dossier=dossier, received=received, proof=proof)
    with pytest.raises(Refused) as refusal:
        returning.hand_over(actor=cast.desk, dossier=dossier, received=received, proof=proof)
    assert refusal.value.code == "already_done" and HandOver.objects.count() == 1


def test_the_proof_is_for_the_office_alone_and_each_look_is_written_down(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast)
    returning.hand_over(actor=cast.desk, dossier=dossier, received=Received("Người Nhận"),
                        proof=returning.kept_proof(photo=photo(), drawn=DRAWN))
    row = HandOver.objects.get(dossier=dossier)
    assert row.photo is not None
    address = reverse("dossiers:hand_over_proof", args=[dossier.pk, "anh"])
    answer = signed_in(cast.specialist).post(address)
    assert answer.status_code == 200 and b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    seen = dossier.events.get(verb="view_file")
    assert seen.actor == cast.specialist and not seen.public
    for stranger in (cast.outsider, cast.administrator, cast.monitor, cast.hotline):
        assert signed_in(stranger).post(address).status_code in (403, 404)
        for upload in (row.photo, row.signature):
            assert upload is not None
            assert signed_in(stranger).post(reverse("dossiers:file", args=[upload.key])).status_code in (403, 404)
    assert signed_in(cast.specialist).get(address).status_code == 405


def test_a_door_that_says_nothing_gave_it_to_the_applicant(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast)
    processing.hand_over(actor=cast.desk, dossier=dossier, via="api")
    assert HandOver.objects.get(dossier=dossier).receiver == "Người nộp mẫu"


def the_post_says(dossier: Dossier, state: str) -> None:
    """What a carrier's word about a result does to its dossier."""
    delivery.note_shipments([delivery.ShipmentNews(dossier=dossier, state=state, state_name=state, waybill="EE1", carrier="Bưu chính mẫu")])


def test_the_posts_word_moves_the_handover_axis(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.POST)
    assert dossier.handover == Handover.READY

    def says(state: str) -> str:
        the_post_says(dossier, state)
        return fresh(dossier).handover

    assert [says("ordered"), says("collected"), says("in_transit"), says("returned"), says("in_transit")] == [
        "on_the_way", "on_the_way", "on_the_way", "failed", "on_the_way"]
    processing.hand_over(actor=None, actor_label="Bưu chính mẫu", dossier=dossier, via="post", note="EE1")
    row = HandOver.objects.get(dossier=dossier)
    assert (row.method, row.note, fresh(dossier).handover) == (ReturnMethod.POST, "EE1", Handover.DELIVERED)


def test_papers_that_come_in_by_post_say_nothing_about_the_result(cast: Cast, morning: datetime) -> None:
    dossier = running(cast, ReturnMethod.POST)
    the_post_says(dossier, "in_transit")
    assert fresh(dossier).handover == Handover.NONE


def test_the_way_back_is_open_until_the_result_is_on_its_way(cast: Cast, morning: datetime) -> None:
    dossier = decided(cast, ReturnMethod.POST)
    with pytest.raises(Refused) as fetched_soon:
        processing.change_return(actor=cast.desk, dossier=dossier, method="counter", address="", via="web")
    assert fetched_soon.value.code == "on_its_way"
    the_post_says(dossier, "returned")
    with pytest.raises(Refused) as again:
        processing.change_return(actor=cast.desk, dossier=dossier, method="post", address="Nơi khác", via="web")
    assert again.value.code == "post_failed"
    processing.change_return(actor=cast.desk, dossier=dossier, method="counter", address="", via="web")
    assert (fresh(dossier).handover, fresh(dossier).return_method) == (Handover.READY, ReturnMethod.COUNTER)


def test_what_is_too_large_to_be_a_drawing_is_refused(cast: Cast, morning: datetime) -> None:
    with pytest.raises(Refused) as refusal:
        returning.kept_proof(drawn="data:image/png;base64," + "A" * 500_000)
    assert refusal.value.code == "bad_signature" and not Upload.objects.exists()


def test_two_counters_at_once_hand_it_over_once(live_cast: Cast) -> None:
    """Each with its own signature: the dossier's row comes before the files, so nobody waits for the other for ever."""
    with clock.frozen(clock.at(date(2026, 11, 25), 9)):
        dossier = decided(live_cast)
        proofs = [returning.kept_proof(drawn=DRAWN) for _each in range(4)]

        def give(index: int) -> str:
            actor = User.objects.get(pk=live_cast.desk.pk)
            done = returning.give(actor=actor, dossier=dossier, received=Received("Người Nhận"), proof=proofs[index], via="counter")
            return str(done.state)

        results = at_once(4, give)
    assert results.count(State.RETURNED) == 1 and set(results) <= {State.RETURNED.value, "already_done", "busy"}
    if connection.vendor == "postgresql":
        assert "busy" not in results
    assert HandOver.objects.count() == 1 and dossier.uploads.filter(by_office=True).count() == 1
