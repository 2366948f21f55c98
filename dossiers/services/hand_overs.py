"""The row of a hand-over: who took the result, when, on what proof. Written by processing.hand_over() and by nobody else."""
from __future__ import annotations

from dataclasses import dataclass

from dossiers.models import Dossier, HandOver, Upload
from dossiers.services.applicants import long_text
from dossiers.states import ReturnMethod, VisitState
from onestop import clock
from onestop.people.models import User
from onestop.people.words import clean, phone_number

# The door a hand-over came through, where it tells how the result was given; else the way the citizen had chosen.
BY_DOOR = {"post": ReturnMethod.POST, "counter": ReturnMethod.COUNTER, "home": ReturnMethod.HOME, "electronic": ReturnMethod.ELECTRONIC}


@dataclass(frozen=True)
class Received:
    """Who took the result. `relation` '' is the applicant; `photo` and `signature` are stored files of the office."""

    receiver: str
    relation: str = ""
    phone: str = ""
    document: str = ""  # what the receiver showed
    photo: Upload | None = None
    signature: Upload | None = None
    note: str = ""


def write(dossier: Dossier, *, actor: User | None, via: str, note: str = "", received: Received | None = None) -> HandOver:
    """The row, in the caller's transaction; whoever says nothing about the receiver gave it to the applicant. Nobody needs to go to
    their home any more."""
    dossier.home_visits.filter(state=VisitState.ASSIGNED).update(state=VisitState.CANCELLED, ended_at=dossier.returned_at)
    taken = received or Received(receiver=dossier.full_name, phone=dossier.phone)
    return HandOver.objects.create(
        dossier=dossier, method=BY_DOOR.get(via, dossier.return_method), receiver=clean(taken.receiver)[:120] or dossier.full_name,
        relation=clean(taken.relation)[:120], phone=phone_number(taken.phone), document=clean(taken.document)[:120],
        at=dossier.returned_at or clock.now(), handed_by=actor, photo=taken.photo, signature=taken.signature,
        note=clean(long_text(taken.note or note))[:255])
