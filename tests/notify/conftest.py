"""Messages as a business transaction would leave them."""
from collections.abc import Callable
from typing import Any

import pytest

from onestop.notify import services
from onestop.notify.models import Message
from onestop.notify.services import Recipient

Tell = Callable[..., Message]


@pytest.fixture
def tell(settings: Any) -> Tell:
    """Write one message; by default the result of a dossier sent by post."""

    def write(event_key: str = "shipment:1:ordered", *, name: str = "Nguyễn Thị Mẫu", phone: str = "0912 345 678", email: str = "",
              language: str = "vi", office: Any = None) -> Message:
        context = {"number": "H13.70-261125-0001", "carrier": "Bưu điện <thử>", "waybill": "VN123", "track_url": "http://portal.test/t"}
        message = services.tell(event_key=event_key, template="shipment_ordered", context=context, office=office,
                                recipient=Recipient(name, phone=phone, email=email, language=language))
        assert message is not None
        return message

    return write
