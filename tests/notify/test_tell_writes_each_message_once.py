"""tell() and obsolete(): a message is a row in the caller's transaction, once for an event and a person."""
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from onestop.notify import services
from onestop.notify.models import Message
from onestop.notify.services import Recipient
from onestop.notify.states import State

pytestmark = pytest.mark.django_db


def test_the_text_is_rendered_in_plain_words_and_stored(tell):
    message = tell()
    assert message.subject == "Kết quả hồ sơ H13.70-261125-0001 được trả qua bưu chính"
    assert message.body.startswith("Bưu điện <thử> sẽ đến lấy và phát") and "mã bưu gửi VN123" in message.body
    assert (message.state, message.phone, message.recipient_key) == (State.CREATED, "0912345678", "0912345678")
    assert [event.verb for event in message.events.all()] == ["create"]


def test_the_same_event_and_person_give_the_first_message_again(tell):
    first = tell()
    assert tell(phone="+84912345678").pk == first.pk
    assert tell(phone="0987654321").pk != first.pk
    assert tell("shipment:2:ordered").pk != first.pk
    assert Message.objects.count() == 3


def test_a_rolled_back_transaction_leaves_no_message_and_asks_for_nothing(tell, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as jobs, pytest.raises(RuntimeError), transaction.atomic():
        tell()
        raise RuntimeError
    assert not Message.objects.exists()
    assert jobs == []


@pytest.mark.parametrize(("channels", "phone", "email", "taken"), [
    (["sms", "email"], "0912345678", "a@example.vn", "sms"),
    (["email", "sms"], "0912345678", "a@example.vn", "email"),
    (["sms", "email"], "", "a@example.vn", "email"),
    (["sms", "file"], "", "", "file"),
    (["sms"], "12", "a@example.vn", None),
])
def test_the_first_channel_that_reaches_the_person_is_taken(settings: Any, channels, phone, email, taken):
    settings.NOTIFY_CHANNELS = channels
    message = services.tell(event_key="e", template="shipment_ordered", recipient=Recipient("A", phone=phone, email=email),
                            context={"number": "1", "carrier": "B", "waybill": "C", "track_url": "D"})
    assert (message and message.channel) == taken


def test_an_unknown_language_falls_back_on_vietnamese(tell):
    assert tell(language="xx").language == "vi"


def test_decomposed_tone_marks_are_stored_composed(tell):
    assert tell(name="Nguye\u0302\u0303n Thi\u0323 A").recipient_name == "Nguyễn Thị A"


def test_obsolete_takes_back_the_event_and_what_hangs_on_it_only(tell):
    keys = ["appointment:12", "appointment:12:remind:24", "appointment:123:booked", "appointment:1"]
    rows = {key: tell(key) for key in keys}
    Message.objects.filter(pk=rows["appointment:12"].pk).update(state=State.SENT)
    assert services.obsolete(event_key_prefix="appointment:12") == 1
    states = dict(Message.objects.values_list("event_key", "state"))
    assert states == {"appointment:12": State.SENT, "appointment:12:remind:24": State.OBSOLETE,
                      "appointment:123:booked": State.CREATED, "appointment:1": State.CREATED}
    assert services.obsolete(event_key_prefix="appointment:12:") == 0


@pytest.mark.django_db(transaction=True)
def test_parallel_tellings_of_one_event_make_one_message(tell):
    found: list[int] = []

    def one() -> None:
        try:
            found.append(tell().pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == set(Message.objects.values_list("pk", flat=True))
    assert Message.objects.count() == 1
