"""The code of a dossier: {agency identifier}-{YYMMDD}-{serial}, without gaps (rules.md 3, TT 01/2018 article 19)."""
from datetime import date

from django.db.models import F

from dossiers.models import Dossier, DossierCounter
from onestop.people import tokens

REFERENCE_LENGTH = 8


def next_code(*, identifier: str, received_on: date) -> str:
    """The next code of an agency's day. Call it inside the acceptance transaction: the counter's row stays locked until
    the end, and a transaction that is rolled back gives its number back. Beyond 9999 the serial gets wider."""
    counter, _made = DossierCounter.objects.get_or_create(identifier=identifier, date=received_on)
    DossierCounter.objects.filter(pk=counter.pk).update(last=F("last") + 1)
    serial = DossierCounter.objects.values_list("last", flat=True).get(pk=counter.pk)
    return f"{identifier}-{received_on:%y%m%d}-{serial:04d}"


def new_reference() -> str:
    """A submission reference that nobody can guess and nobody has; without look-alike letters."""
    while True:
        reference = tokens.new_secret(REFERENCE_LENGTH)
        if not Dossier.objects.filter(reference=reference).exists():
            return reference
