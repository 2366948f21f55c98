"""The demonstration's address campaign in Khánh Hòa: results nobody has fetched, some people asked already."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from onestop import clock
from onestop.directives.models import Directive
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.transitions import Refused
from postal.forms.campaigns import SCRIPT
from postal.models import AddressCampaign, CampaignItem
from postal.services import campaigns
from postal.services.campaigns import Answer, Plan
from postal.states import CampaignKind, ItemOutcome, ReturnWish

OFFICE, ADMINISTRATOR, OFFICER, LETTER = "nha-trang", "quantri-khanh-hoa", "chuyenvien-nha-trang", "2964/UBND-KSTT"
NAME, ADDRESS = "Liên hệ trả kết quả chưa nhận (minh họa)", "Số 9, đường Mẫu"


def load() -> int:
    """How many dossiers are on the list; a second run adds nothing."""
    office = Office.objects.select_related("province", "area").filter(code=OFFICE).first()
    administrator, officer = User.objects.filter(username=ADMINISTRATOR).first(), User.objects.filter(username=OFFICER).first()
    if office is None or administrator is None or officer is None or AddressCampaign.objects.filter(name=NAME).exists():
        return 0
    letter = Directive.objects.in_force(clock.today()).filter(number__contains=LETTER).order_by("-demonstration").first()
    plan = Plan(name=NAME, kind=CampaignKind.UNCOLLECTED, province=office.province, directive=letter,
                legal_basis=f"khoản 2 văn bản số {LETTER}", since=clock.today() - timedelta(days=60), script=str(SCRIPT))
    try:
        campaign = campaigns.make(actor=administrator, plan=plan)
        campaigns.freeze(campaign.pk)
        _calls(campaign, officer, office)
    except Refused:
        return 0  # replayed on a day on which these people work elsewhere
    return campaign.items.count()


def _calls(campaign: AddressCampaign, officer: User, office: Office) -> None:
    """One agreed to the post, one to a visit, one will come, one did not answer; the others wait."""
    agreed = Answer(ItemOutcome.AGREED, ReturnWish.POST, address=ADDRESS, area=office.area, consent=True)
    visit = replace(agreed, wish=ReturnWish.HOME, officer=officer, planned_on=clock.today() + timedelta(days=1))
    answers = (agreed, visit, Answer(ItemOutcome.WILL_COME),
               Answer(ItemOutcome.NO_ANSWER, note="Chuông reo, không ai nghe (minh họa)"))
    rows = CampaignItem.objects.filter(campaign=campaign, office=office).order_by("pk")[:len(answers)]
    for item, answer in zip(rows, answers, strict=False):
        campaigns.record(actor=officer, item=item, answer=answer, seen=0)
