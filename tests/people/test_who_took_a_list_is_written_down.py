"""Downloads of lists of people: written down with who, when, which, how many and from where; administrators of the province read it."""
from datetime import timedelta

import pytest
from django.urls import reverse

from onestop import clock
from onestop.history import AppendOnly
from onestop.offices.models import Area
from onestop.offices.states import AreaLevel, OfficeLevel
from onestop.people import services
from onestop.people.models import DownloadEvent
from onestop.people.states import NamedList, Role
from tests import cast as casting

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def take(actor, which=NamedList.HANDOVER, name="BK-1", rows=2):
    services.note_download(actor=actor, which=which, name=name, rows=rows, address="192.0.2.7")


@pytest.fixture
def page(client, cast):
    """The log as an administrator reads it."""
    def read(who=cast.administrator, **asked):
        client.force_login(who, backend=BACKEND)
        answer = client.get(reverse("people:downloads"), asked)
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def test_the_log_says_who_what_and_from_where(page, cast, morning):
    take(cast.desk, rows=1200)
    shown = page()
    for word in (cast.desk.full_name, "Bảng kê giao nhận bưu chính", "BK-1", "1.200", "192.0.2.7", "ngày 25/11/2026"):
        assert word in shown, word


def test_it_is_found_by_person_list_and_day(page, cast, morning):
    take(cast.desk, name="BK-MOT")
    with clock.frozen(morning + timedelta(days=1)):
        take(cast.leader, which=NamedList.CAMPAIGN, name="DOT-HAI")
    day = (morning + timedelta(days=1)).date().isoformat()
    for asked, found in (({"q": "tiep nhan"}, "BK-MOT"), ({"danh_sach": "handover"}, "BK-MOT"), ({"q": "LÃNH ĐẠO"}, "DOT-HAI"),
                         ({"danh_sach": "campaign"}, "DOT-HAI"), ({"ngay": day}, "DOT-HAI")):
        shown = page(**asked)
        assert [name for name in ("BK-MOT", "DOT-HAI") if name in shown] == [found], asked
    assert "Chưa có lượt tải nào" in page(q="khong ai ca")
    assert "BK-MOT" in page(danh_sach="sai", ngay="hom nay")


def test_another_province_reads_its_own(page, cast):
    province = Area.objects.create(code="T56", name="Tỉnh Khánh Hòa", level=AreaLevel.PROVINCE)
    there = casting.office("thu-khanh-hoa", "H32", "Trung tâm tỉnh khác", OfficeLevel.PROVINCE, province, province)
    other = casting.person("t-quantri-khac", "Quản trị khác (thử)", there, Role.ADMINISTRATOR)
    take(cast.desk, name="CUA-CAN-THO")
    take(other, name="CUA-KHANH-HOA")
    assert "CUA-CAN-THO" in page() and "CUA-KHANH-HOA" not in page()
    assert "CUA-KHANH-HOA" in page(other) and "CUA-CAN-THO" not in page(other)


def test_a_long_log_has_pages_and_a_fixed_number_of_queries(client, cast, django_assert_max_num_queries):
    for number in range(30):
        take(cast.desk, name=f"BK-{number:03d}")
    client.force_login(cast.administrator, backend=BACKEND)
    with django_assert_max_num_queries(8):
        shown = client.get(reverse("people:downloads"), {"page": "2"}).content.decode()
    assert "BK-004" in shown and "BK-029" not in shown


def test_nobody_changes_it(cast):
    take(cast.desk)
    row = DownloadEvent.objects.get()
    for change in (row.save, row.delete, DownloadEvent.objects.all().delete, lambda: DownloadEvent.objects.update(rows=0)):
        with pytest.raises(AppendOnly):
            change()
