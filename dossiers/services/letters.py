"""Messages between office and citizen about a dossier, read on its own page by whoever has the second factor."""
from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers import policies
from dossiers.models import Dossier, Letter
from dossiers.services.applicants import long_text
from dossiers.services.attachments import take
from dossiers.services.files import Attached
from dossiers.services.records import CITIZEN, allow, claim, inform, write_event
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

LONGEST = 4000


@patiently
def write(*, actor: User | None, dossier: Dossier, text: str, uploads: Sequence[Attached] = (), via: str) -> Letter:
    """A message to the citizen, who is told by a text with a link, or (`actor` None, the door has checked) from the citizen.

    What is written is never part of the text or the public history. Raises Refused: 'invalid' with fields, 403, 'upload_unknown'.
    """
    text = long_text(text)
    if not text or len(text) > LONGEST:
        sentence = _("Vui lòng ghi nội dung, tối đa %(most)s ký tự.") % {"most": LONGEST}
        raise Refused("invalid", sentence, fields={"text": [sentence]})
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_write_letter(actor, found))
        letter: Letter = Letter.objects.create(dossier=found, author=actor, text=text)
        letter.uploads.set(take(found, uploads, by_office=actor is not None))
        event = write_event(found, "letter" if actor else "letter_in", actor=actor, via=via, label=CITIZEN, before=found.state,
                            data={"letter": letter.pk})
        if actor is not None:
            inform(found, event, "dossier_letter", letters_url=f"{settings.PUBLIC_URL}{reverse('dossiers:letters', args=[found.number])}")
    return letter


@patiently
def read(*, actor: User | None, dossier: Dossier, via: str) -> int:
    """The other side's messages are read by the office, or (`actor` None) by the citizen; how many were not yet."""
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_write_letter(actor, found))
        count = unread(found, by_office=actor is not None).update(read_at=clock.now())
        if count:
            write_event(found, "read_letters", actor=actor, via=via, label=CITIZEN, before=found.state, public=False,
                        data={"letters": count})
    return count


def unread(dossier: Dossier, *, by_office: bool) -> QuerySet[Letter]:
    """What the office, or the citizen, has not read yet."""
    return dossier.letters.filter(author__isnull=by_office, read_at__isnull=True)
