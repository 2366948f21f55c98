"""The embedded channel: the message is readable at the staff page, so it has arrived the moment it is released."""
from onestop.notify.channels import Outcome, Sent
from onestop.notify.models import Message


def send(message: Message) -> Outcome:
    """Nothing leaves the portal."""
    return Sent(delivered=True)
