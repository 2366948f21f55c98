"""The people of a campaign on the screen and in files."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from dossiers.printing.tables import Column, Sheet
from onestop import clock
from onestop.offices.communes import full_name
from onestop.people import shown
from onestop.people.models import User
from onestop.people.words import fold, phone_number
from postal import campaigns
from postal.models import AddressCampaign, CampaignItem
from postal.models.campaigns import CampaignItemQuerySet
from postal.states import ItemState

DUE = "den-luot"


def of(user: User, campaign: AddressCampaign) -> CampaignItemQuerySet:
    """Those of a campaign that somebody may see."""
    return campaigns.items(user).filter(campaign=campaign)


def narrowed(found: CampaignItemQuerySet, *, muc: str, don_vi: Any, q: str) -> CampaignItemQuerySet:
    """By tab, office and words; whom to call now stands in the order of calling."""
    if don_vi:
        found = found.filter(office=don_vi)
    if q:
        number = phone_number(q)
        told = Q(dossier__code__icontains=q) | Q(dossier__reference__iexact=q) | Q(dossier__search_name__contains=fold(q))
        found = found.filter(told | Q(dossier__phone=number) if number else told)
    if muc == DUE:
        return found.to_call(clock.now())
    return found.filter(state=muc).order_by("next_at", "pk") if muc else found.order_by("pk")


def counts(found: CampaignItemQuerySet) -> dict[str, int]:
    """How many stand in each tab. One query."""
    asked: dict[str, Any] = {str(state): Count("pk", filter=Q(state=state)) for state in ItemState}
    due = Count("pk", filter=Q(state=ItemState.WAITING, next_at__lte=clock.now()))
    return dict(found.select_related(None).order_by().aggregate(total=Count("pk"), due=due, **asked))


def procedure_of(item: CampaignItem) -> str:
    """What it is about; a sensitive procedure is not named in a file (rules.md 9)."""
    procedure = item.dossier.procedure
    return _("Thủ tục riêng, xem trên hệ thống") if procedure.sensitive else procedure.name


def list_sheet(campaign: AddressCampaign) -> Sheet:
    """The head of the list as a file."""
    columns = [Column(_("STT"), 10, True), Column(_("Đơn vị"), 40), Column(_("Mã hồ sơ"), 40), Column(_("Họ và tên"), 40),
               Column(_("Số điện thoại"), 28), Column(_("Thủ tục")), Column(_("Trạng thái"), 30), Column(_("Kết quả liên hệ"), 30),
               Column(_("Số lần gọi"), 16, True), Column(_("Địa chỉ đã xác nhận")), Column(_("Xã, phường"), 50),
               Column(_("Đồng ý lúc"), 34), Column(_("Qua"), 24), Column(_("Ghi chú"))]
    return _sheet(campaign, _("Danh sách liên hệ xác nhận cách nhận kết quả"), columns)


def _sheet(campaign: AddressCampaign, title: str, columns: list[Column]) -> Sheet:
    office = campaign.office.name if campaign.office else campaign.province.name
    told = [campaign.name, _("Căn cứ: %(basis)s") % {"basis": campaign.legal_basis} if campaign.legal_basis else "",
            _("Lập lúc %(moment)s") % {"moment": shown.moment(clock.now())}]
    return Sheet(title=title, agency="", office=office, place_date="", columns=columns, subtitles=[line for line in told if line])


def list_rows(found: CampaignItemQuerySet) -> Iterator[list[Any]]:
    """The lines of the file, read a few hundred at a time."""
    via = {"phone": _("Điện thoại"), "link": _("Liên kết")}
    for number, item in enumerate(found.order_by("office__name", "pk").iterator(chunk_size=500), 1):
        dossier = item.dossier
        yield [number, item.office.name, dossier.number, dossier.full_name, dossier.phone, procedure_of(item), item.get_state_display(),
               item.get_outcome_display(), item.attempts, item.address, full_name(item.area) if item.area else "",
               shown.moment(item.consent_at) if item.consent_at else "", via.get(item.consent_via, ""), item.note]


def progress_sheet(campaign: AddressCampaign) -> Sheet:
    """The head of the progress as a file."""
    labels = [_("Đơn vị"), _("Tổng số"), *(str(ItemState(state).label) for state in campaigns.FIGURES), _("Đã gửi tin mời"),
              _("Trả lời qua liên kết")]
    return _sheet(campaign, _("Tiến độ liên hệ xác nhận cách nhận kết quả"), [Column(label, 0 if not at else 30, bool(at))
                                                                             for at, label in enumerate(labels)])


def progress_rows(rows: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """A line for each office, then all of them together."""
    names = ("total", *(str(state) for state in campaigns.FIGURES), "invited", "by_link")
    for row in rows:
        yield [row["office__name"], *(row[name] for name in names)]
    total = campaigns.summed(rows)
    yield [_("Cộng"), *(total[name] for name in names)]
