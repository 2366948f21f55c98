"""Issuing the printed forms: made once, stored with hash, version and signer (rules.md 7)."""
from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from dossiers.models import Dossier, DossierEvent, Extension, HandOver, IssuedForm, Supplement
from dossiers.printing import facts, render, version
from dossiers.services import steps
from dossiers.services.ledger import channel_term
from dossiers.states import FormKind, State
from onestop import clock
from onestop.catalogue.eforms import shown
from onestop.people.models import User

ONCE = frozenset({FormKind.RECEIPT, FormKind.FILING, FormKind.HANDOVER})  # one of each for a dossier


def receipt(*, dossier: Dossier, signer: User | None) -> IssuedForm:
    """Form 01 of an accepted dossier; asked for again, the one that was issued."""
    with facts.vietnamese():
        return _once(dossier, FormKind.RECEIPT) or _issue(
            dossier, FormKind.RECEIPT, signer, facts.receipt(dossier, channel_term(dossier.version, dossier.channel)))


def filing(*, dossier: Dossier) -> IssuedForm:
    """The proof that a dossier was handed in online; asked for again, the one that was issued."""
    with facts.vietnamese():
        return _once(dossier, FormKind.FILING) or _issue(dossier, FormKind.FILING, None, facts.filing(dossier, _answers(dossier)))


def handover(*, hand_over: HandOver) -> IssuedForm:
    """The receipt for a result that was handed over; asked for again, the one that was issued."""
    dossier = hand_over.dossier
    with facts.vietnamese():
        return _once(dossier, FormKind.HANDOVER) or _issue(dossier, FormKind.HANDOVER, hand_over.handed_by,
                                                                 facts.handover(hand_over))


def supplement(*, asked: Supplement, signer: User | None) -> IssuedForm:
    """Form 02 of a completeness request."""
    with facts.vietnamese():
        return _issue(asked.dossier, FormKind.SUPPLEMENT, signer, facts.supplement(asked))


def refusal(*, dossier: Dossier, signer: User | None, reason: str, legal_basis: str, competent: str = "") -> IssuedForm:
    """Form 03 with the reason and the rule it rests on; `competent`: the body that decides such matters, if it is another."""
    with facts.vietnamese():
        own = facts.refusal(dossier, reason=reason, legal_basis=legal_basis, competent=competent)
        return _issue(dossier, FormKind.REFUSAL, signer, own)


def refused(*, event: DossierEvent) -> IssuedForm:
    """The refusal that an event of refusing asks for."""
    return refusal(dossier=event.subject, signer=event.actor, reason=event.reason, legal_basis=event.legal_basis,
                   competent=str(event.data.get("competent", "")))


def extension(*, dossier: Dossier, asked: Extension, signer: User | None, due_from: datetime | None) -> IssuedForm:
    """Form 04, or the notice of what a letter ordered (letter Cần Thơ, 1c: reason, legal basis, new date)."""
    with facts.vietnamese():
        return _issue(dossier, FormKind.EXTENSION, signer, facts.extension(dossier, asked, due_from=due_from))


def stop(*, dossier: Dossier, signer: User | None, reason: str, legal_basis: str = "", stage: str = "", by_citizen: bool = False,
         stopped_at: datetime | None = None) -> IssuedForm:
    """Form 05 of the 2025 set (before: a notice without a number): why, in which stage, what happens with money that was paid."""
    with facts.vietnamese():
        own = facts.stop(dossier, reason=reason, legal_basis=legal_basis, stage=stage or "Đang giải quyết",
                         stopped_at=stopped_at or clock.now(), by_citizen=by_citizen)
        return _issue(dossier, FormKind.STOP, signer, own)


def stopped(*, event: DossierEvent) -> IssuedForm:
    """The notice of stopping that an event of stopping asks for."""
    dossier = event.subject
    stage = str(State(event.from_state).label) if event.from_state in State.values else ""
    return stop(dossier=dossier, signer=event.actor, reason=event.reason, legal_basis=event.legal_basis, stage=stage, stopped_at=event.at,
                by_citizen=bool(event.data.get("by_citizen")))


def control(*, dossier: Dossier, signer: User | None) -> IssuedForm:
    """The control slip as the dossier's steps stand now; every issue is kept (history is not overwritten)."""
    partners = dossier.opinions.order_by("pk").values_list("office__name", flat=True)
    with facts.vietnamese():
        return _issue(dossier, FormKind.CONTROL, signer, facts.control(steps.slip(dossier), list(dict.fromkeys(partners))))


def _once(dossier: Dossier, kind: FormKind) -> IssuedForm | None:
    found: IssuedForm | None = dossier.forms.filter(kind=kind).first()
    return found


def _answers(dossier: Dossier) -> list[dict[str, Any]]:
    """What was filled in, as its form shows it; [] for a dossier without one."""
    if dossier.form_version is None:
        return []
    return [asdict(section) for section in shown(dossier.form_version.schema, dossier.answers)]


def _issue(dossier: Dossier, kind: FormKind, signer: User | None, own: dict[str, Any]) -> IssuedForm:
    """Render, store the file, then add its row. Two at once: the second takes the next number."""
    issued_at = clock.now()
    for _attempt in range(3):
        number = dossier.forms.filter(kind=kind).count() + 1
        common = facts.of_dossier(dossier, kind, number=number, signer=signer, issued_at=issued_at)
        pdf = render(kind, numbered({**common, **own}, number), issued_at=issued_at)
        form = IssuedForm(dossier=dossier, kind=kind, number=number, rule_pack=dossier.rule_pack, version=version(), signer=signer,
                          sha256=hashlib.sha256(pdf).hexdigest(), issued_at=issued_at)
        form.file.save("form.pdf", ContentFile(pdf), save=False)
        try:
            with transaction.atomic():
                form.save()
            return form
        except IntegrityError:
            form.file.delete(save=False)
            if kind in ONCE:
                return dossier.forms.get(kind=kind)
    raise RuntimeError(f"form {kind} of dossier {dossier.pk} could not be numbered")


def numbered(own: dict[str, Any], number: int) -> dict[str, Any]:
    """An apology has a symbol of its own in its number."""
    if "symbol" not in own:
        return own
    return {**own, "paper_number": f"{number:02d}/{own['symbol']}-{own['number']}"}
