"""Where no line reaches the National Portal: packets go out as a file, which is written again alike whenever it is asked for."""
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import bridge_wire, policies
from dossiers.models import Dossier, Packet
from dossiers.services.bridge.sending import follow
from dossiers.services.records import allow
from dossiers.states import PacketState
from onestop import clock
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

MOST = 5000  # packets of one file
COLUMNS = ("id", "ma_ho_so_dvcqg", "ma_ho_so", "ma_thu_tuc", "ma_don_vi", "trang_thai", "ten_trang_thai", "thoi_diem", "ngay_tiep_nhan",
           "ngay_hen_tra")


@patiently
def export_file(*, actor: User) -> str:
    """Put everything that waits into a file; its name. The packets count as sent from then on.

    Raises Refused: 'not_allowed' 403, 'nothing_waits' 409.
    """
    allow(policies.can_bridge_anywhere(actor))
    with transaction.atomic():
        mine = Packet.objects.select_for_update(of=("self",)).exclude(state=PacketState.SENT)
        waiting = list(mine.filter(dossier__in=Dossier.objects.visible_to(actor)).order_by("pk")[:MOST])
        if not waiting:
            raise Refused("nothing_waits", _("Không có trạng thái nào đang chờ gửi."), status=409)
        now = clock.now()
        name = f"dvcqg-{clock.local(now):%Y%m%d-%H%M%S}-{waiting[0].pk}"
        Packet.objects.filter(pk__in=[packet.pk for packet in waiting]).update(
            state=PacketState.SENT, sent_at=now, exported_in=name, answer=name)
        for dossier in {packet.dossier_id for packet in waiting}:
            follow(dossier)
    return name


def file_of(user: User, name: str, kind: str) -> bytes | None:
    """The file of that name ('json' or 'csv') as far as this person may see its dossiers; None where there is none."""
    rows = Packet.objects.filter(exported_in=name, dossier__in=Dossier.objects.visible_to(user)).order_by("pk")
    payloads = list(rows.values_list("payload", flat=True)) if name else []
    if not payloads:
        return None
    return bridge_wire.as_csv(payloads, COLUMNS) if kind == "csv" else bridge_wire.as_json(payloads)
