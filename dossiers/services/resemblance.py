"""Dossiers that look alike: found when one is handed in, decided by a person (never by the portal)."""
from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers import policies
from dossiers.models import Dossier, Resemblance, Upload
from dossiers.services.records import allow, claim, write_event
from dossiers.states import Likeness, State
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

GIVEN_UP = (State.REFUSED, State.WITHDRAWN)
MOST = 5
SIGNS = {"phone": _("cùng số điện thoại"), "citizen_id": _("cùng số định danh"), "file": _("cùng tệp đính kèm"),
         "name": _("cùng họ tên")}


def look(dossier: Dossier) -> list[Resemblance]:
    """Write down which earlier dossiers a new one looks like, in the caller's transaction: the same procedure for the same phone or
    identity number within RESEMBLANCE_DAYS, or the very same file in another dossier."""
    since = dossier.submitted_at - timedelta(days=settings.RESEMBLANCE_DAYS)
    earlier = Dossier.objects.filter(pk__lt=dossier.pk, submitted_at__gte=since).exclude(state__in=GIVEN_UP)
    signs: dict[int, set[str]] = defaultdict(set)
    for pk, name, phone, number in _of_person(earlier, dossier):
        signs[pk] |= {"phone"} if phone == dossier.phone else set()
        signs[pk] |= {"citizen_id"} if dossier.citizen_id and number == dossier.citizen_id else set()
        signs[pk] |= {"name"} if name == dossier.search_name else set()
    for pk in _with_same_file(earlier, dossier):
        signs[pk].add("file")
    rows = [Resemblance(dossier=dossier, other_id=pk, signs=sorted(found)) for pk, found in sorted(signs.items(), reverse=True)[:MOST]]
    return Resemblance.objects.bulk_create(rows, ignore_conflicts=True) if rows else []


def _of_person(earlier: QuerySet[Dossier], dossier: Dossier) -> list[tuple[int, str, str, str]]:
    same = earlier.filter(procedure_id=dossier.procedure_id)
    columns = ("pk", "search_name", "phone", "citizen_id")
    found = set(same.filter(phone=dossier.phone).order_by("-pk").values_list(*columns)[:MOST])
    if dossier.citizen_id:
        found |= set(same.filter(citizen_id=dossier.citizen_id).order_by("-pk").values_list(*columns)[:MOST])
    return list(found)


def _with_same_file(earlier: QuerySet[Dossier], dossier: Dossier) -> list[int]:
    sums = [digest for digest in dossier.uploads.values_list("sha256", flat=True) if digest]
    if not sums:
        return []
    alike = Upload.objects.filter(sha256__in=sums, dossier__in=earlier, by_office=False)
    return list(alike.order_by("-dossier_id").values_list("dossier_id", flat=True).distinct()[:MOST])


def known_to(*, procedure: Procedure, phone: str, citizen_id: str, numbers: set[int], sums: set[str]) -> datetime | None:
    """When the same person last handed in the same, for the warning before handing in; None unless they prove to be that person.

    A phone number alone proves nothing (rules.md 9): identity number and phone together do, or the very same file with the phone,
    or a dossier that this browser handed in or opened (`numbers`: their ids).
    """
    since = clock.now() - timedelta(days=settings.RESEMBLANCE_DAYS)
    recent = Dossier.objects.filter(procedure=procedure, submitted_at__gte=since).exclude(state__in=GIVEN_UP)
    proofs = [recent.filter(pk__in=numbers)]
    if phone and citizen_id:
        proofs.append(recent.filter(phone=phone, citizen_id=citizen_id))
    if phone and sums:
        proofs.append(recent.filter(phone=phone, uploads__sha256__in=sums))
    found = [proof.order_by("-submitted_at").values_list("submitted_at", flat=True).first() for proof in proofs]
    return max((moment for moment in found if moment is not None), default=None)


@patiently
def decide(*, actor: User, resemblance: Resemblance, likeness: str, via: str = "web") -> Resemblance:
    """What a person found: 'same' or 'different'; may be corrected while the dossier waits.

    Raises Refused: 'not_allowed' 403, 'already_done' 409, 'invalid'.
    """
    if likeness not in (Likeness.SAME, Likeness.DIFFERENT):
        raise Refused("invalid", _("Vui lòng chọn trùng hoặc không trùng."))
    with transaction.atomic():
        dossier = claim(resemblance.dossier)
        allow(policies.can_accept(actor, dossier))
        row: Resemblance = Resemblance.objects.select_for_update(of=("self",)).select_related("other").get(pk=resemblance.pk)
        if row.state == likeness:
            raise Refused("already_done", _("Việc này đã được thực hiện trước đó."), status=409)
        row.state, row.decided_by, row.decided_at = likeness, actor, clock.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
        write_event(dossier, f"likeness_{likeness}", actor=actor, via=via, before=dossier.state, reason=row.other.number, public=False)
    return row


def ready_reason(resemblance: Resemblance) -> str:
    """The reason of a refusal for a dossier that was handed in twice; the citizen knows the first one by its number."""
    told: dict[str, Any] = {"number": resemblance.other.number}
    return str(_("Hồ sơ này trùng với hồ sơ số %(number)s đã nộp trước đó và đang được giải quyết. Vui lòng theo dõi kết quả theo hồ sơ "
                 "đã nộp.") % told)
