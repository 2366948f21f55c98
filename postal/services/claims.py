"""That somebody belongs to a group with a reduced postal fee: said on a paper, confirmed by the desk, which sees it (rules.md 8)."""
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from dossiers.services.delivery import note_fee_group
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import policies
from postal.models import SocialClaim
from postal.services.fees import reprice_dossier
from postal.states import SocialGroup


@patiently
def confirm(*, actor: User, dossier: Dossier, group: str, evidence: str) -> int:
    """Confirm the group of a dossier's applicant on a paper; how many of its shipments are cheaper now.

    What nobody can have paid yet is priced anew. The same again changes nothing. Raises Refused: not_allowed (403), evidence_missing.
    """
    evidence = clean(evidence)[:255]
    if not policies.can_confirm_claim(actor, dossier):
        raise Refused("not_allowed", _("Chỉ cán bộ của đơn vị tiếp nhận hoặc giải quyết hồ sơ được xác nhận đối tượng."), status=403)
    if not evidence or group not in SocialGroup.values:
        sentence = _("Vui lòng ghi giấy tờ chứng minh.")
        raise Refused("evidence_missing", sentence, fields={"evidence": [sentence]})
    with transaction.atomic():
        Dossier.objects.select_for_update(no_key=True).only("pk").get(pk=dossier.pk)
        claim = SocialClaim.objects.filter(dossier=dossier).first() or SocialClaim(dossier=dossier)
        if (claim.group, claim.evidence) == (group, evidence):
            return 0
        claim.group, claim.evidence, claim.confirmed_by, claim.confirmed_at = group, evidence, actor, clock.now()
        claim.save()
        reason = gettext("Đối tượng: %(group)s; giấy tờ: %(evidence)s") % {"group": claim.get_group_display(), "evidence": evidence}
        note_fee_group(dossier=dossier, actor=actor, reason=reason)
        return reprice_dossier(dossier.pk, actor=actor, reason=reason)


@patiently
def take_back(*, actor: User, dossier: Dossier) -> bool:
    """The confirmation was a mistake; whether there was one. What nobody can have paid yet is priced anew. Raises
    Refused('not_allowed')."""
    if not policies.can_confirm_claim(actor, dossier):
        raise Refused("not_allowed", _("Chỉ cán bộ của đơn vị tiếp nhận hoặc giải quyết hồ sơ được xác nhận đối tượng."), status=403)
    with transaction.atomic():
        Dossier.objects.select_for_update(no_key=True).only("pk").get(pk=dossier.pk)
        claim = SocialClaim.objects.filter(dossier=dossier).first()
        gone, _rows = SocialClaim.objects.filter(dossier=dossier).delete()
        if claim is not None:
            told = {"group": claim.get_group_display(), "evidence": claim.evidence}
            note_fee_group(dossier=dossier, actor=actor, taken_back=True,
                           reason=gettext("Đã xác nhận trước đó: %(group)s; giấy tờ: %(evidence)s") % told)
            reprice_dossier(dossier.pk, actor=actor, reason=gettext("Bỏ xác nhận đối tượng chính sách"))
    return bool(gone)
