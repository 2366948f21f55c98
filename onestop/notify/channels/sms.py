"""SMS through an HTTP gateway: JSON, our id as the idempotency key; the names of the fields are a setting."""
import json

from django.conf import settings

from onestop.notify.channels import Outcome, Sent, Temporary
from onestop.notify.channels.answers import Answer, post
from onestop.notify.models import Message
from onestop.notify.texts import one_line

# The portal's own access is at fault (key, payment, proxy), not the text: it goes out once that is put right.
OUR_OWN_FAULT = frozenset({401, 402, 403, 407})


def send(message: Message) -> Outcome:
    """One text to one number. A gateway that has seen our id before has sent it already."""
    key = str(message.key)
    names = settings.SMS_GATEWAY_FIELDS
    values = {"id": key, "to": message.phone, "text": one_line(message.body)}
    body = json.dumps({names.get(name, name): value for name, value in values.items()}, ensure_ascii=False).encode()
    headers = {"Idempotency-Key": key}
    if settings.SMS_GATEWAY_KEY:
        headers["Authorization"] = f"Bearer {settings.SMS_GATEWAY_KEY}"
    answer = post(settings.SMS_GATEWAY_URL, body=body, headers=headers)
    if not isinstance(answer, Answer):
        return answer
    if answer.good or answer.duplicate:
        return Sent(provider_id=str(answer.data.get("message_id") or answer.data.get("id") or "")[:80])
    if answer.status in OUR_OWN_FAULT:
        return Temporary(f"HTTP {answer.status}: {answer.text}"[:255])
    return answer.failure()
