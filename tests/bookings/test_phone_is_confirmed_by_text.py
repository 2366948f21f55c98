"""A code of six digits by text: ten minutes, five tries, not again within a minute, not too many a day; only its hash is stored."""
from datetime import timedelta

import pytest

from bookings.models import PhoneCode
from bookings.services import confirming
from onestop import clock
from onestop.notify.models import Message
from onestop.transitions import Refused

PHONE = "0912 345 678"


def send():
    confirming.send_code(phone=PHONE)
    return next(word for word in Message.objects.order_by("pk").last().body.replace(".", " ").split() if len(word) == 6 and word.isdigit())


def refused(code):
    with pytest.raises(Refused) as caught:
        confirming.check_code(phone=PHONE, code=code)
    return caught.value.code


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture(autouse=True)
def held(db, morning):
    return morning


def test_the_right_code_once():
    code = send()
    assert code not in PhoneCode.objects.get().digest
    confirming.check_code(phone="+84912345678", code=f" {code[:3]} {code[3:]} ")
    assert refused(code) == "code_over"


def test_five_tries():
    code = send()
    assert [refused(wrong(code)) for _ in range(5)] == ["code_wrong"] * 5
    assert refused(code) == "code_over"


def test_ten_minutes():
    code = send()
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        assert refused(code) == "code_over"


def test_a_new_code_ends_the_first_and_comes_not_too_often():
    first = send()
    with pytest.raises(Refused) as caught:
        send()
    assert (caught.value.code, caught.value.status) == ("code_too_soon", 429)
    for number in range(1, confirming.A_DAY):
        with clock.frozen(clock.now() + timedelta(minutes=2 * number)):
            second = send()
            if second != first:
                assert refused(first) == "code_wrong"
    with clock.frozen(clock.now() + timedelta(hours=2)), pytest.raises(Refused) as caught:
        send()
    assert caught.value.code == "code_limit"


@pytest.mark.parametrize("typed", ["", "abc", "12345", "١٢٣٤٥٦", "0" * 500])
def test_what_is_no_code(typed):
    send()
    assert refused(typed) == "code_wrong"


def test_nobody_gets_a_code_for_what_is_no_phone():
    with pytest.raises(Refused):
        confirming.send_code(phone="12")
