"""Letter Thường Tín 332/UBND-VP of 6/4/2020, clause 5: the result is brought home by an officer, with proof."""
from datetime import date

from django.urls import reverse

from dossiers.models import HandOver, HomeVisit
from onestop import clock
from onestop.people.models import User
from tests.dossiers.result_files import DRAWN
from tests.letters.replay import Replay, text

OFFICE, ADMINISTRATOR = "huyen-thuong-tin", "quantri-ha-noi"
BEFORE, DAY, NEXT = date(2020, 4, 3), date(2020, 4, 8), date(2020, 4, 9)  # Friday before the letter, Wednesday and Thursday after
BIRTH, ADDRESS = "1.001193", "Số 9, đường Mẫu, Thường Tín"


def test_tt6_an_officer_brings_the_result_home_with_proof(replay: Replay) -> None:
    """Thường Tín, 5: a result not collected is handed over at home by an officer; who took it, when, and a signature are kept."""
    with replay.at(BEFORE, 9):
        desk, specialist = replay.employ("desk", OFFICE, ADMINISTRATOR), replay.employ("specialist", OFFICE, ADMINISTRATOR)
        dossier = replay.received(replay.take_in(desk, OFFICE, BIRTH))
    with replay.at(DAY, 9):
        specialist.post(reverse("dossiers:start", args=[dossier.pk]))
        specialist.post(reverse("dossiers:decide", args=[dossier.pk]), {"note": "Giấy khai sinh"})
        desk.post(reverse("dossiers:change_return", args=[dossier.pk]), {"return_method": "home", "return_address": ADDRESS})
        assert dossier.number in text(desk.get(f"{reverse('dossiers:home_visits')}?muc=cho"))
        officer = User.objects.get(username__contains="-specialist-")
        planned = {"officer": officer.pk, "planned_on": NEXT.isoformat(), "address": ADDRESS}
        assert desk.post(reverse("dossiers:plan_visit", args=[dossier.pk]), planned).status_code == 302
        assert "09/04/2020" in replay.told(dossier, "home_visit_planned")
        assert ADDRESS in text(specialist.get(f"{reverse('dossiers:home_route')}?ngay={NEXT.isoformat()}&nguoi={officer.pk}"))
    with replay.at(NEXT, 10):
        visit = reverse("dossiers:home_visit", args=[HomeVisit.objects.get().pk])
        assert specialist.post(visit, {"receiver": "Người nhà mẫu"}).status_code == 422  # no proof
        taken = {"receiver": "Người nhà mẫu", "relation": "con", "document": "Căn cước", "signature": DRAWN}
        assert specialist.post(visit, taken).status_code == 302
        row = HandOver.objects.get(dossier=dossier)
        assert (row.method, row.receiver, f"{clock.local(row.at):%d/%m/%Y %H:%M}") == ("home", "Người nhà mẫu", "09/04/2020 10:00")
        page = replay.tracking_page(dossier)
        assert "Kết quả đã được trả lúc 10:00 ngày 09/04/2020" in page and "Người nhà mẫu" not in page and ADDRESS not in page
