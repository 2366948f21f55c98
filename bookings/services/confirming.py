"""A code by text shows that whoever books owns the phone (setting PHONE_CONFIRMATION). Only the code's hash is stored."""
from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from bookings.models import PhoneCode
from bookings.services import notices
from onestop import clock
from onestop.people import tokens
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused

MINUTES = 10  # how long a code is good
TRIES = 5  # wrong codes until a new one is needed
PAUSE_SECONDS = 60  # between two codes to one phone
A_DAY = 6  # codes to one phone


def needed() -> bool:
    """Whether a phone must be confirmed before a booking on the page."""
    return bool(settings.PHONE_CONFIRMATION == "sms")


def _digest(phone: str, code: str) -> str:
    """Six digits alone could be guessed from their hash: the portal's own key goes into it."""
    return tokens.sealed(f"phone:{phone}:{code}")


@transaction.atomic
def send_code(*, phone: str, language: str = "vi") -> PhoneCode:
    """Text a new code of 6 digits; the earlier ones end. Raises Refused('code_too_soon' | 'code_limit', 429), 'invalid_phone' 422."""
    number = phone_number(phone)
    if not number:
        raise Refused("invalid_phone", _("Số điện thoại chưa đúng."), fields={"phone": [_("Số điện thoại chưa đúng.")]})
    now = clock.now()
    earlier = PhoneCode.objects.filter(phone=number)
    if earlier.filter(created_at__gt=now - timedelta(seconds=PAUSE_SECONDS)).exists():
        raise Refused("code_too_soon", _("Mã vừa được gửi. Vui lòng chờ một phút rồi gửi lại."), status=429)
    if earlier.filter(created_at__gt=now - timedelta(days=1)).count() >= A_DAY:
        raise Refused("code_limit", _("Số điện thoại này đã nhận quá nhiều mã trong ngày. Vui lòng gọi tổng đài để đặt lịch."), status=429)
    earlier.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    code = f"{secrets.randbelow(10**6):06d}"
    row = PhoneCode.objects.create(phone=number, digest=_digest(number, code), expires_at=now + timedelta(minutes=MINUTES))
    notices.tell_code(row, code=code, minutes=MINUTES, language=language)
    return row


def check_code(*, phone: str, code: str) -> None:
    """Use up a code. Raises Refused('code_wrong' | 'code_over', 422): the sentence says what to do."""
    number, typed = phone_number(phone), "".join(char for char in clean(code) if char.isdigit())
    row = PhoneCode.objects.filter(phone=number, used_at__isnull=True, expires_at__gt=clock.now()).first()
    if row is None or PhoneCode.objects.filter(pk=row.pk, tries__lt=TRIES).update(tries=F("tries") + 1) != 1:
        raise Refused("code_over", _("Mã đã hết hạn hoặc đã nhập sai quá nhiều lần. Vui lòng gửi mã mới."),
                      fields={"ma": [_("Mã đã hết hạn hoặc đã nhập sai quá nhiều lần. Vui lòng gửi mã mới.")]})
    right = hmac.compare_digest(row.digest, _digest(number, typed))
    if not right or PhoneCode.objects.filter(pk=row.pk, used_at__isnull=True).update(used_at=clock.now()) != 1:
        raise Refused("code_wrong", _("Mã chưa đúng. Vui lòng xem lại tin nhắn."),
                      fields={"ma": [_("Mã chưa đúng. Vui lòng xem lại tin nhắn.")]})
