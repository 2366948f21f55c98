"""Which office may decide a dossier: by the level of its procedure and by area. Received is anywhere in the province (NĐ 118 Art. 14)."""
from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.models import rule_pack_on
from dossiers.states import RulePack
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.catalogue.queries import does
from onestop.offices.models import Area, Office
from onestop.transitions import Refused


@dataclass(frozen=True)
class Offices:
    """What somebody chose beside the office that receives: who decides, who helped the person."""

    competent: Office | None = None
    helped: Office | None = None


NO_CHOICE = Offices()


def may_decide(office: Office, procedure: Procedure, province_id: int) -> bool:
    """Whether an office of the province exists today and does procedures of this level."""
    return office.province_id == province_id and office.exists_on(clock.today()) and does(office, procedure)


def offices_for(procedure: Procedure, province_id: int) -> QuerySet[Office]:
    """The province's offices that may decide a procedure today, by name. One query."""
    return Office.objects.active_on(clock.today()).filter(province_id=province_id, level__in=procedure.office_levels).order_by("name")


def receives(office: Office, procedure: Procedure) -> bool:
    """Whether an office may take a dossier in at its desk: its own procedures, and since NĐ 118/2025 whatever is decided anywhere in
    its province."""
    return does(office, procedure) or (rule_pack_on(clock.today()) == RulePack.VN_2025
                                       and offices_for(procedure, office.province_id).exists())


def usual(procedure: Procedure, received: Office, area: Area | None = None) -> Office:
    """The office that decides unless somebody chooses another: the receiving one where it does the procedure, else the one of
    `area` (where the person lives), else the one above, else the only one at that level; the receiving one where none is known."""
    if does(received, procedure):
        return received
    able = offices_for(procedure, received.province_id)
    here = able.filter(area=area).first() if area is not None else None
    above = able.filter(pk=received.parent_id).first() if received.parent_id else None
    return here or above or able.filter(area_id=received.province_id).first() or able.first() or received


def chosen(procedure: Procedure, received: Office, offices: Offices) -> Office:
    """The office that decides a new dossier. Raises Refused('not_competent', fields competent) for one that may not."""
    if offices.competent is None or offices.competent == received:
        return usual(procedure, received)
    if not may_decide(offices.competent, procedure, received.province_id):
        sentence = _("Đơn vị này không có thẩm quyền giải quyết thủ tục.")
        raise Refused("not_competent", sentence, fields={"competent": [sentence]})
    return offices.competent
