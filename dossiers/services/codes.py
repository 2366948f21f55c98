"""The code of a dossier: {agency identifier}-{YYMMDD}-{serial}, without gaps (rules.md 3, TT 01/2018 article 19)."""
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, DossierCounter, ExternalCode
from onestop.people import tokens
from onestop.people.words import clean
from onestop.transitions import Refused

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


def add_external(*, dossier: Dossier, system: str, code: str) -> ExternalCode:
    """What another system calls a dossier (rules.md 3), in the caller's transaction; said again, the row that is there.

    Raises Refused('external_code_taken', 409) where the code belongs to another dossier, 'invalid' for an empty one.
    """
    system, code = clean(system)[:20], clean(code)
    if not system or not code or len(code) > 80:
        raise Refused("invalid", _("Mã hồ sơ của hệ thống khác dài từ 1 đến 80 ký tự."))
    try:
        with transaction.atomic():
            made: ExternalCode = ExternalCode.objects.create(dossier=dossier, system=system, code=code)
            return made
    except IntegrityError:
        known: ExternalCode = ExternalCode.objects.get(system=system, code=code)
    if known.dossier_id != dossier.pk:
        raise Refused("external_code_taken", _("Mã %(code)s đã thuộc về một hồ sơ khác.") % {"code": code}, status=409)
    return known
