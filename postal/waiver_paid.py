"""What citizens paid before a waiver was applied, though it covers the day: shown with the waiver, and as a file, to be paid back."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from dossiers.printing.tables import Column, Sheet
from onestop import clock
from onestop.people import shown
from onestop.people.models import User
from postal.models import Shipment, WaiverCampaign
from postal.services import eligibility

PART = 500  # read at once


def of(user: User, waiver: WaiverCampaign) -> QuerySet[Shipment]:
    """The shipments that somebody may see, by key, with what a line says of them."""
    found = eligibility.paid_before(waiver).visible_to(user)
    return found.select_related("dossier", "office", "carrier").order_by("pk")


def figures(found: QuerySet[Shipment]) -> dict[str, int]:
    """{count, total}: how many, and how many đồng. One query."""
    told = found.select_related(None).order_by().aggregate(count=Count("pk"), total=Sum("payable"))
    return {"count": told["count"], "total": told["total"] or 0}


def sheet(waiver: WaiverCampaign) -> Sheet:
    """The head of the list as a file. Names and addresses are not on it: the code of the dossier is enough to find them."""
    columns = [Column(_("STT"), 10, True), Column(_("Đơn vị"), 40), Column(_("Mã hồ sơ"), 40), Column(_("Mã bưu gửi"), 34),
               Column(_("Doanh nghiệp bưu chính"), 40), Column(_("Chiều"), 30), Column(_("Ngày gửi"), 22), Column(_("Ngày trả tiền"), 22),
               Column(_("Người dân đã trả (đồng)"), 24, True)]
    told = [waiver.name, _("Căn cứ: %(basis)s") % {"basis": waiver.legal_basis}, _("Lập lúc %(moment)s") % {
        "moment": shown.moment(clock.now())}]
    return Sheet(title=_("Cước người dân đã trả trước khi có đợt miễn cước"), agency="", office=waiver.province.name, place_date="",
                 columns=columns, subtitles=told)


def lines(found: QuerySet[Shipment]) -> Iterator[list[Any]]:
    """The lines of the file, read by key, then their sum."""
    number = after = total = 0
    while part := list(found.filter(pk__gt=after)[:PART]):
        for shipment in part:
            number += 1
            total += shipment.payable or 0
            yield [number, shipment.office.name, shipment.dossier.number, shipment.waybill, shipment.carrier.name,
                   shipment.get_direction_display(), shown.day(shipment.collected_at),
                   shown.day(eligibility.paid_at(shipment)), shipment.payable]
        after = part[-1].pk
    yield ["", _("Cộng"), "", "", "", "", "", "", total]
