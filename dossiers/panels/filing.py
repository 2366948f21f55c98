"""What came with a dossier: the answers of its form, dossiers that look alike, other systems' codes, who is on duty for it."""
from __future__ import annotations

from dossiers import policies
from dossiers.models import Dossier
from dossiers.panels.card import Card
from dossiers.services import duty, resemblance
from dossiers.states import Likeness, State
from onestop import clock
from onestop.catalogue import eforms
from onestop.catalogue.states import Channel
from onestop.people.models import User


def answers(user: User, dossier: Dossier) -> Card | None:
    """What the citizen answered, in the words of the form's version at that time."""
    if dossier.form_version is None:
        return None
    sections = eforms.shown(dossier.form_version.schema, dossier.answers)
    return Card("dossiers/card_answers.html", {"sections": sections, "number": dossier.form_version.number}) if sections else None


def likeness(user: User, dossier: Dossier) -> Card | None:
    """Earlier dossiers that this one looks like, for a person to decide. Two queries."""
    rows = list(dossier.resemblances.select_related("other__received_office", "other__procedure", "decided_by"))
    if not rows:
        return None
    mine = set(Dossier.objects.visible_to(user).filter(pk__in=[row.other_id for row in rows]).values_list("pk", flat=True))
    may = dossier.state == State.SUBMITTED and policies.can_accept(user, dossier)
    shown = [{"row": row, "open": row.other_id in mine, "signs": [resemblance.SIGNS.get(sign, sign) for sign in row.signs],
              "reason": resemblance.ready_reason(row) if row.state == Likeness.SAME and may else ""} for row in rows]
    return Card("dossiers/card_likeness.html", {"rows": shown, "may": may})


def codes(user: User, dossier: Dossier) -> Card | None:
    """What other systems call it. One query."""
    rows = list(dossier.external_codes.all())
    return Card("dossiers/card_codes.html", {"rows": rows}, aside=True) if rows else None


def on_duty(user: User, dossier: Dossier) -> Card | None:
    """Who looks after an online dossier until it is accepted (letter Vĩnh Phúc 1). One query."""
    if dossier.state != State.SUBMITTED or dossier.channel != Channel.ONLINE:
        return None
    officers = duty.on_duty([dossier.received_office_id], clock.now()).get(dossier.received_office_id, [])
    return Card("dossiers/card_duty.html", {"officers": officers, "until": dossier.accept_due_at}, aside=True)
