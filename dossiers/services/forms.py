"""Issuing the printed forms: made once, stored with hash, version and signer (rules.md 7)."""
from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from dossiers.models import Dossier, Extension, IssuedForm, Supplement
from dossiers.printing import facts, render
from dossiers.services.ledger import channel_term
from dossiers.states import FormKind
from onestop import clock
from onestop.people.models import User


def receipt(*, dossier: Dossier, signer: User | None) -> IssuedForm:
    """Form 01 of an accepted dossier; asked for again, the one that was issued."""
    existing = dossier.forms.filter(kind=FormKind.RECEIPT).first()
    if existing is not None:
        return existing
    term = channel_term(dossier.version, dossier.channel)
    with facts.vietnamese():
        return _issue(dossier, FormKind.RECEIPT, signer, facts.receipt(dossier, term))


def supplement(*, asked: Supplement, signer: User | None) -> IssuedForm:
    """Form 02 of a completeness request."""
    with facts.vietnamese():
        return _issue(asked.dossier, FormKind.SUPPLEMENT, signer, facts.supplement(asked))


def refusal(*, dossier: Dossier, signer: User | None, reason: str, legal_basis: str) -> IssuedForm:
    """Form 03 with the reason and the rule it rests on."""
    with facts.vietnamese():
        return _issue(dossier, FormKind.REFUSAL, signer, facts.refusal(dossier, reason=reason, legal_basis=legal_basis))


def extension(*, dossier: Dossier, asked: Extension, signer: User | None, due_from: datetime | None) -> IssuedForm:
    """Form 04, the notice of a new date (letter Cần Thơ, 1c: reason, legal basis, new date)."""
    with facts.vietnamese():
        return _issue(dossier, FormKind.EXTENSION, signer, facts.extension(dossier, asked, due_from=due_from))


def _issue(dossier: Dossier, kind: FormKind, signer: User | None, own: dict[str, Any]) -> IssuedForm:
    """Render, store the file, then add its row. Two at once: the second takes the next number."""
    issued_at = clock.now()
    for _attempt in range(3):
        number = dossier.forms.filter(kind=kind).count() + 1
        common = facts.of_dossier(dossier, kind, number=number, signer=signer, issued_at=issued_at)
        pdf = render(kind, {**common, **own}, issued_at=issued_at)
        form = IssuedForm(dossier=dossier, kind=kind, number=number, rule_pack=dossier.rule_pack, signer=signer,
                          sha256=hashlib.sha256(pdf).hexdigest(), issued_at=issued_at)
        form.file.save("form.pdf", ContentFile(pdf), save=False)
        try:
            with transaction.atomic():
                form.save()
            return form
        except IntegrityError:
            form.file.delete(save=False)
            if kind == FormKind.RECEIPT:
                return dossier.forms.get(kind=kind)
    raise RuntimeError(f"form {kind} of dossier {dossier.pk} could not be numbered")
