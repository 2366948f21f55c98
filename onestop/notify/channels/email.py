"""E-mail through Django's mail. The Message-ID is made from our key, so that a second try is recognisable."""
import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import BadHeaderError

from onestop.notify.channels import Outcome, Permanent, Sent, Temporary
from onestop.notify.models import Message
from onestop.people.words import clean

# The portal's own access to the mail server is at fault, not the person's address: 530, 534, 535, 538 of RFC 4954.
OUR_OWN_FAULT = frozenset({530, 534, 535, 538})


def send(message: Message) -> Outcome:
    """One letter to one address. A 5xx of the mail server is for good, everything else may pass."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    identity = f"<{message.key}@{host}>"
    letter = EmailMessage(subject=message.subject, body=message.body, to=[message.email], headers={"Message-ID": identity},
                          connection=get_connection(timeout=settings.SEND_TIMEOUT_SECONDS))
    try:
        letter.send()
    except (BadHeaderError, UnicodeError, ValueError) as error:  # no address at all, as mail knows them
        return Permanent(_reason(error))
    except smtplib.SMTPRecipientsRefused as error:
        return _by_code(max((code for code, _text in error.recipients.values()), default=0), error)
    except smtplib.SMTPResponseException as error:
        return _by_code(error.smtp_code, error)
    except (smtplib.SMTPException, OSError) as error:
        return Temporary(_reason(error), unreachable=True)
    return Sent(provider_id=identity[:80])


def _by_code(code: int, error: Exception) -> Outcome:
    return Permanent(_reason(error)) if 500 <= code < 600 and code not in OUR_OWN_FAULT else Temporary(_reason(error))


def _reason(error: Exception) -> str:
    return clean(f"{type(error).__name__}: {error}")[:255]
